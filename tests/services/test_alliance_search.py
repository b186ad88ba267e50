"""Searching with the alliance: what providers may bring before people, and how long they hold up
a page.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

import testrig
from consenting import person, post
from far_server import FarServer, far_server
from noi.db import alliance as providers
from noi.models.accounts import Role, Viewer
from noi.models.alliance import Capability
from noi.models.federation import Severity
from noi.models.jobs import CheckFound
from noi.models.policies import Proposal
from noi.models.search import SearchResults
from noi.services import (
    alliance,
    alliance_search,
    asking,
    blocks,
    mutes,
    policy_decisions,
    preferences,
    search,
)
from played_provider import ALL, Got, PlayedProvider, providing, use
from testrig import Rig

FINDS = (*ALL, "post_search")


class House(NamedTuple):
    """A network that uses a provider, and a server far away."""

    rig: Rig
    played: PlayedProvider
    far: FarServer
    provider_id: int
    viewer: Viewer


async def using(rig: Rig, played: PlayedProvider) -> int:
    """Use all of a provider, and its search for posts."""
    played.capabilities = FINDS
    provider_id = await use(rig, played)
    await alliance.switch(rig.network, None, provider_id, "post_search", True)
    await rig.work()
    return provider_id


@asynccontextmanager
async def house(engine: str) -> AsyncGenerator[House]:
    async with testrig.network(engine) as rig, providing() as played, far_server() as far:
        provider_id = await using(rig, played)
        account_id = await person(rig, "lan")
        yield House(rig, played, far, provider_id, Viewer(account_id, Role.MEMBER, "vi", 0))
        await asking.settled(rig.network)


def saying(accounts: object = (), posts: object = ()) -> Callable[[Got], tuple[int, bytes] | None]:
    """What a provider finds, whatever it is asked for."""

    def answer(got: Got) -> tuple[int, bytes] | None:
        if got.path.startswith("/account_search"):
            return 200, json.dumps(accounts).encode()
        if got.path.startswith("/post_search"):
            return 200, json.dumps(posts).encode()
        return None

    return answer


async def look_for(house: House, text: str = "hoa dã quỳ", offset: int = 0) -> SearchResults:
    return await search.search(
        house.rig.network, house.viewer, text, offset=offset, limit=20, alliance=True
    )


def searches(played: PlayedProvider) -> list[str]:
    return [got.path for got in played.calls if "/v0/search" in got.path]


def names(found: SearchResults) -> set[str]:
    return {row.username for row in found.accounts}


async def in_the_end(house: House) -> SearchResults:
    """What is found once all that was left for later is done."""
    await look_for(house)
    await asking.settled(house.rig.network)
    await house.rig.work()
    return await look_for(house)


async def test_people_and_posts_of_elsewhere_are_found(engine: str) -> None:
    async with house(engine) as h:
        consent = {"discoverable": True, "indexable": True}
        mai = h.far.person("mai", **consent)["id"]
        note = h.far.note("mai", 1, content="<p>Hoa dã quỳ nở</p>")["id"]
        h.played.answer = saying([mai], [note])
        found = await in_the_end(h)
        assert names(found) == {"mai"}
        assert set(found.accounts_by.values()) == {"Tìm quanh"}
        assert [found.statuses_by[ref.id] for ref in found.statuses] == ["Tìm quanh"]
        # What is known by then is not fetched again, and who asked before is not asked again.
        assert len(searches(h.played)) == 2
        assert (h.far.count("/users/mai/statuses/1"), h.far.count("/users/mai")) == (1, 1)


async def test_nobody_is_told_who_searches_or_for_whom() -> None:
    async with house("sqlite") as h:
        await look_for(h, "hoa dã quỳ")
        await asking.settled(h.rig.network)
        asked = [parse_qs(urlsplit(path).query) for path in searches(h.played)]
        assert asked == [{"term": ["hoa dã quỳ"], "limit": ["20"]}] * 2
        never = (
            "@mai@dalat.example",
            "mai@dalat.example",
            "https://dalat.example/@mai",
            "www.dalat.example",
            "dalat.example",
            "hoa from:mai",
            "x",
            "?!",
            "rất dài " * 40,
        )
        for text in never:
            assert not alliance_search.may_be_asked(text), text
            await look_for(h, text)
        await preferences.set_asks_alliance(h.rig.network, h.viewer.account_id, False)
        await look_for(h, "hoa cúc")
        await search.search(h.rig.network, None, "hoa cúc", alliance=True)
        await search.search(h.rig.network, h.viewer, "hoa cúc")
        await asking.settled(h.rig.network)
        assert len(searches(h.played)) == 2


async def test_a_provider_can_show_nothing_that_it_may_not(engine: str) -> None:
    async with house(engine) as h:
        rig, far, me = h.rig, h.far, h.viewer.account_id
        own = [await person(rig, "an", discoverable=False, indexable=False)]
        secret = await post(rig, own[0], "Hoa dã quỳ", visibility="private")
        quiet = await post(rig, me, "Chuyện riêng", visibility="direct")
        consent = {"discoverable": True, "indexable": True}
        for name in ("chan", "tat", "ngoan"):
            far.person(name, **consent)
        far.person("kin")
        far.person("gia", id=f"{far.origin}/users/gia", **consent)
        far.note("ngoan", "unlisted", to=[f"{far.origin}/users/ngoan/followers"], cc=[])
        far.note("kin", "public")
        # Somebody else's word about another server's account.
        stolen = {**far.person("trom", **consent), "id": "https://noi-khac.example/users/trom"}
        far.answers["/users/trom"].body = json.dumps(stolen).encode()
        people = [f"{far.origin}/users/{n}" for n in ("chan", "tat", "kin", "trom", "khong")]
        h.played.answer = saying(
            [*people, f"{rig.url}/users/an", "https://10.0.0.1/users/a", "http://[::1", 7, None],
            [
                f"{rig.url}/users/an/statuses/{secret}",
                f"{rig.url}/users/lan/statuses/{quiet}",
                f"{far.origin}/users/ngoan/statuses/unlisted",
                f"{far.origin}/users/kin/statuses/public",
                "https://169.254.169.254/latest",
            ],
        )
        before = await in_the_end(h)
        assert names(before) == {"chan", "tat"}
        for row in before.accounts:
            verb = blocks.block if row.username == "chan" else mutes.mute
            await verb(rig.network, me, row.id)
        found = await in_the_end(h)
        assert (found.accounts, found.statuses) == ([], [])
        stored = await rig.network.db.fetch_all("SELECT uri FROM statuses WHERE local = 0")
        assert stored == [(f"{far.origin}/users/kin/statuses/public",)], "nothing private is kept"


async def test_what_the_network_has_blocked_is_not_fetched() -> None:
    async with house("sqlite") as h:
        h.far.person("mai", discoverable=True)
        spam = Proposal(
            domain=h.far.domain, severity=Severity.BLOCK, rule="Không thư rác", reason="Thư rác"
        )
        await policy_decisions.decide(h.rig.network, None, spam)
        h.played.answer = saying([f"{h.far.origin}/users/mai"])
        assert (await in_the_end(h)).accounts == []
        assert h.far.asked == []


def _spoil(played: PlayedProvider, how: str, uri: str) -> None:
    many = [f"http://localhost:9/{n}" for n in range(10_000)]
    match how:
        case "many":
            played.answer = saying([*many[:5000]])
        case "huge":
            played.answer = saying(["x" * 1000] * 2000)
        case "old":
            played.signed_ago = 4000
        case "nonsense":
            played.answer = saying({"accounts": [uri]}, "hoa")
        case "torn":
            played.answer = lambda got: (200, b'["')
        case _:
            played.answer = lambda got: (500, b"")


@pytest.mark.parametrize("how", ["many", "huge", "old", "nonsense", "torn", "broken"])
async def test_odd_answers_find_nothing(how: str) -> None:
    async with house("sqlite") as h:
        uri = h.far.person("mai", discoverable=True, indexable=True)["id"]
        h.played.answer = saying([uri])
        _spoil(h.played, how, uri)
        found = await look_for(h)
        assert (found.accounts, found.statuses) == ([], [])
        await asking.settled(h.rig.network)
        assert h.far.asked == []


async def _seconds(house: House, text: str) -> float:
    started = monotonic()
    await look_for(house, text)
    return monotonic() - started


async def test_a_provider_that_hangs_costs_a_moment_once(engine: str) -> None:
    async with house(engine) as h:
        alone = min([await _seconds(h, "x") for _ in range(5)])
        h.played.hold.clear()
        first = await _seconds(h, "hoa 0")
        assert first < alone + asking.PATIENCE_SECONDS + 0.3
        async with asyncio.timeout(10):
            while not (await _state(h)).slow:
                await asyncio.sleep(0.01)
        later = sorted([await _seconds(h, f"hoa {n}") for n in range(1, 21)])
        assert later[10] < asking.PATIENCE_SECONDS / 2, later
        # It is quick again: asked beside the page first, then waited for.
        h.played.hold.set()
        await asking.settled(h.rig.network)
        await look_for(h, "hoa nở")
        await asking.settled(h.rig.network)
        assert not (await _state(h)).slow


async def test_a_dead_provider_is_left_alone_and_tried_again() -> None:
    async with house("sqlite") as h:
        h.played.answer = lambda got: (502, b"") if "search" in got.path else None
        await look_for(h, "hoa 1")
        await asking.settled(h.rig.network)
        count = len(searches(h.played))
        for n in range(5):
            await look_for(h, f"hoa {n + 2}")
        assert len(searches(h.played)) == count
        mai = h.far.person("mai", discoverable=True)["id"]
        h.played.answer = saying([mai])
        await h.rig.network.db.execute("UPDATE fasp_capabilities SET retry_at = 0")
        await look_for(h, "hoa 9")
        await asking.settled(h.rig.network)
        assert names(await look_for(h, "hoa 9")) == {"mai"}


async def _state(house: House) -> Capability:
    known = await providers.capability(house.rig.network.db, house.provider_id, "account_search")
    assert known is not None
    return known


async def test_two_providers_take_turns_and_both_may_be_slow(engine: str) -> None:
    async with AsyncExitStack() as stack:
        h = await stack.enter_async_context(house(engine))
        other = await stack.enter_async_context(providing())
        other.name = "Tìm xa"
        await using(h.rig, other)
        uris = [h.far.person(name, discoverable=True)["id"] for name in ("mot", "hai", "ba", "bon")]
        h.played.answer, other.answer = saying(uris[:2]), saying([uris[2], uris[0]])
        found = await in_the_end(h)
        assert [row.username for row in found.accounts] == ["mot", "ba", "hai"]
        by = {row.username: found.accounts_by[row.id] for row in found.accounts}
        assert by == {"mot": "Tìm quanh", "ba": "Tìm xa", "hai": "Tìm quanh"}
        h.played.hold.clear()
        other.hold.clear()
        assert await _seconds(h, "hoa khác") < asking.PATIENCE_SECONDS + 0.4


async def test_more_is_asked_for_only_when_somebody_turns_the_page() -> None:
    async with house("sqlite") as h:
        uris = [h.far.person(f"p{n:02}", discoverable=True)["id"] for n in range(25)]
        following = f"{h.played.origin}/account_search/v0/search?term=hoa&after=20"

        def answer(got: Got) -> tuple[int, bytes] | None:
            if not got.path.startswith("/account_search"):
                return saying()(got)
            more = "after" in got.path
            link = "" if more else f'<{following}>; rel="next"'
            h.played.more_headers = {"Link": link} if link else {}
            return 200, json.dumps(uris[20:] if more else uris[:20]).encode()

        h.played.answer = answer
        first = await in_the_end(h)
        assert len(first.accounts) == 20
        assert not any("after" in path for path in searches(h.played))
        await look_for(h, offset=20)
        await asking.settled(h.rig.network)
        await h.rig.work()
        second = await look_for(h, offset=20)
        assert names(second) == {f"p{n}" for n in range(20, 25)}
        assert sum("after" in path for path in searches(h.played)) == 1


async def test_who_is_shown_and_followed_by_nobody_is_asked_again() -> None:
    async with house("sqlite") as h:
        consent = {"discoverable": True, "indexable": True}
        mai = h.far.person("mai", **consent)["id"]
        note = h.far.note("mai", 1, content="<p>Hoa dã quỳ nở</p>")["id"]
        h.played.answer = saying([mai], [note])
        h.far.note("mai", 2, content="<p>Hoa dã quỳ tàn</p>")
        h.played.answer = saying([mai], [note, f"{mai}/statuses/2"])
        assert len((await in_the_end(h)).statuses) == 2
        # A post is gone; her server has nobody to tell here, and the provider lies.
        del h.far.answers["/users/mai/statuses/2"]
        await alliance_search.check(h.rig.network, CheckFound(await _status_ids(h)))
        assert len((await look_for(h)).statuses) == 1
        # She takes her consent back.
        h.far.person("mai")
        await h.rig.network.db.execute("UPDATE accounts SET fetched_at = fetched_at - 3700000")
        await look_for(h)
        await h.rig.work()
        found = await look_for(h)
        assert (found.accounts, found.statuses) == ([], [])


async def test_the_directory_asks_again_too() -> None:
    async with house("sqlite") as h:
        mai = h.far.person("mai", discoverable=True)["id"]
        h.played.answer = saying([mai], [])
        assert len((await in_the_end(h)).accounts) == 1
        h.far.person("mai")
        await h.rig.network.db.execute("UPDATE accounts SET fetched_at = fetched_at - 3700000")
        token = await h.rig.create_account("hoa")

        async def listed() -> int:
            async with h.rig.client(token) as client:
                found = await (await client.get("/api/v1/directory")).json()
            return sum("@" in one["acct"] for one in found)

        assert await listed() == 1
        await h.rig.work()
        assert await listed() == 0


async def _status_ids(house: House) -> tuple[int, ...]:
    rows = await house.rig.network.db.fetch_all("SELECT id FROM statuses WHERE local = 0")
    return tuple(row[0] for row in rows)


async def test_what_somebody_typed_is_not_held_against_a_provider() -> None:
    async with house("sqlite") as h:
        h.played.answer = lambda got: (422, b"") if "search" in got.path else None
        await look_for(h, "hoa -hoa")
        await asking.settled(h.rig.network)
        assert (await _state(h)).failures == 0
