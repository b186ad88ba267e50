"""What this network decided about other servers, by their domains."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.models.federation import DomainPolicy
from noi.models.ids import now_ms
from noi.models.policies import AllowedDomain, PolicyDecision

_FIELDS = DomainPolicy.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_FOR_NAMES = f"""SELECT {_COLUMNS} FROM domain_policies
WHERE domain @in(:names) ORDER BY length(domain) DESC LIMIT 1"""
_GET = f"SELECT {_COLUMNS} FROM domain_policies WHERE domain = :domain"
_PAGE = f"""SELECT {_COLUMNS} FROM domain_policies WHERE domain > :after
ORDER BY domain LIMIT CAST(:limit AS BIGINT)"""
_ALL = f"SELECT {_COLUMNS} FROM domain_policies ORDER BY domain"
_PUT = f"""INSERT INTO domain_policies ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in _FIELDS)})
ON CONFLICT (domain) DO UPDATE SET
    {
    ", ".join(
        f"{name} = excluded.{name}" for name in _FIELDS if name not in ("domain", "created_at")
    )
}"""
_DELETE = "DELETE FROM domain_policies WHERE domain = :domain"
_COUNT = "SELECT count(*) FROM domain_policies"

_DECISION_COLUMNS = ", ".join(PolicyDecision.__struct_fields__)
_RECORD = f"""INSERT INTO policy_decisions ({_DECISION_COLUMNS})
VALUES ({", ".join(f":{name}" for name in PolicyDecision.__struct_fields__)})"""
_HISTORY = f"""SELECT {_DECISION_COLUMNS} FROM policy_decisions WHERE domain = :domain
ORDER BY id DESC LIMIT CAST(:limit AS BIGINT)"""
_RECENT = f"""SELECT {_DECISION_COLUMNS} FROM policy_decisions WHERE id < :before
ORDER BY id DESC LIMIT CAST(:limit AS BIGINT)"""

_ALLOWED = "SELECT 1 FROM allowed_domains WHERE domain @in(:names) LIMIT 1"
_ALL_ALLOWED = "SELECT domain, moderator_id, created_at FROM allowed_domains ORDER BY domain"
_ALLOW = """INSERT INTO allowed_domains (domain, moderator_id, created_at)
VALUES (:domain, :moderator_id, :now) ON CONFLICT (domain) DO NOTHING"""
_DISALLOW = "DELETE FROM allowed_domains WHERE domain = :domain"


async def nearest(reader: Reader, names: Sequence[str]) -> DomainPolicy | None:
    """The policy of the longest of these domains that has one."""
    return await reader.fetch_one(_FOR_NAMES, {"names": list(names)}, DomainPolicy)


async def get(reader: Reader, domain: str) -> DomainPolicy | None:
    """The policy of exactly this domain."""
    return await reader.fetch_one(_GET, {"domain": domain}, DomainPolicy)


async def fetch_page(reader: Reader, *, after: str, limit: int) -> list[DomainPolicy]:
    """Policies by domain, after one."""
    return await reader.fetch_all(_PAGE, {"after": after, "limit": limit}, DomainPolicy)


async def fetch_all(db: Database) -> list[DomainPolicy]:
    """All policies by domain; there may be many thousands."""
    return await db.fetch_all(_ALL, {}, DomainPolicy, slow=True)


async def count(reader: Reader) -> int:
    """How many policies there are."""
    return await reader.fetch_value(_COUNT)


async def put(tx: Transaction, policy: DomainPolicy) -> None:
    """Write a policy over the one that its domain may have, which keeps its `created_at`."""
    await tx.execute(_PUT, _row(policy))


async def delete(tx: Transaction, domain: str) -> bool:
    """Remove a domain's policy; False where there was none."""
    return await tx.execute(_DELETE, {"domain": domain}) == 1


async def record(tx: Transaction, decision: PolicyDecision) -> None:
    """Remember a decision for good."""
    await tx.execute(_RECORD, _row(decision))


async def history(reader: Reader, domain: str, limit: int) -> list[PolicyDecision]:
    """What was decided about a domain, newest first."""
    return await reader.fetch_all(_HISTORY, {"domain": domain, "limit": limit}, PolicyDecision)


async def recent(reader: Reader, *, before: int, limit: int) -> list[PolicyDecision]:
    """What was decided about all domains below an id, newest first."""
    return await reader.fetch_all(_RECENT, {"before": before, "limit": limit}, PolicyDecision)


async def any_allowed(reader: Reader, names: Sequence[str]) -> bool:
    """Whether one of these domains is on the list of allowed ones."""
    return await reader.fetch_value(_ALLOWED, {"names": list(names)}) is not None


async def all_allowed(db: Database) -> list[AllowedDomain]:
    """The domains on that list."""
    return await db.fetch_all(_ALL_ALLOWED, {}, AllowedDomain)


async def allow(tx: Transaction, domain: str, moderator_id: int | None) -> bool:
    """Put a domain on the list; False where it was on it."""
    row = {"domain": domain, "moderator_id": moderator_id, "now": now_ms()}
    return await tx.execute(_ALLOW, row) == 1


async def disallow(tx: Transaction, domain: str) -> bool:
    """Take a domain off the list; False where it was not on it."""
    return await tx.execute(_DISALLOW, {"domain": domain}) == 1


def _row(struct: DomainPolicy | PolicyDecision) -> dict[str, object]:
    values = msgspec.structs.asdict(struct).items()
    return {name: int(value) if isinstance(value, bool) else value for name, value in values}
