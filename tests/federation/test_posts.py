"""What people of one network write and do, as those of another see it."""

import pytest

import people
import testrig
from federation.networks import account, befriend, send, settle, status_here
from noi.db import pins, statuses
from noi.models.composition import Composition, NewPoll
from noi.models.ids import now_ms
from noi.services import favourites, polls, reblogs
from noi.services import statuses as status_verbs

pytestmark = pytest.mark.anyio


async def test_a_post_its_edit_and_its_end(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Xin chào cả nhà")
        await settle(there, here)
        uri = f"{there.url}/users/mai/statuses/{posted}"
        seen = await status_here(here, uri)
        assert seen and "Xin chào cả nhà" in seen.content
        home = "SELECT count(*) FROM timeline_entries WHERE owner_id = :o AND status_id = :s"
        where = {"o": lan.account_id, "s": seen.id}
        assert await here.network.db.fetch_value(home, where) == 1

        changed = Composition(text="Tạm biệt")
        await status_verbs.edit(there.network, mai.account_id, posted, changed)
        await settle(there, here)
        edited = await status_here(here, uri)
        assert edited and "Tạm biệt" in edited.content
        assert edited.edited_at

        await status_verbs.delete(there.network, mai.account_id, posted)
        await settle(there, here)
        gone = await status_here(here, uri)
        assert gone and gone.deleted_at


async def test_an_answer_a_favourite_and_a_reblog_come_and_go(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Ai đi Huế không?")
        await settle(there, here)
        seen = await status_here(here, f"{there.url}/users/mai/statuses/{posted}")
        assert seen and seen.account_id == mai_here

        await favourites.favourite(here.network, lan.account_id, seen.id)
        await reblogs.reblog(here.network, lan.account_id, seen.id)
        text = f"@mai@{there.network.settings.host} Có!"
        answer = Composition(text=text, in_reply_to_id=seen.id)
        await status_verbs.create(here.network, lan.account_id, answer)
        await settle(here, there)
        original = await statuses.get(there.network.db, posted)
        assert original
        counts = (original.favourites_count, original.reblogs_count, original.replies_count)
        assert counts == (1, 1, 1)
        told = await there.network.db.fetch_all("SELECT kind FROM notifications ORDER BY kind")
        assert [row[0] for row in told] == ["favourite", "follow", "mention", "reblog"]

        await favourites.unfavourite(here.network, lan.account_id, seen.id)
        await reblogs.unreblog(here.network, lan.account_id, seen.id)
        await settle(here, there)
        original = await statuses.get(there.network.db, posted)
        assert original and (original.favourites_count, original.reblogs_count) == (0, 0)


async def test_a_vote(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        asked = Composition(text="Trà hay cà phê?", poll=NewPoll(["Trà", "Cà phê"], 3600))
        view = await status_verbs.create(there.network, mai.account_id, asked)
        await settle(there, here)
        seen = await status_here(here, view.status.uri)
        assert seen and seen.poll_id
        lan_account = await account(here, lan.account_id)
        for number in (1, 2):  # the second is one too many
            vote = {
                "id": f"{lan_account.uri}/votes/{number}/activity",
                "type": "Create",
                "actor": lan_account.uri,
                "to": [f"{there.url}/users/mai"],
                "object": {
                    "id": f"{lan_account.uri}/votes/{number}",
                    "type": "Note",
                    "name": "Cà phê",
                    "attributedTo": lan_account.uri,
                    "inReplyTo": view.status.uri,
                    "to": [f"{there.url}/users/mai"],
                },
            }
            assert await send(here, lan.account_id, there, vote) == 202
        await there.work()
        assert view.status.poll_id
        standing = await polls.show(there.network, mai.account_id, view.status.poll_id)
        assert [option.votes_count for option in standing.options] == [0, 1]
        assert standing.poll.voters_count == 1


async def test_answers_to_each_other_in_order(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        parent = await people.write(there.network, mai, "0")
        for number in range(1, 6):
            text = Composition(text=str(number), in_reply_to_id=parent)
            parent = (await status_verbs.create(there.network, mai.account_id, text)).status.id
        began = now_ms()
        await settle(there, here)
        rows = await here.network.db.fetch_all(
            "SELECT content, in_reply_to_id, id FROM statuses WHERE local = 0 ORDER BY id"
        )
        assert [row[1] for row in rows] == [None, *(row[2] for row in rows[:-1])]
        assert now_ms() - began < 60_000


async def test_a_pinned_post(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Đọc cái này trước")
        await settle(there, here)
        mai_account = await account(there, mai.account_id)
        uri = f"{mai_account.uri}/statuses/{posted}"
        for kind, expected in (("Add", 1), ("Remove", 0), ("Add", 1)):
            activity = {
                "type": kind,
                "actor": mai_account.uri,
                "object": uri,
                "target": f"{mai_account.uri}/collections/featured",
            }
            assert await send(there, mai.account_id, here, activity) == 202
            await here.work()
            assert await pins.count(here.network.db, mai_here) == expected
