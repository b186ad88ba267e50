"""Statuses that are published later."""

import hashlib

import msgspec

from noi.db import accounts, jobs, locks, media
from noi.db import scheduled as table
from noi.db import statuses as status_table
from noi.db.database import Transaction
from noi.models.accounts import AccountState
from noi.models.composition import Composition
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import PublishScheduled
from noi.models.media import MediaAttachment
from noi.models.paging import Page
from noi.models.scheduled import ScheduledStatus
from noi.services import statuses
from noi.services.composing import compose
from noi.services.network import Network

LEAST_AHEAD_MS = 5 * 60_000
MAX_TOTAL = 300
MAX_A_DAY = 25
_DAY_MS = 86_400_000


class _TakenBack(Exception):
    """It was published, moved or deleted in the same moment."""


async def schedule(
    network: Network,
    account_id: int,
    composition: Composition,
    scheduled_at: int,
    *,
    app_id: int | None = None,
    idempotency_key: str = "",
) -> ScheduledStatus:
    """Check a status now and publish it at `scheduled_at` (ms), five minutes ahead at least.

    A repeated idempotency key within the hour answers the first. Raises Invalid, NotFound.
    """
    _check_time(scheduled_at)
    composed = await compose(network, account_id, composition)
    key_hash = hashlib.sha256(idempotency_key.encode()).digest() if idempotency_key else b""
    new = ScheduledStatus(
        id=network.ids.next(),
        account_id=account_id,
        params=msgspec.json.encode(composed.composition).decode(),
        app_id=app_id,
        scheduled_at=scheduled_at,
        created_at=now_ms(),
        error="",
    )

    async def work(tx: Transaction) -> ScheduledStatus:
        if key_hash and not await status_table.claim_key(
            tx, account_id, key_hash, scheduled_status_id=new.id
        ):
            return await _made_before(tx, account_id, key_hash)
        await locks.owner(tx, account_id)
        await _check_room(tx, account_id, scheduled_at)
        await table.insert(tx, new)
        if not await table.hold(tx, new.id, account_id, composed.composition.media_ids):
            raise Invalid("An attachment belongs to another post", field="media_ids")
        await jobs.enqueue(tx, PublishScheduled(new.id), run_at=scheduled_at)
        return new

    return await network.db.transaction(work)


async def fetch_page(network: Network, account_id: int, page: Page) -> list[ScheduledStatus]:
    """One's own scheduled statuses, newest made first."""
    return await table.page(network.db, account_id, page)


async def get(network: Network, account_id: int, scheduled_id: int) -> ScheduledStatus:
    """One's own scheduled status; raises NotFound."""
    found = await table.get(network.db, scheduled_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


async def move(
    network: Network, account_id: int, scheduled_id: int, scheduled_at: int
) -> ScheduledStatus:
    """Give it another time; raises NotFound, Invalid."""
    _check_time(scheduled_at)

    async def work(tx: Transaction) -> ScheduledStatus:
        found = await table.get(tx, scheduled_id)
        if found is None or found.account_id != account_id:
            raise NotFound
        await locks.owner(tx, account_id)
        if found.scheduled_at // _DAY_MS != scheduled_at // _DAY_MS:
            await _check_day(tx, account_id, scheduled_at)
        if not await table.move(tx, scheduled_id, scheduled_at):
            raise NotFound
        await jobs.enqueue(tx, PublishScheduled(scheduled_id), run_at=scheduled_at)
        return msgspec.structs.replace(found, scheduled_at=scheduled_at, error="")

    return await network.db.transaction(work)


async def delete(network: Network, account_id: int, scheduled_id: int) -> None:
    """Do not publish it after all; raises NotFound."""

    async def work(tx: Transaction) -> None:
        found = await table.get(tx, scheduled_id)
        if found is None or found.account_id != account_id:
            raise NotFound
        if not await table.delete(tx, scheduled_id):
            raise NotFound

    await network.db.transaction(work)


async def media_of(network: Network, scheduled: ScheduledStatus) -> list[MediaAttachment]:
    """The attachments that wait with it, in their order."""
    ids = scheduled.composition.media_ids
    found = {row.id: row for row in await media.get_many(network.db, ids)}
    return [found[id_] for id_ in ids if id_ in found]


async def publish(network: Network, job: PublishScheduled) -> None:
    """Publish what is due. What cannot be published stays, with the reason, for its author.

    The row goes in the transaction that posts the status, so that it is posted once.
    """
    found = await table.get(network.db, job.scheduled_status_id)
    if found is None or found.scheduled_at > now_ms():
        return

    async def remove(tx: Transaction) -> None:
        if not await table.take(tx, found.id, now_ms()):
            raise _TakenBack

    try:
        author = await accounts.get(network.db, found.account_id)
        if author is None or author.state > AccountState.LIMITED:
            raise Invalid("This account may not post")
        await statuses.create(
            network, found.account_id, found.composition, app_id=found.app_id, also=remove
        )
    except _TakenBack:
        return
    except (Invalid, NotFound, Conflict, Forbidden) as error:
        message = str(error)
        await network.db.transaction(lambda tx: table.fail(tx, found.id, message))


async def _made_before(tx: Transaction, account_id: int, key_hash: bytes) -> ScheduledStatus:
    before = await status_table.made_before(tx, account_id, key_hash)
    made = await table.get(tx, before[1]) if before and before[1] else None
    if made is None:
        raise Conflict("This idempotency key has made something else")
    return made


def _check_time(scheduled_at: int) -> None:
    if scheduled_at < now_ms() + LEAST_AHEAD_MS:
        raise Invalid("Choose a time at least five minutes from now", field="scheduled_at")


async def _check_room(tx: Transaction, account_id: int, scheduled_at: int) -> None:
    if await table.count(tx, account_id) >= MAX_TOTAL:
        raise Invalid("At most {limit} scheduled posts", field="scheduled_at", limit=MAX_TOTAL)
    await _check_day(tx, account_id, scheduled_at)


async def _check_day(tx: Transaction, account_id: int, scheduled_at: int) -> None:
    since = scheduled_at - scheduled_at % _DAY_MS
    if await table.count_between(tx, account_id, since, since + _DAY_MS) >= MAX_A_DAY:
        raise Invalid(
            "At most {limit} scheduled posts a day", field="scheduled_at", limit=MAX_A_DAY
        )
