"""Open the database that a URL names."""

from collections.abc import Callable
from pathlib import Path

from noi.db.database import Database


def connect(url: str, on_transaction: Callable[[str, float], None] | None = None) -> Database:
    """`sqlite:PATH` or `postgresql://…`. Call it inside a running event loop, after forking.

    `on_transaction` is told of each transaction its engine and how many seconds it took.
    """
    if url.startswith("sqlite:"):
        from noi.db.sqlite import SQLiteDatabase

        return SQLiteDatabase(Path(url.removeprefix("sqlite:")), on_transaction)
    from noi.db.postgres import PostgresDatabase

    return PostgresDatabase(url, on_transaction=on_transaction)
