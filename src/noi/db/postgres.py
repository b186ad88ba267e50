"""PostgreSQL through asyncpg: a pool, and one connection that listens."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import groupby
from operator import itemgetter
from time import perf_counter
from typing import Any, TypeVar

import asyncpg
import msgspec

from noi.db.database import NO_PARAMS, Duplicate, Params, Transaction
from noi.db.dialect import Dialect, compile_sql, merge_sql, written_table
from noi.db.live import WAKE, encode
from noi.models.errors import Invalid, Unavailable
from noi.models.live import LiveEvent, LiveKind

T = TypeVar("T")
_driver: Any = asyncpg  # asyncpg is only partly typed

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
)
_TRY_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_TRIES = 5
_RECONNECT_SECONDS = 0.5
_PROBE_SECONDS = 30
_PAUSE_SECONDS = 0.05
_GAP = encode(LiveEvent(LiveKind.GAP))
_SETTINGS = {
    "application_name": "noi",
    "jit": "off",
    # Its default is that of turning disks, by which a join of a few rows reads whole tables.
    "random_page_cost": "1.1",
}
LIVE_CHANNEL = "noi_live"
JOBS_CHANNEL = "noi_jobs"


@asynccontextmanager
async def _translated() -> AsyncGenerator[None]:
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(str(error)) from error
    except asyncpg.CharacterNotInRepertoireError as error:
        # A NUL character, which PostgreSQL does not store and no person types.
        raise Invalid("This value cannot be used") from error
    except _AWAY as error:
        raise Unavailable("The database is not reachable just now") from error


class _Connection:
    """What reads and writes, over a connection or a pool."""

    dialect: Dialect = "postgresql"

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch_all(
        self, sql: str, params: Params = NO_PARAMS, into: Any = None, *, slow: bool = False
    ) -> Any:
        compiled = compile_sql(sql, "postgresql")
        records = await self._raw.fetch(compiled.sql, *[params[name] for name in compiled.names])
        if into is None:
            return [tuple(record) for record in records]
        return [msgspec.convert(tuple(record), into, strict=False) for record in records]

    async def fetch_one(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        compiled = compile_sql(sql, "postgresql")
        arguments = [params[name] for name in compiled.names]
        record = await self._raw.fetchrow(compiled.sql, *arguments)
        if record is None:
            return None
        row = tuple(record)
        return row if into is None else msgspec.convert(row, into, strict=False)

    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any:
        row = await self.fetch_one(sql, params)
        return None if row is None else row[0]

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        compiled = compile_sql(sql, "postgresql")
        tag: str = await self._raw.execute(compiled.sql, *[params[name] for name in compiled.names])
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


class _Transaction(_Connection):
    """The calls of a transaction; `end` does what waits, and is called before the commit."""

    def __init__(self, raw: Any) -> None:
        super().__init__(raw)
        self._waiting: dict[str, tuple[str, Params]] = {}
        self._ending: dict[str, list[tuple[str, Params]]] = {}

    async def fetch_all(
        self, sql: str, params: Params = NO_PARAMS, into: Any = None, *, slow: bool = False
    ) -> Any:
        await self.flush()
        return await super().fetch_all(sql, params, into)

    async def fetch_one(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        await self.flush()
        return await super().fetch_one(sql, params, into)

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        await self.flush()
        return await super().execute(sql, params)

    async def execute_all(self, sql: str, rows: Sequence[Params]) -> None:
        await self.flush()
        if rows:
            await self._each(sql, rows)

    async def later(self, sql: str, params: Params) -> None:
        table = written_table(sql)
        if table in self._waiting:
            await self.flush()
        self._waiting[table] = sql, params

    async def at_end(self, sql: str, params: Params) -> None:
        where = sql if sql.startswith("SELECT") else written_table(sql)
        self._ending.setdefault(where, []).append((sql, params))

    async def end(self) -> None:
        """Write what waits; of each table, what one statement does for many rows in one go."""
        await self.flush()
        for ordered in self._ending.values():
            for sql, same in groupby(ordered, itemgetter(0)):
                await self._each(sql, [params for _, params in same])

    async def _each(self, sql: str, rows: Sequence[Params]) -> None:
        compiled = compile_sql(sql, "postgresql")
        arguments = [[params[name] for name in compiled.names] for params in rows]
        if len(arguments) == 1:
            await self._raw.execute(compiled.sql, *arguments[0])
        else:
            await self._raw.executemany(compiled.sql, arguments)

    async def flush(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        merged, names = merge_sql(tuple(sql for sql, _ in waiting.values()))
        pairs = zip(names, waiting.values(), strict=True)
        arguments = [params[name] for own, (_, params) in pairs for name in own]
        await self._raw.execute(merged, *arguments)


async def _no_reset(_connection: object) -> None:
    """Connections keep no state between uses, so there is nothing to reset."""


class PostgresDatabase:
    """A PostgreSQL database behind a pool that is opened at first use."""

    dialect: Dialect = "postgresql"

    def __init__(
        self,
        url: str,
        *,
        max_connections: int = 10,
        on_transaction: Callable[[str, float], None] | None = None,
    ) -> None:
        self._url = url
        self._max_connections = max_connections
        self._on_transaction = on_transaction
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._waking = False
        self._woken = 0.0
        self._wakers: set[asyncio.Task[None]] = set()

    async def fetch_all(
        self, sql: str, params: Params = NO_PARAMS, into: Any = None, *, slow: bool = False
    ) -> Any:
        async with _translated():
            return await _Connection(await self._connected()).fetch_all(sql, params, into)

    async def fetch_one(self, sql: str, params: Params = NO_PARAMS, into: Any = None) -> Any:
        async with _translated():
            return await _Connection(await self._connected()).fetch_one(sql, params, into)

    async def fetch_value(self, sql: str, params: Params = NO_PARAMS) -> Any:
        async with _translated():
            return await _Connection(await self._connected()).fetch_value(sql, params)

    async def execute(self, sql: str, params: Params = NO_PARAMS) -> int:
        # A statement alone is a transaction already, without asking for one.
        return await self._measured(lambda raw: _Connection(raw).execute(sql, params))

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async def run(raw: Any) -> T:
            async with raw.transaction():
                tx = _Transaction(raw)
                result = await work(tx)
                await tx.end()
                return result

        return await self._measured(run)

    async def _measured(self, run: Callable[[Any], Awaitable[T]]) -> T:
        if self._on_transaction is None:
            return await self._repeated(run)
        began = perf_counter()
        try:
            return await self._repeated(run)
        finally:
            self._on_transaction(self.dialect, perf_counter() - began)

    async def _repeated(self, run: Callable[[Any], Awaitable[T]]) -> T:
        async with _translated():
            for attempt in range(1, _TRIES + 1):
                try:
                    async with (await self._connected()).acquire() as raw:
                        return await run(raw)
                except _TRY_AGAIN as error:
                    if attempt == _TRIES:
                        raise Unavailable("The database is not reachable just now") from error
                    await asyncio.sleep(random.uniform(0, 0.01) * attempt)  # noqa: S311
        raise AssertionError("unreachable")

    def wake_workers(self) -> None:
        # Every process would wake for each of a thousand notifications.
        if not self._waking:
            self._waking = True
            waker = asyncio.create_task(self._wake_workers())
            self._wakers.add(waker)
            waker.add_done_callback(self._wakers.discard)

    async def _wake_workers(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._woken + _PAUSE_SECONDS - loop.time())
        self._waking, self._woken = False, loop.time()
        with suppress(Unavailable):
            await self.execute(WAKE)

    async def watch(self, on_commit: Callable[[list[str]], None]) -> None:
        while True:
            with suppress(*_AWAY):
                await self._listen(on_commit)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def close(self) -> None:
        await asyncio.gather(*self._wakers)
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _connected(self) -> Any:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await _driver.create_pool(
                        self._url,
                        min_size=1,
                        max_size=self._max_connections,
                        reset=_no_reset,
                        command_timeout=30,
                        timeout=5,
                        server_settings=_SETTINGS,
                    )
        return self._pool

    async def _listen(self, on_commit: Callable[[list[str]], None]) -> None:
        connection: Any = await _driver.connect(self._url, timeout=5)
        lost, loop = asyncio.Event(), asyncio.get_running_loop()
        told, telling, events = 0.0, False, list[str]()

        def tell() -> None:
            nonlocal told, telling, events
            batch, events = events, []
            told, telling = loop.time(), False
            if not lost.is_set():
                on_commit(batch)

        def heard(_connection: object, _pid: int, channel: str, payload: object) -> None:
            nonlocal telling
            if channel == LIVE_CHANNEL:
                events.append(str(payload))
            if not telling:
                # Whoever hears of a commit asks for work, so not each is told of by itself.
                telling = True
                loop.call_at(told + _PAUSE_SECONDS, tell)

        def ended(_connection: object) -> None:
            lost.set()

        try:
            connection.add_termination_listener(ended)
            await connection.add_listener(LIVE_CHANNEL, heard)
            await connection.add_listener(JOBS_CHANNEL, heard)
            on_commit([_GAP])
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _PROBE_SECONDS)
                    return
                await connection.fetchval("SELECT 1", timeout=10)
        finally:
            lost.set()
            with suppress(*_AWAY):
                await connection.close(timeout=1)


@asynccontextmanager
async def one_transaction(
    url: str, *, isolation: str = "read_committed", readonly: bool = False
) -> AsyncGenerator[tuple[Any, Transaction]]:
    """A transaction on a connection of its own, without time limits, for copying whole tables.

    Yields asyncpg's connection and the same as a Transaction. Raises Unavailable.
    """
    async with _translated():
        raw: Any = await _driver.connect(url, timeout=5)
        try:
            async with raw.transaction(isolation=isolation, readonly=readonly):
                tx = _Transaction(raw)
                yield raw, tx
                await tx.end()
        finally:
            await raw.close()
