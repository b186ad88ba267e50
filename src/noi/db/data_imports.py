"""Lists that people bring, line by line, and what they have already."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Row, Transaction
from noi.db.dialect import with_rows
from noi.models.data_lists import DataImport, ImportLine, ImportState, LineState, ListKind

_COLUMNS = ", ".join(DataImport.__struct_fields__)
_LINE = "number, content, state, error, target_id"
_INSERT = f"""INSERT INTO data_imports ({_COLUMNS}) VALUES (:id, :account_id, :kind, :mode, :state,
    :total, :done, :failed, :created_at, :finished_at)"""
_INSERT_LINES = f"""INSERT INTO data_import_lines (import_id, {_LINE})
VALUES @rows(:import_id, :number, :content, :state, :error, :target_id)"""
_GET = f"SELECT {_COLUMNS} FROM data_imports WHERE id = :id"
_BY_ACCOUNT = f"""SELECT {_COLUMNS} FROM data_imports WHERE account_id = :account_id
ORDER BY id DESC LIMIT 20"""
_RUNNING = f"""SELECT count(*) FROM data_imports
WHERE account_id = :account_id AND state = '{ImportState.RUNNING}'"""
_WAITING = f"""SELECT {_LINE} FROM data_import_lines
WHERE import_id = :id AND number > :after AND state = '{LineState.WAITING}'
ORDER BY number LIMIT :limit"""
_PROBLEMS = f"""SELECT {_LINE} FROM data_import_lines
WHERE import_id = :id AND number > :after AND state IN ('failed', 'refused')
ORDER BY number LIMIT :limit"""
_NAMED = f"""SELECT {_LINE} FROM data_import_lines
WHERE import_id = :id AND state <> '{LineState.REFUSED}'"""
_SETTLE = f"""UPDATE data_import_lines SET state = :state, error = :error, target_id = :target_id
WHERE import_id = :id AND number = :number AND state = '{LineState.WAITING}'"""
_COUNT = """UPDATE data_imports SET done = done + CAST(:done AS BIGINT),
    failed = failed + CAST(:failed AS BIGINT) WHERE id = :id"""
_END = f"""UPDATE data_imports SET state = :state, finished_at = :now
WHERE id = :id AND state = '{ImportState.RUNNING}'"""
_REVIVE_LINES = f"""UPDATE data_import_lines SET state = '{LineState.WAITING}', error = ''
WHERE import_id = :id AND state = '{LineState.FAILED}'"""
_REVIVE = f"""UPDATE data_imports SET state = '{ImportState.RUNNING}', finished_at = NULL,
    failed = failed - CAST(:lines AS BIGINT)
WHERE id = :id AND state <> '{ImportState.RUNNING}'"""
_DELETE_OLD_LINES = """DELETE FROM data_import_lines
WHERE import_id IN (SELECT id FROM data_imports WHERE finished_at < :before)"""
_DELETE_OLD = "DELETE FROM data_imports WHERE finished_at < :before"

_PAGED = "AND t.id > :after ORDER BY t.id LIMIT :limit"
_PRESENT = {
    ListKind.FOLLOWING: f"""SELECT t.id, t.target_id, '' FROM follows t
WHERE t.account_id = :account_id {_PAGED}""",
    ListKind.BLOCKS: f"""SELECT t.id, t.target_id, '' FROM blocks t
WHERE t.account_id = :account_id {_PAGED}""",
    ListKind.MUTES: f"""SELECT t.id, t.target_id, '' FROM mutes t
WHERE t.account_id = :account_id {_PAGED}""",
    ListKind.BOOKMARKS: f"""SELECT t.id, t.status_id, '' FROM bookmarks t
WHERE t.account_id = :account_id {_PAGED}""",
    ListKind.DOMAINS: f"""SELECT t.id, 0, t.domain FROM user_domain_blocks t
WHERE t.account_id = :account_id {_PAGED}""",
    ListKind.LISTS: f"""SELECT t.id, t.account_id, l.title FROM lists l
JOIN list_accounts t ON t.list_id = l.id WHERE l.account_id = :account_id {_PAGED}""",
}


async def insert(tx: Transaction, new: DataImport, lines: Sequence[ImportLine]) -> None:
    """Store an import with its lines."""
    await tx.execute(_INSERT, msgspec.structs.asdict(new))
    rows = [msgspec.structs.asdict(line) | {"import_id": new.id} for line in lines]
    for sql, params in with_rows(_INSERT_LINES, rows):
        await tx.execute(sql, params)


async def get(reader: Reader, import_id: int) -> DataImport | None:
    """An import by id."""
    return await reader.fetch_one(_GET, {"id": import_id}, DataImport)


async def by_account(reader: Reader, account_id: int) -> list[DataImport]:
    """Someone's newest imports."""
    return await reader.fetch_all(_BY_ACCOUNT, {"account_id": account_id}, DataImport)


async def running(reader: Reader, account_id: int) -> int:
    """How many of someone's imports are under way."""
    return await reader.fetch_value(_RUNNING, {"account_id": account_id})


async def waiting(reader: Reader, import_id: int, after: int, limit: int) -> list[ImportLine]:
    """The next lines that are still to be done."""
    row = {"id": import_id, "after": after, "limit": limit}
    return await reader.fetch_all(_WAITING, row, ImportLine)


async def problems(reader: Reader, import_id: int, after: int, limit: int) -> list[ImportLine]:
    """The next lines that could not be used."""
    row = {"id": import_id, "after": after, "limit": limit}
    return await reader.fetch_all(_PROBLEMS, row, ImportLine)


async def named(reader: Reader, import_id: int) -> list[ImportLine]:
    """All lines that name something, whatever came of them."""
    return await reader.fetch_all(_NAMED, {"id": import_id}, ImportLine)


async def settle(tx: Transaction, import_id: int, lines: Sequence[ImportLine]) -> None:
    """Store what came of lines that waited, and count it."""
    counts = {LineState.DONE: 0, LineState.FAILED: 0}
    for line in lines:
        row = msgspec.structs.asdict(line) | {"id": import_id}
        del row["content"]
        counts[line.state] += await tx.execute(_SETTLE, row)
    done, failed = counts[LineState.DONE], counts[LineState.FAILED]
    await tx.execute(_COUNT, {"id": import_id, "done": done, "failed": failed})


async def end(tx: Transaction, import_id: int, state: ImportState, now: int) -> bool:
    """Finish or cancel an import that is under way; False where it is not."""
    return await tx.execute(_END, {"id": import_id, "state": state, "now": now}) == 1


async def revive(tx: Transaction, import_id: int) -> bool:
    """Let the lines that failed wait again; False where there are none, or it is under way."""
    lines = await tx.execute(_REVIVE_LINES, {"id": import_id})
    revived = await tx.execute(_REVIVE, {"id": import_id, "lines": lines})
    return bool(lines and revived)


async def delete_old(tx: Transaction, before: int) -> None:
    """Forget imports that ended before a time (ms)."""
    await tx.execute(_DELETE_OLD_LINES, {"before": before})
    await tx.execute(_DELETE_OLD, {"before": before})


async def present(
    reader: Reader, kind: ListKind, account_id: int, after: int, limit: int
) -> list[Row]:
    """What someone has already of a kind, by pages: row id, account or status, and its name
    (the domain, the title of the list).
    """
    row = {"account_id": account_id, "after": after, "limit": limit}
    return await reader.fetch_all(_PRESENT[kind], row)
