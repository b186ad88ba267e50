"""What pages show of statuses: each with its author, in one read."""

from collections.abc import Sequence

import msgspec

from noi.db.accounts import ACCOUNT_COLUMNS
from noi.db.database import Reader
from noi.db.statuses import STATUS_COLUMNS
from noi.models.accounts import Account
from noi.models.statuses import Status

_WITH_AUTHORS = f"""SELECT {STATUS_COLUMNS}, {ACCOUNT_COLUMNS}
FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id @in(:ids)"""
_OF_STATUS = len(Status.__struct_fields__)


async def with_authors(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[Status, Account]]:
    """Statuses by id, each with its author, in whatever state; missing ones are left out."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_WITH_AUTHORS, {"ids": list(dict.fromkeys(ids))})
    return {
        row[0]: (
            msgspec.convert(row[:_OF_STATUS], Status, strict=False),
            msgspec.convert(row[_OF_STATUS:], Account, strict=False),
        )
        for row in rows
    }
