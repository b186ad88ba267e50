"""The protocol that both engines fulfil, and what they raise."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, overload

from noi.db.dialect import Dialect

Row = tuple[Any, ...]
Params = Mapping[str, object]
T = TypeVar("T")
NO_PARAMS: Params = {}


class Duplicate(Exception):
    """A unique constraint refused a row; the transaction around it has been rolled back."""


class Transaction(Protocol):
    """What work inside a transaction may do; it awaits nothing else."""

    dialect: Dialect

    @overload
    async def fetch_all(self, sql: str, params: Params = NO_PARAMS) -> list[Row]: ...
    @overload
    async def fetch_all(self, sql: str, params: Params, into: type[T]) -> list[T]: ...
    @overload
    async def fetch_one(self, sql: str, params: Params = NO_PARAMS) -> Row | None: ...
    @overload
    async def fetch_one(self, sql: str, params: Params, into: type[T]) -> T | None: ...
    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any: ...
    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int: ...

    async def execute_all(self, sql: str, rows: Sequence[Params]) -> None:
        """Run a statement for each of some rows, in order; with PostgreSQL in one go."""
        ...

    async def later(self, sql: str, params: Params) -> None:
        """Write what nobody needs an answer to, before the next other call or the commit.

        PostgreSQL does in one statement what waits for several tables: none of it may need what
        another does. What is written to one table keeps its order.
        """
        ...

    async def at_end(self, sql: str, params: Params) -> None:
        """Write what nothing reads again before the commit; what is written to one table in order.

        SQLite does it when everything that is committed together is done, since a full-text index
        writes all it holds to its tables whenever a savepoint begins. PostgreSQL does at once what
        follows each other with the same statement.
        """
        ...


class Database(Protocol):
    """A database. Reads outside `transaction` see only what is committed.

    Rows are tuples, or structs by position with `into`. A missing row or value is None.
    `slow=True` marks a read that may take long, so that SQLite does it in a thread.
    `execute` is a transaction of its own and answers the number of rows changed.
    Text that the engine cannot store, as PostgreSQL a NUL character, raises models.errors.Invalid.
    """

    dialect: Dialect

    @overload
    async def fetch_all(
        self, sql: str, params: Params = NO_PARAMS, *, slow: bool = False
    ) -> list[Row]: ...
    @overload
    async def fetch_all(
        self, sql: str, params: Params, into: type[T], *, slow: bool = False
    ) -> list[T]: ...
    @overload
    async def fetch_one(self, sql: str, params: Params = NO_PARAMS) -> Row | None: ...
    @overload
    async def fetch_one(self, sql: str, params: Params, into: type[T]) -> T | None: ...
    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any: ...
    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int: ...

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` and commit; its exception rolls everything it did back and is raised here.

        `work` awaits only its transaction, and may be run again (PostgreSQL, after a deadlock).
        Returning means committed and synced. Raises models.errors.Unavailable when the engine
        is away or the disk is full.
        """
        ...

    def wake_workers(self) -> None:
        """Let workers look soon for what was just committed, of which the commit tells nobody."""
        ...

    async def watch(self, on_commit: Callable[[list[str]], None]) -> None:
        """Until cancelled, call back soon after commits anywhere, with new live events in order.

        An empty list means that something else was committed (there may be new jobs).
        """
        ...

    async def close(self) -> None:
        """Finish queued transactions and close."""
        ...


Reader = Database | Transaction
"""What a read needs: the database, or the transaction it belongs to."""
