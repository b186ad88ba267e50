"""Claims: people who show that an account is theirs, to see and remove what is held of it."""

from noi.db.database import Reader, Transaction
from noi.models.hub_records import HubClaim

_COLUMNS = ", ".join(HubClaim.__struct_fields__)
_INSERT = """INSERT INTO hub_claims (id, token_hash, code, actor_uri, created_at, expires_at)
VALUES (:id, :token_hash, :code, :actor_uri, :now, :expires_at)"""
_GET = f"""SELECT {_COLUMNS} FROM hub_claims
WHERE token_hash = :token_hash AND expires_at > :now"""
_PROVE = """UPDATE hub_claims SET proved_at = :now, expires_at = :expires_at
WHERE id = :id"""
_CLEAN = "DELETE FROM hub_claims WHERE expires_at < :now"


async def insert(
    tx: Transaction,
    new_id: int,
    token_hash: bytes,
    *,
    code: str,
    actor_uri: str,
    now: int,
    expires_at: int,
) -> None:
    row = {
        "id": new_id,
        "token_hash": token_hash,
        "code": code,
        "actor_uri": actor_uri,
        "now": now,
        "expires_at": expires_at,
    }
    await tx.execute(_INSERT, row)


async def get(reader: Reader, token_hash: bytes, now: int) -> HubClaim | None:
    """The claim that a token belongs to, until it expires."""
    return await reader.fetch_one(_GET, {"token_hash": token_hash, "now": now}, HubClaim)


async def prove(tx: Transaction, id_: int, *, now: int, expires_at: int) -> None:
    """Note that the code stood in the profile."""
    await tx.execute(_PROVE, {"id": id_, "now": now, "expires_at": expires_at})


async def clean(tx: Transaction, now: int) -> None:
    """Forget claims that have expired."""
    await tx.execute(_CLEAN, {"now": now})
