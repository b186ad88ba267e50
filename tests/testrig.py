"""A whole network for a test, in this process: database, services, doors and jobs.

    async with testrig.network("sqlite") as rig:
        token = await rig.create_account("lan")
        async with rig.client(token) as client:
            answer = await client.get("/api/v1/…")
        await rig.work()

`services` brings up the same without HTTP, in a few milliseconds. Jobs run only in `rig.work()`,
one by one, so that tests are deterministic. Rigs are as independent as two machines.
"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

import postgres_cluster
from noi.app.composition import open_network, prepare, processes_folder
from noi.config import Settings
from noi.db import accounts
from noi.db.connect import connect
from noi.db.database import Transaction
from noi.db.migrate import migrate
from noi.jobs.presence import present
from noi.jobs.worker import drain
from noi.models.accounts import Role
from noi.models.ids import now_ms
from noi.services.network import Network
from weak import WEAK

PASSWORD = "mật khẩu để thử"


class Rig(msgspec.Struct, frozen=True):
    """A running network (or hub); `url` is where it listens, or empty for `services`."""

    network: Network
    url: str = ""
    hub: bool = False

    def client(self, token: str = "", **options: Any) -> aiohttp.ClientSession:
        """An HTTP session whose paths are relative to this network, signed in by a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return aiohttp.ClientSession(base_url=self.url, headers=headers, **options)

    async def work(self, *, until: int | None = None) -> int:
        """Run every job that is due (by `until` in ms), handle what other servers sent, send what
        is to go to them, and read what a hub was told of, until there is nothing more to do.

        Answers how many jobs ran; the error of a job that fails is raised here.
        """
        from noi.app import hub_jobs, jobs
        from noi.services.courier import Courier
        from noi.services.hub import owners
        from noi.services.hub.reading import Reader
        from noi.services.receiver import Receiver

        table = hub_jobs if self.hub else jobs
        handlers, courier = table.handlers(self.network), Courier(self.network, "drain")
        hint = owners.hinted if self.hub else None
        receiver = Receiver(self.network, "drain", table.dispatch, hint)
        reader = Reader(self.network, "drain") if self.hub else None
        done = 0
        while True:
            ran = await drain(self.network.db, handlers, until=until)
            done += ran
            handled = await receiver.handle_due(now=until)
            if reader is not None:
                handled += await reader.read_due(now=until)
            if not await courier.send_due(now=until) and not ran and not handled:
                return done

    async def create_account(self, name: str, role: str = "member", email: str = "") -> str:
        """Make an account with the password PASSWORD; answers an access token for all scopes."""
        from noi.services import applications, sign_up, welcomes

        person = sign_up.NewPerson(
            username=name,
            email=email,
            password_hash=_password_hash(),
            role=Role(role),
            confirmed_at=now_ms(),
            approved_at=now_ms(),
        )

        async def work(tx: Transaction) -> int:
            account_id = await sign_up.insert_person(tx, self.network, person)
            await welcomes.index(tx, account_id)
            return account_id

        account_id = await self.network.db.transaction(work)
        scopes = "read write follow push profile"
        scopes += " admin:read admin:write" if role != "member" else ""
        return (await applications.create_token(self.network, account_id, scopes)).access_token

    async def account_id(self, name: str) -> int:
        """The id of a local account."""
        account = await accounts.get_by_handle(self.network.db, name)
        assert account, name
        return account.id

    async def set_up(self) -> None:
        """Leave the set-up page behind: a network with a name that anyone may join."""
        from noi.services import settings

        done = settings.NetworkSettings(
            name="Mạng thử", registrations=settings.Registrations.OPEN, setup_done=True
        )
        await self.network.db.transaction(lambda tx: settings.save(tx, done))
        settings.forget()


@asynccontextmanager
async def services(engine: str, **settings: Any) -> AsyncGenerator[Rig]:
    """A network without HTTP, on `sqlite` or `postgresql`; `settings` replace the defaults."""
    async with _database(engine) as (folder, url):
        values: dict[str, Any] = {"host": "localhost:8000", **_settings(folder, url), **settings}
        async with _opened(Settings(**values)) as network:
            yield Rig(network=network)


@asynccontextmanager
async def network(engine: str, **settings: Any) -> AsyncGenerator[Rig]:
    """A network that answers at `rig.url`."""
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"localhost:{listener.getsockname()[1]}"
    async with _database(engine) as (folder, url):
        values: dict[str, Any] = {"host": host, **_settings(folder, url), **settings}
        async with _opened(Settings(**values)) as opened, _answering(opened, listener):
            yield Rig(network=opened, url=f"http://{host}")


@asynccontextmanager
async def hub(engine: str, **settings: Any) -> AsyncGenerator[Rig]:
    """The hub of an alliance, which answers at `rig.url`."""
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"localhost:{listener.getsockname()[1]}"
    async with _database(engine, hub=True) as (folder, url):
        values: dict[str, Any] = {"host": host, **_settings(folder, url), **settings}
        async with (
            _opened(Settings(**values), hub=True) as opened,
            _answering(opened, listener, hub=True),
        ):
            yield Rig(network=opened, url=f"http://{host}", hub=True)


@asynccontextmanager
async def another_process(rig: Rig) -> AsyncGenerator[Rig]:
    """A second web process of the same network, with a port and connections of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with _opened(rig.network.settings) as opened, _answering(opened, listener):
        yield Rig(network=opened, url=f"http://localhost:{listener.getsockname()[1]}")


# Making them takes a quarter of a second, and they may lead to one network after another.
_idle_doors: dict[bool, list[Any]] = {False: [], True: []}


@asynccontextmanager
async def _answering(
    opened: Network, listener: socket.socket, *, hub: bool = False
) -> AsyncGenerator[None]:
    from noi.app import hub as hub_doors  # only here, for most tests need no door
    from noi.app import live, web

    # asyncio leaves Nagle's delay of 40 ms on for sockets made so; uvloop does not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    house = hub_doors if hub else web
    doors = _idle_doors[hub].pop() if _idle_doors[hub] else house.make_doors()
    server = web.server(house.build(opened, doors), opened.settings)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        with live.following(opened):
            yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await running
        _idle_doors[hub].append(doors)


@cache
def _password_hash() -> str:
    return WEAK.hash(PASSWORD)


@asynccontextmanager
async def _opened(settings: Settings, *, hub: bool = False) -> AsyncGenerator[Network]:
    await prepare(settings, hub=hub)
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name, hub=hub) as opened:
            yield opened


@asynccontextmanager
async def _database(engine: str, *, hub: bool = False) -> AsyncGenerator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="noi-rig-") as name:
        folder = Path(name)
        if engine == "sqlite":
            file = folder / "noi.sqlite"
            file.write_bytes(await _empty_sqlite(hub))
            yield folder, f"sqlite:{file}"
        else:
            async with postgres_cluster.database(hub=hub) as url:
                yield folder, url


_empty: dict[bool, bytes] = {}


async def _empty_sqlite(hub: bool) -> bytes:
    """A database with all migrations, as a file: applying them takes longer than most tests."""
    if hub not in _empty:
        with tempfile.TemporaryDirectory(prefix="noi-empty-") as name:
            file = Path(name) / "noi.sqlite"
            db = connect(f"sqlite:{file}")
            await migrate(db, hub=hub)
            await db.close()
            _empty[hub] = file.read_bytes()
    return _empty[hub]


def _settings(folder: Path, url: str) -> dict[str, Any]:
    return {
        "data": folder,
        "database": url,
        "rate_limits": False,
        "access_log": False,
        "federation_private_peers": "127.0.0.0/8,::1/128",
    }
