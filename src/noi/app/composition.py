"""The composition root: one process's parts, opened and closed together."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from noi import __version__
from noi.config import ConfigError, Settings
from noi.db import deliveries, inbox, jobs, slots
from noi.db.connect import connect
from noi.db.database import Database, Transaction
from noi.db.hub import queue as hub_queue
from noi.db.migrate import belongs_to, migrate
from noi.jobs import presence
from noi.media.storage import LocalStorage
from noi.models.errors import Unavailable
from noi.models.ids import IdGenerator
from noi.services.network import Network
from noi.streaming.bus import Bus
from noi.transport.client import Client
from noi.transport.smtp import Mailer

if TYPE_CHECKING:
    from noi.app.meters import Meters

_log = logging.getLogger("noi.app")


def processes_folder(settings: Settings) -> Path:
    """Where the processes of this machine announce themselves."""
    return settings.data / "processes"


def run(work: Coroutine[Any, Any, object]) -> None:
    """Run a process's loop until its work is done."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def on_terminate(stop: Callable[[], None]) -> None:
    """Call `stop` in this process's loop when SIGTERM comes, or has come since it was forked."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


@asynccontextmanager
async def _database(settings: Settings) -> AsyncGenerator[Database]:
    """The database, in a data folder that is made where there is none."""
    settings.data.mkdir(parents=True, exist_ok=True)
    db = connect(settings.database_url)
    try:
        yield db
    finally:
        await db.close()


async def prepare(settings: Settings, *, hub: bool = False) -> list[str]:
    """Bring the database up to date; answers what was applied."""
    async with _database(settings) as db:
        return await migrate(db, hub=hub)


async def prepare_to_serve(settings: Settings, *, hub: bool) -> None:
    """The same for a network or a `hub` that is to be run.

    Raises ConfigError where a hub would be run on a network's database, or the other way round:
    each would do the other's jobs wrong.
    """
    async with _database(settings) as db:
        _check_kind(await belongs_to(db), hub=hub)
        await migrate(db, hub=hub)


def _check_kind(kind: str, *, hub: bool) -> None:
    if kind == "hub" and not hub:
        raise ConfigError("this is the database of a hub: run it by `noi hub`")
    if kind == "network" and hub:
        raise ConfigError(
            "this is the database of a network: a hub needs one of its own (--data, --database)"
        )


@asynccontextmanager
async def open_network(
    settings: Settings, process: str, meters: "Meters | None" = None, *, hub: bool = False
) -> AsyncGenerator[Network]:
    """Open what services of a network (or `hub`) work with, inside a running loop, after forking.

    `process` is the name under which this process is present (`jobs.presence`). Raises
    models.errors.Unavailable when the database is away.
    """
    db = connect(settings.database_url, meters.transaction if meters else None)
    client = Client(settings, __version__)
    try:
        await _sweep(db, processes_folder(settings), hub=hub)
        slot = await slots.take(db, process)
        lease = asyncio.create_task(_keep_slot(db, slot, process))
        try:
            yield Network(
                settings=settings,
                db=db,
                ids=IdGenerator(slot),
                storage=LocalStorage(settings.media_folder, f"{settings.origin}/media"),
                client=client,
                mailer=Mailer(settings),
                bus=Bus(),
                hub=hub,
            )
        finally:
            lease.cancel()
            await asyncio.gather(lease, return_exceptions=True)
            with suppress(Unavailable):
                await slots.release(db, slot, process)
    finally:
        await client.close()
        await db.close()


async def _sweep(db: Database, folder: Path, *, hub: bool) -> None:
    """Free what processes held that were killed on this machine: jobs, slots, hosts."""
    for name in presence.gone(folder):

        async def work(tx: Transaction, name: str = name) -> int:
            await slots.release_holder(tx, name)
            await deliveries.release_worker(tx, name)
            await inbox.release_worker(tx, name)
            if hub:
                await hub_queue.release(tx, name)
            return await jobs.release_worker(tx, name)

        released = await db.transaction(work)
        presence.forget(folder, name)
        _log.warning("a process was killed; %d of its jobs run again", released)


async def _keep_slot(db: Database, slot: int, holder: str) -> None:
    while True:
        await asyncio.sleep(slots.LEASE_MS / 4000)
        with suppress(Unavailable):
            if not await slots.renew(db, slot, holder):
                _log.critical("the process slot was lost (a long sleep?); starting anew")
                os.kill(os.getpid(), signal.SIGTERM)
                return
