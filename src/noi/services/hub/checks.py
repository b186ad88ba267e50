"""Checking again, every week, that people still agree, and clearing away what matters no more."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from noi.db import purging
from noi.db.database import Transaction
from noi.db.hub import accounts, claims, posts, queue, received
from noi.db.hub import withdrawals as withdrawn
from noi.models.hub_jobs import CheckConsent, CleanHub
from noi.models.hub_records import Category, Event, HubAccount, HubPost
from noi.models.ids import now_ms
from noi.models.jobs import PurgeSearch
from noi.services.hub import withdrawals
from noi.services.hub.intake import GIVEN_UP_MS
from noi.services.hub.people import CHECK_MS, DAY_MS
from noi.services.network import Network

UNCHECKED_MS = 21 * DAY_MS
"""What could not be checked for so long is held no more: nobody knows whether they still agree."""

MOST_A_RUN = 5_000
MOST_WAITING = 500_000
"""While more waits than this, nothing is added to it that is held already."""

_BATCH = 500
_DEAD_HOSTS = 100
_WITHDRAWN_MS = DAY_MS
_COUNTED_DAYS = 400


async def check(network: Network, job: CheckConsent) -> None:
    """Queue what was not checked for a week; drop what could not be checked for three."""
    if await queue.count(network.db, MOST_WAITING) >= MOST_WAITING:
        return
    for _ in range(MOST_A_RUN // _BATCH):
        people = await accounts.due(network.db, now_ms(), _BATCH)
        if people:
            await network.db.transaction(lambda tx, rows=people: _again(tx, network, rows, []))
        if len(people) < _BATCH:
            break
    for _ in range(MOST_A_RUN // _BATCH):
        written = await posts.due(network.db, now_ms(), _BATCH)
        if written:
            await network.db.transaction(lambda tx, rows=written: _again(tx, network, [], rows))
        if len(written) < _BATCH:
            break


async def clean(network: Network, job: CleanHub) -> None:
    """Forget withdrawals, claims, counts and hosts that matter no more, and what waits for hosts
    that did not answer for a week.
    """
    now = now_ms()
    db = network.db
    while await db.transaction(lambda tx: withdrawn.clean(tx, now - _WITHDRAWN_MS, _BATCH)):
        pass
    first_day = (datetime.now(UTC) - timedelta(days=_COUNTED_DAYS)).date().isoformat()

    async def work(tx: Transaction) -> None:
        await claims.clean(tx, now)
        await queue.forget_hosts(tx, now - DAY_MS)
        await received.forget(tx, first_day)

    await db.transaction(work)
    for host in await queue.failing(db, _DEAD_HOSTS):
        if (host.failing_since or now) < now - GIVEN_UP_MS:
            name = host.host
            while await db.transaction(lambda tx, n=name: queue.drop_of_host(tx, n, _BATCH)):
                pass


async def purge(network: Network, job: PurgeSearch) -> None:
    """Let nothing stay of the words of what was removed, where searching cannot find it either."""
    await purging.purge(network.db, "hub_post_search")
    await purging.purge(network.db, "hub_account_search")


async def _again(
    tx: Transaction, network: Network, people: Sequence[HubAccount], written: Sequence[HubPost]
) -> None:
    now = now_ms()
    held = [*people, *written]
    lost = [row.uri for row in held if row.checked_at < now - UNCHECKED_MS]
    if lost:
        await withdrawals.withdraw(tx, lost)
    gone = frozenset(lost)
    named = [
        queue.Named(row.uri, category, Event.CHECK, row.host)
        for category, rows in ((Category.ACCOUNT, people), (Category.CONTENT, written))
        for row in rows
        if row.uri not in gone
    ]
    await queue.add(tx, named, version=network.ids.next())
    # Until it is read, which tells a new time.
    await accounts.put_off(tx, [row.id for row in people if row.uri not in gone], now + CHECK_MS)
    await posts.put_off(tx, [row.id for row in written if row.uri not in gone], now + CHECK_MS)
