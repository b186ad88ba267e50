"""Announcements: journalled before the answer, read from the origin, held by consent alone."""

import asyncio
import json

import pytest

import testrig
from far_server import Answer
from fetching import forget_failures
from hub.sharing import (
    announcement,
    far_member,
    held_account,
    held_post,
    held_uris,
    waiting,
)
from noi.models.ids import now_ms
from noi.services.hub import announcements, reading
from noi.services.hub.reading import Reader

FOLLOWERS = "https://example.org/followers"


async def test_a_public_post_of_somebody_who_agrees_is_held(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        lan = town.consenting("lan", summary="<p>Yêu <b>hoa</b> #ĐàLạt</p>", name="Lan 🌸")
        note = town.note(
            "lan",
            1,
            content="<p>Chào cả nhà, hôm nay trời đẹp <a href='https://bao.vn/tin'>tin</a></p>",
            published="2026-01-02T03:04:05Z",
            tag=[{"type": "Hashtag", "name": "#HàNội", "href": "https://x/tags/hanoi"}],
        )
        assert await town.announce(hub, note["id"]) == 204
        assert await waiting(hub) == {note["id"]}
        assert await held_uris(hub) == set()
        await hub.work()
        post, account = await held_post(hub, note["id"]), await held_account(hub, lan["id"])
        assert post and account and post.account_id == account.id
        assert (account.handle, account.name) == (f"lan@{town.domain}", "Lan 🌸")
        assert account.bio == "Yêu hoa #ĐàLạt" and account.discoverable and account.indexable
        assert account.member_id == post.member_id == town.id
        assert post.excerpt.startswith("Chào cả nhà") and post.language == "vi"
        assert post.published_at == 1767323045000
        assert await waiting(hub) == {f"{lan['id']}#following"}
        tags = await hub.network.db.fetch_all("SELECT name FROM hub_post_tags")
        assert tags == [("HàNội",)]
        days = await hub.network.db.fetch_all("SELECT category, amount FROM hub_received")
        assert days == [("content", 1)]


async def test_what_is_not_public_or_not_agreed_to_is_never_held(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        town.consenting("lan")
        town.consenting("im", indexable=False)
        town.consenting("chua", indexable=None, discoverable=None)
        town.consenting("di", movedTo="https://example.org/users/di")
        town.consenting("ngung", suspended=True)
        other.consenting("xa", indexable=False)
        public = "https://www.w3.org/ns/activitystreams#Public"
        notes = [
            town.note("lan", 1, to=[FOLLOWERS], cc=[public]),
            town.note("lan", 2, to=[FOLLOWERS], cc=[]),
            town.note("lan", 3, to=[], cc=[]),
            town.note("im", 4),
            town.note("chua", 5),
            town.note("di", 6),
            town.note("ngung", 7),
            town.note("lan", 8, attributedTo=f"{other.origin}/users/xa"),
            town.note("lan", 9, type="ChatMessage"),
            town.note("lan", 10, type="Tombstone"),
            other.note("xa", 11),
        ]
        assert await town.announce(hub, *(note["id"] for note in notes)) == 204
        await hub.work()
        assert await held_uris(hub) == set()
        assert not any("/statuses/" in uri for uri in await waiting(hub))
        rows = await hub.network.db.fetch_all("SELECT username FROM hub_accounts ORDER BY username")
        assert rows == [("im",), ("xa",)]


async def test_others_people_are_taken_from_their_own_server(engine: str) -> None:
    """Mastodon announces what it knows of other servers' people, too."""
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        mai = other.consenting("mai")
        note = other.note("mai", 1)
        await town.announce(hub, note["id"])
        await town.announce(hub, mai["id"], category="account")
        await hub.work()
        account = await held_account(hub, mai["id"])
        assert account and account.member_id is None
        assert await held_uris(hub) == {note["id"]}
        assert not any("mai" in path for path in town.asked)


async def test_people_of_networks_in_bad_standing_are_not_taken_in(engine: str) -> None:
    for state in ("suspended", "refused", "leaving", "left"):
        async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
            await town.join(hub)
            await other.join(hub, state=state)
            other.consenting("mai")
            await town.announce(hub, other.note("mai", 1)["id"])
            assert await other.announce(hub, other.note("mai", 2)["id"]) == 403
            await hub.work()
            assert await held_uris(hub) == set()
        if engine == "postgresql":
            break


async def test_who_may_announce_and_what(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        uri = f"{town.origin}/users/lan/statuses/1"
        assert await town.say(hub, announcement(uri, subscription="2")) == 404
        backfill = {**announcement(uri), "source": {"backfillRequest": {"id": "9"}}}
        assert await town.say(hub, backfill) == 404
        assert await town.say(hub, {**announcement(uri), "source": {}}) == 422
        assert await town.say(hub, announcement(uri, event="?")) == 422
        assert await town.say(hub, announcement(uri, category="?")) == 422
        assert await town.say(hub, {"source": []}) == 400
        many = [f"{town.origin}/{n}" for n in range(announcements.MAX_URIS + 1)]
        assert await town.announce(hub, *many) == 413
        bad = [
            "",
            "x",
            "ftp://x/y",
            "https://",
            f"{town.origin}/{'x' * 3000}",
            f"{hub.url}/users/x",
        ]
        assert await town.announce(hub, *bad) == 204
        assert await waiting(hub) == set()
        await hub.network.db.execute("DELETE FROM hub_capabilities")
        assert await town.announce(hub, uri) == 403
        url = f"{hub.url}/data_sharing/v0/announcements"
        async with hub.client() as client:
            assert (await client.post(url, json=announcement(uri))).status == 401


async def test_a_member_cannot_fill_the_queue(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "MAX_WAITING_OF_MEMBER", 25)
    monkeypatch.setattr(announcements, "_COUNTED_SECONDS", 0.0)
    async with testrig.hub(engine) as hub, far_member() as flood, far_member() as town:
        await flood.join(hub)
        await town.join(hub)
        answers: list[int] = []
        for call in range(6):
            uris = [f"{flood.origin}/{call}/{n}" for n in range(5)]
            answers.append(await flood.announce(hub, *uris))
        assert answers == [204] * 5 + [429]
        assert len(await waiting(hub)) == 25
        town.consenting("lan")
        assert await town.announce(hub, town.note("lan", 1)["id"]) == 204
        gone = f"{flood.origin}/0/0"
        assert await flood.announce(hub, gone, event="delete") == 204
        await hub.work()
        assert await held_uris(hub) == {f"{town.origin}/users/lan/statuses/1"}


async def test_hostile_addresses_come_to_nothing(engine: str) -> None:
    async with (
        testrig.hub(engine, federation_private_peers="127.0.0.1/32") as hub,
        far_member() as town,
        far_member() as victim,
    ):
        await town.join(hub)
        town.consenting("lan")
        victim.consenting("mai")
        theirs = victim.note("mai", 1)
        huge = b'{"id":"%s/huge","type":"Note","content":"' % town.origin.encode()
        town.answers["/elsewhere"] = Answer(location=theirs["id"])
        town.answers["/huge"] = Answer(huge + b"x" * 2_000_000 + b'"}')
        town.answers["/loop"] = Answer(location=f"{town.origin}/loop")
        town.answers["/page"] = Answer(b"<html>", "text/html")
        town.answers["/deep"] = Answer(b"[" * 200_000)
        town.answers["/stolen"] = Answer(town.answers["/users/lan"].body)
        town.put({**theirs, "id": f"{town.origin}/fake", "attributedTo": theirs["attributedTo"]})
        town.put({**town.note("lan", 5), "id": f"{town.origin}/a"})
        town.answers["/b"] = town.answers["/a"]
        paths = ("elsewhere", "huge", "loop", "page", "deep", "stolen", "fake", "b", "none")
        private = ["https://10.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest"]
        uris = [*(f"{town.origin}/{path}" for path in paths), *private]
        assert await town.announce(hub, *uris) == 204
        await hub.work()
        assert await held_uris(hub) == set()
        assert await waiting(hub) == set()


async def test_one_call_for_each_event_is_taken_and_read_once(engine: str) -> None:
    """Mastodon's habit: new, then an update for each change, one address a call."""
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        town.consenting("lan")
        note = town.note("lan", 1)
        for event in ("new", "update", "update", "new", "trending"):
            assert await town.announce(hub, note["id"], event=event) == 204
        await hub.work()
        assert town.count("/users/lan/statuses/1") == 1
        await town.announce(hub, note["id"], event="new")
        await town.announce(hub, note["id"], event="trending")
        await hub.work()
        assert town.count("/users/lan/statuses/1") == 1
        post = await held_post(hub, note["id"])
        assert post and post.trending_at
        town.note("lan", 1, content="<p>Sửa rồi</p>")
        await town.announce(hub, note["id"], event="update")
        await hub.work()
        again = await held_post(hub, note["id"])
        assert again and again.id == post.id and again.excerpt == "Sửa rồi"
        assert again.trending_at == post.trending_at


async def test_a_server_that_is_away_is_asked_again_later_and_less_often(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        other.consenting("mai")
        note = other.note("mai", 1)
        path = "/users/mai/statuses/1"
        whole = other.answers[path]
        other.answers[path] = Answer(status=503)
        await town.announce(hub, note["id"])
        await hub.work()
        await hub.work()
        assert other.count(path) == 1
        later = now_ms() + 3_600_000
        await hub.work(until=later)
        assert other.count(path) > 1 and await waiting(hub)
        other.answers[path] = whole
        forget_failures(hub.network)
        await hub.work(until=now_ms() + 24 * 3_600_000)
        assert await held_uris(hub) == {note["id"]}


async def test_a_warning_is_all_that_is_shown_of_what_it_hides(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        town.consenting("lan")
        warned = town.note("lan", 1, summary="Phim: hết chuyện", content="<p>Anh ấy là cha</p>")
        long = town.note("lan", 2, content=f"<p>{'chữ ' * 200}</p>")
        await town.announce(hub, warned["id"], long["id"])
        await hub.work()
        first, second = await held_post(hub, warned["id"]), await held_post(hub, long["id"])
        assert first and first.excerpt == "Phim: hết chuyện"
        assert second and len(second.excerpt) <= 300 and second.excerpt.endswith("…")


async def test_whom_consenting_people_follow_is_kept_between_themselves(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        names = ("lan", "mai", "hoa", "im")
        people = {name: town.consenting(name) for name in names[:3]}
        people["im"] = town.consenting("im", indexable=False, discoverable=False)
        following = f"{people['lan']['id']}/following"
        first = {
            "id": following,
            "type": "OrderedCollection",
            "totalItems": 4,
            "first": f"{following}?page=1",
        }
        town.put(first)
        town.put({"id": f"{following}-2", "type": "OrderedCollectionPage", "orderedItems": []})
        page = {
            "id": f"{following}?page=1",
            "type": "OrderedCollectionPage",
            "orderedItems": [people["mai"]["id"], people["im"]["id"], people["lan"]["id"]],
            "next": f"{following}-2",
        }
        whole = {**first, **page, "id": following, "type": "OrderedCollection", "first": ""}
        town.answers["/users/lan/following"] = Answer(json.dumps(whole).encode())
        await town.announce(hub, *(p["id"] for p in people.values()), category="account")
        await hub.work()
        await hub.work(until=now_ms() + 3_600_000)
        rows = await hub.network.db.fetch_all(
            """SELECT a.username, b.username FROM hub_follows f
            JOIN hub_accounts a ON a.id = f.account_id JOIN hub_accounts b ON b.id = f.target_id"""
        )
        assert rows == [("lan", "mai")]


async def test_several_workers_read_each_address_once(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        town.consenting("lan")
        other.consenting("mai")
        notes = [
            server.note(name, n)["id"]
            for n in range(60)
            for server, name in ((town, "lan"), (other, "mai"))
        ]
        await town.announce(hub, *notes)
        readers = [Reader(hub.network, f"worker {number}") for number in range(4)]
        read = await asyncio.gather(*(reader.read_due() for reader in readers))
        while sum(read) < len(notes):
            read.append(await readers[0].read_due())
        assert await held_uris(hub) == set(notes)
        assert all(town.count(f"/users/lan/statuses/{n}") == 1 for n in range(60))
        assert all(other.count(f"/users/mai/statuses/{n}") == 1 for n in range(60))


async def test_a_reader_stays_with_a_host_while_it_has_room_for_others(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ADDRESSES_A_VISIT", 4)
    monkeypatch.setattr(reading, "MOST_A_VISIT", 4)
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        town.consenting("lan")
        other.consenting("mai")
        notes = [town.note("lan", n)["id"] for n in range(30)]
        reader = Reader(hub.network, "worker")
        running = asyncio.create_task(reader.run())
        await town.announce(hub, *notes)
        reader.wake()
        async with asyncio.timeout(30):
            while not await held_uris(hub):
                await asyncio.sleep(0.02)
            notes.append(other.note("mai", 1)["id"])
            await town.announce(hub, notes[-1])
            reader.wake()
            while await held_uris(hub) != set(notes):
                await asyncio.sleep(0.02)
        reader.stop()
        await running
        db = hub.network.db
        assert all(town.count(f"/users/lan/statuses/{n}") == 1 for n in range(30))
        assert await db.fetch_all("SELECT category, amount FROM hub_received") == [("content", 31)]
        assert await db.fetch_value("SELECT count(*) FROM hub_hosts") == 0


async def test_the_reader_wakes_reads_and_ends_in_order(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        town.consenting("lan")
        reader = Reader(hub.network, "worker")
        running = asyncio.create_task(reader.run())
        note = town.note("lan", 1)["id"]
        await town.announce(hub, note)
        reader.wake()
        async with asyncio.timeout(20):
            while note not in await held_uris(hub):
                await asyncio.sleep(0.02)
        town.hold.clear()
        slow = town.note("lan", 2)["id"]
        town.asked.clear()
        await town.announce(hub, slow)
        reader.wake()
        async with asyncio.timeout(20):
            while not town.asked:
                await asyncio.sleep(0.02)
        reader.stop()
        town.hold.set()
        await running
        assert slow in await held_uris(hub)
        assert await hub.network.db.fetch_value("SELECT count(*) FROM hub_hosts") == 0
