"""What else comes from other servers, one activity at a time, and what must not work."""

from typing import Any

import msgspec
import pytest

import people
import testrig
from federation.networks import account, befriend, counts, seen_from, send, settle, status_here
from fetching import forget_failures
from noi.activitypub import integrity
from noi.activitypub.outgoing import encode
from noi.activitypub.vocabulary import PUBLIC
from noi.db import accounts, pins, statuses
from noi.models.accounts import AccountState, Viewer
from noi.models.ids import now_ms
from noi.services import favourites, follows, keys, policies, profiles
from noi.services import statuses as status_verbs
from noi.services.departures import bury
from testrig import Rig

pytestmark = pytest.mark.anyio


def create(author_uri: str, number: int, **more: Any) -> dict[str, Any]:
    note = {
        "id": f"{author_uri}/notes/{number}",
        "type": "Note",
        "attributedTo": author_uri,
        "to": [PUBLIC],
        "content": f"<p>Bài {number}</p>",
        **more,
    }
    return {
        "id": f"{note['id']}/activity",
        "type": "Create",
        "actor": author_uri,
        "to": [PUBLIC],
        "object": note,
    }


def act(kind: str, actor_uri: str, about: object, number: int = 1, **more: Any) -> dict[str, Any]:
    id_ = f"{actor_uri}#{kind}/{number}"
    return {"id": id_, "type": kind, "actor": actor_uri, "object": about, **more}


async def deliver(there: Rig, viewer: Viewer, here: Rig, activity: dict[str, Any]) -> None:
    assert await send(there, viewer.account_id, here, activity) == 202
    await here.work()


async def test_profiles_change_and_accounts_end(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        await people.write(there.network, mai)
        await profiles.update(there.network, mai.account_id, profiles.Profile(display_name="Mai"))
        await settle(there, here)
        assert (await account(here, mai_here)).display_name == "Mai"
        await there.network.db.transaction(lambda tx: bury(tx, mai.account_id))
        await settle(there, here)
        assert (await account(here, mai_here)).state is AccountState.DELETED
        left = "SELECT count(*) FROM statuses WHERE local = 0 AND deleted_at IS NULL"
        assert await here.network.db.fetch_value(left) == 0
        assert await counts(here, lan.account_id) == (0, 0)


async def test_who_takes_an_end_back_is_there_again(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        mai_uri = f"{there.url}/users/mai"
        end = act("Delete", mai_uri, mai_uri)
        await deliver(there, mai, here, end)
        assert (await account(here, mai_here)).state is AccountState.DELETED
        await here.network.db.execute("UPDATE accounts SET deleted_at = 1 WHERE deleted_at > 1")
        forget_failures(here.network)
        await deliver(there, mai, here, act("Undo", mai_uri, act("Follow", mai_uri, mai_uri)))
        assert (await account(here, mai_here)).state is AccountState.DELETED
        await deliver(there, mai, here, act("Undo", mai_uri, end, 2))
        assert (await account(here, mai_here)).state is AccountState.ACTIVE


async def test_an_end_that_is_faster_than_its_post(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        mai_uri = f"{there.url}/users/mai"
        new = create(mai_uri, 1)
        await deliver(there, mai, here, act("Delete", mai_uri, new["object"]["id"]))
        await deliver(there, mai, here, new)
        assert await status_here(here, new["object"]["id"]) is None
        changed = create(mai_uri, 2, updated="2026-01-01T00:00:00Z")
        changed["type"] = "Update"
        await deliver(there, mai, here, changed)
        assert await status_here(here, changed["object"]["id"])


async def test_an_edit_that_is_faster_than_its_post(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        times = {"published": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:10:00Z"}
        changed = create(f"{there.url}/users/mai", 1, **times, content="<p>Mới</p>")
        late = create(f"{there.url}/users/mai", 1, published=times["published"])
        changed |= {"type": "Update", "id": f"{there.url}/users/mai#u"}
        await deliver(there, mai, here, changed)
        await deliver(there, mai, here, late)
        seen = await status_here(here, late["object"]["id"])
        assert seen and "Mới" in seen.content


async def test_nobody_speaks_for_another(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        rogue = await people.join(there.network, "rogue")
        mai_here, _ = await befriend(here, lan, there, mai)
        mai_uri, rogue_uri = f"{there.url}/users/mai", f"{there.url}/users/rogue"
        new = create(mai_uri, 1)
        await deliver(there, mai, here, new)
        post_uri = new["object"]["id"]
        posted = await people.write(here.network, lan)
        lan_post = f"{here.url}/users/lan/statuses/{posted}"
        like = act("Like", mai_uri, lan_post)
        await deliver(there, mai, here, like)

        forged: list[dict[str, Any]] = [
            act("Delete", rogue_uri, post_uri),
            act("Delete", rogue_uri, mai_uri, 2),
            act("Delete", rogue_uri, lan_post, 3),
            act("Undo", rogue_uri, like),
            act("Undo", rogue_uri, like["id"], 2),
            act("Update", rogue_uri, {**new["object"], "content": "<p>Xấu</p>"}),
            act("Update", rogue_uri, {"id": mai_uri, "type": "Person", "name": "Xấu"}, 2),
            create(mai_uri, 2) | {"actor": rogue_uri},
            create(f"{here.url}/users/lan", 3) | {"actor": rogue_uri},
            act("Move", rogue_uri, mai_uri, target=rogue_uri),
            act("Add", rogue_uri, post_uri, target=f"{mai_uri}/collections/featured"),
            act("Accept", rogue_uri, act("Follow", f"{here.url}/users/lan", mai_uri)),
            act("Reject", rogue_uri, act("Follow", f"{here.url}/users/lan", mai_uri)),
        ]
        for activity in forged:
            await deliver(there, rogue, here, activity)
        kept = await status_here(here, post_uri)
        assert kept and kept.deleted_at is None
        assert "Bài 1" in kept.content
        own = await statuses.get(here.network.db, posted)
        assert own and (own.deleted_at, own.favourites_count) == (None, 1)
        known = await account(here, mai_here)
        assert (known.state, known.display_name, known.moved_to_id) == (0, "", None)
        assert await pins.count(here.network.db, mai_here) == 0
        assert await counts(here, lan.account_id) == (1, 1)
        assert await status_here(here, f"{mai_uri}/notes/2") is None


async def test_reactions_and_votes_against(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        posted = await people.write(here.network, lan)
        uri, mai_uri = f"{here.url}/users/lan/statuses/{posted}", f"{there.url}/users/mai"
        host = there.network.settings.host

        async def names() -> list[str]:
            rows = await here.network.db.fetch_all("SELECT name FROM reactions ORDER BY id")
            return [row[0] for row in rows]

        heart = act("Like", mai_uri, uri, content="❤️", _misskey_reaction="❤️")
        await deliver(there, mai, here, heart)
        await deliver(there, mai, here, act("EmojiReact", mai_uri, uri, content=":meo:"))
        await deliver(there, mai, here, act("EmojiReact", mai_uri, uri, 2, content="no emoji"))
        await deliver(there, mai, here, act("Dislike", mai_uri, uri))
        assert await names() == ["❤️", f"meo@{host}"]
        liked = await statuses.get(here.network.db, posted)
        assert liked and liked.favourites_count == 1
        dislikes = "SELECT dislikes_count FROM statuses WHERE id = :id"
        assert await here.network.db.fetch_value(dislikes, {"id": posted}) == 1

        await deliver(there, mai, here, act("Undo", mai_uri, heart["id"]))  # as Pleroma does
        await deliver(there, mai, here, act("Undo", mai_uri, act("Dislike", mai_uri, uri), 2))
        assert await names() == [f"meo@{host}"]
        liked = await statuses.get(here.network.db, posted)
        assert liked and liked.favourites_count == 0
        assert await here.network.db.fetch_value(dislikes, {"id": posted}) == 0


async def test_reports(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        posted = await people.write(here.network, lan)
        lan_uri, mai_uri = f"{here.url}/users/lan", f"{there.url}/users/mai"
        about = [lan_uri, f"{lan_uri}/statuses/{posted}", "https://else.example/1"]
        await deliver(there, mai, here, act("Flag", mai_uri, about, content="Thư rác"))
        found = await here.network.db.fetch_all(
            "SELECT target_id, status_ids, comment FROM reports"
        )
        assert found == [(lan.account_id, f"[{posted}]", "Thư rác")]
        sql = """INSERT INTO domain_policies (domain, reject_reports, rule_text, reason, created_at,
            updated_at) VALUES (:domain, 1, '', '', 0, 0)"""
        await here.network.db.execute(sql, {"domain": there.network.settings.host})
        policies.forget(here.network)
        await deliver(there, mai, here, act("Flag", mai_uri, about, 2))
        assert await here.network.db.fetch_value("SELECT count(*) FROM reports") == 1


async def test_an_account_moves_and_its_followers_with_it(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await people.join(there.network, "mai2")
        await befriend(here, lan, there, mai)
        mai_uri, new_uri = f"{there.url}/users/mai", f"{there.url}/users/mai2"
        await deliver(there, mai, here, act("Move", mai_uri, mai_uri, target=new_uri))
        assert await counts(here, lan.account_id) == (1, 1)  # the other does not say so
        known_as = "UPDATE accounts SET also_known_as = :uris WHERE username = 'mai2'"
        await there.network.db.execute(known_as, {"uris": msgspec.json.encode([mai_uri]).decode()})
        await deliver(there, mai, here, act("Move", mai_uri, mai_uri, 2, target=new_uri))
        await settle(here, there)
        mai2_here = await seen_from(here, there, "mai2")
        moved = await accounts.get_by_uri(here.network.db, mai_uri)
        assert moved and moved.moved_to_id == mai2_here
        assert (await account(here, mai2_here)).followers_count == 1
        assert moved.followers_count == 0


async def test_a_group_passes_on_what_is_sent_to_it(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        club = await people.join(there.network, "club")
        await there.network.db.execute("UPDATE accounts SET kind = 'group' WHERE username = 'club'")
        mai_uri, club_uri = f"{there.url}/users/mai", f"{there.url}/users/club"
        posted = await people.write(there.network, mai, "Cho cả nhóm")
        uri = f"{mai_uri}/statuses/{posted}"
        new = act("Create", mai_uri, {"id": uri, "type": "Note", "attributedTo": mai_uri})
        new["object"] |= {"content": "<p>Giả</p>", "to": [PUBLIC]}
        await deliver(there, club, here, act("Announce", club_uri, new))
        assert await status_here(here, uri) is None  # nobody follows it
        club_here = await seen_from(here, there, "club")
        await follows.follow(here.network, lan.account_id, club_here)
        await settle(here, there)
        await deliver(there, club, here, act("Announce", club_uri, new, 2))
        seen = await status_here(here, uri)
        assert seen and seen.group_id == club_here
        assert "Cho cả nhóm" in seen.content
        end = act("Delete", mai_uri, uri)
        await deliver(there, club, here, act("Announce", club_uri, end, 3))
        seen = await status_here(here, uri)
        assert seen and seen.deleted_at is None  # it is still there
        await status_verbs.delete(there.network, mai.account_id, posted)
        await there.network.db.execute("DELETE FROM deliveries")
        forget_failures(here.network)
        await deliver(there, club, here, act("Announce", club_uri, end, 4))
        seen = await status_here(here, uri)
        assert seen and seen.deleted_at
        reports = act("Flag", mai_uri, [f"{here.url}/users/lan"])
        nested: dict[str, Any] = act("Announce", club_uri, act("Announce", club_uri, reports, 5), 6)
        await deliver(there, club, here, act("Announce", club_uri, nested, 7))


async def test_a_groups_new_posts_and_votes_are_seen(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        club = await people.join(there.network, "club")
        await there.network.db.execute("UPDATE accounts SET kind = 'group' WHERE username = 'club'")
        mai_uri, club_uri = f"{there.url}/users/mai", f"{there.url}/users/club"
        club_here = await seen_from(here, there, "club")
        await follows.follow(here.network, lan.account_id, club_here)
        await settle(here, there)
        posted = await people.write(there.network, mai, "Cho cả nhóm")
        uri = f"{mai_uri}/statuses/{posted}"
        mine = await people.write(here.network, lan, "Của tôi")
        own = f"{here.url}/users/lan/statuses/{mine}"

        async def passed_on(number: int, inner: dict[str, Any]) -> None:
            outer = act("Announce", club_uri, inner, number, to=[PUBLIC])
            await deliver(there, club, here, outer)

        async def seen() -> tuple[int, int, int]:
            sql = """SELECT favourites_count, dislikes_count, reblogs_count FROM statuses
                WHERE uri = :uri"""
            [row] = await here.network.db.fetch_all(sql, {"uri": uri})
            return row[0], row[1], row[2]

        note = {"id": uri, "type": "Note", "attributedTo": mai_uri}
        await passed_on(1, act("Create", mai_uri, note))
        await passed_on(2, act("Create", mai_uri, note, 2))
        answer = create(mai_uri, 7, inReplyTo=own)
        await passed_on(3, answer)
        known = await status_here(here, uri)
        assert known and await statuses.get_reblog(here.network.db, known.id, club_here)
        assert await seen() == (0, 0, 1)
        await passed_on(4, act("Create", f"{here.url}/users/lan", {"id": own, "type": "Note"}))
        assert await statuses.get_reblog(here.network.db, mine, club_here)

        like = act("Like", mai_uri, uri)
        await passed_on(5, like)
        await passed_on(6, act("Dislike", mai_uri, uri))
        assert await seen() == (1, 1, 1)
        await passed_on(7, act("Undo", mai_uri, like))
        assert await seen() == (0, 1, 1)
        # Of people elsewhere the group's server does not speak.
        elsewhere = "http://localhost:1/users/xa"
        await passed_on(8, act("Like", elsewhere, uri))
        await passed_on(9, act("Like", mai_uri, uri) | {"id": "http://localhost:1/likes/1"})
        assert await seen() == (0, 1, 1)


async def test_what_a_groups_moderators_remove(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        club, on = await people.join(there.network, "club"), await people.join(there.network, "on")
        await there.network.db.execute("UPDATE accounts SET kind = 'group' WHERE username = 'club'")
        mai_here, _ = await befriend(here, lan, there, mai)
        club_here = await seen_from(here, there, "club")
        await follows.follow(here.network, lan.account_id, club_here)
        await settle(here, there)
        mai_uri, club_uri, on_uri = (f"{there.url}/users/{name}" for name in ("mai", "club", "on"))
        posted = await people.write(there.network, mai, "Cho cả nhóm")
        mine = await people.write(here.network, lan, "Của tôi")
        uri, own = f"{mai_uri}/statuses/{posted}", f"{here.url}/users/lan/statuses/{mine}"
        await settle(there, here)
        new = act("Create", mai_uri, {"id": uri, "type": "Note", "attributedTo": mai_uri})
        await deliver(there, club, here, act("Announce", club_uri, new, 1))
        for number, about in enumerate((uri, own), 2):
            await deliver(there, club, here, act("Announce", club_uri, about, number, to=[PUBLIC]))
        for about in (uri, own):
            seen = await status_here(here, about)
            assert seen and await statuses.get_reblog(here.network.db, seen.id, club_here)

        # By their own word they remove nothing, and by the group's only from the group.
        for number, about in enumerate((uri, own), 10):
            await deliver(there, on, here, act("Delete", on_uri, about, number))
            seen = await status_here(here, about)
            assert seen and await statuses.get_reblog(here.network.db, seen.id, club_here)
            removal = act("Delete", on_uri, about, number, summary="Lạc đề")
            await deliver(there, club, here, act("Announce", club_uri, removal, number))
            seen = await status_here(here, about)
            assert seen and seen.deleted_at is None and seen.group_id is None
            assert not await statuses.get_reblog(here.network.db, seen.id, club_here)
        seen = await status_here(here, uri)
        assert seen and seen.account_id == mai_here

        # They may think better of it.
        again = act("Undo", on_uri, act("Delete", on_uri, uri, 10), 15)
        await deliver(there, on, here, again)
        assert not await statuses.get_reblog(here.network.db, seen.id, club_here)
        await deliver(there, club, here, act("Announce", club_uri, again, 15))
        assert await statuses.get_reblog(here.network.db, seen.id, club_here)

        # What its own server has deleted goes here, whoever says so.
        await status_verbs.delete(there.network, mai.account_id, posted)
        await there.network.db.execute("DELETE FROM deliveries")
        removal = act("Delete", on_uri, uri, 20)
        await deliver(there, club, here, act("Announce", club_uri, removal, 20))
        seen = await status_here(here, uri)
        assert seen and seen.deleted_at


async def test_who_is_shut_out_of_a_group_is_blocked_by_nobody(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        on = await people.join(there.network, "on")
        await people.join(here.network, "lan")
        on_uri, club = f"{there.url}/users/on", f"{there.url}/users/club"
        lan_uri = f"{here.url}/users/lan"
        await deliver(there, on, here, act("Block", on_uri, lan_uri, target=club))
        assert await here.network.db.fetch_value("SELECT count(*) FROM blocks") == 0


async def test_what_is_passed_on_needs_its_authors_word(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.network(engine) as there,
        testrig.network(engine) as third,
    ):
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        carrier = await people.join(third.network, "carrier")
        await befriend(here, lan, there, mai)
        mai_uri = f"{there.url}/users/mai"
        key = await keys.signing_key(there.network, mai.account_id)
        written = msgspec.json.decode(encode(create(mai_uri, 1)))
        proved = integrity.sign(written, key.ed25519_private_key, key.ed25519_key_id, now_ms())
        # With a proof inside it is as if its author had sent it …
        await deliver(third, carrier, here, proved)
        assert await status_here(here, f"{mai_uri}/notes/1")
        changed: dict[str, Any] = {
            **proved,
            "id": f"{mai_uri}#x",
            "object": create(mai_uri, 2)["object"],
        }
        await deliver(third, carrier, here, changed)
        assert await status_here(here, f"{mai_uri}/notes/2") is None
        # … without one it is looked up where it belongs: this post is there, the other is not.
        posted = await people.write(there.network, mai, "Thật")
        real = f"{mai_uri}/statuses/{posted}"
        hint = act("Create", mai_uri, {"id": real, "type": "Note", "attributedTo": mai_uri})
        hint["object"] |= {"content": "<p>Giả</p>", "to": [PUBLIC]}
        await deliver(third, carrier, here, hint)
        await deliver(third, carrier, here, create(mai_uri, 7))
        seen = await status_here(here, real)
        assert seen and "Thật" in seen.content
        assert await status_here(here, f"{mai_uri}/notes/7") is None


async def test_a_reblog_of_an_unknown_post_brings_it(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        an = await people.join(there.network, "an")
        mai_here, _ = await befriend(here, lan, there, mai)
        posted = await people.write(there.network, an, "Của An")
        uri, mai_uri = f"{there.url}/users/an/statuses/{posted}", f"{there.url}/users/mai"
        assert await status_here(here, uri) is None
        await deliver(there, mai, here, act("Announce", mai_uri, uri, to=[PUBLIC]))
        seen = await status_here(here, uri)
        assert seen and seen.reblogs_count == 1
        mine = await statuses.get_reblog(here.network.db, seen.id, mai_here)
        assert mine
        home = "SELECT count(*) FROM timeline_entries WHERE owner_id = :o AND status_id = :s"
        where = {"o": lan.account_id, "s": mine.id}
        assert await here.network.db.fetch_value(home, where) == 1
        assert await favourites.favourite(here.network, lan.account_id, seen.id) == seen.id
