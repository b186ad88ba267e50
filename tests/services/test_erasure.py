from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts, erasure, users
from noi.media.storage import new_key
from noi.models.accounts import AccountState, Role, Viewer
from noi.models.errors import Forbidden
from noi.models.jobs import BuildExport, EraseAccount
from noi.services import (
    applications,
    blocks,
    bookmarks,
    exports,
    favourites,
    follows,
    lists,
    oauth,
    reblogs,
    statuses,
)
from noi.services import erasure as verbs
from weak import WEAK

PASSWORD = "một hai ba bốn"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def join(rig: testrig.Rig, name: str, role: Role = Role.MEMBER) -> Viewer:
    viewer = await people.join(rig.network, name, role, email=f"{name}@example.org")
    hashed = WEAK.hash(PASSWORD)
    await rig.network.db.transaction(lambda tx: users.set_password(tx, viewer.account_id, hashed))
    return viewer


async def count(rig: testrig.Rig, table: str, where: str, account_id: int) -> int:
    sql = f"SELECT count(*) FROM {table} WHERE {where} = :id"
    return await rig.network.db.fetch_value(sql, {"id": account_id})


async def test_password_and_another_owner_are_asked_for(rig: testrig.Rig) -> None:
    owner = await join(rig, "lan", Role.OWNER)
    with pytest.raises(Forbidden):
        await verbs.delete_own(rig.network, owner.account_id, "wrong")
    with pytest.raises(Forbidden, match="owner"):
        await verbs.delete_own(rig.network, owner.account_id, PASSWORD)
    await join(rig, "mai", Role.OWNER)
    await verbs.delete_own(rig.network, owner.account_id, PASSWORD)


async def test_account_is_gone_at_once_and_the_rest_soon(rig: testrig.Rig) -> None:
    network = rig.network
    lan, nam = await join(rig, "lan"), await join(rig, "nam")
    own = lan.account_id
    token = (await applications.create_token(network, own, "read")).access_token
    mine = [await people.write(network, lan, f"bài {n}") for n in range(60)]
    theirs = await people.write(network, nam, "của Nam")
    await follows.follow(network, own, nam.account_id)
    await follows.follow(network, nam.account_id, own)
    await favourites.favourite(network, own, theirs)
    await bookmarks.bookmark(network, own, theirs)
    await reblogs.reblog(network, own, theirs)
    await reblogs.reblog(network, nam.account_id, mine[0])
    made = await lists.create(network, own, "Bạn")
    await lists.add(network, own, made.id, [nam.account_id])
    avatar = new_key("avatars", ".png")
    await network.storage.put_bytes(b"picture", avatar)
    await network.db.execute(
        "UPDATE accounts SET avatar = :a WHERE id = :id", {"a": avatar, "id": own}
    )
    export = await exports.request(network, own)
    await exports.build(network, BuildExport(export.id))
    archive = await exports.download(network, own, export.id)
    await rig.work()

    await verbs.delete_own(network, own, PASSWORD)
    assert await oauth.authenticate(network, token) is None
    tombstone = await accounts.get_by_handle(network.db, "lan")
    assert tombstone is not None
    assert tombstone.state is AccountState.DELETED
    assert await users.get_by_email(network.db, "lan@example.org") is None

    await rig.work()
    assert await count(rig, "statuses", "deleted_at IS NULL AND account_id", own) == 0
    for table in ("follows", "favourites", "bookmarks", "lists", "exports", "notifications"):
        assert await count(rig, table, "account_id", own) == 0, table
    assert await count(rig, "follows", "target_id", own) == 0
    assert await count(rig, "timeline_entries", "owner_id", own) == 0
    assert await count(rig, "list_accounts", "list_id", made.id) == 0
    other = await accounts.get(network.db, nam.account_id)
    status = await statuses.own(network, nam.account_id, theirs)
    assert other is not None
    assert (other.followers_count, other.following_count) == (0, 0)
    assert (status.favourites_count, status.reblogs_count) == (0, 0)
    assert not network.storage.exists(avatar)
    assert not archive.exists()
    tombstone = await accounts.get(network.db, own)
    assert tombstone is not None
    assert (tombstone.username, tombstone.avatar, tombstone.statuses_count) == ("lan", "", 0)


async def test_rerun_does_no_harm(rig: testrig.Rig) -> None:
    lan, nam = await join(rig, "lan"), await join(rig, "nam")
    await follows.follow(rig.network, lan.account_id, nam.account_id)
    await verbs.delete_own(rig.network, lan.account_id, PASSWORD)
    for _ in range(2):
        await verbs.erase(rig.network, EraseAccount(lan.account_id))
    found = await accounts.get(rig.network.db, nam.account_id)
    assert found is not None
    assert found.followers_count == 0


async def test_blocks_in_both_directions_go(rig: testrig.Rig) -> None:
    lan, nam, hoa = await join(rig, "lan"), await join(rig, "nam"), await join(rig, "hoa")
    await blocks.block(rig.network, lan.account_id, nam.account_id)
    await blocks.block(rig.network, hoa.account_id, lan.account_id)
    await verbs.delete_own(rig.network, lan.account_id, PASSWORD)
    await verbs.erase(rig.network, EraseAccount(lan.account_id))
    assert await rig.network.db.fetch_value("SELECT count(*) FROM blocks") == 0


async def test_every_batch_finds_its_rows_by_an_index() -> None:
    async with testrig.services("sqlite") as rig:
        for table, key, condition in erasure.REST:
            sql = f"EXPLAIN QUERY PLAN SELECT {key} FROM {table} WHERE {condition} LIMIT 200"
            plan = await rig.network.db.fetch_all(sql, {"account_id": 1})
            assert not any(row[3].startswith("SCAN") for row in plan), (table, plan)
