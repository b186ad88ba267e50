"""Lists that people bring: stored line by line at once, and done by jobs in batches.

A line is marked when it is done, so an import goes on where a crash or a restart ended it; doing
a line twice changes nothing. Other servers are asked for accounts at a bounded pace.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence

import msgspec

from noi.auth import limits
from noi.db import accounts, jobs, locks
from noi.db import data_imports as table
from noi.db.database import Transaction
from noi.models.accounts import AccountState
from noi.models.data_lists import (
    DataImport,
    ImportLine,
    ImportMode,
    ImportState,
    LineState,
    ListKind,
    Reason,
)
from noi.models.errors import Conflict, Invalid, NotFound, moved_away
from noi.models.ids import now_ms
from noi.models.jobs import ContinueImport
from noi.services import data_lines
from noi.services.data_exports import encoded
from noi.services.data_lines import Outcome
from noi.services.network import Network
from noi.text.csv_lists import ReadLine, heading, read_list

MOST_AT_ONCE = 10
PAUSE_MS = 5_000
KEPT_MS = 30 * 86_400_000
_BATCH = 50
_HOSTS_AT_ONCE = 8
_PAGE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def begin(network: Network, account_id: int, kind: str, mode: str, data: bytes) -> DataImport:
    """Take a list in. With mode `overwrite`, what is not in the file goes once all is done.

    Raises Invalid (of `kind`, `mode` or `file`), Conflict while many are under way, RateLimited,
    and Forbidden for those who have moved away.
    """
    chosen, how = _chosen(kind, mode)
    lines = [_stored(line) for line in await asyncio.to_thread(read_list, data, chosen)]
    refused = sum(line.state is LineState.REFUSED for line in lines)
    new = DataImport(
        id=network.ids.next(),
        account_id=account_id,
        kind=chosen,
        mode=how,
        state=ImportState.RUNNING,
        total=len(lines),
        done=0,
        failed=refused,
        created_at=now_ms(),
        finished_at=None,
    )

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        account = await accounts.get(tx, account_id)
        if account is None or account.moved_to_id is not None:
            raise moved_away()
        if await table.running(tx, account_id) >= MOST_AT_ONCE:
            raise Conflict("Wait until the other lists are done")
        limits.check(network.settings, limits.IMPORTS, account_id)
        await table.insert(tx, new, lines)
        await jobs.enqueue(tx, ContinueImport(new.id, account_id))

    await network.db.transaction(work)
    return new


async def by_account(network: Network, account_id: int) -> list[DataImport]:
    """Someone's newest imports."""
    return await table.by_account(network.db, account_id)


async def get(network: Network, account_id: int, import_id: int) -> DataImport:
    """An import of its owner; raises NotFound for anyone else's."""
    found = await table.get(network.db, import_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


async def problems(
    network: Network, account_id: int, import_id: int, *, after: int = 0, limit: int = 50
) -> list[tuple[int, list[str], Reason]]:
    """Lines that could not be used: number, cells, reason. Raises NotFound."""
    await get(network, account_id, import_id)
    return [
        (line.number, _cells(line), msgspec.json.decode(line.error, type=Reason))
        for line in await table.problems(network.db, import_id, after, limit)
    ]


async def cancel(network: Network, account_id: int, import_id: int) -> None:
    """Stop an import; what it has done stays done. Raises NotFound."""
    await get(network, account_id, import_id)
    await network.db.transaction(
        lambda tx: table.end(tx, import_id, ImportState.CANCELLED, now_ms())
    )


async def try_again(network: Network, account_id: int, import_id: int) -> None:
    """Try the lines that failed once more; nothing happens while it is under way.

    Raises NotFound.
    """

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        found = await table.get(tx, import_id)
        if found is None or found.account_id != account_id:
            raise NotFound
        if found.state is not ImportState.RUNNING and await table.revive(tx, import_id):
            await jobs.enqueue(tx, ContinueImport(import_id, account_id))

    await network.db.transaction(work)


async def advance(network: Network, job: ContinueImport) -> None:
    """Do the next lines of an import, and plan the ones after them."""
    running = await table.get(network.db, job.import_id)
    account = await accounts.get(network.db, job.account_id)
    if running is None or running.state is not ImportState.RUNNING or account is None:
        return
    if account.state > AccountState.LIMITED or account.moved_to_id is not None:
        await cancel(network, job.account_id, job.import_id)
        return
    lines = await table.waiting(network.db, job.import_id, job.after, _BATCH)
    asked = await _do_lines(network, running, lines)
    if len(lines) < _BATCH:
        await _finish(network, running)
        return
    following = ContinueImport(job.import_id, job.account_id, lines[-1].number)
    run_at = now_ms() + PAUSE_MS if asked else None
    await network.db.transaction(lambda tx: jobs.enqueue(tx, following, run_at=run_at))


async def report(network: Network, account_id: int, import_id: int) -> AsyncGenerator[bytes]:
    """The lines that could not be used, as a CSV file that can be brought again."""
    found = await get(network, account_id, import_id)
    yield encoded([[*heading(found.kind), "Reason"]])
    after = 0
    while lines := await problems(network, account_id, import_id, after=after, limit=_PAGE):
        yield encoded([_reported(cells, reason, found.kind) for _, cells, reason in lines])
        after = lines[-1][0]


async def remove_old(network: Network) -> None:
    """Forget imports that ended a month ago (for the periodic clean-up)."""
    before = now_ms() - KEPT_MS
    await network.db.transaction(lambda tx: table.delete_old(tx, before))


def _chosen(kind: str, mode: str) -> tuple[ListKind, ImportMode]:
    if kind not in list(ListKind):
        raise Invalid("Choose what the list is of", field="kind")
    if mode not in list(ImportMode):
        raise Invalid("Choose one of these", field="mode")
    return ListKind(kind), ImportMode(mode)


def _stored(line: ReadLine) -> ImportLine:
    content = msgspec.json.encode(line.cells).decode()
    if line.reason is None:
        return ImportLine(line.number, content, LineState.WAITING)
    error = msgspec.json.encode(line.reason).decode()
    return ImportLine(line.number, content, LineState.REFUSED, error)


def _cells(line: ImportLine) -> list[str]:
    return msgspec.json.decode(line.content, type=list[str])


def _reported(cells: list[str], reason: Reason, kind: ListKind) -> list[str]:
    columns = len(heading(kind))
    padded = [*cells, *[""] * (columns - len(cells))][:columns]
    told = reason.message.format(**reason.params) if reason.params else reason.message
    # A spreadsheet would calculate what begins like a formula.
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in [*padded, told]]


async def _do_lines(network: Network, running: DataImport, lines: Sequence[ImportLine]) -> bool:
    """Do lines, those of one server one after another; answers whether others were asked."""
    by_host = defaultdict[str, list[ImportLine]](list)
    for line in lines:
        by_host[data_lines.host_of(network, running.kind, _cells(line))].append(line)
    if running.kind is ListKind.LISTS:
        cells = [_cells(line) for line in lines]
        await data_lines.make_lists(network, running.account_id, cells)
    some = asyncio.Semaphore(_HOSTS_AT_ONCE)

    async def do_host(host: str, theirs: list[ImportLine]) -> bool:
        async with some:
            return await _do_host(network, running, host, theirs)

    return any(await asyncio.gather(*(do_host(host, own) for host, own in by_host.items())))


async def _do_host(
    network: Network, running: DataImport, host: str, lines: Sequence[ImportLine]
) -> bool:
    asked, away = False, False
    settled: list[ImportLine] = []
    for line in lines:
        if away:
            outcome = Outcome(None, data_lines.away(host), asked=False)
        else:
            outcome = await data_lines.do(network, running.account_id, running.kind, _cells(line))
        away = away or outcome.away
        asked = asked or outcome.asked
        settled.append(_settled(line, outcome))
    await network.db.transaction(lambda tx: table.settle(tx, running.id, settled))
    return asked


def _settled(line: ImportLine, outcome: Outcome) -> ImportLine:
    if outcome.reason is None:
        changes = {"state": LineState.DONE, "error": ""}
    else:
        error = msgspec.json.encode(outcome.reason).decode()
        changes = {"state": LineState.FAILED, "error": error}
    return msgspec.structs.replace(line, **changes, target_id=outcome.target_id)


async def _finish(network: Network, running: DataImport) -> None:
    if running.mode is ImportMode.OVERWRITE:
        await _remove_others(network, running)
    await network.db.transaction(lambda tx: table.end(tx, running.id, ImportState.DONE, now_ms()))


async def _remove_others(network: Network, running: DataImport) -> None:
    """Remove what is not in the file; what its failed lines name stays."""
    kept = set[tuple[int, str]]()
    lines = await table.named(network.db, running.id)
    if running.kind is ListKind.LISTS:
        cells = [_cells(line) for line in lines]
        await data_lines.remove_other_lists(network, running.account_id, cells)
    for line in lines:
        kept.update(data_lines.kept_by(running.kind, line.target_id, _cells(line)))
    after = 0
    while rows := await table.present(network.db, running.kind, running.account_id, after, _PAGE):
        for _, target_id, name in rows:
            if (target_id, name) not in kept:
                await data_lines.undo(network, running.account_id, running.kind, target_id, name)
        after = rows[-1][0]
