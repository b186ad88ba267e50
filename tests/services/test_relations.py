"""Blocks, mutes, domain blocks, endorsements, notes and how relationships tell of them."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts, timelines
from noi.db.database import Transaction
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import ExpireMute
from noi.models.paging import Page
from noi.services import (
    blocks,
    domain_blocks,
    endorsements,
    follows,
    mutes,
    notes,
    relationships,
)
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def move(network: Network, account_id: int, domain: str) -> None:
    """Make an account one of another server."""
    await network.db.execute(
        "UPDATE accounts SET domain = :domain WHERE id = :id", {"id": account_id, "domain": domain}
    )


async def befriend(network: Network, a: int, b: int) -> None:
    await follows.follow(network, a, b)
    await follows.follow(network, b, a)


async def test_block_severs_both_ways_and_unblock_restores_nothing(rig: testrig.Rig) -> None:
    an, binh = [(await people.join(rig.network, name)).account_id for name in ("an", "binh")]
    await befriend(rig.network, an, binh)
    for _ in range(2):
        await blocks.block(rig.network, an, binh)
    mine = await relationships.load_one(rig.network, an, binh)
    theirs = await relationships.load_one(rig.network, binh, an)
    assert mine.blocking and theirs.blocked_by
    assert not (mine.following or mine.followed_by)
    for account_id in (an, binh):
        account = await accounts.get(rig.network.db, account_id)
        assert account and (account.followers_count, account.following_count) == (0, 0)
    assert [line.id for line in await blocks.page(rig.network, an, Page())] == [binh]
    await blocks.unblock(rig.network, an, binh)
    mine = await relationships.load_one(rig.network, an, binh)
    assert not (mine.blocking or mine.following)
    assert not await blocks.page(rig.network, an, Page())


async def test_block_empties_both_homes(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await befriend(rig.network, an.account_id, binh.account_id)
    pairs = [
        (an.account_id, await people.write(rig.network, binh)),
        (binh.account_id, await people.write(rig.network, an)),
    ]
    for owner_id, status_id in pairs:

        async def put(tx: Transaction, owner: int = owner_id, status: int = status_id) -> None:
            await timelines.insert(tx, owner, status)

        await rig.network.db.transaction(put)
    await blocks.block(rig.network, an.account_id, binh.account_id)
    for owner_id, status_id in pairs:
        assert not await timelines.owners_with(rig.network.db, [status_id], [owner_id])


async def test_nobody_blocks_or_mutes_themselves_or_nobody(rig: testrig.Rig) -> None:
    an = (await people.join(rig.network, "an")).account_id
    for verb in (blocks.block, mutes.mute, endorsements.endorse, follows.unfollow):
        with pytest.raises(Forbidden):
            await verb(rig.network, an, an)
        with pytest.raises(NotFound):
            await verb(rig.network, an, 77)


async def test_mute_ends_in_time_but_not_when_prolonged(rig: testrig.Rig) -> None:
    an, binh = [(await people.join(rig.network, name)).account_id for name in ("an", "binh")]
    await mutes.mute(rig.network, an, binh, notifications=False, seconds=60)
    found = await relationships.load_one(rig.network, an, binh)
    assert found.muting and not found.muting_notifications
    assert found.muting_expires_at and 0 < found.muting_expires_at - now_ms() <= 60_000
    (line,) = await mutes.page(rig.network, an, Page())
    assert (line.id, line.mute_expires_at) == (binh, found.muting_expires_at)

    job = ExpireMute(an, binh)
    await mutes.expire(rig.network, job)
    assert (await relationships.load_one(rig.network, an, binh)).muting
    await rig.network.db.execute("UPDATE mutes SET expires_at = :past", {"past": now_ms() - 1})
    assert not (await relationships.load_one(rig.network, an, binh)).muting
    assert not await mutes.page(rig.network, an, Page())
    await mutes.expire(rig.network, job)
    assert await rig.network.db.fetch_value("SELECT count(*) FROM mutes") == 0

    await mutes.mute(rig.network, an, binh)
    await mutes.expire(rig.network, job)
    found = await relationships.load_one(rig.network, an, binh)
    assert found.muting and found.muting_notifications and found.muting_expires_at is None
    await mutes.unmute(rig.network, an, binh)
    assert not (await relationships.load_one(rig.network, an, binh)).muting
    with pytest.raises(Invalid):
        await mutes.mute(rig.network, an, binh, seconds=-1)


async def test_domain_block_severs_what_came_from_there(rig: testrig.Rig) -> None:
    an, far, near = [(await people.join(rig.network, name)).account_id for name in "abc"]
    await befriend(rig.network, an, far)
    await befriend(rig.network, an, near)
    await move(rig.network, far, "xa.example")
    assert await domain_blocks.preview(rig.network, an, "xa.example") == (1, 1)
    for _ in range(2):
        await domain_blocks.block(rig.network, an, " XA.example. ")
    found = await relationships.load_one(rig.network, an, far)
    assert found.domain_blocking and not (found.following or found.followed_by)
    assert (await relationships.load_one(rig.network, an, near)).following
    account = await accounts.get(rig.network.db, an)
    assert account and (account.followers_count, account.following_count) == (1, 1)
    assert [domain for _, domain in await domain_blocks.page(rig.network, an, Page())] == [
        "xa.example"
    ]
    with pytest.raises(Forbidden):
        await follows.follow(rig.network, an, far)
    await domain_blocks.unblock(rig.network, an, "xa.example")
    assert not (await relationships.load_one(rig.network, an, far)).domain_blocking


@pytest.mark.parametrize("domain", ["", "a b", "x" * 300, "a..b", "-a.example", "localhost"])
async def test_what_is_no_domain_is_refused(domain: str) -> None:
    async with testrig.services("sqlite") as rig:
        an = (await people.join(rig.network, "an")).account_id
        with pytest.raises(Invalid):
            await domain_blocks.block(rig.network, an, domain)


def test_domains_are_kept_in_their_ascii_form() -> None:
    assert domain_blocks.normalised("Làng.example") == "xn--lng-9ka.example"


async def test_only_followed_accounts_are_featured(rig: testrig.Rig) -> None:
    an, binh = [(await people.join(rig.network, name)).account_id for name in ("an", "binh")]
    with pytest.raises(Invalid):
        await endorsements.endorse(rig.network, an, binh)
    await follows.follow(rig.network, an, binh)
    for _ in range(2):
        await endorsements.endorse(rig.network, an, binh)
    assert (await relationships.load_one(rig.network, an, binh)).endorsed
    shown = await endorsements.page(rig.network, 0, an, Page())
    assert [line.id for line in shown] == [binh]
    await endorsements.unendorse(rig.network, an, binh)
    assert not await endorsements.page(rig.network, 0, an, Page())


async def test_notes_are_private_to_their_author(rig: testrig.Rig) -> None:
    an, binh = [(await people.join(rig.network, name)).account_id for name in ("an", "binh")]
    for comment in ("Gặp ở Huế", " Bạn của Chi "):
        await notes.set_note(rig.network, an, binh, comment)
    assert (await relationships.load_one(rig.network, an, binh)).note == "Bạn của Chi"
    assert (await relationships.load_one(rig.network, binh, an)).note == ""
    await notes.set_note(rig.network, an, binh, "")
    assert (await relationships.load_one(rig.network, an, binh)).note == ""
    with pytest.raises(Invalid):
        await notes.set_note(rig.network, an, binh, "x" * 2001)


async def test_relationships_come_in_the_order_asked_for(rig: testrig.Rig) -> None:
    ids = [(await people.join(rig.network, name)).account_id for name in ("an", "binh", "chi")]
    asked = [ids[2], 99, ids[0], ids[2]]
    found = await relationships.load(rig.network, ids[1], asked)
    assert [row.target_id for row in found] == [ids[2], ids[0]]
    assert await relationships.load(rig.network, ids[1], []) == []
