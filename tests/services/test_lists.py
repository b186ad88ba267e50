from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import timelines
from noi.models.errors import Invalid, NotFound
from noi.models.lists import RepliesPolicy
from noi.models.paging import Page
from noi.services import follows, lists


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def test_a_list_is_made_changed_and_deleted(rig: testrig.Rig) -> None:
    an, binh = [(await people.join(rig.network, name)).account_id for name in ("an", "binh")]
    item = await lists.create(rig.network, an, "  Gia   đình ")
    assert (item.title, item.replies_policy, item.exclusive) == ("Gia đình", "list", False)
    assert await lists.all_of(rig.network, an) == [item]
    changed = await lists.update(
        rig.network, an, item.id, title="Họ hàng", replies_policy="none", exclusive=True
    )
    assert await lists.get(rig.network, an, item.id) == changed
    assert (changed.replies_policy, changed.exclusive) == (RepliesPolicy.NONE, True)
    for verb in (lists.get, lists.delete):
        with pytest.raises(NotFound):
            await verb(rig.network, binh, item.id)
    await lists.delete(rig.network, an, item.id)
    assert await lists.all_of(rig.network, an) == []


async def test_members_are_followed_or_oneself(rig: testrig.Rig) -> None:
    an, binh, chi = [
        (await people.join(rig.network, name)).account_id for name in ("an", "binh", "chi")
    ]
    item = await lists.create(rig.network, an, "Bạn bè")
    await follows.follow(rig.network, an, binh)
    with pytest.raises(NotFound):
        await lists.add(rig.network, an, item.id, [binh, chi])
    assert not await lists.members(rig.network, an, item.id, Page())
    for _ in range(2):
        await lists.add(rig.network, an, item.id, [binh, an])
    found = await lists.members(rig.network, an, item.id, Page())
    assert [line.id for line in found] == [an, binh]
    assert await lists.with_member(rig.network, an, binh) == [item]
    assert await lists.with_member(rig.network, binh, binh) == []
    merges = "SELECT count(*) FROM jobs WHERE name = 'MergeTimeline'"
    assert await rig.network.db.fetch_value(merges) == 3


async def test_removing_a_member_takes_their_statuses_away(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    item = await lists.create(rig.network, an.account_id, "Bạn bè")
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await lists.add(rig.network, an.account_id, item.id, [binh.account_id])
    status_id = await people.write(rig.network, binh)
    for remove in (lists.remove, None):
        await rig.network.db.transaction(lambda tx: timelines.insert(tx, item.id, status_id))
        held = await timelines.owners_with(rig.network.db, [status_id], [item.id])
        assert held == [(status_id, item.id)]
        if remove is not None:
            await remove(rig.network, an.account_id, item.id, [binh.account_id, 5])
        else:
            await lists.delete(rig.network, an.account_id, item.id)
        assert not await timelines.owners_with(rig.network.db, [status_id], [item.id])


async def test_titles_policies_and_numbers_have_limits(rig: testrig.Rig) -> None:
    an = (await people.join(rig.network, "an")).account_id
    for title in ("", "  ", "x" * 256):
        with pytest.raises(Invalid):
            await lists.create(rig.network, an, title)
    with pytest.raises(Invalid):
        await lists.create(rig.network, an, "Báo", replies_policy="all")
    for number in range(lists.MAX_LISTS):
        await lists.create(rig.network, an, f"Danh sách {number}")
    with pytest.raises(Invalid):
        await lists.create(rig.network, an, "Thừa")
