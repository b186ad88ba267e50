"""Lists that people take along: CSV as Mastodon writes and reads it."""

import csv
import io
from collections.abc import AsyncGenerator

import msgspec

from noi.db import exports as table
from noi.db.database import Row
from noi.services.network import Network

_PAGE = 500
FILES: dict[str, str] = {
    "following": "following_accounts.csv",
    "followers": "followers.csv",
    "lists": "lists.csv",
    "blocks": "blocked_accounts.csv",
    "mutes": "muted_accounts.csv",
    "domains": "blocked_domains.csv",
    "bookmarks": "bookmarks.csv",
}
"""The lists by name, each with the name of its file."""
_HEADINGS = {
    "following": ["Account address", "Show boosts", "Notify on new posts", "Languages"],
    "followers": ["Account address"],
    "mutes": ["Account address", "Hide notifications"],
}
_FLAGS = {"following": (1, 2), "mutes": (1,)}


async def write(network: Network, account_id: int, name: str) -> AsyncGenerator[bytes]:
    """One of FILES, page by page; local handles are written with this network's host."""
    if heading := _HEADINGS.get(name):
        yield encoded([heading])
    after = 0
    host = network.settings.host
    while rows := await table.lines(network.db, name, account_id, host, after, _PAGE):
        yield encoded([_cells(name, row[1:]) for row in rows])
        after = rows[-1][0]


def encoded(rows: list[list[object]] | list[list[str]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cells(name: str, row: Row) -> list[object]:
    cells: list[object] = list(row)
    for column in _FLAGS.get(name, ()):
        cells[column] = "true" if cells[column] else "false"
    if name == "following":
        languages = msgspec.json.decode(row[3] or "[]", type=list[str])
        cells[3] = ", ".join(languages)
    return cells
