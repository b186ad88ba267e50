"""Browser sessions: one for each device, looked up anew with every request."""

import msgspec

from noi.auth import secrets
from noi.db import sessions as table
from noi.db import users
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Viewer
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.services import usage
from noi.services.network import Network

LIFE_MS = 90 * 86_400_000
_MAX_USER_AGENT = 300


class NewSession(msgspec.Struct, frozen=True):
    """What the cookie holds, in clear for the only time, and the token its forms carry."""

    token: str
    csrf_token: str


class Session(msgspec.Struct, frozen=True):
    """Who is signed in. With `state` DISABLED they may only read why, appeal and export."""

    viewer: Viewer
    state: AccountState
    csrf_token: str


class Device(msgspec.Struct, frozen=True):
    """A session as its owner sees it; `id` is for `revoke` and opens nothing."""

    id: str
    user_agent: str
    created_at: int
    last_used_at: int
    current: bool


async def create(tx: Transaction, account_id: int, user_agent: str) -> NewSession:
    """Start a session within a transaction."""
    token = secrets.new_token()
    new = NewSession(token, _form_token(token))
    now = now_ms()
    row = table.Session(
        id_hash=secrets.token_hash(new.token),
        account_id=account_id,
        user_agent=user_agent[:_MAX_USER_AGENT],
        created_at=now,
        last_used_at=now,
        expires_at=now + LIFE_MS,
    )
    await table.insert(tx, row)
    return new


async def look_up(network: Network, token: str) -> Session | None:
    """Whose session a cookie holds, from one indexed read; None when it has ended."""
    id_hash = secrets.token_hash(token)
    found = await table.signed_in(network.db, id_hash)
    if found is None or found.state >= AccountState.DELETED:
        return None

    async def note(tx: Transaction, before: int) -> None:
        await table.touch(tx, id_hash, before=before, expires_at=now_ms() + LIFE_MS)
        await users.touch(tx, found.account_id, before)

    usage.note(network, id_hash, found.last_used_at, note)
    viewer = Viewer(found.account_id, found.role, found.locale, found.filters_revision)
    return Session(viewer, found.state, _form_token(token))


def _form_token(token: str) -> str:
    return secrets.derived(token, "forms")


async def devices(network: Network, account_id: int, current_token: str = "") -> list[Device]:
    """Someone's sessions, last used first."""
    current = secrets.token_hash(current_token)
    return [
        Device(
            id=row.id_hash.hex(),
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            current=row.id_hash == current,
        )
        for row in await table.by_account(network.db, account_id)
    ]


async def revoke(network: Network, account_id: int, device_id: str) -> None:
    """End one of someone's sessions, in every process at once; raises NotFound."""
    try:
        id_hash = bytes.fromhex(device_id)
    except ValueError:
        raise NotFound from None
    if not await network.db.transaction(lambda tx: table.delete(tx, account_id, id_hash)):
        raise NotFound


async def end(network: Network, account_id: int, token: str) -> None:
    """Sign out."""
    id_hash = secrets.token_hash(token)
    await network.db.transaction(lambda tx: table.delete(tx, account_id, id_hash))


async def end_others(network: Network, account_id: int, token: str) -> None:
    """Sign out everywhere but here."""
    kept = secrets.token_hash(token)
    await network.db.transaction(lambda tx: table.delete_all(tx, account_id, except_hash=kept))
