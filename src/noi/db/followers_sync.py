"""Which local people follow an account of another server, by their addresses (FEP-8fcf)."""

from collections.abc import Sequence

from noi.db.database import Reader

_LOCAL_FOLLOWERS = """SELECT a.id, a.uri FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND a.domain = ''"""
_STRANGERS = """SELECT a.id FROM accounts a WHERE a.uri @in(:uris) AND a.domain = ''
    AND NOT EXISTS (SELECT 1 FROM follows f
        WHERE f.account_id = a.id AND f.target_id = :account_id)
    AND NOT EXISTS (SELECT 1 FROM follow_requests r
        WHERE r.account_id = a.id AND r.target_id = :account_id)"""
_FOLLOWERS_URI = "SELECT followers_uri FROM accounts WHERE id = :account_id"


async def local_followers(reader: Reader, account_id: int) -> dict[str, int]:
    """The local followers of an account: their ids by their addresses."""
    rows = await reader.fetch_all(_LOCAL_FOLLOWERS, {"account_id": account_id})
    return {row[1]: row[0] for row in rows}


async def not_following(reader: Reader, account_id: int, uris: Sequence[str]) -> list[int]:
    """Those local people among some addresses who neither follow an account nor ask to."""
    params = {"account_id": account_id, "uris": list(uris)}
    return [row[0] for row in await reader.fetch_all(_STRANGERS, params)]


async def followers_uri(reader: Reader, account_id: int) -> str:
    """The address of an account's followers, empty where it has none."""
    return await reader.fetch_value(_FOLLOWERS_URI, {"account_id": account_id}) or ""
