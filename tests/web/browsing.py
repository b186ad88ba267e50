"""A browser for tests: Chromium on a rig, with an eye on what must never happen on a page."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import msgspec
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from testrig import PASSWORD, Rig

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Width = Literal[320, 390, 1280]


class Surfer(msgspec.Struct):
    """One person's browser; `problems` gathers errors of the console and of scripts."""

    rig: Rig
    page: Page
    problems: list[str]

    async def go(self, path: str) -> None:
        await self.page.goto(self.rig.url + path)
        await self.check()

    async def press(self, name: str, role: Literal["button", "link"] = "button") -> None:
        """Press what has this name and wait for the next page."""
        async with self.page.expect_navigation():
            await self.page.get_by_role(role, name=name, exact=True).first.click()
        await self.check()

    async def check(self) -> None:
        """No sideways scrolling, no failed script, nothing that the content policy refused."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px"
        assert not self.problems, self.problems

    async def sign_in(self, name: str) -> None:
        await self.go("/sign-in")
        await self.page.fill("#email", name)
        await self.page.fill("#password", PASSWORD)
        await self.press("Đăng nhập")


@asynccontextmanager
async def surfing(
    rig: Rig, chromium: str, width: Width, *, script: bool = True, locale: str = "vi-VN"
) -> AsyncGenerator[Surfer]:
    """Open a browser window `width` pixels wide while the rig's jobs run beside it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = await browser.new_context(
            viewport={"width": width, "height": 844},
            java_script_enabled=True,
            locale=locale,
        )
        if not script:
            await _without_scripts(context)
        working = asyncio.create_task(_work(rig))
        try:
            yield await _surfer(rig, context)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await _close(browser, context)


async def _without_scripts(context: BrowserContext) -> None:
    """As for someone without scripts, while the test itself may still measure the page."""
    await context.route("**/*.js", lambda route: route.abort())


async def _surfer(rig: Rig, context: BrowserContext) -> Surfer:
    page = await context.new_page()
    surfer = Surfer(rig, page, [])

    def note(message: ConsoleMessage) -> None:
        expected = "ERR_FAILED" in message.text or "status of 4" in message.text
        if message.type == "error" and not expected:
            surfer.problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: surfer.problems.append(str(error)))
    return surfer


async def _close(browser: Browser, context: BrowserContext) -> None:
    await context.close()
    await browser.close()


async def _work(rig: Rig) -> None:
    while True:
        await rig.work()
        await asyncio.sleep(0.05)


def picture() -> bytes:
    """A small PNG."""
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (320, 200), (201, 143, 94)).save(made, "PNG")
    return made.getvalue()
