"""An archive of one's own data: made by a job, for its owner alone, for seven days."""

import asyncio
import secrets
from pathlib import Path

from noi.auth import limits
from noi.db import accounts, jobs, locks, users
from noi.db import exports as table
from noi.db.database import Transaction
from noi.models.errors import Conflict, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import BuildExport
from noi.services import archives, letters
from noi.services.network import Network

LIFE_MS = 7 * 86_400_000
PENDING, READY, FAILED = "pending", "ready", "failed"


async def request(network: Network, account_id: int) -> table.Export:
    """Ask for an archive. Raises Conflict while another is being made, RateLimited."""
    now = now_ms()
    export = table.Export(
        id=network.ids.next(),
        account_id=account_id,
        state=PENDING,
        file="",
        file_size=0,
        error="",
        created_at=now,
        expires_at=now + LIFE_MS,
    )

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        existing = await table.by_account(tx, account_id, now)
        if any(row.state == PENDING for row in existing):
            raise Conflict("Your archive is being made already")
        limits.check(network.settings, limits.EXPORTS, account_id)
        await table.insert(tx, export)
        await jobs.enqueue(tx, BuildExport(export.id))

    await network.db.transaction(work)
    return export


async def by_account(network: Network, account_id: int) -> list[table.Export]:
    """Someone's archives, newest first."""
    return await table.by_account(network.db, account_id, now_ms())


async def download(network: Network, account_id: int, export_id: int) -> Path:
    """Where an archive lies, for its owner; raises NotFound for anyone else, or when it is over."""
    export = await table.get(network.db, export_id)
    if (
        export is None
        or export.account_id != account_id
        or export.state != READY
        or export.expires_at <= now_ms()
    ):
        raise NotFound
    path = folder(network) / export.file
    if not path.is_file():
        raise NotFound
    return path


async def build(network: Network, job: BuildExport) -> None:
    """Write the archive; a rerun begins anew under the same name, so nothing is left behind."""
    export = await table.get(network.db, job.export_id)
    account = await accounts.get(network.db, export.account_id) if export else None
    user = await users.get(network.db, export.account_id) if export else None
    if export is None or account is None or user is None or export.state == READY:
        return
    if not export.file:
        export.file = f"{export.id}-{secrets.token_hex(16)}.zip"
        await network.db.transaction(lambda tx: table.finish(tx, export))
    target = folder(network) / export.file
    await asyncio.to_thread(target.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    try:
        export.file_size = await archives.write(network, account, target)
    except Exception:
        export.state, export.error = FAILED, "The archive could not be made"
        await network.db.transaction(lambda tx: table.finish(tx, export))
        raise
    export.state, export.error, export.expires_at = READY, "", now_ms() + LIFE_MS

    async def work(tx: Transaction) -> bool:
        if not await table.finish(tx, export):
            return False
        if user.email and network.mailer.configured:
            await letters.send_export_ready(tx, network.settings, user.email, user.locale)
        return True

    if not await network.db.transaction(work):
        # The account was deleted while its archive was written.
        remove_file(network, export.file)


async def remove_expired(network: Network) -> int:
    """Remove archives whose time is over (for the periodic clean-up); answers how many."""
    found = await table.expired(network.db, now_ms())
    for export in found:
        remove_file(network, export.file)
        await network.db.transaction(lambda tx, id_=export.id: table.delete(tx, id_))
    return len(found)


def remove_file(network: Network, file: str) -> None:
    """Remove an archive's file, if there is one."""
    if file:
        (folder(network) / file).unlink(missing_ok=True)


def folder(network: Network) -> Path:
    """Where archives lie: outside the media folder, which anyone may read."""
    return network.settings.data / "exports"
