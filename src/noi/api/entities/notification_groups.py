"""Grouped notifications: https://docs.joinmastodon.org/methods/grouped_notifications/"""

from collections.abc import Sequence

import msgspec

from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.dates import timestamp
from noi.api.entities.notifications import WithSubject, add_subject, statuses_of
from noi.models.accounts import Viewer
from noi.models.ids import id_time
from noi.services.network import Network
from noi.services.notification_groups import Group

_SAMPLES = 8


class GroupEntity(WithSubject, kw_only=True):
    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: str
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]
    status_id: str | msgspec.UnsetType = msgspec.UNSET


class PartialAccount(msgspec.Struct):
    """Enough of an account to draw its picture."""

    id: str
    acct: str
    locked: bool
    bot: bool
    url: str
    avatar: str
    avatar_static: str


class GroupedResults(msgspec.Struct):
    accounts: list[AccountEntity]
    statuses: list[msgspec.Raw]
    notification_groups: list[GroupEntity]
    partial_accounts: list[PartialAccount] | msgspec.UnsetType = msgspec.UNSET


async def grouped_results(
    network: Network, viewer: Viewer, groups: Sequence[Group], *, partial_avatars: bool = False
) -> GroupedResults:
    """Groups with their accounts and statuses beside them, each once.

    With `partial_avatars` only the newest account of each group comes whole.
    """
    samples = {group.key: _samples(group) for group in groups}
    ids = dict.fromkeys(id_ for sample in samples.values() for id_ in sample)
    accounts = {int(one.id): one for one in await account_entities(network, list(ids))}
    statuses = await statuses_of(network, viewer, [group.rows[0] for group in groups])
    entities: list[GroupEntity] = []
    whole: dict[int, None] = {}
    for group in groups:
        shown = [id_ for id_ in samples[group.key] if id_ in accounts]
        entity = _group_entity(group, shown)
        status_id = group.rows[0].status_id
        hidden = status_id is not None and statuses.get(status_id) is None
        if not shown or hidden or not await add_subject(network, viewer, group.rows[0], entity):
            continue
        entities.append(entity)
        whole.update(dict.fromkeys(shown[:1] if partial_avatars else shown))
    results = GroupedResults(
        accounts=[accounts[id_] for id_ in whole],
        statuses=[msgspec.Raw(json) for json in statuses.values() if json is not None],
        notification_groups=entities,
    )
    if partial_avatars:
        results.partial_accounts = [
            _partial(account) for id_, account in accounts.items() if id_ not in whole
        ]
    return results


def _samples(group: Group) -> list[int]:
    return list(dict.fromkeys(row.from_account_id for row in group.rows))[:_SAMPLES]


def _group_entity(group: Group, sample: list[int]) -> GroupEntity:
    newest = group.rows[0]
    entity = GroupEntity(
        group_key=group.key,
        notifications_count=group.count,
        type=newest.kind,
        most_recent_notification_id=str(group.newest_id),
        page_min_id=str(group.rows[-1].id),
        page_max_id=str(newest.id),
        latest_page_notification_at=timestamp(id_time(newest.id)),
        sample_account_ids=[str(id_) for id_ in sample],
    )
    if newest.status_id is not None:
        entity.status_id = str(newest.status_id)
    return entity


def _partial(account: AccountEntity) -> PartialAccount:
    return PartialAccount(
        account.id,
        account.acct,
        account.locked,
        account.bot,
        account.url,
        account.avatar,
        account.avatar_static,
    )
