"""Posts that are written together: each has its own fate, and withdrawal wins over all."""

import asyncio
from typing import Any

import pytest

import found
import testrig
from noi.db.hub import posts, queue
from noi.db.hub.queue import Named
from noi.models.hub_records import Category, Event, HubAccount, QueueEntry
from noi.models.ids import now_ms
from noi.services.hub import indexing, storing, withdrawals
from noi.services.hub.people import FRESH_MS
from noi.services.hub.storing import Fate, Wanted
from noi.services.network import Network

_ENTRY = f"SELECT {', '.join(QueueEntry.__struct_fields__)} FROM hub_queue WHERE uri = :uri"


async def announced(network: Network, *uris: str, event: Event = Event.NEW) -> list[QueueEntry]:
    """The entries of addresses that are announced."""
    named = [Named(uri, Category.CONTENT, event, "bao.vn") for uri in uris]
    await network.db.transaction(
        lambda tx: queue.put(tx, named, version=network.ids.next(), run_at=1)
    )
    found_ = [await network.db.fetch_one(_ENTRY, {"uri": uri}, QueueEntry) for uri in uris]
    return [entry for entry in found_ if entry is not None]


def wanted(entry: QueueEntry, author_uri: str, text: str = "chợ Đà Lạt", **changes: Any) -> Wanted:
    """What was read for an entry a moment from now, so that no margin of clocks matters."""
    values: dict[str, Any] = {
        "entry": entry,
        "author_uri": author_uri,
        "fetched_at": now_ms() + 60_000,
        "published_at": now_ms() - 60_000,
        "language": "vi",
        "shares": 0,
        "likes": 0,
        "url": entry.uri,
        "excerpt": text,
        "found": indexing.found_by(text, "vi", "bao.vn", ["chợ"], ["https://bao.vn/tin"]),
        **changes,
    }
    return Wanted(**values)


async def uris_of(network: Network, table: str = "hub_posts") -> set[str]:
    return {row[0] for row in await network.db.fetch_all(f"SELECT uri FROM {table}")}


async def amounts(network: Network) -> list[int]:
    """Rows of posts, of their words, hashtags and links."""
    tables = ("hub_posts", "hub_post_search", "hub_post_tags", "hub_post_links")
    return [await network.db.fetch_value(f"SELECT count(*) FROM {table}") for table in tables]


async def test_many_are_written_at_once_and_each_once(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = [await found.person(net, f"u{number}@bao.vn") for number in range(5)]
        uris = [f"https://bao.vn/posts/{number}" for number in range(300)]
        entries = await announced(net, *uris)
        several = [
            wanted(entry, people[number % 5].uri, published_at=1_700_000_000_000)
            for number, entry in enumerate(entries)
        ]
        # Each is read twice, as by two workers of which one lost its lease.
        fates = await asyncio.gather(*(storing.store(net, one) for one in several * 2))
        assert set(fates) == {Fate.DONE}
        assert await amounts(net) == [300] * 4 and await uris_of(net) == set(uris)
        assert not await uris_of(net, "hub_queue")


async def test_each_has_a_fate_of_its_own(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn", last_post_at=None, language="")
        shy = await found.person(net, "e@bao.vn", indexable=False)
        old = await found.person(net, "cu@bao.vn", checked_at=now_ms() - FRESH_MS - 1)
        names = ("new", "shy", "old", "nobody", "gone", "late")
        entries = dict(
            zip(names, await announced(net, *(f"https://b/{n}" for n in names)), strict=True)
        )
        before = await found.post(net, shy, "trước", uri="https://b/shy")
        assert await posts.get(net.db, before.id)
        await net.db.transaction(lambda tx: withdrawals.withdraw(tx, ["https://b/gone"]))
        later = (await announced(net, "https://b/late"))[0]
        whose = {"shy": shy.uri, "old": old.uri, "nobody": "https://bao.vn/users/x"}
        several = [
            wanted(entry, whose.get(name, lan.uri), fetched_at=now_ms() + (name != "gone") * 60_000)
            for name, entry in entries.items()
        ]
        fates = await asyncio.gather(*(storing.store(net, one) for one in several))
        assert dict(zip(names, fates, strict=True)) == {
            "new": Fate.DONE,
            "shy": Fate.NOT_AGREED,
            "old": Fate.ASK,
            "nobody": Fate.ASK,
            "gone": Fate.OVERTAKEN,
            "late": Fate.DONE,
        }
        assert await uris_of(net) == {"https://b/new"} and await amounts(net) == [1] * 4
        waiting = await uris_of(net, "hub_queue")
        assert waiting == {"https://b/old", "https://b/nobody", "https://b/late"}
        assert await storing.store(net, wanted(later, lan.uri)) is Fate.DONE
        account = await net.db.fetch_one(
            "SELECT last_post_at, language FROM hub_accounts WHERE id = :id", {"id": lan.id}
        )
        assert account and account[0] <= now_ms() and account[1] == "vi"


async def test_what_is_read_again_is_written_anew(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        uri = "https://bao.vn/1"
        assert (
            await storing.store(net, wanted((await announced(net, uri))[0], lan.uri)) is Fate.DONE
        )
        first = await posts.by_uri(net.db, uri)
        entry = (await announced(net, uri, event=Event.TRENDING))[0]
        changed = wanted(entry, lan.uri, "biển", found=indexing.found_by("biển", "vi", "b", [], []))
        assert await storing.store(net, changed) is Fate.DONE
        again = await posts.by_uri(net.db, uri)
        assert first and again and again.id == first.id
        assert again.excerpt == "biển" and again.trending_at
        assert await amounts(net) == [1, 1, 0, 0]


async def test_one_that_cannot_be_written_keeps_no_other_away(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        entries = await announced(net, *(f"https://bao.vn/{number}" for number in range(6)))
        several = [wanted(entry, lan.uri) for entry in entries]
        put = indexing.put_posts

        async def fails(tx: Any, some: Any, *, new: bool) -> None:
            await put(tx, some, new=new)
            if any(post.uri.endswith("/3") for post, _ in some):
                raise ZeroDivisionError

        monkeypatch.setattr(indexing, "put_posts", fails)
        fates = await asyncio.gather(
            *(storing.store(net, one) for one in several), return_exceptions=True
        )
        assert [isinstance(fate, ZeroDivisionError) for fate in fates].index(True) == 3
        assert fates.count(Fate.DONE) == 5 and await amounts(net) == [5] * 4
        assert await uris_of(net, "hub_queue") == {"https://bao.vn/3"}


async def test_withdrawal_wins_over_what_is_written_at_the_same_time(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = [await found.person(net, f"u{number}@bao.vn") for number in range(4)]
        for round_ in range(8):
            author = people[round_ % 4]
            uris = [f"https://bao.vn/{round_}/{number}" for number in range(40)]
            entries = await announced(net, *uris)
            several = [wanted(entry, author.uri, fetched_at=now_ms()) for entry in entries]
            gone = author.uri if round_ >= 4 else uris[7]
            await asyncio.gather(
                *(storing.store(net, one) for one in several[:20]),
                net.db.transaction(lambda tx, uri=gone: withdrawals.withdraw(tx, [uri])),
                *(storing.store(net, one) for one in several[20:]),
            )
            assert gone not in await uris_of(net)
            if round_ >= 4:
                assert not await _posts_of(net, author)


async def _posts_of(network: Network, author: HubAccount) -> list[int]:
    return await posts.of_account(network.db, author.id, 10)
