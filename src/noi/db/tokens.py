"""Access tokens and the authorization codes they are exchanged for; only hashes are stored."""

import msgspec

from noi.db.database import Reader, Row, Transaction
from noi.models.ids import now_ms


class Token(msgspec.Struct, array_like=True):
    """A row of `access_tokens` without its hash; `account_id` is None for an app's own token."""

    id: int
    app_id: int
    account_id: int | None
    scopes: str
    created_at: int
    last_used_at: int | None


class AuthorizedApp(msgspec.Struct, array_like=True):
    """A token as its owner sees it: which app, what it may do, when it was last used."""

    token_id: int
    app_id: int
    name: str
    website: str
    scopes: str
    created_at: int
    last_used_at: int | None


class AuthorizationCode(msgspec.Struct, array_like=True):
    """A row of `authorization_codes` without its hash."""

    app_id: int
    account_id: int
    redirect_uri: str
    scopes: str
    code_challenge: str
    expires_at: int
    used_token_id: int | None


_COLUMNS = ", ".join(Token.__struct_fields__)
_AUTHENTICATE = """SELECT t.id, t.app_id, t.account_id, t.scopes, t.last_used_at,
    u.role, u.locale, u.filters_revision, u.confirmed_at, u.approved_at, a.state
FROM access_tokens t
LEFT JOIN users u ON u.account_id = t.account_id
LEFT JOIN accounts a ON a.id = t.account_id
WHERE t.token_hash = :token_hash"""
_GET_BY_HASH = f"SELECT {_COLUMNS} FROM access_tokens WHERE token_hash = :token_hash"
_BY_ACCOUNT = """SELECT t.id, t.app_id, p.name, p.website, t.scopes, t.created_at, t.last_used_at
FROM access_tokens t JOIN apps p ON p.id = t.app_id
WHERE t.account_id = :account_id ORDER BY t.id DESC"""
_INSERT = f"""INSERT INTO access_tokens ({_COLUMNS}, token_hash)
VALUES (:id, :app_id, :account_id, :scopes, :created_at, :last_used_at, :token_hash)"""
_DELETE = "DELETE FROM access_tokens WHERE id = :id"
_DELETE_OF_ACCOUNT = "DELETE FROM access_tokens WHERE account_id = :account_id RETURNING id"
_TOUCH = """UPDATE access_tokens SET last_used_at = :now
WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :before)"""

_CODE_COLUMNS = ", ".join(AuthorizationCode.__struct_fields__)
_GET_CODE = f"SELECT {_CODE_COLUMNS} FROM authorization_codes WHERE code_hash = :code_hash"
_INSERT_CODE = f"""INSERT INTO authorization_codes (code_hash, {_CODE_COLUMNS})
VALUES (:code_hash, :app_id, :account_id, :redirect_uri, :scopes, :code_challenge, :expires_at,
    :used_token_id)"""
_USE_CODE = """UPDATE authorization_codes SET used_token_id = :token_id
WHERE code_hash = :code_hash AND used_token_id IS NULL"""
_DELETE_CODES = "DELETE FROM authorization_codes WHERE account_id = :account_id"


async def authenticate(reader: Reader, token_hash: bytes) -> Row | None:
    """Everything a door must know of a token, in one indexed read.

    `(id, app_id, account_id, scopes, last_used_at, role, locale, filters_revision, confirmed_at,
    approved_at, account state)`; a tuple, for it is read with every request.
    """
    return await reader.fetch_one(_AUTHENTICATE, {"token_hash": token_hash})


async def get_by_hash(reader: Reader, token_hash: bytes) -> Token | None:
    """A token by its hash."""
    return await reader.fetch_one(_GET_BY_HASH, {"token_hash": token_hash}, Token)


async def by_account(reader: Reader, account_id: int) -> list[AuthorizedApp]:
    """The apps that may act for someone, newest first."""
    return await reader.fetch_all(_BY_ACCOUNT, {"account_id": account_id}, AuthorizedApp)


async def insert(tx: Transaction, token: Token, token_hash: bytes) -> None:
    """Store a new token."""
    await tx.execute(_INSERT, {**msgspec.structs.asdict(token), "token_hash": token_hash})


async def delete(tx: Transaction, token_id: int) -> bool:
    """Revoke a token; False when there was none."""
    return await tx.execute(_DELETE, {"id": token_id}) == 1


async def delete_of_account(tx: Transaction, account_id: int) -> list[int]:
    """Revoke all of someone's tokens, and their unused codes; answers the tokens' ids."""
    await tx.execute(_DELETE_CODES, {"account_id": account_id})
    return [row[0] for row in await tx.fetch_all(_DELETE_OF_ACCOUNT, {"account_id": account_id})]


async def touch(tx: Transaction, token_id: int, before: int) -> None:
    """Record use, unless that was recorded after `before` (ms)."""
    await tx.execute(_TOUCH, {"id": token_id, "now": now_ms(), "before": before})


async def get_code(reader: Reader, code_hash: bytes) -> AuthorizationCode | None:
    """An authorization code, used or expired ones too."""
    return await reader.fetch_one(_GET_CODE, {"code_hash": code_hash}, AuthorizationCode)


async def insert_code(tx: Transaction, code: AuthorizationCode, code_hash: bytes) -> None:
    """Store a new authorization code."""
    await tx.execute(_INSERT_CODE, {**msgspec.structs.asdict(code), "code_hash": code_hash})


async def use_code(tx: Transaction, code_hash: bytes, token_id: int) -> bool:
    """Mark a code as exchanged for a token; False when it was used before."""
    return await tx.execute(_USE_CODE, {"code_hash": code_hash, "token_id": token_id}) == 1
