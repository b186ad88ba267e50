"""OAuth clients."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.statuses import App

_COLUMNS = ", ".join(App.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM apps WHERE id = :id"
_GET_MANY = f"SELECT {_COLUMNS} FROM apps WHERE id @in(:ids)"
_GET_BY_CLIENT_ID = f"SELECT {_COLUMNS} FROM apps WHERE client_id = :client_id"
_PROOF = "SELECT secret_hash FROM apps WHERE id = :id"
_INSERT = f"""INSERT INTO apps ({_COLUMNS}, secret_hash)
VALUES (:id, :client_id, :name, :website, :redirect_uris, :scopes, :created_at, :secret_hash)"""


async def get(reader: Reader, app_id: int) -> App | None:
    """A client by id."""
    return await reader.fetch_one(_GET, {"id": app_id}, App)


async def get_many(reader: Reader, ids: Sequence[int]) -> dict[int, App]:
    """Clients by id; missing ones are left out."""
    rows = await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, App) if ids else []
    return {app.id: app for app in rows}


async def get_by_client_id(reader: Reader, client_id: str) -> App | None:
    """A client by its public name."""
    return await reader.fetch_one(_GET_BY_CLIENT_ID, {"client_id": client_id}, App)


async def secret_hash(reader: Reader, app_id: int) -> bytes:
    """The hash of a client's secret; empty when there is no such client."""
    return await reader.fetch_value(_PROOF, {"id": app_id}) or b""


async def insert(tx: Transaction, app: App, secret_hash: bytes) -> None:
    """Register a client."""
    app.created_at = app.created_at or now_ms()
    await tx.execute(_INSERT, {**msgspec.structs.asdict(app), "secret_hash": secret_hash})
