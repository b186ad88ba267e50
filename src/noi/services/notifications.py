"""Telling people what happened to them; each thing once."""

from collections.abc import Collection

from noi.db import live
from noi.db import notifications as table
from noi.db.database import Transaction
from noi.db.notifications import Circumstances
from noi.models.accounts import AccountState
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.models.jobs import Notify
from noi.models.live import LiveEvent, LiveKind
from noi.models.notifications import (
    OFFICIAL_KINDS,
    Notification,
    NotificationKind,
    PolicyChoice,
)
from noi.models.paging import Page
from noi.services.network import Network
from noi.services.notification_policies import decide

MOST_UNREAD = 1000

# A later edit of the same status takes the place of an earlier one's notification.
_REPLACED = frozenset({NotificationKind.UPDATE, NotificationKind.QUOTED_UPDATE})
_OF_OWN_ACTS = OFFICIAL_KINDS | {NotificationKind.POLL}
_FOR_STAFF = frozenset({NotificationKind.SIGN_UP, NotificationKind.REPORT})
_ALWAYS = _OF_OWN_ACTS | _FOR_STAFF


async def notify(network: Network, job: Notify) -> None:
    """Write one notification and tell the live bus, unless something speaks against it.

    Safe to run again: what was told is not told twice.
    """
    kind = NotificationKind(job.kind)
    if job.account_id == job.from_account_id and kind not in _OF_OWN_ACTS:
        return
    new = Notification(
        network.ids.next(),
        job.account_id,
        kind,
        job.from_account_id,
        job.status_id,
        job.subject_id,
        now_ms(),
    )
    key = _dedup_key(kind, job.from_account_id, job.status_id, job.subject_id)

    async def work(tx: Transaction) -> None:
        found = await table.circumstances(tx, job.account_id, job.from_account_id, job.status_id)
        if found is None or not _welcome(kind, found):
            return
        if not await table.still_true(tx, kind, job.account_id, job.from_account_id, job.status_id):
            return
        choice = PolicyChoice.ACCEPT if kind in _ALWAYS else decide(kind, found)
        if choice is PolicyChoice.DROP:
            return
        if kind in _REPLACED:
            await table.delete_earlier(tx, job.account_id, key, job.subject_id)
        filtered = choice is PolicyChoice.FILTER
        if await table.insert(tx, new, key, filtered=filtered) and not filtered:
            await live.publish(tx, LiveEvent(LiveKind.NOTIFICATION, new.id, job.account_id))

    await network.db.transaction(work)


async def withdraw(tx: Transaction, kind: str, *, from_account_id: int, status_id: int) -> None:
    """Take back what was told of an act on a status; to be called where the act is undone."""
    key = _dedup_key(NotificationKind(kind), from_account_id, status_id, None)
    await table.withdraw_about(tx, status_id, key)


async def withdraw_from(
    tx: Transaction, account_id: int, kind: NotificationKind, *, from_account_id: int
) -> None:
    """Take back what an account was told of an act on itself, such as a follow."""
    await table.withdraw(tx, account_id, _dedup_key(kind, from_account_id, None, None))


async def page(
    network: Network,
    account_id: int,
    page: Page,
    *,
    kinds: Collection[str] | None = None,
    from_account_id: int | None = None,
    with_filtered: bool = False,
) -> list[Notification]:
    """An account's notifications, newest first; `kinds` None means all.

    Those that its policy put aside come only `with_filtered`.
    """
    return await table.page(
        network.db,
        account_id,
        page,
        kinds=kinds,
        from_account_id=from_account_id,
        with_filtered=with_filtered,
    )


async def get(network: Network, account_id: int, notification_id: int) -> Notification:
    """One of an account's notifications; raises NotFound."""
    found = await table.get(network.db, account_id, notification_id)
    if found is None:
        raise NotFound
    return found


async def dismiss(network: Network, account_id: int, notification_id: int) -> None:
    """Remove one notification; raises NotFound."""

    async def work(tx: Transaction) -> None:
        if not await table.dismiss(tx, account_id, notification_id):
            raise NotFound

    await network.db.transaction(work)


async def clear(network: Network, account_id: int) -> None:
    """Remove all notifications of an account."""
    await network.db.transaction(lambda tx: table.clear(tx, account_id))


async def count_unread(
    network: Network,
    account_id: int,
    *,
    limit: int = 100,
    kinds: Collection[str] | None = None,
    from_account_id: int | None = None,
) -> int:
    """How many lie above the reading marker; counting stops at `limit`, at most 1,000."""
    return await table.count_unread(
        network.db,
        account_id,
        min(limit, MOST_UNREAD),
        kinds=kinds,
        from_account_id=from_account_id,
    )


def _dedup_key(
    kind: NotificationKind, from_account_id: int, status_id: int | None, subject_id: int | None
) -> str:
    subject = "" if kind in _REPLACED else subject_id or ""
    return f"{kind}:{from_account_id}:{status_id or ''}:{subject}"


def _welcome(kind: NotificationKind, found: Circumstances) -> bool:
    if kind in OFFICIAL_KINDS:
        return found.recipient_state is not AccountState.DELETED
    states = (found.recipient_state, found.sender_state)
    if any(state > AccountState.LIMITED for state in states) or found.status_gone:
        return False
    if kind in _FOR_STAFF:
        return True
    if found.blocked or found.muted or found.conversation_muted:
        return False
    return found.following or not found.domain_blocked
