from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts
from noi.models.accounts import AccountState, Role, Viewer
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.models.jobs import Notify
from noi.models.notifications import Notification
from noi.models.paging import Page
from noi.services import (
    blocks,
    favourites,
    follows,
    markers,
    mutes,
    notifications,
)
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def told(network: Network, person: Viewer) -> list[Notification]:
    return await notifications.page(network, person.account_id, Page(limit=100))


async def events(network: Network) -> int:
    if network.db.dialect == "postgresql":
        return 1
    return await network.db.fetch_value(
        "SELECT count(*) FROM live_events WHERE event LIKE '%\"notification\"%'"
    )


async def test_a_thing_is_told_once(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    job = Notify(an.account_id, "mention", binh.account_id, status_id)
    for _ in range(3):
        await notifications.notify(rig.network, job)
    (notice,) = await told(rig.network, an)
    assert (notice.kind, notice.status_id) == ("mention", status_id)
    assert await events(rig.network) == 1
    assert not await told(rig.network, binh)
    found = await notifications.get(rig.network, an.account_id, notice.id)
    assert found == notice
    with pytest.raises(NotFound):
        await notifications.get(rig.network, binh.account_id, notice.id)


async def test_own_acts_are_not_told_but_the_end_of_ones_poll_is(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    status_id = await people.write(rig.network, an)
    for kind in ("favourite", "mention", "poll"):
        job = Notify(an.account_id, kind, an.account_id, status_id)
        await notifications.notify(rig.network, job)
    assert [notice.kind for notice in await told(rig.network, an)] == ["poll"]


async def test_what_was_undone_before_is_not_told(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    for kind in ("favourite", "reblog"):
        job = Notify(an.account_id, kind, binh.account_id, status_id)
        await notifications.notify(rig.network, job)
    for kind in ("follow", "follow_request"):
        await notifications.notify(rig.network, Notify(an.account_id, kind, binh.account_id))
    assert not await told(rig.network, an)


async def test_undoing_takes_it_back(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    await favourites.favourite(rig.network, binh.account_id, status_id)
    job = Notify(an.account_id, "favourite", binh.account_id, status_id)
    await notifications.notify(rig.network, job)
    assert len(await told(rig.network, an)) == 1
    await favourites.unfavourite(rig.network, binh.account_id, status_id)
    assert not await told(rig.network, an)


@pytest.mark.parametrize("how", ["block", "blocked", "mute"])
async def test_blocks_and_mutes_keep_notifications_away(rig: testrig.Rig, how: str) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    before = Notify(an.account_id, "mention", binh.account_id, status_id)
    await notifications.notify(rig.network, before)
    if how == "block":
        await blocks.block(rig.network, an.account_id, binh.account_id)
    elif how == "blocked":
        await blocks.block(rig.network, binh.account_id, an.account_id)
    else:
        await mutes.mute(rig.network, an.account_id, binh.account_id)
    other_id = await people.write(rig.network, an)
    after = Notify(an.account_id, "mention", binh.account_id, other_id)
    await notifications.notify(rig.network, after)
    assert not await told(rig.network, an)


async def test_mute_may_leave_notifications(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    await mutes.mute(rig.network, an.account_id, binh.account_id, notifications=False)
    job = Notify(an.account_id, "mention", binh.account_id, status_id)
    await notifications.notify(rig.network, job)
    assert len(await told(rig.network, an)) == 1


async def test_muted_conversations_are_quiet(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    await rig.network.db.execute(
        """INSERT INTO conversation_mutes (account_id, conversation_id)
        SELECT account_id, conversation_id FROM statuses WHERE id = :id""",
        {"id": status_id},
    )
    job = Notify(an.account_id, "mention", binh.account_id, status_id)
    await notifications.notify(rig.network, job)
    assert not await told(rig.network, an)


async def test_states_of_the_accounts_decide(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, an)
    job = Notify(an.account_id, "mention", binh.account_id, status_id)

    async def set_state(person: Viewer, state: AccountState) -> None:
        await rig.network.db.transaction(
            lambda tx: accounts.set_state(tx, person.account_id, state)
        )

    await set_state(binh, AccountState.DISABLED)
    await notifications.notify(rig.network, job)
    assert not await told(rig.network, an)
    await set_state(binh, AccountState.LIMITED)
    await notifications.notify(rig.network, job)
    assert not await told(rig.network, an)
    await follows.follow(rig.network, an.account_id, binh.account_id)
    other = Notify(an.account_id, "mention", binh.account_id, await people.write(rig.network, an))
    await notifications.notify(rig.network, other)
    assert len(await told(rig.network, an)) == 1
    await set_state(binh, AccountState.DISABLED)
    assert not await told(rig.network, an)


async def test_no_block_keeps_a_moderation_notice_away(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    chief = await people.join(rig.network, "truong", Role.ADMIN)
    await rig.network.db.transaction(
        lambda tx: accounts.set_state(tx, an.account_id, AccountState.DISABLED)
    )
    job = Notify(an.account_id, "moderation_warning", chief.account_id, subject_id=9)
    await notifications.notify(rig.network, job)
    await blocks.block(rig.network, an.account_id, chief.account_id)
    other = Notify(an.account_id, "moderation_warning", chief.account_id, subject_id=10)
    await notifications.notify(rig.network, other)
    assert [notice.subject_id for notice in await told(rig.network, an)] == [10, 9]


async def test_a_later_edit_replaces_the_earlier_notice(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, binh)
    for edit in (100, 200, 200, 150):
        job = Notify(an.account_id, "update", binh.account_id, status_id, edit)
        await notifications.notify(rig.network, job)
    assert [notice.subject_id for notice in await told(rig.network, an)] == [200]
    assert await events(rig.network) in (1, 2)


async def test_notices_of_a_deleted_status_go(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, binh)
    job = Notify(an.account_id, "mention", binh.account_id, status_id)
    await notifications.notify(rig.network, job)
    assert len(await told(rig.network, an)) == 1
    gone = "UPDATE statuses SET deleted_at = :now WHERE id = :id"
    await rig.network.db.execute(gone, {"now": now_ms(), "id": status_id})
    assert not await told(rig.network, an)
    await notifications.notify(
        rig.network, Notify(an.account_id, "status", binh.account_id, status_id)
    )
    assert not await told(rig.network, an)


async def test_pages_narrowed_by_kind_and_account(rig: testrig.Rig) -> None:
    an, binh, chi = [await people.join(rig.network, name) for name in ("an", "binh", "chi")]
    for sender in (binh, chi):
        for kind in ("mention", "status"):
            status_id = await people.write(rig.network, sender)
            await notifications.notify(
                rig.network, Notify(an.account_id, kind, sender.account_id, status_id)
            )
    me = an.account_id
    every = await told(rig.network, an)
    assert [notice.kind for notice in every] == ["status", "mention"] * 2
    only = await notifications.page(rig.network, me, Page(), kinds=["mention"])
    assert only == [every[1], every[3]]
    one = await notifications.page(rig.network, me, Page(), from_account_id=binh.account_id)
    assert one == every[2:]
    both = await notifications.page(
        rig.network, me, Page(), kinds=["status"], from_account_id=binh.account_id
    )
    assert both == [every[2]]
    older = await notifications.page(rig.network, me, Page(limit=2, max_id=every[0].id))
    assert older == every[1:3]
    newer = await notifications.page(rig.network, me, Page(limit=2, min_id=every[3].id))
    assert newer == every[1:3]


async def test_unread_are_counted_above_the_marker(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    for _ in range(4):
        status_id = await people.write(rig.network, binh)
        await notifications.notify(
            rig.network, Notify(an.account_id, "mention", binh.account_id, status_id)
        )
    every = await told(rig.network, an)
    assert await notifications.count_unread(rig.network, an.account_id) == 4
    assert await notifications.count_unread(rig.network, an.account_id, limit=3) == 3
    await markers.put(rig.network, an.account_id, {"notifications": every[1].id})
    assert await notifications.count_unread(rig.network, an.account_id) == 1
    count = await notifications.count_unread(rig.network, an.account_id, kinds=["follow"])
    assert count == 0


async def test_dismiss_and_clear(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    for _ in range(3):
        status_id = await people.write(rig.network, binh)
        await notifications.notify(
            rig.network, Notify(an.account_id, "mention", binh.account_id, status_id)
        )
    every = await told(rig.network, an)
    with pytest.raises(NotFound):
        await notifications.dismiss(rig.network, binh.account_id, every[0].id)
    await notifications.dismiss(rig.network, an.account_id, every[0].id)
    assert await told(rig.network, an) == every[1:]
    await notifications.clear(rig.network, an.account_id)
    assert not await told(rig.network, an)
