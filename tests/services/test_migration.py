from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import notes
from noi.models.composition import Composition
from noi.models.errors import Conflict, Forbidden, Invalid
from noi.models.notifications import NotificationKind
from noi.models.paging import Page
from noi.services import (
    blocks,
    data_exports,
    follows,
    lists,
    migration,
    mutes,
    reblogs,
    relationships,
    statuses,
)
from testrig import PASSWORD


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        for name in ("lan", "lan2"):
            await rig.create_account(name)
        yield rig


async def test_moving_within_a_network_takes_followers_along(rig: testrig.Rig) -> None:
    network = rig.network
    lan, lan2 = await rig.account_id("lan"), await rig.account_id("lan2")
    nam = (await people.join(network, "nam")).account_id
    await follows.follow(network, nam, lan, notify=True, show_reblogs=False)
    await follows.follow(network, lan2, lan)
    await migration.add_alias(network, lan2, "@lan@localhost:8000")
    await migration.add_alias(network, lan2, "http://localhost:8000/@lan")
    moved = await migration.move(network, lan, "lan2", PASSWORD)
    await rig.work()
    assert moved.id == lan2
    relation = await relationships.load_one(network, nam, lan2)
    assert (relation.following, relation.notifying, relation.showing_reblogs) == (True, True, False)
    assert not (await relationships.load_one(network, nam, lan)).following
    sql = "SELECT from_account_id FROM notifications WHERE account_id = :id AND kind = :kind"
    told = {"id": nam, "kind": NotificationKind.MOVED}
    assert await network.db.fetch_value(sql, told) == lan2


async def test_lists_notes_blocks_and_mutes_go_along(rig: testrig.Rig) -> None:
    network = rig.network
    lan, lan2 = await rig.account_id("lan"), await rig.account_id("lan2")
    names = ("nam", "an", "binh", "chi")
    nam, an, binh, chi = [(await people.join(network, name)).account_id for name in names]
    await follows.follow(network, nam, lan)
    held = await lists.create(network, nam, title="Bạn")
    await lists.add(network, nam, held.id, [lan])
    await note_down(rig, nam, lan, "Bạn học")
    await blocks.block(network, an, lan)
    await mutes.mute(network, binh, lan, notifications=False, seconds=3600)
    await follows.follow(network, chi, lan2)
    await mutes.mute(network, chi, lan)
    await migration.add_alias(network, lan2, "lan")
    await migration.move(network, lan, "lan2", PASSWORD)
    await rig.work()
    members = await lists.members(network, nam, held.id, Page())
    assert [member.id for member in members] == [lan2]
    relation = await relationships.load_one(network, nam, lan2)
    assert relation.note == "Bạn học"
    blocked = await relationships.load_one(network, an, lan2)
    assert blocked.blocking and "@lan" in blocked.note
    muted = await relationships.load_one(network, binh, lan2)
    assert (muted.muting, muted.muting_notifications) == (True, False)
    assert muted.muting_expires_at
    assert not (await relationships.load_one(network, chi, lan2)).muting, "chi follows lan2"


async def note_down(rig: testrig.Rig, by: int, about: int, text: str) -> None:
    await rig.network.db.transaction(lambda tx: notes.put(tx, by, about, text))


async def test_who_has_moved_reads_only(rig: testrig.Rig) -> None:
    network = rig.network
    lan, lan2 = await rig.account_id("lan"), await rig.account_id("lan2")
    nam = await people.join(network, "nam")
    theirs = await people.write(network, nam)
    await migration.add_alias(network, lan2, "lan")
    await migration.move(network, lan, "lan2", PASSWORD)
    with pytest.raises(Forbidden):
        await statuses.create(network, lan, Composition(text="Xin chào"))
    with pytest.raises(Forbidden):
        await reblogs.reblog(network, lan, theirs)
    with pytest.raises(Forbidden):
        await follows.follow(network, lan, nam.account_id)
    with pytest.raises(Forbidden):
        await follows.follow(network, nam.account_id, lan)
    assert [part async for part in data_exports.write(network, lan, "following")]
    standing = await migration.standing(network, lan)
    assert standing.moved_to
    assert standing.moved_to.id == lan2
    assert standing.may_move_at
    await migration.take_back(network, lan)
    await statuses.create(network, lan, Composition(text="Xin chào"))
    with pytest.raises(Conflict):
        await migration.move(network, lan, "lan2", PASSWORD)
    await network.db.execute("UPDATE accounts SET moved_at = 1 WHERE moved_at IS NOT NULL")
    await migration.move(network, lan, "lan2", PASSWORD)


async def test_what_cannot_be_moved_to(rig: testrig.Rig) -> None:
    network = rig.network
    lan, lan2 = await rig.account_id("lan"), await rig.account_id("lan2")
    with pytest.raises(Forbidden):
        await migration.move(network, lan, "lan2", "wrong password")
    for text in ("lan2", "lan", "nobody", "a@127.0.0.1:1", "http://127.0.0.1:1/a", "", "@@", "a b"):
        with pytest.raises(Invalid) as refused:
            await migration.move(network, lan, text, PASSWORD)
        assert refused.value.field == "handle", text
    await migration.add_alias(network, lan2, "lan")
    await migration.move(network, lan, "lan2", PASSWORD)
    await migration.add_alias(network, lan, "lan2")
    with pytest.raises(Invalid):
        await migration.move(network, lan2, "lan", PASSWORD)


async def test_aliases_come_and_go(rig: testrig.Rig) -> None:
    network, lan = rig.network, await rig.account_id("lan")
    for text in ("lan", "nobody", "https://localhost:8000/@nobody"):
        with pytest.raises(Invalid):
            await migration.add_alias(network, lan, text)
    for n in range(migration.MAX_ALIASES):
        await people.join(network, f"ten{n}")
        await migration.add_alias(network, lan, f"ten{n}")
    with pytest.raises(Invalid):
        await migration.add_alias(network, lan, "lan2")
    standing = await migration.standing(network, lan)
    assert len(standing.aliases) == migration.MAX_ALIASES
    await migration.remove_alias(network, lan, next(iter(standing.aliases)))
    assert len((await migration.standing(network, lan)).aliases) == migration.MAX_ALIASES - 1
