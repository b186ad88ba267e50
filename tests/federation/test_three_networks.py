"""Three networks, on both engines: an and chi follow bình, and each sees what the others do."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import pytest

import people
import testrig
from federation.networks import account, counts, seen_from, settle, status_here
from noi.db import pins, statuses
from noi.db import quotes as quote_rows
from noi.models.accounts import Viewer
from noi.models.composition import Composition, NewPoll
from noi.models.federation import QuoteState
from noi.models.ids import now_ms
from noi.models.statuses import Status
from noi.services import (
    blocks,
    favourites,
    follows,
    migration,
    polls,
    quotes,
    reblogs,
    relationships,
    resolution,
    threads,
)
from noi.services import pins as pin_verbs
from noi.services import statuses as status_verbs
from testrig import Rig

pytestmark = pytest.mark.anyio

ENGINES = [("sqlite", "postgresql", "sqlite"), ("postgresql", "sqlite", "postgresql")]


class One(msgspec.Struct, frozen=True):
    """A network with one person."""

    rig: Rig
    name: str
    viewer: Viewer

    @property
    def id(self) -> int:
        return self.viewer.account_id

    @property
    def handle(self) -> str:
        return f"@{self.name}@{self.rig.network.settings.host}"

    async def write(self, text: str, **parts: object) -> Status:
        composition = msgspec.convert({"text": text, **parts}, Composition)
        return (await status_verbs.create(self.rig.network, self.id, composition)).status

    async def seen(self, status: Status) -> Status:
        """The status as this network has it."""
        found = await status_here(self.rig, status.uri)
        assert found, f"{self.name} knows nothing of {status.uri}"
        return found

    async def home(self, status: Status) -> bool:
        """Whether the person has it in their home timeline."""
        sql = "SELECT 1 FROM timeline_entries WHERE owner_id = :me AND status_id = :id"
        row = {"me": self.id, "id": (await self.seen(status)).id}
        return await self.rig.network.db.fetch_value(sql, row) is not None


class Three(msgspec.Struct, frozen=True):
    an: One
    binh: One
    chi: One

    @property
    def all(self) -> tuple[One, One, One]:
        return self.an, self.binh, self.chi

    async def settle(self) -> None:
        await settle(*(one.rig for one in self.all))

    async def tick(self) -> None:
        """What waits for a minute, such as the standing of a poll, goes out."""
        for one in self.all:
            await one.rig.work(until=now_ms() + 120_000)
        await self.settle()


@asynccontextmanager
async def three(engines: tuple[str, str, str], follow: bool = True) -> AsyncGenerator[Three]:
    async with AsyncExitStack() as stack:
        made: list[One] = []
        for name, engine in zip(("an", "binh", "chi"), engines, strict=True):
            rig = await stack.enter_async_context(testrig.network(engine))
            made.append(One(rig, name, await people.join(rig.network, name)))
        all_ = Three(*made)
        for one, other in ((all_.an, all_.binh), (all_.chi, all_.binh), (all_.binh, all_.chi)):
            if follow:
                other_here = await seen_from(one.rig, other.rig, other.name)
                await follows.follow(one.rig.network, one.id, other_here)
        await all_.settle()
        yield all_


@pytest.fixture(params=ENGINES, ids="-".join)
def engines(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    return request.param


async def test_posts_edits_pins_reblogs_and_ends(engines: tuple[str, str, str]) -> None:
    async with three(engines) as networks:
        an, binh, chi = networks.all
        posted = await binh.write("Xin chào")
        from_chi = await chi.write("Chè ngon")
        await networks.settle()
        assert await an.home(posted) and await chi.home(posted) and await binh.home(from_chi)
        reblog_id = await reblogs.reblog(binh.rig.network, binh.id, (await binh.seen(from_chi)).id)
        await pin_verbs.pin(binh.rig.network, binh.id, posted.id)
        for one in (an, chi):
            here = await one.seen(posted)
            await favourites.favourite(one.rig.network, one.id, here.id)
        changed = Composition(text="Tạm biệt")
        await status_verbs.edit(binh.rig.network, binh.id, posted.id, changed)
        await networks.settle()

        reblog = await statuses.get(binh.rig.network.db, reblog_id)
        assert reblog and (await chi.seen(from_chi)).reblogs_count == 1
        assert await an.home(reblog)
        assert (await an.seen(reblog)).reblog_of_id == (await an.seen(from_chi)).id
        assert (await binh.seen(posted)).favourites_count == 2
        for one in (an, chi):
            here = await one.seen(posted)
            assert "Tạm biệt" in here.content and here.edited_at
            assert await pins.count(one.rig.network.db, here.account_id) == 1

        await pin_verbs.unpin(binh.rig.network, binh.id, posted.id)
        await reblogs.unreblog(binh.rig.network, binh.id, (await binh.seen(from_chi)).id)
        await status_verbs.delete(binh.rig.network, binh.id, posted.id)
        await networks.settle()
        assert (await chi.seen(from_chi)).reblogs_count == 0
        assert (await an.seen(reblog)).deleted_at
        for one in (an, chi):
            assert (await one.seen(posted)).deleted_at
            assert await pins.count(one.rig.network.db, (await one.seen(posted)).account_id) == 0


async def test_votes_quotes_and_a_thread_of_three(engines: tuple[str, str, str]) -> None:
    async with three(engines) as networks:
        an, binh, chi = networks.all
        asked = await binh.write("Trà hay cà phê?", poll=NewPoll(["Trà", "Cà phê"], 3600))
        await networks.settle()
        for one, choice in ((an, 0), (chi, 1)):
            here = await one.seen(asked)
            assert here.poll_id
            await polls.vote(one.rig.network, one.id, here.poll_id, [choice])
        await networks.settle()
        await networks.tick()
        for one in networks.all:
            here = await one.seen(asked)
            assert here.poll_id
            standing = await polls.show(one.rig.network, one.id, here.poll_id)
            found = [option.votes_count for option in standing.options]
            assert (found, standing.poll.voters_count) == ([1, 1], 2), one.name

        first = await an.write(f"{binh.handle} Trà", in_reply_to_id=(await an.seen(asked)).id)
        await networks.settle()
        second = await binh.write(f"{an.handle} Ừ", in_reply_to_id=(await binh.seen(first)).id)
        await networks.settle()
        await resolution.fetch_status(chi.rig.network, second.uri)
        await networks.settle()
        third = await chi.write(f"{an.handle} Không", in_reply_to_id=(await chi.seen(second)).id)
        await networks.settle()
        for one in networks.all:
            found = [await one.seen(status) for status in (asked, first, second, third)]
            assert len({status.conversation_id for status in found}) == 1, one.name
            above, _ = await threads.context(one.rig.network, one.id, found[-1].id)
            assert [ref.id for ref in above] == [status.id for status in found[:-1]], one.name

        quoting = await an.write("Hỏi hay", quoted_status_id=(await an.seen(asked)).id)
        await networks.settle()
        await resolution.fetch_status(chi.rig.network, quoting.uri)
        await networks.settle()
        for one in networks.all:
            assert await quote_state(one, quoting) is QuoteState.ACCEPTED, one.name
        known = await binh.seen(quoting)
        await quotes.revoke(binh.rig.network, binh.id, asked.id, known.id)
        await networks.settle()
        for one in networks.all:
            assert await quote_state(one, quoting) is QuoteState.REVOKED, one.name


async def quote_state(one: One, quoting: Status) -> QuoteState:
    quote = await quote_rows.by_status_uri(one.rig.network.db, quoting.uri)
    assert quote
    return quote.state


async def test_a_block_and_a_move(engines: tuple[str, str, str]) -> None:
    async with three(engines, follow=False) as networks:
        an, binh, chi = networks.all
        await binh.rig.create_account("cu")
        old = await binh.rig.account_id("cu")
        for one in (an, chi):
            old_here = await seen_from(one.rig, binh.rig, "cu")
            await follows.follow(one.rig.network, one.id, old_here)
        await networks.settle()
        assert await counts(binh.rig, old) == (2, 0)

        an_there = await seen_from(binh.rig, an.rig, "an")
        await blocks.block(binh.rig.network, old, an_there)
        await networks.settle()
        assert await counts(binh.rig, old) == (1, 0)
        old_at_an = await seen_from(an.rig, binh.rig, "cu")
        relation = await relationships.load_one(an.rig.network, an.id, old_at_an)
        assert (relation.following, relation.blocked_by) == (False, True)
        await blocks.unblock(binh.rig.network, old, an_there)
        await networks.settle()
        await follows.follow(an.rig.network, an.id, old_at_an)
        await networks.settle()
        assert await counts(binh.rig, old) == (2, 0)

        new = (await people.join(chi.rig.network, "moi")).account_id
        await migration.add_alias(chi.rig.network, new, f"{binh.rig.url}/@cu")
        handle = f"moi@{chi.rig.network.settings.host}"
        await migration.move(binh.rig.network, old, handle, testrig.PASSWORD)
        await networks.settle()
        assert (await counts(chi.rig, new), await counts(binh.rig, old)) == ((2, 0), (0, 0))
        for one in (an, chi):
            old_here = await seen_from(one.rig, binh.rig, "cu")
            new_here = new if one is chi else await seen_from(one.rig, chi.rig, "moi")
            assert (await account(one.rig, old_here)).moved_to_id == new_here
            assert (await relationships.load_one(one.rig.network, one.id, new_here)).following
