"""What people do to posts of other networks, and what their own posts' networks tell others."""

import pytest

import people
import testrig
from federation.networks import befriend, seen_from, settle, status_here
from noi.db import pins
from noi.models.accounts import Role
from noi.models.composition import Composition, NewPoll
from noi.models.ids import now_ms
from noi.models.paging import Page
from noi.models.statuses import Visibility
from noi.services import pins as pin_verbs
from noi.services import polls, reports
from noi.services import statuses as status_verbs

pytestmark = pytest.mark.anyio


async def test_a_vote_reaches_the_poll_and_its_standing_comes_back(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        on = await people.join(there.network, "on")
        await befriend(here, lan, there, mai)
        poll = NewPoll(["Trà", "Cà phê", "Nước"], 3600, multiple=True)
        view = await status_verbs.create(
            there.network, mai.account_id, Composition(text="Uống gì?", poll=poll)
        )
        await settle(there, here)
        seen = await status_here(here, view.status.uri)
        assert seen and seen.poll_id and view.status.poll_id
        await polls.vote(here.network, lan.account_id, seen.poll_id, [0, 2])
        await settle(here, there)
        asked = await polls.show(there.network, mai.account_id, view.status.poll_id)
        assert [option.votes_count for option in asked.options] == [1, 0, 1]
        assert asked.poll.voters_count == 1

        await polls.vote(there.network, on.account_id, view.status.poll_id, [1])
        await there.work(until=now_ms() + 120_000)
        await here.work()
        known = await polls.show(here.network, lan.account_id, seen.poll_id)
        assert [option.votes_count for option in known.options] == [1, 1, 1]
        assert known.poll.voters_count == 2


async def test_a_pin_is_seen_elsewhere_until_it_goes(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Đọc cái này trước")
        await settle(there, here)
        await pin_verbs.pin(there.network, mai.account_id, posted)
        await settle(there, here)
        assert await pins.count(here.network.db, mai_here) == 1
        await pin_verbs.unpin(there.network, mai.account_id, posted)
        await settle(there, here)
        assert await pins.count(here.network.db, mai_here) == 0


async def test_a_forwarded_report_names_nobody(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        moderator = await people.join(there.network, "on", Role.MODERATOR)
        mai_here, _ = await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Bán thuốc giả")
        await settle(there, here)
        seen = await status_here(here, f"{there.url}/users/mai/statuses/{posted}")
        assert seen
        await reports.create(
            here.network, lan, mai_here, status_ids=[seen.id], comment="Lừa đảo", forward=True
        )
        await settle(here, there)
        found = await reports.fetch_page(there.network, moderator, Page())
        assert [view.report.comment for view in found] == ["Lừa đảo"]
        assert found[0].status_ids == [posted]
        assert found[0].target.id == mai.account_id
        lan_there = await seen_from(there, here, "lan")
        assert found[0].reporter.id != lan_there


async def test_a_mention_finds_somebody_who_was_never_seen(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        host = there.network.settings.host
        text = f"@mai@{host} chào bạn, và @ai@{host}, @ai@localhost:1"
        direct = Composition(text=text, visibility="direct")
        view = await status_verbs.create(here.network, lan.account_id, direct)
        assert [mention.username for mention in view.mentions] == ["mai"]
        assert "@ai@localhost:1" in view.status.content
        await settle(here, there)
        received = await status_here(there, view.status.uri)
        assert received and received.visibility is Visibility.DIRECT
        told = await there.network.db.fetch_all("SELECT account_id, kind FROM notifications")
        assert [(row[0], row[1]) for row in told] == [(mai.account_id, "mention")]
