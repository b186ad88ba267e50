"""Providers of the alliance's services (FASP), their capabilities, and how calling them goes."""

from collections.abc import Mapping, Sequence

import msgspec

from noi.db import alliance_networks, charter_versions
from noi.db.database import Reader, Transaction
from noi.models.alliance import Capability, Provider, ProviderState
from noi.models.ids import now_ms
from noi.models.pauses import doubling

FIRST_RETRY_MS = 15_000
LONGEST_RETRY_MS = 6 * 3_600_000
ERROR_CHARACTERS = 500
_SUCCEEDED_EVERY_MS = 60_000
_LEAVING_EVERY_MS = 5 * 60_000

_COLUMNS = ", ".join(Provider.__struct_fields__)
_ALL = f"SELECT {_COLUMNS} FROM fasp_providers ORDER BY id"
_GET = f"SELECT {_COLUMNS} FROM fasp_providers WHERE id = :id"
_LOCKED = "UPDATE fasp_providers SET state = state WHERE id = :id"
_BY_URL = f"SELECT {_COLUMNS} FROM fasp_providers WHERE base_url = :base_url"
_IN_STATE = f"SELECT {_COLUMNS} FROM fasp_providers WHERE state = :state ORDER BY id"
_COUNT = "SELECT count(*) FROM fasp_providers WHERE state = :state"
_INSERT = f"""INSERT INTO fasp_providers ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in Provider.__struct_fields__)})
ON CONFLICT (base_url) DO NOTHING"""
_DELETE = "DELETE FROM fasp_providers WHERE id = :id"
_DELETE_CAPABILITIES = "DELETE FROM fasp_capabilities WHERE provider_id = :id"
_STALE = """DELETE FROM fasp_providers
WHERE state IN ('sought', 'asked', 'refused') AND asked_at < :before"""

_CAPABILITY_COLUMNS = ", ".join(f"c.{name}" for name in Capability.__struct_fields__)
_CAPABILITIES = f"""SELECT {_CAPABILITY_COLUMNS} FROM fasp_capabilities c
WHERE c.provider_id @in(:ids) ORDER BY c.provider_id, c.capability"""
_CAPABILITY = f"""SELECT {_CAPABILITY_COLUMNS} FROM fasp_capabilities c
WHERE c.provider_id = :id AND c.capability = :capability"""
_OFFERING = f"""SELECT {", ".join(f"p.{name}" for name in Provider.__struct_fields__)}
FROM fasp_capabilities c JOIN fasp_providers p ON p.id = c.provider_id
WHERE c.capability = :capability AND c.wanted = 1 AND c.active = 1
    AND p.state = '{ProviderState.CONFIRMED}' AND (p.membership = '' OR p.membership = 'admitted')
ORDER BY p.id"""
_WITHDRAW_OFFERS = """UPDATE fasp_capabilities SET offered = 0
WHERE provider_id = :id AND NOT (capability @in(:names))"""
_OFFER = """INSERT INTO fasp_capabilities (provider_id, capability, version, offered)
SELECT CAST(:id AS BIGINT), value, :version, 1 FROM @each_text(:names) named WHERE 1 = 1
ON CONFLICT (provider_id, capability) DO UPDATE SET offered = 1, version = excluded.version"""
_WANT = """UPDATE fasp_capabilities SET wanted = :wanted, retry_at = 0
WHERE provider_id = :id AND capability = :capability AND (offered = 1 OR :wanted = 0)"""
_WANT_NOTHING = """UPDATE fasp_capabilities SET wanted = 0, retry_at = 0
WHERE provider_id = :id AND (wanted = 1 OR active = 1)"""
_SETTLED = """UPDATE fasp_capabilities SET active = :active
WHERE provider_id = :id AND capability = :capability"""
_FAILED = """INSERT INTO fasp_capabilities
    (provider_id, capability, failures, retry_at, error, error_at)
VALUES (:id, :capability, 1, :retry_at, :error, :now)
ON CONFLICT (provider_id, capability) DO UPDATE SET
    failures = fasp_capabilities.failures + 1, retry_at = excluded.retry_at,
    error = excluded.error, error_at = excluded.error_at"""
_SUCCEEDED = """INSERT INTO fasp_capabilities (provider_id, capability, succeeded_at)
VALUES (:id, :capability, :now)
ON CONFLICT (provider_id, capability) DO UPDATE SET
    failures = 0, retry_at = 0, succeeded_at = excluded.succeeded_at"""
_UNSETTLED = f"""SELECT p.id FROM fasp_providers p
WHERE p.state = '{ProviderState.LEAVING}' AND p.visited_at < :minutes_ago
    OR p.state = '{ProviderState.CONFIRMED}' AND (p.visited_at IS NULL OR p.visited_at < :hour_ago
        OR p.hub = 1 AND p.membership <> 'admitted' AND p.visited_at < :minutes_ago
        OR EXISTS (SELECT 1 FROM fasp_capabilities c WHERE c.provider_id = p.id
            AND c.wanted <> c.active AND c.retry_at <= :now))
ORDER BY p.id"""
_SET_SLOW = """UPDATE fasp_capabilities SET slow = :slow
WHERE provider_id = :id AND capability = :capability"""
_CLOSE = "UPDATE fasp_capabilities SET retry_at = 0 WHERE provider_id = :id"


async def fetch_all(reader: Reader) -> list[Provider]:
    """All providers, oldest first."""
    return await reader.fetch_all(_ALL, {}, Provider)


async def in_state(reader: Reader, state: ProviderState) -> list[Provider]:
    """The providers in a state."""
    return await reader.fetch_all(_IN_STATE, {"state": state.value}, Provider)


async def count(reader: Reader, state: ProviderState) -> int:
    """How many providers are in a state."""
    return int(await reader.fetch_value(_COUNT, {"state": state.value}))


async def get(reader: Reader, provider_id: int) -> Provider | None:
    """A provider by id."""
    return await reader.fetch_one(_GET, {"id": provider_id}, Provider)


async def get_locked(tx: Transaction, provider_id: int) -> Provider | None:
    """A provider that only this transaction changes until it ends."""
    await tx.execute(_LOCKED, {"id": provider_id})
    return await get(tx, provider_id)


async def by_url(reader: Reader, base_url: str) -> Provider | None:
    """A provider by its base URL, without a slash at the end."""
    return await reader.fetch_one(_BY_URL, {"base_url": base_url}, Provider)


async def offering(reader: Reader, capability: str) -> list[Provider]:
    """Confirmed providers whose capability is switched on, and who let us use it."""
    return await reader.fetch_all(_OFFERING, {"capability": capability}, Provider)


async def insert(tx: Transaction, new: Provider) -> bool:
    """Add a provider; False where its base URL is there already."""
    return await tx.execute(_INSERT, _row(new)) == 1


async def update(tx: Transaction, provider_id: int, changes: Mapping[str, object]) -> None:
    """Set some columns of a provider."""
    unknown = changes.keys() - set(Provider.__struct_fields__)
    if unknown:
        raise ValueError(f"no columns of a provider: {sorted(unknown)}")
    assignments = ", ".join(f"{name} = :{name}" for name in sorted(changes))
    values = {name: _plain(value) for name, value in changes.items()}
    sql = f"UPDATE fasp_providers SET {assignments} WHERE id = :id"
    await tx.execute(sql, {**values, "id": provider_id})


async def delete(tx: Transaction, provider_id: int) -> None:
    """Forget a provider; what was shared with it is removed before."""
    await charter_versions.delete_of_provider(tx, provider_id)
    await alliance_networks.clear(tx, provider_id)
    await tx.execute(_DELETE_CAPABILITIES, {"id": provider_id})
    await tx.execute(_DELETE, {"id": provider_id})


async def delete_stale(tx: Transaction, before: int) -> int:
    """Forget those that nobody has confirmed since a time (ms); answers how many."""
    return await tx.execute(_STALE, {"before": before})


async def capabilities(
    reader: Reader, provider_ids: Sequence[int]
) -> dict[int, dict[str, Capability]]:
    """What providers offer, and how calls go, by provider and name."""
    rows = await reader.fetch_all(_CAPABILITIES, {"ids": list(provider_ids)}, Capability)
    found: dict[int, dict[str, Capability]] = {id_: {} for id_ in provider_ids}
    for row in rows:
        found[row.provider_id][row.capability] = row
    return found


async def capability(reader: Reader, provider_id: int, name: str) -> Capability | None:
    """One capability of a provider."""
    params = {"id": provider_id, "capability": name}
    return await reader.fetch_one(_CAPABILITY, params, Capability)


async def offer(tx: Transaction, provider_id: int, offered: Mapping[str, str]) -> None:
    """Note what a provider says that it offers: versions by names."""
    await tx.execute(_WITHDRAW_OFFERS, {"id": provider_id, "names": list(offered)})
    for name, version in sorted(offered.items()):
        await tx.execute(_OFFER, {"id": provider_id, "names": [name], "version": version})


async def want(tx: Transaction, provider_id: int, name: str, wanted: bool) -> bool:
    """Switch a capability on or off here; False for one that is not offered."""
    params = {"id": provider_id, "capability": name, "wanted": int(wanted)}
    return await tx.execute(_WANT, params) == 1


async def want_nothing(tx: Transaction, provider_id: int) -> None:
    """Switch all capabilities of a provider off here."""
    await tx.execute(_WANT_NOTHING, {"id": provider_id})


async def settled(tx: Transaction, provider_id: int, name: str, active: bool) -> None:
    """Note that the provider knows whether a capability is wanted."""
    await tx.execute(_SETTLED, {"id": provider_id, "capability": name, "active": int(active)})


async def failed(
    tx: Transaction, provider_id: int, name: str, error: str, retry_at: int | None = None
) -> int:
    """Note a failed call, and put further ones off; answers until when (ms)."""
    now = now_ms()
    known = await capability(tx, provider_id, name)
    pause = doubling(FIRST_RETRY_MS, known.failures if known else 0, LONGEST_RETRY_MS)
    until = max(retry_at or 0, now + pause)
    row = {"id": provider_id, "capability": name, "error": error[:ERROR_CHARACTERS]}
    await tx.execute(_FAILED, row | {"retry_at": until, "now": now})
    return until


async def succeeded(tx: Transaction, provider_id: int, name: str) -> None:
    """Note a call that was answered."""
    await tx.execute(_SUCCEEDED, {"id": provider_id, "capability": name, "now": now_ms()})


def news(known: Capability | None, now: int) -> bool:
    """Whether a call that was answered is worth writing down."""
    if known is None or known.failures or known.succeeded_at is None:
        return True
    return known.succeeded_at < now - _SUCCEEDED_EVERY_MS


async def unsettled(reader: Reader, now: int) -> list[int]:
    """Providers that are to be settled, or were not visited for an hour."""
    params = {"now": now, "hour_ago": now - 3_600_000, "minutes_ago": now - _LEAVING_EVERY_MS}
    return [row[0] for row in await reader.fetch_all(_UNSETTLED, params)]


async def set_slow(tx: Transaction, provider_id: int, name: str, slow: bool) -> None:
    """Note whether a service answers within the moment that people wait for it."""
    await tx.execute(_SET_SLOW, {"id": provider_id, "capability": name, "slow": int(slow)})


async def try_again(tx: Transaction, provider_id: int) -> None:
    """Put no calls of a provider off any longer."""
    await tx.execute(_CLOSE, {"id": provider_id})


def _row(provider: Provider) -> dict[str, object]:
    return {name: _plain(value) for name, value in msgspec.structs.asdict(provider).items()}


def _plain(value: object) -> object:
    if isinstance(value, ProviderState):
        return value.value
    return int(value) if isinstance(value, bool) else value
