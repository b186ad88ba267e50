"""Notifications in groups: who all favourited one status on one day is told in one line."""

from collections.abc import Collection, Sequence

import msgspec

from noi.db import markers, notification_groups
from noi.db import notifications as table
from noi.models.errors import NotFound
from noi.models.ids import first_id_at, id_time
from noi.models.notifications import Notification, NotificationKind
from noi.models.paging import Page
from noi.services import notifications
from noi.services.network import Network

GROUPED = frozenset(
    {
        NotificationKind.FAVOURITE,
        NotificationKind.REBLOG,
        NotificationKind.FOLLOW,
        NotificationKind.SIGN_UP,
    }
)
"""The kinds that can be grouped."""

_DAY_MS = 86_400_000
_LAST_DAY = 200_000  # beyond it ids would not fit
_BATCH = 200
# A page ends early where groups are very large; it goes on at the next.
_MOST_BATCHES = 5


class Group(msgspec.Struct):
    """Notifications of one group; `rows` are those of the page, newest first."""

    key: str
    rows: list[Notification]
    count: int
    newest_id: int


class GroupPage(msgspec.Struct):
    """Groups by their newest row; the ids are the ends of the page, 0 where it is empty."""

    groups: list[Group]
    newest_id: int = 0
    oldest_id: int = 0
    more: bool = False


class _Range(msgspec.Struct, frozen=True):
    """What a group's key says: ids from `first` to before `end`."""

    kind: NotificationKind
    status_id: int
    first: int
    end: int


def group_key(row: Notification, grouped: Collection[str] = GROUPED) -> str:
    """The key of the group that a notification is in, alone where its kind is not grouped."""
    if row.kind not in GROUPED or row.kind not in grouped:
        return f"ungrouped-{row.id}"
    return _key(row.kind, row.status_id or 0, id_time(row.id) // _DAY_MS)


async def page(
    network: Network,
    account_id: int,
    page: Page,
    *,
    kinds: Collection[str] | None = None,
    grouped: Collection[str] = GROUPED,
    from_account_id: int | None = None,
) -> GroupPage:
    """A page of groups. A group that reaches beyond the page goes on at the next one."""
    found: dict[str, list[Notification]] = {}
    upwards = page.min_id is not None
    cursor, more = page.min_id if upwards else page.max_id, True
    for _ in range(_MOST_BATCHES):
        part = (
            Page(limit=_BATCH, min_id=cursor)
            if upwards
            else Page(limit=_BATCH, max_id=cursor, since_id=page.since_id)
        )
        batch = await table.page(
            network.db, account_id, part, kinds=kinds, from_account_id=from_account_id
        )
        batch = batch[::-1] if upwards else batch
        if not _take(batch, found, page.limit, grouped):
            break
        if len(batch) < _BATCH:
            more = False
            break
        cursor = batch[-1].id
    groups = [
        Group(key, sorted(rows, key=lambda row: -row.id), len(rows), max(row.id for row in rows))
        for key, rows in found.items()
    ]
    await _count(network, account_id, groups)
    return _page_of(groups, more=more)


async def get(network: Network, account_id: int, key: str) -> Group:
    """One group with its newest rows; raises NotFound."""
    rows = await rows_of(network, account_id, key, Page(limit=80))
    if not rows:
        raise NotFound
    group = Group(key, rows, len(rows), rows[0].id)
    await _count(network, account_id, [group])
    return group


async def rows_of(network: Network, account_id: int, key: str, page: Page) -> list[Notification]:
    """The notifications of one group, newest first; raises NotFound for what is no key."""
    if (single := _single(key)) is not None:
        return [await notifications.get(network, account_id, single)]
    span = _parse(key)
    within = Page(
        limit=page.limit,
        max_id=min(page.max_id or span.end, span.end),
        since_id=max(page.since_id or 0, span.first - 1),
    )
    return await table.page(
        network.db,
        account_id,
        within,
        kinds=[span.kind],
        status_id=span.status_id or None,
    )


async def dismiss(network: Network, account_id: int, key: str) -> None:
    """Remove a group; raises NotFound."""
    if (single := _single(key)) is not None:
        await notifications.dismiss(network, account_id, single)
        return
    span = _parse(key)
    removed = await network.db.transaction(
        lambda tx: notification_groups.delete(
            tx, account_id, span.kind, span.status_id, first=span.first, end=span.end
        )
    )
    if not removed:
        raise NotFound


async def count_unread(
    network: Network,
    account_id: int,
    *,
    limit: int = 100,
    kinds: Collection[str] | None = None,
    grouped: Collection[str] = GROUPED,
    from_account_id: int | None = None,
) -> int:
    """How many groups have something above the reading marker, counted up to `limit`."""
    marks = {mark.timeline: mark for mark in await markers.load(network.db, account_id)}
    read = marks["notifications"].last_read_id if "notifications" in marks else 0
    most = min(limit, notifications.MOST_UNREAD)
    found = await page(
        network,
        account_id,
        Page(limit=most, since_id=read),
        kinds=kinds,
        grouped=grouped,
        from_account_id=from_account_id,
    )
    return len(found.groups)


def _take(
    batch: Sequence[Notification],
    found: dict[str, list[Notification]],
    limit: int,
    grouped: Collection[str],
) -> bool:
    """Sort rows into groups; False when the next row would begin one group too many."""
    for row in batch:
        key = group_key(row, grouped)
        if key not in found and len(found) == limit:
            return False
        found.setdefault(key, []).append(row)
    return True


async def _count(network: Network, account_id: int, groups: Sequence[Group]) -> None:
    """Set the whole sizes of groups, of which a page may hold a part."""
    spans = [(group, _parse(group.key)) for group in groups if _single(group.key) is None]
    if not spans:
        return
    sizes = await notification_groups.counts(
        network.db,
        account_id,
        sorted({str(span.kind) for _, span in spans}),
        first=min(span.first for _, span in spans),
        end=max(span.end for _, span in spans),
    )
    by_key = {_key(size.kind, size.status_id, size.day): size for size in sizes}
    for group, _ in spans:
        if group.key in by_key:
            group.count, group.newest_id = by_key[group.key].count, by_key[group.key].newest_id


def _page_of(groups: list[Group], *, more: bool) -> GroupPage:
    if not groups:
        return GroupPage([])
    groups.sort(key=lambda group: -group.rows[0].id)
    oldest = min(group.rows[-1].id for group in groups)
    return GroupPage(groups, groups[0].rows[0].id, oldest, more)


def _key(kind: str, status_id: int, day: int) -> str:
    return f"{kind}-{status_id}-{day}"


def _single(key: str) -> int | None:
    prefix, _, number = key.partition("-")
    if prefix != "ungrouped":
        return None
    return _number(number)


def _parse(key: str) -> _Range:
    kind, _, rest = key.partition("-")
    status_id, _, day = rest.partition("-")
    if kind not in GROUPED or _number(day) > _LAST_DAY:
        raise NotFound
    first = first_id_at(_number(day) * _DAY_MS)
    return _Range(NotificationKind(kind), _number(status_id), first, first + first_id_at(_DAY_MS))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise NotFound
    number = int(text)
    if number >> 63:
        raise NotFound
    return number
