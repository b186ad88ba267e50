"""Every page in a browser: each width, language and database; `make test-long` runs them all."""

import asyncio
import gzip

import pytest
from tests.web.browsing import Width, surfing

import testrig
from consenting import join_alliances
from noi.models.accounts import Role, Viewer
from noi.models.composition import Composition
from noi.models.paging import Page
from noi.services import filters, follows, lists, reports, rules, severances, statuses
from noi.services.filters import FilterChange, KeywordChange
from other_networks import meet
from testrig import Rig
from visitor import visiting

TEXTS = (
    "Sáng nay dã quỳ nở vàng dọc đường lên #LangBiang. Ai đi chụp ảnh cuối tuần này không?",
    "Một từ rất dài: " + "nghiêng" * 40,
    "ສະບາຍດີທຸກຄົນ, ມື້ນີ້ຕະຫຼາດເຊົ້າຄຶກຄື້ນຫຼາຍ",
    "Nhắc bóng đá một chút @lan",
)

PATHS = [
    "/",
    "/local",
    "/public",
    "/tags/LangBiang",
    "/bookmarks",
    "/favourites",
    "/lists",
    "/conversations",
    "/drafts",
    "/notifications",
    "/notifications/mentions",
    "/follow-requests",
    "/search",
    "/search?q=da+quy",
    "/welcome",
    "/me",
    "/settings",
    "/settings/profile",
    "/settings/privacy",
    "/settings/collections",
    "/settings/preferences",
    "/settings/filters",
    "/settings/filters/new",
    "/settings/blocks",
    "/settings/mutes",
    "/settings/domains",
    "/settings/account",
    "/settings/password",
    "/settings/apps",
    "/settings/export",
    "/settings/import",
    "/settings/migration",
    "/settings/delete",
    "/invitations",
    "/decisions",
    "/moderation",
    "/moderation/resolved",
    "/moderation/appeals",
    "/moderation/waiting",
    "/moderation/trends",
    "/owner",
    "/owner/network",
    "/owner/rules",
    "/owner/emojis",
    "/owner/team",
    "/owner/jobs",
    "/owner/federation/relays",
    "/about",
    "/compose",
    "/@lan",
    "/@mai",
    "/@on",
    "/@mai/media",
    "/@mai/replies",
    "/@mai/followers",
    "/nothing",
]


async def settled(rig: Rig) -> list[str]:
    """A network with some life in it; answers the addresses of all its pages."""
    network = rig.network
    for name, role in (("lan", "owner"), ("mai", "member"), ("on", "member")):
        await rig.create_account(name, role)
    await rig.set_up()
    lan, mai, on = [await rig.account_id(name) for name in ("lan", "mai", "on")]
    rule = await rules.create(network, None, "Tôn trọng nhau", "Bàn việc, không công kích người.")
    await follows.follow(network, lan, mai)
    await follows.follow(network, mai, lan)
    ids = [
        (
            await statuses.create(
                network, (mai, on)[n % 2], Composition(text=text, visibility="public")
            )
        ).status.id
        for n, text in enumerate(TEXTS * 4)
    ]
    own = await statuses.create(
        network,
        lan,
        Composition(text="Trả lời dài", in_reply_to_id=ids[0], spoiler_text="Chuyện nhà"),
    )
    await statuses.create(network, mai, Composition(text="@lan nói riêng", visibility="direct"))
    change = FilterChange(
        title="Bóng đá",
        contexts=["home"],
        action="warn",
        keywords=[KeywordChange(keyword="bóng đá")],
    )
    found = await filters.create(network, lan, change)
    listed = await lists.create(network, lan, "Gia đình")
    await lists.add(network, lan, listed.id, [mai])
    viewer = Viewer(mai, Role.MEMBER, "vi", 0)
    report = await reports.create(network, viewer, on, status_ids=[ids[1]], rule_ids=[rule.id])
    abroad = await meet(network, lan)
    joined = await join_alliances(rig)
    await rig.work()
    ours = own.status.id
    # Browsing works on jobs too, and may hold the one that parts people at this moment.
    async with asyncio.timeout(20):
        while not (parted := await severances.page(network, lan, Page())):
            await asyncio.sleep(0.01)
    return [
        *PATHS,
        *abroad,
        *joined,
        f"/severances/{parted[0].id}",
        f"/@on/{ids[1]}",
        f"/@mai/{ids[0]}",
        f"/@mai/{ids[0]}/history",
        f"/@mai/{ids[0]}/favourites",
        f"/compose?reply={ids[0]}",
        f"/statuses/{ours}/edit",
        f"/statuses/{ours}/delete",
        f"/report?status={ids[1]}",
        f"/accounts/{mai}/block",
        f"/accounts/{mai}/lists",
        f"/lists/{listed.id}",
        f"/lists/{listed.id}/edit",
        f"/settings/filters/{found.filter.id}",
        f"/moderation/reports/{report.id}",
        f"/moderation/accounts/{on}",
    ]


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["vi", "en", "lo"])
async def test_every_page_fits_and_runs_clean(
    engine: str, chromium: str, width: Width, locale: str
) -> None:
    async with (
        testrig.network(engine, rate_limits=False) as rig,
        surfing(rig, chromium, width, locale=locale) as surfer,
    ):
        paths = await settled(rig)
        for path in ("/sign-up", "/password/forgot", "/password/reset?code=x", "/confirm?code=x"):
            await surfer.go(path)
        await surfer.go("/sign-in")
        await surfer.page.fill("#email", "lan")
        await surfer.page.fill("#password", testrig.PASSWORD)
        async with surfer.page.expect_navigation():
            await surfer.page.keyboard.press("Enter")
        for path in paths:
            await surfer.go(path)
            assert await surfer.page.locator("h1").count() == 1, path


async def test_every_page_answers_within_its_budget(engine: str) -> None:
    async with testrig.network(engine, rate_limits=False) as rig:
        paths = await settled(rig)
        async with visiting(rig, "lan") as visitor:
            for path in paths:
                answer = await visitor.get(path)
                assert answer.status == (404 if path == "/nothing" else 200), path
                assert len(gzip.compress(answer.text.encode())) <= 30 * 1024, path
