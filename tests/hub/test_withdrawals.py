"""Withdrawal wins: by whatever way something is taken back, and whatever else is under way."""

import asyncio
from typing import Any

import pytest

import testrig
from far_server import Answer
from fetching import forget_failures
from hub.sharing import FarMember, far_member, held_account, held_post, held_uris, waiting
from noi.models.hub_jobs import CheckConsent, CleanHub
from noi.models.ids import now_ms
from noi.services.hub import checks, withdrawals
from testrig import Rig

DAY_MS = 86_400_000
_TABLES = (
    "hub_accounts",
    "hub_posts",
    "hub_post_tags",
    "hub_post_links",
    "hub_account_tags",
    "hub_follows",
    "hub_post_search",
    "hub_account_search",
)


async def rows(hub: Rig) -> dict[str, int]:
    """How many rows of people and posts there are, in every table that has some."""
    found: dict[str, int] = {}
    for table in _TABLES:
        count = await hub.network.db.fetch_value(f"SELECT count(*) FROM {table}")
        if count:
            found[table] = count
    return found


async def held_by(
    hub: Rig, town: FarMember, name: str, posts: int = 2, **changes: Any
) -> list[str]:
    """Somebody with posts, all of it held; answers the addresses of the posts."""
    town.consenting(name)
    tags = [{"type": "Hashtag", "name": "#chợ", "href": "https://x/cho"}]
    notes = [town.note(name, n, tag=tags)["id"] for n in range(posts)]
    await town.announce(hub, f"{town.origin}/users/{name}", category="account")
    await town.announce(hub, *notes)
    await hub.work()
    assert await held_account(hub, f"{town.origin}/users/{name}")
    assert set(notes) <= await held_uris(hub)
    return notes


async def test_a_member_takes_back_its_own_at_once(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        first, second = await held_by(hub, town, "lan")
        assert await town.announce(hub, first, event="delete") == 204
        assert await held_uris(hub) == {second}
        lan = f"{town.origin}/users/lan"
        assert await town.announce(hub, lan, event="delete", category="account") == 204
        assert await rows(hub) == {}
        assert await waiting(hub) == set()


async def test_what_another_member_says_is_gone_is_looked_for(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        await other.join(hub)
        kept, gone = await held_by(hub, other, "mai")
        del other.answers["/users/mai/statuses/1"]
        assert await town.announce(hub, kept, gone, event="delete") == 204
        assert await held_uris(hub) == {kept, gone}
        await hub.work()
        assert await held_uris(hub) == {kept}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"discoverable": False, "indexable": False}, set[str]()),
        ({"discoverable": None, "indexable": None}, set[str]()),
        ({"indexable": False}, {"hub_accounts", "hub_account_search"}),
        ({"movedTo": "https://example.org/users/lan"}, set[str]()),
    ],
)
async def test_flags_that_are_taken_back(changes: dict[str, Any], left: set[str]) -> None:
    async with testrig.hub("sqlite") as hub, far_member() as town:
        await town.join(hub)
        await held_by(hub, town, "lan")
        town.consenting("lan", **changes)
        lan = f"{town.origin}/users/lan"
        await town.announce(hub, lan, event="update", category="account")
        await hub.work()
        assert set(await rows(hub)) == left


async def test_posts_that_change_or_go(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        notes = await held_by(hub, town, "lan", 4)
        town.note("lan", 0, to=[f"{town.origin}/users/lan/followers"])
        town.answers["/users/lan/statuses/1"] = Answer(status=410)
        town.note("lan", 2, type="Tombstone")
        await town.announce(hub, *notes, event="update")
        await hub.work()
        assert await held_uris(hub) == {notes[3]}


async def test_a_withdrawal_that_comes_while_something_is_fetched_wins(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        lan = town.consenting("lan")["id"]
        note = town.note("lan", 1)["id"]
        for taken_back, category in ((note, "content"), (lan, "account")):
            await town.announce(hub, note)
            town.asked.clear()
            town.hold.clear()
            working = asyncio.create_task(hub.work())
            async with asyncio.timeout(20):
                while not town.asked:
                    await asyncio.sleep(0.01)
                answer = await town.announce(hub, taken_back, event="delete", category=category)
            assert answer == 204
            town.hold.set()
            await working
            assert await held_uris(hub) == set()
            assert "hub_posts" not in await rows(hub)
        # What was being read of somebody who withdrew is read anew: they may have said no since.
        town.consenting("lan", discoverable=False, indexable=False)
        forget_failures(hub.network)
        await hub.network.db.execute("UPDATE hub_withdrawals SET withdrawn_at = 0")
        await hub.work(until=now_ms() + 60_000)
        assert await rows(hub) == {} and await waiting(hub) == set()


async def test_what_is_announced_while_it_is_read_is_read_again(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        town.consenting("lan")
        note = town.note("lan", 1, content="cũ")["id"]
        await town.announce(hub, note)
        town.hold.clear()
        working = asyncio.create_task(hub.work())
        async with asyncio.timeout(20):
            while not town.asked:
                await asyncio.sleep(0.01)
        await town.announce(hub, note, event="update")
        town.hold.set()
        town.note("lan", 1, content="mới")
        await working
        post = await held_post(hub, note)
        assert post and post.excerpt == "mới"


async def test_many_posts_are_hidden_at_once_and_gone_after(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawals, "AT_ONCE", 3)
    monkeypatch.setattr(withdrawals, "_BATCH", 2)
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await held_by(hub, town, "lan", 7)
        lan = f"{town.origin}/users/lan"
        await town.announce(hub, lan, event="delete", category="account")
        assert await held_account(hub, lan) is None
        await hub.work()
        assert await rows(hub) == {}


async def test_everything_is_checked_again_every_week(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        kept, gone = await held_by(hub, town, "lan")
        await held_by(hub, town, "mai")
        await _pass(hub, 8)
        del town.answers["/users/lan/statuses/1"]
        town.consenting("mai", discoverable=False, indexable=False)
        await checks.check(hub.network, CheckConsent())
        assert len([uri for uri in await waiting(hub) if "#" not in uri]) == 6
        await hub.work()
        assert await held_uris(hub) == {kept}
        again = await hub.network.db.fetch_value("SELECT min(check_at) FROM hub_posts")
        assert now_ms() + 5 * DAY_MS < again <= now_ms() + 7 * DAY_MS
        assert gone not in await held_uris(hub)


async def test_what_cannot_be_checked_for_weeks_is_dropped(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await held_by(hub, town, "lan")
        await _pass(hub, 20)
        await checks.check(hub.network, CheckConsent())
        assert len(await held_uris(hub)) == 2
        await _pass(hub, 2)
        await hub.network.db.execute("UPDATE hub_accounts SET check_at = 0")
        await hub.network.db.execute("UPDATE hub_posts SET check_at = 0")
        await checks.check(hub.network, CheckConsent())
        assert await rows(hub) == {}


async def test_a_dead_host_keeps_no_place_in_the_queue(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await town.announce(hub, *(f"https://gone.invalid/{n}" for n in range(30)))
        await hub.work()
        assert len(await waiting(hub)) == 30
        week = 7 * DAY_MS + 1
        await hub.network.db.execute(
            "UPDATE hub_hosts SET failing_since = failing_since - :week", {"week": week}
        )
        await checks.clean(hub.network, CleanHub())
        assert await waiting(hub) == set()


async def _pass(hub: Rig, days: int) -> None:
    """Let time go by for everything that is held."""
    for table in ("hub_accounts", "hub_posts"):
        await hub.network.db.execute(
            f"""UPDATE {table} SET check_at = check_at - :ms, checked_at = checked_at - :ms""",
            {"ms": days * DAY_MS},
        )
