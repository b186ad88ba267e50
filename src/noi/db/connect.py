"""Open the database that a URL names."""

from pathlib import Path

from noi.db.database import Database


def connect(url: str) -> Database:
    """`sqlite:PATH` or `postgresql://…`. Call it inside a running event loop, after forking."""
    if url.startswith("sqlite:"):
        from noi.db.sqlite import SQLiteDatabase

        return SQLiteDatabase(Path(url.removeprefix("sqlite:")))
    from noi.db.postgres import PostgresDatabase

    return PostgresDatabase(url)
