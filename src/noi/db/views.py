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
# Readers never see these, and reading such long texts takes as long as a dozen columns.
_AS_SHOWN = _WITH_AUTHORS.replace("s.text", "''").replace("a.note,", "'',")
_OF_STATUS = len(Status.__struct_fields__)


async def with_authors(
    reader: Reader, ids: Sequence[int], *, sources: bool = True
) -> dict[int, tuple[Status, Account]]:
    """Statuses by id, each with its author, in whatever state; missing ones are left out.

    Without `sources`, what the author typed is left empty: a status's `text`, an account's `note`.
    """
    if not ids:
        return {}
    sql = _WITH_AUTHORS if sources else _AS_SHOWN
    rows = await reader.fetch_all(sql, {"ids": list(dict.fromkeys(ids))})
    statuses = msgspec.convert([row[:_OF_STATUS] for row in rows], list[Status], strict=False)
    authors = msgspec.convert([row[_OF_STATUS:] for row in rows], list[Account], strict=False)
    return {row.id: (row, author) for row, author in zip(statuses, authors, strict=True)}
