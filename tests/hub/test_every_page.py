"""Every page of a hub: it answers within its budget, and shows nothing that it may not."""

import gzip

import pytest
from tests.hub import seed
from tests.web.browsing import Width, surfing

import testrig
from visitor import visiting


async def test_every_page_answers_within_its_budget(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=False) as rig:
        await seed.settled(rig)
        async with visiting(rig) as visitor:
            for path in [*seed.paths(), "/nothing"]:
                answer = await visitor.get(path)
                assert answer.status == (404 if path == "/nothing" else 200), (path, answer.plain)
                assert len(gzip.compress(answer.text.encode())) <= 30 * 1024, path
            for path in seed.stewards_paths():
                answer = await visitor.get(path)
                assert (answer.status, answer.location[:8]) == (303, "/sign-in"), path
        async with visiting(rig, "lan") as visitor:
            for path in seed.stewards_paths():
                answer = await visitor.get(path)
                assert answer.status == 200, (path, answer.plain)
                assert len(gzip.compress(answer.text.encode())) <= 30 * 1024, path


@pytest.mark.long
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("locale", ["vi", "en", "lo"])
async def test_every_page_fits_and_runs_clean(
    engine: str, chromium: str, width: Width, locale: str
) -> None:
    async with (
        testrig.hub(engine, rate_limits=False) as rig,
        surfing(rig, chromium, width, locale=locale) as surfer,
    ):
        await seed.settled(rig)
        for path in [*seed.paths(), "/nothing"]:
            await surfer.go(path)
            assert await surfer.page.locator("h1").count() == 1, path
        await surfer.go("/sign-in?next=/manage")
        await surfer.page.fill("#email", "lan")
        await surfer.page.fill("#password", testrig.PASSWORD)
        async with surfer.page.expect_navigation():
            await surfer.page.keyboard.press("Enter")
        for path in seed.stewards_paths():
            await surfer.go(path)
            assert await surfer.page.locator("h1").count() == 1, path
