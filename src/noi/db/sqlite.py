"""SQLite: reads on the event loop, one grouped writer per process.

Transactions that wait while the disk syncs are committed together, each in its own savepoint,
which makes `synchronous=FULL` nearly free under load.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import apsw
import msgspec

from noi.db import wal
from noi.db.database import NO_PARAMS, Duplicate, Params, Row, Transaction
from noi.db.dialect import Dialect, compile_sql
from noi.models.errors import Unavailable

T = TypeVar("T")

_GROUP_LIMIT = 200
_BUSY_MS = 15_000
_RETRY_SECONDS = 0.001
_POLL_SECONDS = 0.025
_POLLS_AFTER_WRITE = 40
_QUIET_POLL_SECONDS = 1.0
_COMMIT_SECONDS = 0.005
_UNIQUE = frozenset(
    {
        apsw.SQLITE_CONSTRAINT_UNIQUE,
        apsw.SQLITE_CONSTRAINT_PRIMARYKEY,
        apsw.SQLITE_CONSTRAINT_ROWID,
    }
)
_LIVE = "SELECT id, event FROM live_events WHERE id > :last ORDER BY id"


def _leading_in(found: Any, column: int, many: int) -> int:
    """In SQL, `leading_in(index, column, n)`: whether the first n phrases stand in one column."""
    return int(all(column in found.phrase_columns(phrase) for phrase in range(many)))


class _Connection:
    """The calls of a transaction over one apsw connection."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.ending: list[tuple[str, Params]] = []
        self.raw: Any = apsw.Connection(str(path), statementcachesize=1000)
        self.raw.setbusytimeout(_BUSY_MS)
        # Without this, new values for parameters that a partial index looked at mean a new plan:
        # the home timeline's query would be compiled anew each time.
        self.raw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=OFF",
            "cache_size=-16000",
            # Whoever reads after another's commit would map the file anew, and fault its pages in:
            # a fifth of what a post costs.
            "mmap_size=0",
            "temp_store=MEMORY",
            # What was deleted is overwritten where its page is written anyway.
            "secure_delete=FAST",
            "journal_size_limit=67108864",
            # As many pages as the first block of the WAL's index holds.
            "wal_autocheckpoint=4000",
        ):
            self.raw.execute(f"PRAGMA {pragma}").fetchall()
        self.raw.register_fts5_function("leading_in", _leading_in)
        if not writes:
            self.raw.execute("PRAGMA query_only=ON")

    def run(self, sql: str, params: Params) -> Any:
        compiled = compile_sql(sql, "sqlite")
        bindings: Any = params
        if compiled.lists:
            bindings = dict(params)
            for name in compiled.lists:
                bindings[name] = msgspec.json.encode(params[name]).decode()
        try:
            return self.raw.execute(compiled.sql, bindings)
        except apsw.ConstraintError as error:
            # apsw's stubs do not know this attribute.
            if getattr(error, "extendedresult", 0) in _UNIQUE:
                raise Duplicate(str(error)) from error
            raise
        except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
            raise Unavailable("The disk is full or cannot be written") from error
        except apsw.BusyError as error:
            raise Unavailable("The database cannot be written just now") from error

    async def fetch_all(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        rows = self.run(sql, params).fetchall()
        return rows if into is None else msgspec.convert(rows, list[into], strict=False)

    async def fetch_one(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        row = self.run(sql, params).fetchone()
        return row if into is None or row is None else msgspec.convert(row, into, strict=False)

    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any:
        row = self.run(sql, params).fetchone()
        return None if row is None else row[0]

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        # A write is done at its first step; there are no rows to wait for.
        self.run(sql, params)
        return self.raw.changes()

    async def execute_all(self, sql: str, rows: Sequence[Params]) -> None:
        for params in rows:
            self.run(sql, params)

    async def later(self, sql: str, params: Params) -> None:
        self.run(sql, params)

    async def at_end(self, sql: str, params: Params) -> None:
        self.ending.append((sql, params))

    def end(self) -> None:
        """Write what waits for the end of what is committed together."""
        for sql, params in self.ending:
            self.run(sql, params)
        self.ending.clear()


class _Waiting:
    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Callable[[Transaction], Awaitable[Any]]) -> None:
        self.work = work
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class SQLiteDatabase:
    """A database file. Open it after forking: connections do not survive a fork."""

    dialect: Dialect = "sqlite"

    def __init__(
        self, path: Path, on_transaction: Callable[[str, float], None] | None = None
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._on_transaction = on_transaction
        self._writer = _Connection(path, writes=True)
        # SQLite's own waiting would hold the loop up, or need a thread.
        self._writer.raw.setbusytimeout(0)
        self._reader = _Connection(path, writes=False)
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._commit_thread = ThreadPoolExecutor(1, thread_name_prefix="noi-commit")
        self._slow_threads = ThreadPoolExecutor(2, thread_name_prefix="noi-read")
        self._slow_local = threading.local()

    async def fetch_all(
        self, sql: str, params: Params = NO_PARAMS, into: Any = None, *, slow: bool = False
    ) -> Any:
        if not slow:
            return await self._reader.fetch_all(sql, params, into)
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._slow_threads, self._fetch_slow, sql, params)
        return rows if into is None else msgspec.convert(rows, list[into], strict=False)

    async def fetch_one(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        return await self._reader.fetch_one(sql, params, into)

    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any:
        return await self._reader.fetch_value(sql, params)

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        return await self.transaction(lambda tx: tx.execute(sql, params))

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if self._on_transaction is None:
            return await self._transaction(work)
        began = perf_counter()
        try:
            return await self._transaction(work)
        finally:
            self._on_transaction(self.dialect, perf_counter() - began)

    async def _transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        waiting = _Waiting(work)
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_groups())
        return await waiting.future

    def wake_workers(self) -> None:
        """They see every commit."""

    async def watch(self, on_commit: Callable[[list[str]], None]) -> None:
        # A connection of its own: SQLite counts a connection's own commits as no change.
        connection = _Connection(self._path, writes=False)
        try:
            last = await connection.fetch_value("SELECT coalesce(max(id), 0) FROM live_events")
            with wal.following(self._path.with_name(f"{self._path.name}-wal")) as writes:
                version, quiet = -1, 0
                while True:
                    quiet += 1
                    seen = connection.raw.execute("PRAGMA data_version").fetchone()
                    if seen != version:
                        version, quiet = seen, 0
                        rows = await connection.fetch_all(_LIVE, {"last": last})
                        if rows:
                            last = rows[-1][0]
                        on_commit([event for _, event in rows])
                    if writes is None or quiet < _POLLS_AFTER_WRITE:
                        await asyncio.sleep(_POLL_SECONDS)
                    elif await writes.wait(_QUIET_POLL_SECONDS):
                        quiet = 0
                        # The log is written to a moment before the commit in it can be seen.
                        await asyncio.sleep(_COMMIT_SECONDS)
        finally:
            connection.raw.close()

    async def close(self) -> None:
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._commit_thread.shutdown()
        self._slow_threads.shutdown()
        self._reader.raw.close()
        self._writer.raw.close()

    async def _write_groups(self) -> None:
        while self._waiting:
            group: list[_Waiting] = []
            try:
                await self._begin()
                while self._waiting and len(group) < _GROUP_LIMIT:
                    waiting = self._waiting.popleft()
                    if not waiting.future.cancelled():
                        group.append(waiting)
                        await self._run_in_savepoint(waiting)
                self._writer.end()
                await self._in_commit_thread("COMMIT")
            except (apsw.Error, Unavailable) as error:
                self._fail_group(group, error)
            for waiting in group:
                if waiting.future.done():
                    continue
                if waiting.error is not None:
                    waiting.future.set_exception(waiting.error)
                else:
                    waiting.future.set_result(waiting.result)

    async def _begin(self) -> None:
        deadline = perf_counter() + _BUSY_MS / 1000
        while True:
            try:
                self._writer.raw.execute("BEGIN IMMEDIATE")
                return
            except apsw.BusyError:
                if perf_counter() > deadline:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)

    async def _in_commit_thread(self, sql: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._commit_thread, self._writer.raw.execute, sql)

    async def _run_in_savepoint(self, waiting: _Waiting) -> None:
        raw, ending = self._writer.raw, len(self._writer.ending)
        raw.execute("SAVEPOINT work")
        try:
            waiting.result = await waiting.work(self._writer)
        except BaseException as error:
            waiting.error = error
            del self._writer.ending[ending:]
            if not raw.in_transaction:
                # SQLite rolls everything back by itself on some errors, such as a full disk.
                raise Unavailable("The disk is full or cannot be written") from error
            raw.execute("ROLLBACK TO work")
        raw.execute("RELEASE work")

    def _fail_group(self, group: list[_Waiting], error: Exception) -> None:
        self._writer.ending.clear()
        with suppress(apsw.Error):
            if self._writer.raw.in_transaction:
                self._writer.raw.execute("ROLLBACK")
        if not group:
            # It could not even begin, so all who wait are told, instead of each waiting in turn.
            group = list(self._waiting)
            self._waiting.clear()
        failure = Unavailable("The database cannot be written just now")
        failure.__cause__ = error
        for waiting in group:
            waiting.error = waiting.error or failure
            if not waiting.future.done():
                waiting.future.set_exception(waiting.error)

    def _fetch_slow(self, sql: str, params: Params) -> list[Row]:
        connection: _Connection | None = getattr(self._slow_local, "connection", None)
        if connection is None:
            connection = _Connection(self._path, writes=False)
            self._slow_local.connection = connection
        return connection.run(sql, params).fetchall()
