"""`noi check`: what keeps a network from running well, and how to mend it."""

import asyncio
import ctypes
import shutil
import tempfile
from collections.abc import Awaitable, Callable

import msgspec

from noi.app.commands.flags import Flags
from noi.config import ConfigError, Settings, networks
from noi.db import jobs
from noi.db.connect import connect
from noi.db.migrate import pending
from noi.models.errors import Unavailable
from noi.transport.errors import TransportError
from noi.transport.smtp import Mailer

_ENOUGH_BYTES = 2 * 1024**3
_CLOCK_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 256  # more than struct timex has on any architecture


class Finding(msgspec.Struct, frozen=True):
    """What was found about one part. `remedy` is empty when all is well."""

    part: str
    message: str
    remedy: str = ""
    fatal: bool = False


def check(*, flags: Flags | None = None) -> None:
    """Look at settings, database, storage, clock and mail; ends with code 1 on any failure."""
    findings = asyncio.run(examine(flags or Flags()))
    for finding in findings:
        mark = "FAIL" if finding.fatal else "warn" if finding.remedy else "ok"
        print(f"{mark:4}  {finding.part}: {finding.message}")
        if finding.remedy:
            print(f"      → {finding.remedy}")
    if any(finding.fatal for finding in findings):
        raise SystemExit(1)


async def examine(flags: Flags) -> list[Finding]:
    """Look at every part; later parts are left out when the settings cannot be read."""
    try:
        settings = flags.settings()
        networks(settings.trusted_proxies, "trusted_proxies")
        mailer = Mailer(settings)
    except ConfigError as error:
        return [Finding("settings", str(error), "Mend it; docs/settings.md tells how.", fatal=True)]
    parts: list[Callable[[Settings], Awaitable[Finding]]] = [
        _settings,
        _database,
        _queue,
        _storage,
        _clock,
    ]
    findings = [await part(settings) for part in parts]
    return [*findings, await _mail(mailer)]


async def _settings(settings: Settings) -> Finding:
    if not settings.secure:
        return Finding(
            "settings",
            f"the host is {settings.host}: only this machine can reach it",
            "Set host (NOI_HOST) to the public name before people join; it cannot change later.",
        )
    return Finding("settings", f"the network is {settings.origin}")


async def _database(settings: Settings) -> Finding:
    name = settings.database_url.partition(":")[0]
    try:
        db = connect(settings.database_url)
        try:
            missing = await pending(db)
        finally:
            await db.close()
    except (Unavailable, OSError) as error:
        remedy = (
            "See that the data folder exists and belongs to the user that runs noi."
            if name == "sqlite"
            else "See that PostgreSQL runs, and that `database` names its user, host and database."
        )
        return Finding("database", f"{name}: {error.__cause__ or error}", remedy, fatal=True)
    if missing:
        remedy = "Run `noi migrate`; `noi serve` does it too."
        return Finding("database", f"{name}, {len(missing)} migrations behind", remedy)
    return Finding("database", f"{name}, up to date")


async def _queue(settings: Settings) -> Finding:
    db = connect(settings.database_url)
    try:
        counts = await jobs.counts(db)
    except Exception as error:  # the table may not exist yet, which `database` tells
        return Finding("jobs", f"cannot be counted: {error}", "Mend the database first.")
    finally:
        await db.close()
    message = ", ".join(f"{count} {state}" for state, count in counts.items())
    if counts["dead"]:
        return Finding("jobs", message, "Look at the given-up jobs on the owner's pages.")
    return Finding("jobs", message)


async def _storage(settings: Settings) -> Finding:
    remedy = "See that the media folder belongs to the user that runs noi, and has room."
    try:
        settings.media_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.media_folder):
            free = shutil.disk_usage(settings.media_folder).free
    except OSError as error:
        return Finding("storage", f"{settings.media_folder}: {error}", remedy, fatal=True)
    message = f"{settings.media_folder}, {free / 1024**3:.1f} GiB free"
    if free < _ENOUGH_BYTES:
        return Finding("storage", message, "Make room, or move the data folder to a larger disk.")
    return Finding("storage", message)


async def _clock(_settings: Settings) -> Finding:
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state: int = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state == _CLOCK_UNSYNCHRONISED:
        remedy = "Keep it by network time (systemd-timesyncd or chrony): signatures depend on it."
        return Finding("clock", "nothing keeps it right", remedy)
    return Finding("clock", "kept by network time")


async def _mail(mailer: Mailer) -> Finding:
    if not mailer.configured:
        remedy = "Set smtp (NOI_SMTP), or people cannot confirm addresses or reset passwords."
        return Finding("mail", "no mail server is set", remedy)
    try:
        await mailer.check()
    except TransportError as error:
        remedy = "See that host, port, user and password in `smtp` are right."
        return Finding("mail", str(error), remedy, fatal=True)
    return Finding("mail", "the mail server answers and lets this network in")
