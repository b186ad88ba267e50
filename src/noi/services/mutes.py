"""Muting: someone is not seen any more, and does not learn of it."""

from noi.db import jobs, mutes
from noi.db.database import Transaction
from noi.models.accounts import MutedAccount
from noi.models.errors import Invalid
from noi.models.ids import now_ms
from noi.models.jobs import ExpireMute
from noi.models.paging import Page
from noi.services.network import Network
from noi.services.relationships import lock_other

_MAX_SECONDS = 100 * 366 * 86_400


async def mute(
    network: Network,
    account_id: int,
    target_id: int,
    *,
    notifications: bool = True,
    seconds: int = 0,
) -> None:
    """Mute an account for some seconds, 0 for always; a repeat sets both anew.

    Nothing is removed: timelines leave muted accounts out while they are read. Raises NotFound,
    Invalid, and Forbidden for one's own account.
    """
    if not 0 <= seconds <= _MAX_SECONDS:
        raise Invalid("Not a duration", field="duration")
    expires_at = now_ms() + seconds * 1000 if seconds else None

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await mutes.upsert(
            tx,
            network.ids.next(),
            account_id,
            target_id,
            notifications=notifications,
            expires_at=expires_at,
        )
        if expires_at is not None:
            await jobs.enqueue(tx, ExpireMute(account_id, target_id), run_at=expires_at)

    await network.db.transaction(work)


async def unmute(network: Network, account_id: int, target_id: int) -> None:
    """End a mute."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await mutes.delete(tx, account_id, target_id)

    await network.db.transaction(work)


async def expire(network: Network, job: ExpireMute) -> None:
    """End a mute whose time is up; one that was prolonged meanwhile goes on."""
    await network.db.transaction(lambda tx: mutes.expire(tx, job.account_id, job.target_id))


async def page(network: Network, account_id: int, page: Page) -> list[MutedAccount]:
    """Whom an account mutes, newest first."""
    return await mutes.page(network.db, account_id, page)
