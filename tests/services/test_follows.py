import asyncio
from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts, timelines
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Relationship, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.notifications import NotificationKind
from noi.models.paging import Page
from noi.services import blocks, endorsements, follows, lists, notifications, relationships
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def relation(network: Network, viewer: Viewer, target: Viewer) -> Relationship:
    return await relationships.load_one(network, viewer.account_id, target.account_id)


async def counts(network: Network, person: Viewer) -> tuple[int, int]:
    account = await accounts.get(network.db, person.account_id)
    assert account is not None
    return account.followers_count, account.following_count


async def lock(network: Network, person: Viewer) -> None:
    async def work(tx: Transaction) -> None:
        await accounts.update_profile(tx, person.account_id, {"locked": True})

    await network.db.transaction(work)


async def queued(network: Network, name: str) -> int:
    return await network.db.fetch_value(
        "SELECT count(*) FROM jobs WHERE name = :name", {"name": name}
    )


async def test_follow_counts_once_and_a_repeat_changes_only_what_is_given(
    rig: testrig.Rig,
) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await follows.follow(rig.network, an.account_id, binh.account_id, show_reblogs=False)
    await follows.follow(
        rig.network, an.account_id, binh.account_id, notify=True, languages=["vi", "lo"]
    )
    found = await relation(rig.network, an, binh)
    assert (found.following, found.showing_reblogs, found.notifying) == (True, False, True)
    assert found.languages == '["vi","lo"]'
    assert await counts(rig.network, an) == (0, 1)
    assert await counts(rig.network, binh) == (1, 0)
    assert await queued(rig.network, "MergeTimeline") == 1
    assert await queued(rig.network, "Notify") == 1
    assert (await relation(rig.network, binh, an)).followed_by
    await follows.follow(rig.network, an.account_id, binh.account_id, languages=[])
    assert (await relation(rig.network, an, binh)).languages is None


async def test_unfollow_takes_everything_back(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await endorsements.endorse(rig.network, an.account_id, binh.account_id)
    item = await lists.create(rig.network, an.account_id, "Bạn bè")
    await lists.add(rig.network, an.account_id, item.id, [binh.account_id])
    for _ in range(2):
        await follows.unfollow(rig.network, an.account_id, binh.account_id)
    found = await relation(rig.network, an, binh)
    assert not (found.following or found.endorsed)
    assert await counts(rig.network, an) == await counts(rig.network, binh) == (0, 0)
    assert not await lists.members(rig.network, an.account_id, item.id, Page())


async def test_locked_account_is_asked(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await lock(rig.network, binh)
    await follows.follow(rig.network, an.account_id, binh.account_id, notify=True)
    found = await relation(rig.network, an, binh)
    assert (found.following, found.requested) == (False, True)
    assert (await relation(rig.network, binh, an)).requested_by
    waiting = await follows.requests(rig.network, binh.account_id, Page())
    assert [line.id for line in waiting] == [an.account_id]
    assert await follows.count_requests(rig.network, binh.account_id) == 1

    for _ in range(2):
        await follows.accept(rig.network, binh.account_id, an.account_id)
    found = await relation(rig.network, an, binh)
    assert (found.following, found.requested, found.notifying) == (True, False, True)
    assert await counts(rig.network, binh) == (1, 0)


async def test_request_is_rejected_or_taken_back(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await lock(rig.network, binh)
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await follows.reject(rig.network, binh.account_id, an.account_id)
    with pytest.raises(NotFound):
        await follows.reject(rig.network, binh.account_id, an.account_id)
    with pytest.raises(NotFound):
        await follows.accept(rig.network, binh.account_id, an.account_id)
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await follows.unfollow(rig.network, an.account_id, binh.account_id)
    assert not (await relation(rig.network, an, binh)).requested
    assert await counts(rig.network, binh) == (0, 0)


async def test_limited_people_have_to_ask(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await rig.network.db.transaction(
        lambda tx: accounts.set_state(tx, an.account_id, AccountState.LIMITED)
    )
    await follows.follow(rig.network, an.account_id, binh.account_id)
    assert (await relation(rig.network, an, binh)).requested


async def test_who_cannot_be_followed(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    with pytest.raises(Forbidden):
        await follows.follow(rig.network, an.account_id, an.account_id)
    with pytest.raises(NotFound):
        await follows.follow(rig.network, an.account_id, 5)
    with pytest.raises(Invalid):
        await follows.follow(rig.network, an.account_id, binh.account_id, languages=["?"])
    await blocks.block(rig.network, binh.account_id, an.account_id)
    for one, other in ((an, binh), (binh, an)):
        with pytest.raises(Forbidden):
            await follows.follow(rig.network, one.account_id, other.account_id)
    assert await counts(rig.network, binh) == (0, 0)


async def test_remove_from_followers(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await follows.remove_from_followers(rig.network, binh.account_id, an.account_id)
    assert not (await relation(rig.network, an, binh)).following
    assert await counts(rig.network, an) == (0, 0)


async def test_pages_go_through_all_followers_once(rig: testrig.Rig) -> None:
    star = await people.join(rig.network, "sao")
    fans = [await people.join(rig.network, f"fan{number}") for number in range(7)]
    for fan in fans:
        await follows.follow(rig.network, fan.account_id, star.account_id)
    seen: list[int] = []
    page = Page(limit=3)
    while found := await follows.page(rig.network, "followers", 0, star.account_id, page):
        seen += [line.id for line in found]
        page = Page(limit=3, max_id=found[-1].page_id)
    assert seen == [fan.account_id for fan in reversed(fans)]
    upwards = await follows.page(
        rig.network, "followers", 0, star.account_id, Page(limit=3, min_id=0)
    )
    assert [line.id for line in upwards] == [fan.account_id for fan in reversed(fans[:3])]
    of_fan = await follows.page(rig.network, "following", 0, fans[0].account_id, Page())
    assert [line.id for line in of_fan] == [star.account_id]


async def test_pages_respect_privacy_and_blocks(rig: testrig.Rig) -> None:
    an, binh, chi = [await people.join(rig.network, name) for name in ("an", "binh", "chi")]
    for fan in (an, binh):
        await follows.follow(rig.network, fan.account_id, chi.account_id)
    await blocks.block(rig.network, an.account_id, binh.account_id)

    async def seen(viewer_id: int) -> list[int]:
        found = await follows.page(rig.network, "followers", viewer_id, chi.account_id, Page())
        return [line.id for line in found]

    assert await seen(an.account_id) == [an.account_id]
    assert await seen(0) == [binh.account_id, an.account_id]

    async def hide(tx: Transaction) -> None:
        await accounts.update_profile(tx, chi.account_id, {"hide_collections": True})

    await rig.network.db.transaction(hide)
    assert await seen(an.account_id) == []
    assert await seen(chi.account_id) == [binh.account_id, an.account_id]


async def test_familiar_followers(rig: testrig.Rig) -> None:
    an, binh, chi = [await people.join(rig.network, name) for name in ("an", "binh", "chi")]
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await follows.follow(rig.network, binh.account_id, chi.account_id)
    found = await follows.familiar(rig.network, an.account_id, [chi.account_id, binh.account_id])
    assert {id_: [one.id for one in some] for id_, some in found.items()} == {
        chi.account_id: [binh.account_id],
        binh.account_id: [],
    }


async def test_notification_of_a_follow_goes_with_it(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await rig.work()
    (notice,) = await notifications.page(rig.network, binh.account_id, Page())
    assert (notice.kind, notice.from_account_id) == (NotificationKind.FOLLOW, an.account_id)
    await follows.unfollow(rig.network, an.account_id, binh.account_id)
    assert not await notifications.page(rig.network, binh.account_id, Page())


async def test_home_entries_of_an_unfollowed_account_go(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    await follows.follow(rig.network, an.account_id, binh.account_id)
    status_id = await people.write(rig.network, binh)
    await rig.network.db.transaction(lambda tx: timelines.insert(tx, an.account_id, status_id))
    await follows.unfollow(rig.network, an.account_id, binh.account_id)
    assert not await timelines.stored(rig.network.db, an.account_id, an.account_id, Page())


async def test_what_happens_at_once_leaves_everything_consistent(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    one, other = an.account_id, binh.account_id
    for _ in range(5):
        await asyncio.gather(
            *(follows.follow(rig.network, one, other) for _ in range(4)),
            follows.follow(rig.network, other, one),
            blocks.block(rig.network, other, one),
            follows.unfollow(rig.network, one, other),
            return_exceptions=True,
        )
        found = await relation(rig.network, an, binh)
        assert found.blocked_by and not (found.following or found.followed_by)
        assert await counts(rig.network, an) == await counts(rig.network, binh) == (0, 0)
        await blocks.unblock(rig.network, other, one)
    await asyncio.gather(*(follows.follow(rig.network, one, other) for _ in range(8)))
    assert await counts(rig.network, an) == (0, 1)
    assert await counts(rig.network, binh) == (1, 0)
