from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.ids import first_id_at, now_ms
from noi.models.notifications import Notification, NotificationKind
from noi.models.paging import Page
from noi.services import markers, notification_groups, notifications
from noi.services.network import Network
from noi.services.notification_groups import group_key

_DAY_MS = 86_400_000
_INSERT = """INSERT INTO notifications
    (id, account_id, kind, from_account_id, status_id, dedup_key, created_at)
VALUES (:id, :account_id, :kind, :from_account_id, :status_id, :key, 0)"""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


class Story:
    """Yesterday and today of one person, told notification by notification."""

    def __init__(self, network: Network, me: Viewer, status_id: int, others: list[int]) -> None:
        self.network, self.me, self.status_id, self.others = network, me, status_id, others
        self.start = first_id_at(now_ms() // _DAY_MS * _DAY_MS)
        self.told = 0

    async def tell(self, kind: str, who: int, *, days_ago: int = 0) -> int:
        self.told += 1
        id_ = self.start - first_id_at(days_ago * _DAY_MS) + self.told
        row = {
            "id": id_,
            "account_id": self.me.account_id,
            "kind": kind,
            "from_account_id": self.others[who],
            "status_id": None if kind == "follow" else self.status_id,
            "key": str(id_),
        }
        await self.network.db.execute(_INSERT, row)
        return id_

    async def page(self, page: Page) -> notification_groups.GroupPage:
        return await notification_groups.page(self.network, self.me.account_id, page)


@pytest.fixture
async def story(rig: testrig.Rig) -> Story:
    me = await people.join(rig.network, "an")
    others = [(await people.join(rig.network, f"ban{i}")).account_id for i in range(4)]
    return Story(rig.network, me, await people.write(rig.network, me), others)


def shape(found: notification_groups.GroupPage) -> list[tuple[str, int, int]]:
    return [(group.rows[0].kind, len(group.rows), group.count) for group in found.groups]


async def test_same_of_a_day_is_one_group(story: Story) -> None:
    await story.tell("favourite", 0, days_ago=1)
    await story.tell("favourite", 1)
    mention = await story.tell("mention", 0)
    await story.tell("mention", 1)
    await story.tell("follow", 2)
    newest = await story.tell("favourite", 2)
    await story.tell("follow", 3)
    found = await story.page(Page())
    assert shape(found) == [
        ("follow", 2, 2),
        ("favourite", 2, 2),
        ("mention", 1, 1),
        ("mention", 1, 1),
        ("favourite", 1, 1),
    ]
    assert found.groups[1].newest_id == newest
    assert found.groups[3].key == f"ungrouped-{mention}"
    assert not found.more


async def test_pages_hold_every_notification_once(story: Story) -> None:
    for number in range(30):
        kind = ("favourite", "mention", "follow", "reblog")[number % 4]
        await story.tell(kind, number % 4, days_ago=1 if number < 10 else 0)
    every = [
        row.id
        for row in await notifications.page(story.network, story.me.account_id, Page(limit=100))
    ]
    down: list[int] = []
    page = Page(limit=3)
    while (found := await story.page(page)).groups:
        rows = [row.id for group in found.groups for row in group.rows]
        assert (max(rows), min(rows)) == (found.newest_id, found.oldest_id)
        assert len(found.groups) <= 3
        down += sorted(rows, reverse=True)
        page = Page(limit=3, max_id=found.oldest_id)
    assert down == every
    up: list[int] = []
    page = Page(limit=3, min_id=0)
    while (found := await story.page(page)).groups:
        up += sorted(row.id for group in found.groups for row in group.rows)
        page = Page(limit=3, min_id=found.newest_id)
    assert up == every[::-1]
    whole = await story.page(Page(limit=50))
    assert sum(group.count for group in whole.groups) == 30


async def test_one_group_is_shown_and_dismissed(story: Story) -> None:
    await story.tell("favourite", 0, days_ago=1)
    for who in (0, 1, 2):
        await story.tell("favourite", who)
    mention = await story.tell("mention", 0)
    found = await story.page(Page())
    favourites = found.groups[1]
    me = story.me.account_id
    assert await notification_groups.get(story.network, me, favourites.key) == favourites
    alone = await notification_groups.get(story.network, me, f"ungrouped-{mention}")
    assert alone == found.groups[0]
    await notification_groups.dismiss(story.network, me, favourites.key)
    assert [group.key for group in (await story.page(Page())).groups] == [
        found.groups[0].key,
        found.groups[2].key,
    ]
    for key in (favourites.key, "ungrouped-5", "favourite", "x-1-2", "follow-0-99999999999"):
        with pytest.raises(NotFound):
            await notification_groups.dismiss(story.network, me, key)
        with pytest.raises(NotFound):
            await notification_groups.get(story.network, me, key)


async def test_unread_groups(story: Story) -> None:
    read = await story.tell("favourite", 0)
    for who in (1, 2):
        await story.tell("favourite", who)
    await story.tell("mention", 0)
    me = story.me.account_id
    assert await notification_groups.count_unread(story.network, me) == 2
    await markers.put(story.network, me, {"notifications": read})
    assert await notification_groups.count_unread(story.network, me) == 2
    assert await notification_groups.count_unread(story.network, me, limit=1) == 1
    assert await notification_groups.count_unread(story.network, me, grouped=[]) == 3
    await markers.put(story.network, me, {"notifications": read + 10})
    assert await notification_groups.count_unread(story.network, me) == 0


def test_keys_of_kinds_that_are_not_grouped() -> None:
    row = Notification(first_id_at(3 * _DAY_MS), 1, NotificationKind.FOLLOW, 2, None, None, 0)
    assert group_key(row) == "follow-0-3"
    assert group_key(row, []) == f"ungrouped-{row.id}"
