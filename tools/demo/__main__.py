"""Three networks and the hub of their alliance on this machine, with people in them.

    make demo

Everything listens on loopback alone and speaks over real sockets. What they say is kept in a
folder (`demo/`, or DEMO_FOLDER) until that is removed; the first start fills it, which takes
a minute. DEMO_PORT is the hub's port, the networks have the next three.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tomllib
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from alliance import join_alliance, wait_for_hub
from story import People, tell

from noi import config
from noi.app.composition import open_network, prepare, processes_folder
from noi.jobs.presence import present
from noi.models.accounts import Role
from noi.services import profiles, settings, setup, sign_up
from noi.services.network import Network

PASSWORD = "ben-nuoc-2026"  # noqa: S105 - nobody else can reach the demonstration
_PRIVATE = "127.0.0.0/8,::1/128"
_START_SECONDS = 30.0
_STOP_SECONDS = 25.0


class Place(msgspec.Struct, frozen=True):
    """A network, or the hub, and where it is."""

    key: str
    told: dict[str, Any]
    settings: config.Settings
    hub: bool = False

    @property
    def people(self) -> list[dict[str, Any]]:
        return self.told.get("people", [])


def places(folder: Path, port: int) -> list[Place]:
    """The hub first, then the networks, as `people.toml` tells of them."""
    told = tomllib.loads(Path(__file__).with_name("people.toml").read_text("utf-8"))
    steward = {"name": "banhanh", "display": "Ban điều hành", "bio": "", "owner": True}
    hub = {**told["hub"], "people": [steward]}
    found = [("hub", hub), *((network["key"], network) for network in told["networks"])]
    return [
        Place(key, text, _settings(folder / key, port + index), hub=key == "hub")
        for index, (key, text) in enumerate(found)
    ]


def _settings(data: Path, port: int) -> config.Settings:
    flags = {
        "data": data,
        "bind": f"127.0.0.1:{port}",
        "host": f"localhost:{port}",
        "federation_private_peers": _PRIVATE,
        "log_level": "warning",
        "access_log": False,
    }
    return config.load(flags, environ={})


def check_ports(found: list[Place]) -> None:
    """End with a friendly word where somebody else listens already."""
    for place in found:
        with socket.socket() as probe:
            if probe.connect_ex(config.bind_address(place.settings.bind)) == 0:
                address = place.settings.bind
                sys.exit(f"{address} is taken; choose other ports with DEMO_PORT=9400 make demo")


def start(place: Place) -> subprocess.Popen[bytes]:
    """Run a network or the hub in processes of its own, which end with this one."""
    settings = place.settings
    environ = {
        "NOI_FEDERATION_PRIVATE_PEERS": settings.federation_private_peers,
        "NOI_LOG_LEVEL": settings.log_level,
        "NOI_ACCESS_LOG": "off",
        "PATH": os.environ.get("PATH", ""),
    }
    command = [
        *(sys.executable, "-m", "noi", "hub" if place.hub else "serve"),
        *("--bind", settings.bind, "--host", settings.host, "--data", str(settings.data)),
    ]
    # A group of its own, so that Ctrl-C comes to this process alone, which then ends the others.
    return subprocess.Popen(  # noqa: S603
        command, env=environ, stdout=subprocess.DEVNULL, start_new_session=True
    )


async def wait_until_ready(found: list[Place], running: list[subprocess.Popen[bytes]]) -> None:
    """Wait for every place to answer; raises SystemExit where one ends or does not come."""
    async with aiohttp.ClientSession() as client, asyncio.timeout(_START_SECONDS):
        for place, process in zip(found, running, strict=True):
            while True:
                if process.poll() is not None:
                    sys.exit(f"{place.key} ended; see above why")
                with suppress(aiohttp.ClientError):
                    async with client.get(f"{place.settings.origin}/health/ready") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.1)


async def set_up(place: Place, network: Network) -> People:
    """Name a place and let its people join; answers their accounts' ids by name."""
    owner = next(person for person in place.people if person.get("owner"))
    code = await setup.issue_code(network)
    if code is None:
        raise RuntimeError("this place is set up already")
    form = setup.SetUp(
        code=code,
        name=place.told["name"],
        language=place.told.get("language", "vi"),
        registrations="open",
        handle=owner["name"],
        email="",
        password=PASSWORD,
    )
    ids = {owner["name"]: await setup.complete(network, form)}
    for person in place.people:
        if person["name"] not in ids:
            account = await sign_up.create_account(
                network,
                username=person["name"],
                email="",
                password=PASSWORD,
                role=Role.MEMBER,
                display_name=person["display"],
            )
            ids[person["name"]] = account.id
        agrees = person.get("consents", not place.hub)
        profile = profiles.Profile(
            display_name=person["display"],
            note=person["bio"],
            discoverable=agrees,
            indexable=agrees,
            default_language=person.get("language", "vi"),
        )
        await profiles.update(network, ids[person["name"]], profile)
    own = await settings.get(network)
    described = msgspec.structs.replace(
        own,
        description=place.told["description"],
        short_description=place.told["description"],
        subjects=tuple(place.told.get("subjects", ())),
    )
    await network.db.transaction(lambda tx: settings.save(tx, described))
    return ids


async def fill(found: list[Place], running: list[subprocess.Popen[bytes]]) -> None:
    """Set everything up, let people speak, and found the alliance."""
    async with AsyncExitStack() as stack:
        networks: dict[str, Network] = {}
        people: dict[str, People] = {}
        for place in found:
            await prepare(place.settings, hub=place.hub)
            name = stack.enter_context(present(processes_folder(place.settings)))
            opened = open_network(place.settings, name, hub=place.hub)
            networks[place.key] = await stack.enter_async_context(opened)
            people[place.key] = await set_up(place, networks[place.key])
        running += [start(place) for place in found]
        await wait_until_ready(found, running)
        members = {place.key: place.told for place in found if not place.hub}
        hub = next(place for place in found if place.hub)
        print("The networks found their alliance …", flush=True)
        await join_alliance(networks, hub.told, list(members))
        print("People write, follow and answer each other …", flush=True)
        await tell(networks, people, members)
        await wait_for_hub(networks["hub"])


def greet(found: list[Place], folder: Path) -> None:
    """Say where everything is and who may sign in."""
    print()
    for place in found:
        owner = next(person["name"] for person in place.people if person.get("owner"))
        others = [person["name"] for person in place.people if not person.get("owner")]
        print(f"  {place.told['name']}: {place.settings.origin}")
        print(f"    {'steward' if place.hub else 'owner'}: {owner}", end="")
        print(f"; people: {', '.join(others)}" if others else "")
    print(f"\n  Everybody's password: {PASSWORD}")
    print(f"  All of it is kept in {folder}/; remove that folder to begin anew.")
    print("  Ctrl-C stops everything.", flush=True)


def stop(running: list[subprocess.Popen[bytes]]) -> None:
    """End every place in order, and those by force that do not."""
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    """Run the demonstration until Ctrl-C or SIGTERM."""
    if sys.argv[1:]:
        print(__doc__)
        sys.exit(sys.argv[1:] not in (["--help"], ["-h"]))
    folder = Path(os.environ.get("DEMO_FOLDER", "demo"))
    found = places(folder, int(os.environ.get("DEMO_PORT", "8400")))
    check_ports(found)
    filled = folder / "filled"
    if folder.exists() and not filled.exists():
        sys.exit(f"{folder}/ was left half filled; remove it and start again")
    # Also where a shell has started this in the background, without SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    running: list[subprocess.Popen[bytes]] = []
    try:
        if filled.exists():
            running += [start(place) for place in found]
            asyncio.run(wait_until_ready(found, running))
        else:
            folder.mkdir(parents=True)
            asyncio.run(fill(found, running))
            filled.touch()
        greet(found, folder)
        while all(process.poll() is None for process in running):
            signal.sigtimedwait({signal.SIGCHLD}, 3600)
        sys.exit("one of the places ended; see above why")
    except KeyboardInterrupt:
        print()
    finally:
        stop(running)


if __name__ == "__main__":
    main()
