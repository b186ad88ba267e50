"""The core of the pages in a real browser, on both databases, at phone and desktop width."""

import pytest
from playwright.async_api import expect
from tests.web.browsing import Surfer, Width, picture, surfing

import testrig
from noi.services import setup

LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("engine", "width"),
    [
        ("sqlite", 390),
        ("postgresql", 1280),
        pytest.param("sqlite", 1280, marks=LONG),
        pytest.param("postgresql", 390, marks=LONG),
    ],
)
async def test_from_setting_up_to_settings(engine: str, chromium: str, width: Width) -> None:
    async with testrig.network(engine) as rig, surfing(rig, chromium, width) as surfer:
        await set_up(surfer)
        await write_rules(surfer)
        await post_a_picture(surfer)
        await edit_it(surfer)
        await reply_to_it(surfer)
        await find_it(surfer)
        await change_settings(surfer)


async def test_everything_works_without_scripts(chromium: str) -> None:
    async with (
        testrig.network("sqlite") as rig,
        surfing(rig, chromium, 390, script=False) as surfer,
    ):
        await set_up(surfer)
        await post_a_picture(surfer)
        await edit_it(surfer)
        await surfer.go("/")
        await surfer.press("Thích")
        await expect(surfer.page.locator(".love")).to_have_attribute("aria-pressed", "true")
        await reply_to_it(surfer)
        await find_it(surfer)
        await change_settings(surfer)


async def set_up(surfer: Surfer) -> None:
    page = surfer.page
    code = await setup.issue_code(surfer.rig.network)
    await surfer.go("/")
    assert page.url.endswith("/setup")
    await surfer.go(f"/setup?code={code}")
    await page.fill("#name", "Làng Thử")
    await page.fill("#handle", "Ánh")
    await page.fill("#email", "anh@thu.example")
    await page.fill("#password", testrig.PASSWORD)
    await surfer.press("Mở cửa mạng")
    assert await page.input_value("#name") == "Làng Thử"
    await expect(page.locator("#handle")).to_have_attribute("aria-invalid", "true")
    await page.fill("#code", str(code))
    await page.fill("#handle", "anh")
    await page.fill("#password", testrig.PASSWORD)
    await surfer.press("Mở cửa mạng")
    assert page.url.endswith("/owner/rules")


async def write_rules(surfer: Surfer) -> None:
    await surfer.page.fill("#text", "Tôn trọng nhau")
    await surfer.press("Lưu")
    await expect(surfer.page.locator(".lines")).to_contain_text("Tôn trọng nhau")


async def post_a_picture(surfer: Surfer) -> None:
    page = surfer.page
    await surfer.go("/compose")
    await page.fill("#text", "Dã quỳ nở vàng ở #LangBiang")
    await page.get_by_text("Hình, phim, âm thanh").click()
    file = {"name": "hoa.png", "mimeType": "image/png", "buffer": picture()}
    await page.set_input_files("#file_0", files=[file])  # type: ignore[list-item]
    await page.fill("#file_alt_0", "Hoa vàng ven đường")
    await page.get_by_text("Cảnh báo nội dung").click()
    await page.fill("#spoiler_text", "Ảnh hoa")
    await surfer.press("Đăng")
    await expect(page.get_by_text("Bài của bạn đã đăng.")).to_be_visible()
    await page.get_by_text("Xem thêm").click()
    image = page.locator(".media img")
    await expect(image).to_have_attribute("alt", "Hoa vàng ven đường")
    assert await image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 0
    await surfer.check()


async def edit_it(surfer: Surfer) -> None:
    page = surfer.page
    await page.locator(".menu summary").first.click()
    await surfer.press("Sửa", "link")
    await page.fill("#text", "Dã quỳ nở vàng, ai đi chụp ảnh không?")
    await surfer.press("Lưu thay đổi")
    await expect(page.get_by_text("Dã quỳ nở vàng, ai đi")).to_be_attached()
    await expect(page.locator(".media img")).to_have_attribute("alt", "Hoa vàng ven đường")


async def reply_to_it(surfer: Surfer) -> None:
    page = surfer.page
    await surfer.go("/")
    await surfer.press("Trả lời", "link")
    await expect(page.locator(".quoted")).to_be_visible()
    await page.fill("#text", "Mình đi!")
    await surfer.press("Đăng")
    await expect(page.get_by_text("Mình đi!")).to_be_attached()


async def find_it(surfer: Surfer) -> None:
    page = surfer.page
    await surfer.go("/search")
    await page.locator("#q").fill("da quy")
    async with page.expect_navigation():
        await page.locator("#q").press("Enter")
    await expect(page.locator("#feed article")).to_have_count(1)


async def change_settings(surfer: Surfer) -> None:
    page = surfer.page
    await surfer.go("/settings/profile")
    await page.fill("#display_name", "Nguyễn Văn Ánh")
    await surfer.press("Lưu")
    await expect(page.get_by_text("Đã lưu thay đổi của bạn.")).to_be_visible()
    await surfer.go("/@anh")
    await expect(page.locator("h1")).to_have_text("Nguyễn Văn Ánh")
    await surfer.go("/settings/preferences")
    await page.select_option("#locale", "en")
    await surfer.press("Lưu")
    await expect(page.locator("h1")).to_have_text("Preferences")


async def test_the_keyboard_alone_is_enough(chromium: str) -> None:
    async with testrig.network("sqlite") as rig, surfing(rig, chromium, 1280) as surfer:
        await rig.create_account("lan")
        await rig.set_up()
        page, keyboard = surfer.page, surfer.page.keyboard
        await surfer.go("/sign-in")
        await keyboard.type("lan")
        await keyboard.press("Tab")
        await keyboard.type(testrig.PASSWORD)
        async with page.expect_navigation():
            await keyboard.press("Enter")
        async with page.expect_navigation():
            await keyboard.press("n")
        await keyboard.type("Xin chào mọi người")
        async with page.expect_navigation():
            await keyboard.press("Control+Enter")
        await keyboard.press("j")
        await expect(page.locator("article.status")).to_be_focused()
        await keyboard.press("f")
        liked = page.locator(".love")
        await expect(liked).to_have_attribute("aria-pressed", "true")
        await keyboard.press("?")
        await expect(page.locator("#keys")).to_be_visible()
        await keyboard.press("Escape")
        await keyboard.press("/")
        await expect(page.locator("input[type=search]").first).to_be_focused()
        await surfer.check()


async def test_letters_of_a_composition_are_no_commands(chromium: str) -> None:
    async with testrig.network("sqlite") as rig, surfing(rig, chromium, 1280) as surfer:
        await rig.create_account("lan")
        await rig.set_up()
        await surfer.sign_in("lan")
        await surfer.page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'n', keyCode: 229, isComposing: true, bubbles: true}))"
        )
        await surfer.page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true}))"
        )
        await expect(surfer.page.locator("#keys")).to_be_visible()
        assert surfer.page.url == surfer.rig.url + "/"
