"""Notification: https://docs.joinmastodon.org/entities/Notification/"""

from collections.abc import Sequence

import msgspec

from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.dates import timestamp
from noi.api.entities.reports import ReportEntity, report_entity
from noi.api.entities.severances import SeveranceEntity, severance_entity
from noi.api.rendering import status_parts
from noi.models.accounts import Viewer
from noi.models.errors import NoiError
from noi.models.moderation import EnforcementAction, EnforcementView
from noi.models.notifications import Notification, NotificationKind
from noi.services import enforcements, reports, severances, timelines
from noi.services.network import Network
from noi.services.notification_groups import group_key


class AppealEntity(msgspec.Struct):
    text: str
    state: str


class WarningEntity(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/AccountWarning/"""

    id: str
    action: str
    text: str
    status_ids: list[str] | None
    target_account: AccountEntity
    appeal: AppealEntity | None
    created_at: str


class WithSubject(msgspec.Struct, kw_only=True):
    """What some types are about; it stands only where the type has it."""

    report: ReportEntity | msgspec.UnsetType = msgspec.UNSET
    moderation_warning: WarningEntity | msgspec.UnsetType = msgspec.UNSET
    event: SeveranceEntity | msgspec.UnsetType = msgspec.UNSET


class NotificationEntity(WithSubject, kw_only=True):
    id: str
    type: str
    created_at: str
    group_key: str
    account: AccountEntity
    status: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


# The nearest of Mastodon's words.
_ACTIONS = {
    EnforcementAction.LIMIT: "silence",
    EnforcementAction.DISABLE: "disable",
    EnforcementAction.HIDE_STATUS: "delete_statuses",
    EnforcementAction.DELETE_STATUS: "delete_statuses",
    EnforcementAction.HIDE_TREND: "none",
}


async def notification_entities(
    network: Network, viewer: Viewer, found: Sequence[Notification]
) -> list[NotificationEntity]:
    """Notifications as their recipient sees them.

    Those whose status is hidden by a filter, or not the recipient's to see any more, are left out.
    """
    accounts = await account_entities(network, [row.from_account_id for row in found])
    by_id = {account.id: account for account in accounts}
    statuses = await statuses_of(network, viewer, found)
    entities: list[NotificationEntity] = []
    for row in found:
        account = by_id.get(str(row.from_account_id))
        status = None if row.status_id is None else statuses.get(row.status_id)
        if account is None or (row.status_id is not None and status is None):
            continue
        entity = NotificationEntity(
            id=str(row.id),
            type=row.kind,
            created_at=timestamp(row.created_at),
            group_key=group_key(row),
            account=account,
        )
        if status is not None:
            entity.status = msgspec.Raw(status)
        if await add_subject(network, viewer, row, entity):
            entities.append(entity)
    return entities


async def statuses_of(
    network: Network, viewer: Viewer, found: Sequence[Notification]
) -> dict[int, bytes | None]:
    """The statuses of notifications as JSON by id; None for what a filter hides."""
    ids = list(dict.fromkeys(row.status_id for row in found if row.status_id is not None))
    refs = await timelines.by_ids(network, viewer.account_id, ids)
    parts = await status_parts(network, viewer, refs, "notifications")
    return {ref.id: part for ref, part in zip(refs, parts, strict=True)}


async def add_subject(
    network: Network, viewer: Viewer, row: Notification, entity: WithSubject
) -> bool:
    """Add the report or decision a notification is about; False when it cannot be shown."""
    if row.subject_id is None:
        return True
    try:
        if row.kind is NotificationKind.REPORT:
            view = await reports.get(network, viewer, row.subject_id)
            entity.report = await report_entity(network, view.report)
        elif row.kind is NotificationKind.MODERATION_WARNING:
            enforcement = await enforcements.get(network, viewer, row.subject_id)
            entity.moderation_warning = await _warning(network, enforcement)
        elif row.kind is NotificationKind.SEVERED_RELATIONSHIPS:
            severance = await severances.get(network, viewer.account_id, row.subject_id)
            entity.event = severance_entity(severance)
    except NoiError:
        return False
    return True


async def _warning(network: Network, view: EnforcementView) -> WarningEntity:
    row = view.enforcement
    (account,) = await account_entities(network, [row.account_id])
    return WarningEntity(
        id=str(row.id),
        action=_ACTIONS[row.action],
        text=f"{row.rule_text}\n\n{row.reason}",
        status_ids=[str(row.status_id)] if row.status_id else None,
        target_account=account,
        appeal=_appeal(view),
        created_at=timestamp(row.created_at),
    )


def _appeal(view: EnforcementView) -> AppealEntity | None:
    if view.appeal is None:
        return None
    states = {None: "pending", True: "approved", False: "rejected"}
    return AppealEntity(view.appeal.text, states[view.appeal.accepted])
