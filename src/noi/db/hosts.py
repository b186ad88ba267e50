"""Other servers by the host (and port) of their addresses: how speaking with them goes.

A host that fails is tried less and less often, and given up after a week of failing, until it is
heard of again.
"""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.federation import Host
from noi.models.ids import now_ms
from noi.models.pauses import doubling

FIRST_RETRY_MS = 60_000
LONGEST_RETRY_MS = 12 * 3_600_000
GIVEN_UP_MS = 7 * 86_400_000
SIGN_OF_LIFE_MS = 10 * 60_000
"""A failing host that speaks to us is tried again at once, if the last time was so long ago."""

ERROR_CHARACTERS = 500
SOFTWARE_CHARACTERS = 64
_HEARD_EVERY_MS = 3_600_000
_DELIVERED_EVERY_MS = 60_000

_COLUMNS = ", ".join(Host.__struct_fields__)
_GET_MANY = f"SELECT {_COLUMNS} FROM hosts WHERE host @in(:hosts)"
_PAGE = f"""SELECT {_COLUMNS} FROM hosts WHERE host > :after AND {{chosen}}
ORDER BY host LIMIT CAST(:limit AS BIGINT)"""
_PAGES = {
    "": _PAGE.format(chosen="1 = 1"),
    "failing": _PAGE.format(chosen="failures > 0 AND dead_at IS NULL"),
    "dead": _PAGE.format(chosen="dead_at IS NOT NULL"),
}
_SEEN = """INSERT INTO hosts (host, created_at)
SELECT value, CAST(:now AS BIGINT) FROM @each_text(:hosts) named WHERE 1 = 1 ORDER BY 1
ON CONFLICT (host) DO NOTHING"""
# A host that a worker holds keeps its `retry_at`, which is the end of the lease.
_HEARD = """INSERT INTO hosts (host, heard_at, created_at)
SELECT value, CAST(:now AS BIGINT), CAST(:now AS BIGINT)
FROM @each_text(:hosts) named WHERE 1 = 1 ORDER BY 1
ON CONFLICT (host) DO UPDATE SET heard_at = excluded.heard_at,
    failing_since = CASE WHEN hosts.dead_at IS NULL THEN hosts.failing_since
        ELSE excluded.heard_at END,
    dead_at = NULL,
    retry_at = CASE WHEN hosts.failures > 0 AND hosts.worker = '' AND hosts.error_at < :long_ago
        AND hosts.retry_at > excluded.heard_at THEN excluded.heard_at ELSE hosts.retry_at END
WHERE hosts.heard_at IS NULL OR hosts.heard_at < :hour_ago OR hosts.dead_at IS NOT NULL
    OR (hosts.failures > 0 AND hosts.worker = '' AND hosts.error_at < :long_ago
        AND hosts.retry_at > excluded.heard_at)"""
_SUCCEEDED = """UPDATE hosts SET failures = 0, failing_since = NULL, dead_at = NULL,
    delivered_at = :now
WHERE host @in(:hosts) AND (failures > 0 OR dead_at IS NOT NULL OR delivered_at IS NULL
    OR delivered_at < :lately)"""
_FAILURES = "SELECT failures, failing_since FROM hosts WHERE host = :host"
_FAILED = """INSERT INTO hosts
    (host, failures, failing_since, retry_at, error_at, error, created_at)
VALUES (:host, 1, :now, :retry_at, :now, :error, :now)
ON CONFLICT (host) DO UPDATE SET failures = :failures, failing_since = :failing_since,
    retry_at = :retry_at, error_at = :now, error = :error,
    dead_at = CASE WHEN :dead = 1 THEN coalesce(hosts.dead_at, :now) ELSE hosts.dead_at END"""
_REVIVE = """UPDATE hosts SET failures = 0, failing_since = NULL, dead_at = NULL,
    retry_at = CASE WHEN worker = '' THEN :now ELSE retry_at END
WHERE host = :host"""
_REMEMBER_SIGNATURES = """INSERT INTO hosts (host, signatures, created_at)
VALUES (:host, :signatures, :now)
ON CONFLICT (host) DO UPDATE SET signatures = excluded.signatures
WHERE hosts.signatures <> excluded.signatures"""
_DESCRIBE = """INSERT INTO hosts (host, software, software_version, described_at, created_at)
VALUES (:host, :software, :version, :now, :now)
ON CONFLICT (host) DO UPDATE SET software = excluded.software,
    software_version = excluded.software_version, described_at = excluded.described_at"""
_UNDESCRIBED = """SELECT host FROM hosts
WHERE (described_at IS NULL OR described_at < :before) AND dead_at IS NULL
ORDER BY described_at IS NOT NULL, described_at LIMIT CAST(:limit AS BIGINT)"""


class Failure(msgspec.Struct, frozen=True):
    """When a host that failed is tried next (ms), and whether it is given up."""

    retry_at: int
    dead: bool


async def get(reader: Reader, host: str) -> Host | None:
    """What is known of a host."""
    return (await get_many(reader, [host])).get(host)


async def get_many(reader: Reader, hosts: Sequence[str]) -> dict[str, Host]:
    """The same of several; unknown ones are left out."""
    rows = await reader.fetch_all(_GET_MANY, {"hosts": list(hosts)}, Host)
    return {row.host: row for row in rows}


async def fetch_page(
    reader: Reader, *, after: str = "", chosen: str = "", limit: int = 100
) -> list[Host]:
    """Hosts by name, after one: all, or those that are `failing` or `dead` (given up)."""
    return await reader.fetch_all(_PAGES[chosen], {"after": after, "limit": limit}, Host)


async def seen(tx: Transaction, hosts: Sequence[str], now: int) -> None:
    """Note that hosts exist."""
    await tx.execute(_SEEN, {"hosts": sorted(set(hosts)), "now": now})


async def heard(tx: Transaction, hosts: Sequence[str], now: int) -> None:
    """Note that hosts spoke to us (verified): dead and failing ones are worth another try.

    Writes nothing where that was noted within the hour, so that it may be called for each batch.
    """
    row = {
        "hosts": sorted(set(hosts)),
        "now": now,
        "hour_ago": now - _HEARD_EVERY_MS,
        "long_ago": now - SIGN_OF_LIFE_MS,
    }
    await tx.execute(_HEARD, row)


async def succeeded(tx: Transaction, hosts: Sequence[str], now: int) -> None:
    """Note that hosts took what was sent; their `retry_at` stays."""
    row = {"hosts": sorted(set(hosts)), "now": now, "lately": now - _DELIVERED_EVERY_MS}
    await tx.execute(_SUCCEEDED, row)


async def failed(tx: Transaction, host: str, error: str, retry_at: int | None, now: int) -> Failure:
    """Note that a host could not be reached, or asked to come back at `retry_at` (ms).

    It is tried next after a pause that doubles from a minute to twelve hours, give or take a
    quarter, and not before `retry_at`. After a week of failing it is dead.
    """
    known = await tx.fetch_one(_FAILURES, {"host": host})
    failures, since = (known[0] + 1, known[1] or now) if known else (1, now)
    pause = doubling(FIRST_RETRY_MS, failures - 1, LONGEST_RETRY_MS)
    failure = Failure(max(now + pause, retry_at or 0), now - since >= GIVEN_UP_MS)
    row = {
        "host": host,
        "failures": failures,
        "failing_since": since,
        "retry_at": failure.retry_at,
        "error": error.replace("\0", "")[:ERROR_CHARACTERS],
        "dead": int(failure.dead),
        "now": now,
    }
    await tx.execute(_FAILED, row)
    return failure


async def revive(tx: Transaction, host: str, now: int) -> None:
    """Forget a host's failures, because somebody wants it tried at once."""
    await tx.execute(_REVIVE, {"host": host, "now": now})


async def remember_signatures(tx: Transaction, host: str, signatures: str) -> None:
    """Note the kind of signature that a host has taken."""
    row = {"host": host, "signatures": signatures, "now": now_ms()}
    await tx.execute(_REMEMBER_SIGNATURES, row)


async def describe(tx: Transaction, host: str, software: str, version: str, now: int) -> None:
    """Note what a host runs, as its NodeInfo says; empty where it says nothing."""
    row = {
        "host": host,
        "software": software[:SOFTWARE_CHARACTERS],
        "version": version[:SOFTWARE_CHARACTERS],
        "now": now,
    }
    await tx.execute(_DESCRIBE, row)


async def undescribed(reader: Reader, *, before: int, limit: int) -> list[str]:
    """Hosts that were not asked what they run since a time (ms), those never asked first."""
    params = {"before": before, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_UNDESCRIBED, params)]
