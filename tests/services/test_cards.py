import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from tests.media import samples

from noi.db import cards as rows
from noi.db import statuses as status_rows
from noi.models.composition import Composition
from noi.models.ids import now_ms
from noi.models.jobs import FetchCard
from noi.models.statuses import PreviewCard, StatusView
from noi.services import cards, statuses, views
from noi.services.network import Network
from other_servers import serving
from people import join
from testrig import Rig, services

PAGE = """<html lang="vi"><head><title>Chợ nổi Cái Răng</title>
<meta name="description" content="Ghe thuyền &amp; trái cây">
<meta property="og:image" content="/anh.jpg"><meta property="og:image:alt" content="Ghe">
</head></html>"""


class Site:
    """A web site that counts what is asked of it; `status` is what its pages answer."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.status = 200
        self.page = PAGE
        self.content_type = "text/html"
        self.image = samples.encoded("jpeg", samples.photo(1200, 630))
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        if request.path == "/anh.jpg":
            return web.Response(body=self.image, content_type="image/jpeg")
        if request.path == "/cut":
            raise web.HTTPFound("/anh.jpg")
        return web.Response(text=self.page, status=self.status, content_type=self.content_type)


@asynccontextmanager
async def site() -> AsyncGenerator[Site]:
    made = Site()
    async with serving(made.answer) as made.url:
        yield made


async def post(rig: Rig, account_id: int, text: str) -> StatusView:
    view = await statuses.create(rig.network, account_id, Composition(text=text))
    await rig.work()
    return await shown(rig.network, view.status.id)


async def shown(network: Network, status_id: int) -> StatusView:
    view = await views.load_one(network, status_id)
    assert view
    return view


async def age(network: Network, card: PreviewCard, milliseconds: int) -> None:
    sql = "UPDATE preview_cards SET fetched_at = :then WHERE id = :id"
    await network.db.execute(sql, {"then": now_ms() - milliseconds, "id": card.id})


def test_a_link_gets_a_card_once(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            url = f"{linked.url}/bai?a=1&b=2"
            view = await statuses.create(rig.network, lan, Composition(text=f"Xem {url}"))
            await rig.work()
            card = (await shown(rig.network, view.status.id)).card
            assert card
            assert card.url == url
            assert card.title == "Chợ nổi Cái Răng"
            assert card.description == "Ghe thuyền & trái cây"
            assert card.provider_name == linked.url.removeprefix("http://")
            assert card.language == "vi"
            assert (card.width, card.height) == (640, 336)
            assert card.image_description == "Ghe"
            assert card.blurhash
            assert rig.network.storage.public_path(card.image)
            after = await status_rows.get(rig.network.db, view.status.id)
            assert after
            assert after.revision > view.status.revision

            again = await post(rig, lan, f"Nữa: {url}#cuoi")
            assert again.card
            assert again.card.id == card.id
            assert linked.asked == {"/bai": 1, "/anh.jpg": 1}

    asyncio.run(run())


def test_running_twice_changes_nothing() -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            view = await post(rig, lan, f"{linked.url}/a")
            await cards.fetch(rig.network, FetchCard(view.status.id, f"{linked.url}/a"))
            assert (await shown(rig.network, view.status.id)).status == view.status
            assert linked.asked["/a"] == 1

    asyncio.run(run())


def test_an_old_card_is_fetched_anew_for_all_who_show_it(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "_BATCH", 2)

    async def run() -> None:
        async with services(engine) as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            first, *others = [await post(rig, lan, f"{linked.url}/a") for _ in range(5)]
            assert first.card
            await age(rig.network, first.card, cards.FRESH_MS + 1)
            linked.page = PAGE.replace("Cái Răng", "Ngã Bảy")
            await post(rig, lan, f"{linked.url}/a")
            renewed = await shown(rig.network, first.status.id)
            assert renewed.card
            assert renewed.card.title == "Chợ nổi Ngã Bảy"
            for before in (first, *others):
                after = await shown(rig.network, before.status.id)
                assert after.status.revision > before.status.revision
            assert rig.network.storage.public_path(first.card.image) is None
            assert rig.network.storage.public_path(renewed.card.image)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "content_type", "page"),
    [
        (404, "text/html", PAGE),
        (200, "application/pdf", PAGE),
        (200, "text/html", "<p>no head"),
    ],
)
def test_what_is_no_page_has_no_card_and_is_left_alone(
    status: int, content_type: str, page: str
) -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            linked.status, linked.content_type, linked.page = status, content_type, page
            lan = (await join(rig.network, "lan")).account_id
            for _ in range(2):
                assert (await post(rig, lan, f"{linked.url}/a")).card is None
            assert linked.asked["/a"] == 1
            row = await rows.get_by_url(rig.network.db, f"{linked.url}/a")
            assert row
            await age(rig.network, row, cards.FAILED_MS + 1)
            linked.status, linked.content_type, linked.page = 200, "text/html", PAGE
            assert (await post(rig, lan, f"{linked.url}/a")).card

    asyncio.run(run())


def test_a_site_in_trouble_is_tried_once_more() -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            linked.status = 503
            lan = (await join(rig.network, "lan")).account_id
            view = await post(rig, lan, f"{linked.url}/a")
            assert view.card is None
            linked.status = 200
            await rig.work(until=now_ms() + 2 * cards.RETRY_MS)
            assert (await shown(rig.network, view.status.id)).card

    asyncio.run(run())


def test_an_unreachable_page_is_tried_once_more(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            url = "http://127.0.0.1:1/"
            assert (await post(rig, lan, url)).card is None
            row = await rows.get_by_url(rig.network.db, url)
            assert row
            assert row.state == "retrying"
            await rig.work(until=now_ms() + 2 * cards.RETRY_MS)
            row = await rows.get_by_url(rig.network.db, url)
            assert row
            assert row.state == "failed"
            assert await rig.work(until=now_ms() + 10 * cards.RETRY_MS) == 0

    asyncio.run(run())


@pytest.mark.parametrize("image", [b"<svg/>", b"", samples.encoded("jpeg")[:400]])
def test_a_bad_picture_does_not_cost_the_card(image: bytes) -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            linked.image = image
            lan = (await join(rig.network, "lan")).account_id
            card = (await post(rig, lan, f"{linked.url}/a")).card
            assert card
            assert (card.image, card.image_description, card.width) == ("", "", 0)

    asyncio.run(run())


def test_private_addresses_and_own_pages_are_not_fetched() -> None:
    async def run() -> None:
        async with services("sqlite", federation_private_peers="") as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            assert (await post(rig, lan, f"{linked.url}/a")).card is None
            assert (await post(rig, lan, "http://localhost:8000/@lan")).card is None
            assert not linked.asked
            assert await rows.get_by_url(rig.network.db, "http://localhost:8000/@lan") is None

    asyncio.run(run())


def test_a_link_that_was_edited_away_gets_no_card() -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            view = await statuses.create(rig.network, lan, Composition(text=f"{linked.url}/a"))
            other = Composition(text=f"{linked.url}/b")
            await statuses.edit(rig.network, lan, view.status.id, other)
            await rig.work()
            card = (await shown(rig.network, view.status.id)).card
            assert card
            assert card.url == f"{linked.url}/b"
            assert linked.asked["/a"] == 0

    asyncio.run(run())


def test_links_from_elsewhere_wait_a_random_moment() -> None:
    async def run() -> None:
        async with services("sqlite") as rig, site() as linked:
            lan = (await join(rig.network, "lan")).account_id
            await rig.network.db.execute(
                "UPDATE accounts SET domain = 'example.org' WHERE id = :id", {"id": lan}
            )
            view = await statuses.create(rig.network, lan, Composition(text=f"{linked.url}/a"))
            await rig.work()
            queued = await rig.network.db.fetch_all(
                "SELECT payload, run_at FROM jobs WHERE name = 'FetchCard'"
            )
            ((payload, run_at),) = queued
            assert msgspec.json.decode(payload, type=FetchCard).waited
            assert run_at <= now_ms() + cards.JITTER_MS
            assert linked.asked["/a"] == 0
            await rig.work(until=now_ms() + cards.JITTER_MS)
            assert (await shown(rig.network, view.status.id)).card

    asyncio.run(run())
