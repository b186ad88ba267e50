"""What is kept out of the alliance's trends: hashtags, links and posts."""

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms

Kind = Literal["hashtag", "link", "post"]


class HiddenTrend(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_hidden_trends`; `steward_id` is None for the operator at the command line.

    `name` is a hashtag as it was spelled or a link, and empty for a post, which `post_id` names.
    """

    id: int
    kind: Kind
    key: str
    name: str
    post_id: int
    rule_text: str
    reason: str
    steward_id: int | None
    created_at: int
    shown_at: int | None = None
    shown_by_id: int | None = None
    shown_reason: str = ""


_COLUMNS = ", ".join(HiddenTrend.__struct_fields__)
_INSERT = f"""INSERT INTO hub_hidden_trends ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in HiddenTrend.__struct_fields__)})
ON CONFLICT DO NOTHING"""
_GET = f"SELECT {_COLUMNS} FROM hub_hidden_trends WHERE id = :id"
_PAGE = f"""SELECT {_COLUMNS} FROM hub_hidden_trends
WHERE id < :before ORDER BY id DESC LIMIT CAST(:limit AS BIGINT)"""
_KEYS = "SELECT key FROM hub_hidden_trends WHERE kind = :kind AND shown_at IS NULL"
_OF_POSTS = f"""SELECT {_COLUMNS} FROM hub_hidden_trends
WHERE post_id @in(:ids) AND post_id <> 0 AND shown_at IS NULL ORDER BY id"""
_SHOW = """UPDATE hub_hidden_trends SET shown_at = :now, shown_by_id = :by, shown_reason = :reason
WHERE id = :id AND shown_at IS NULL"""


async def insert(tx: Transaction, new: HiddenTrend) -> bool:
    """Add a decision; False where it is hidden already."""
    return await tx.execute(_INSERT, msgspec.structs.asdict(new)) == 1


async def get(reader: Reader, hidden_id: int) -> HiddenTrend | None:
    """One decision."""
    return await reader.fetch_one(_GET, {"id": hidden_id}, HiddenTrend)


async def fetch_page(reader: Reader, *, before: int, limit: int) -> list[HiddenTrend]:
    """Decisions below an id, newest first."""
    return await reader.fetch_all(_PAGE, {"before": before, "limit": limit}, HiddenTrend)


async def keys(reader: Reader, kind: Kind) -> set[str]:
    """The keys of what is kept out now."""
    return {row[0] for row in await reader.fetch_all(_KEYS, {"kind": kind})}


async def of_posts(reader: Reader, ids: Sequence[int]) -> list[HiddenTrend]:
    """What keeps some posts out now."""
    return await reader.fetch_all(_OF_POSTS, {"ids": list(ids)}, HiddenTrend)


async def show(tx: Transaction, hidden_id: int, by: int | None, reason: str) -> bool:
    """Take a decision back; False where it was."""
    row = {"id": hidden_id, "by": by, "reason": reason, "now": now_ms()}
    return await tx.execute(_SHOW, row) == 1


def post_key(uri: str) -> str:
    """What stands for a post: no address, so that a post that is withdrawn is named nowhere."""
    return hashlib.sha256(uri.encode()).hexdigest()
