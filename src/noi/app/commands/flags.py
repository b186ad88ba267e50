"""The flags that every command takes, and how commands speak with the person who runs them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

from cyclopts import Parameter

from noi import config
from noi.app.composition import open_network, prepare, processes_folder
from noi.jobs.presence import present
from noi.services.network import Network

T = TypeVar("T")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Flags:
    """Settings given on the command line; they win over NOI_… variables and noi.toml."""

    data: Annotated[Path | None, Parameter(help="Folder of the database and files.")] = None
    database: Annotated[
        str | None, Parameter(help="sqlite:PATH or postgresql://USER@HOST/NAME.")
    ] = None
    host: Annotated[
        str | None, Parameter(help="The network's public name, as in social.example.vn.")
    ] = None

    def settings(self, **more: object) -> config.Settings:
        """All settings; raises noi.config.ConfigError."""
        flags: dict[str, object] = {
            "data": self.data,
            "database": self.database,
            "host": self.host,
        }
        return config.load({**flags, **more})


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with code 1."""
    print(f"noi: {message}", file=sys.stderr)
    raise SystemExit(1)


def ask(what: str, given: str | None, flag: str, *, secret: bool = False) -> str:
    """The value given, else what the person at the terminal types; fails where nobody can."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        fail(f"{flag} is missing")
    if secret:
        from getpass import getpass

        return getpass(f"{what}: ")
    return input(f"{what}: ")


def with_network(flags: Flags | None, work: Callable[[Network], Awaitable[T]]) -> T:
    """Run `work` beside whatever serves this network, or on one that is made here and now."""
    settings = (flags or Flags()).settings()

    kind, _, path = settings.database_url.partition(":")
    if kind == "sqlite" and not Path(path).exists():
        print(f"noi: there was no network yet; one begins at {path}", file=sys.stderr)

    async def run() -> T:
        await prepare(settings)
        with present(processes_folder(settings)) as name:
            async with open_network(settings, name) as network:
                return await work(network)

    return asyncio.run(run())
