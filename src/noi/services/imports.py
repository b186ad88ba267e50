"""Bringing statuses from elsewhere: one JSON object a line, with the dates they had.

Nobody is notified and nobody else's timelines change. `docs/commands.md` describes the lines.
"""

import re
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from noi.db import accounts, featured_tags, jobs, mentions, statuses, tags, timelines
from noi.db import imports as table
from noi.db import media as media_rows
from noi.db.database import Duplicate, Transaction
from noi.models.accounts import Account, AccountState
from noi.models.composition import Composition
from noi.models.errors import Conflict, Invalid, NoiError, NotFound, Unavailable
from noi.models.ids import now_ms
from noi.models.jobs import IndexStatus, ProcessMedia
from noi.models.statuses import ContentType, Status
from noi.services import media, media_processing
from noi.services.composing import Composed, compose
from noi.services.network import Network
from noi.text.hashtags import family_key, tag_key

BATCH = 200
MAX_LINE_BYTES = 1024 * 1024
MAX_ID_LENGTH = 500
_TRIES = 3
_ZULU = re.compile(r"Z$", re.IGNORECASE)


class MediaLine(msgspec.Struct, frozen=True):
    """An attachment: its file relative to the imported one."""

    path: str
    description: str = ""


class StatusLine(msgspec.Struct, frozen=True):
    """One status; `in_reply_to` is the id of an earlier line."""

    id: str | int
    created_at: str
    text: str = ""
    content_type: str = "text/plain"
    language: str = ""
    visibility: str = "public"
    spoiler_text: str = ""
    sensitive: bool | None = None
    media: list[MediaLine] = []
    in_reply_to: str | int | None = None


class Failure(msgspec.Struct, frozen=True):
    """A line that could not be imported, and why."""

    line: int
    reason: str


class Progress(msgspec.Struct):
    """How far an import has come; `skipped` lines were imported before."""

    total_bytes: int
    read_bytes: int = 0
    imported: int = 0
    skipped: int = 0
    failures: list[Failure] = []


class _Line(msgspec.Struct, frozen=True):
    number: int
    end: int
    status: StatusLine

    @property
    def source_id(self) -> str:
        return str(self.status.id)


class _Ready(msgspec.Struct, frozen=True):
    """A line whose status has been checked and formatted."""

    line: _Line
    created_at: int
    composed: Composed


async def import_statuses(
    network: Network,
    account_id: int,
    file: Path,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Import a file for a local account; lines that cannot be used are named, others go on.

    May be run again after it was stopped: what was imported is skipped. Raises NotFound for the
    account or the file.
    """
    account = await accounts.get(network.db, account_id)
    if account is None or not account.local or account.state == AccountState.DELETED:
        raise NotFound("There is no such account here")
    progress = Progress(_size(file))
    batch: list[_Line] = []
    for line in _read(file, progress.failures):
        batch.append(line)
        if len(batch) == BATCH:
            await _import_batch(network, account, file.parent, batch, progress)
            on_progress(progress)
            batch = []
    await _import_batch(network, account, file.parent, batch, progress)
    progress.failures.sort(key=lambda failure: failure.line)
    progress.read_bytes = progress.total_bytes
    on_progress(progress)
    return progress


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise NotFound("The file cannot be read: {reason}", reason=str(error)) from None


def _read(file: Path, failures: list[Failure]) -> Generator[_Line]:
    with file.open("rb") as source:
        number = 0
        while text := source.readline(MAX_LINE_BYTES):
            number += 1
            too_long = len(text) == MAX_LINE_BYTES and not text.endswith(b"\n")
            if too_long:
                _skip_line(source)
            if not text.strip():
                continue
            try:
                if too_long:
                    raise Invalid("The line is too long")
                yield _Line(number, source.tell(), _decoded(text))
            except Invalid as error:
                failures.append(Failure(number, str(error)))


def _skip_line(source: BinaryIO) -> None:
    while (rest := source.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass


def _decoded(text: bytes) -> StatusLine:
    try:
        line = msgspec.json.decode(text, type=StatusLine)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("Not a status: {reason}", reason=str(error)) from None
    if not 0 < len(str(line.id)) <= MAX_ID_LENGTH:
        raise Invalid("The id is empty or too long")
    return line


async def _import_batch(
    network: Network, account: Account, folder: Path, batch: list[_Line], progress: Progress
) -> None:
    if not batch:
        return
    known = await table.known(network.db, account.id, [line.source_id for line in batch])
    ready: list[_Ready] = []
    for line in batch:
        if line.source_id in known:
            progress.skipped += 1
            continue
        try:
            ready.append(await _prepared(network, account, folder, line))
        except Unavailable:
            raise
        except NoiError as error:
            progress.failures.append(Failure(line.number, str(error)))
    imported, skipped, failures = await _store(network, account, ready)
    progress.imported += imported
    progress.skipped += skipped
    progress.failures.extend(failures)
    progress.read_bytes = batch[-1].end


async def _prepared(network: Network, account: Account, folder: Path, line: _Line) -> _Ready:
    given = line.status
    created_at = _milliseconds(given.created_at)
    composition = Composition(
        text=given.text,
        content_type=given.content_type,
        visibility=given.visibility,
        spoiler_text=given.spoiler_text,
        sensitive=given.sensitive,
        language=given.language,
    )
    if given.media:
        ids = [await _upload(network, account, folder, item) for item in given.media]
        composition = msgspec.structs.replace(composition, media_ids=ids)
    return _Ready(line, created_at, await compose(network, account.id, composition, look_up=False))


def _milliseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(_ZULU.sub("+00:00", text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        milliseconds = int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Invalid("created_at is not a date: {text}", text=text[:50]) from None
    if not 0 <= milliseconds <= now_ms():
        raise Invalid("created_at is not in the past: {text}", text=text[:50])
    return milliseconds


async def _upload(network: Network, account: Account, folder: Path, item: MediaLine) -> int:
    path = _inside(folder, item.path)
    row = await media.upload(network, account.id, path, description=item.description)
    await media_processing.process(network, ProcessMedia(row.id))
    return (await media.get(network, account.id, row.id)).id


def _inside(folder: Path, name: str) -> Path:
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Invalid("There is no file {name} beside the imported one", name=name)
    return path


async def _store(
    network: Network, account: Account, ready: list[_Ready]
) -> tuple[int, int, list[Failure]]:
    """Write a batch in one transaction: how many were new, known already, and what failed."""

    async def work(tx: Transaction) -> tuple[int, int, list[Failure]]:
        imported, skipped, failures = 0, 0, list[Failure]()
        for item in ready:
            if await table.known(tx, account.id, [item.line.source_id]):
                skipped += 1
                continue
            try:
                parent = await _parent(tx, account.id, item.line.status.in_reply_to)
                await _insert(tx, network, account, item, parent)
                imported += 1
            except Invalid as error:
                failures.append(Failure(item.line.number, str(error)))
        await timelines.trim(tx, account.id)
        return imported, skipped, failures

    for attempt in range(1, _TRIES + 1):
        try:
            return await network.db.transaction(work)
        except Duplicate:
            # Another status has an id of the same past millisecond; the next try makes new ones.
            if attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


async def _parent(tx: Transaction, account_id: int, source_id: str | int | None) -> Status | None:
    if source_id is None:
        return None
    found = await table.known(tx, account_id, [str(source_id)])
    parent = await statuses.get(tx, found[str(source_id)]) if found else None
    if parent is None or parent.deleted_at is not None:
        raise Invalid("It answers {id}, which was not imported", id=source_id)
    return parent


async def _insert(
    tx: Transaction, network: Network, account: Account, item: _Ready, parent: Status | None
) -> None:
    status = _new_status(network, account, item, parent)
    composed = item.composed
    if parent is None:
        await statuses.start_conversation(tx, status.conversation_id)
    else:
        await statuses.count(tx, parent.id, "replies_count", 1)
    await statuses.insert(tx, status, local=True)
    await mentions.insert(tx, status.id, [target.id for target in composed.formatted.mentions])
    for position, name in enumerate(composed.formatted.tags):
        new_id = network.ids.next()
        tag = await tags.ensure(tx, new_id, key=tag_key(name), family=family_key(name), name=name)
        await tags.attach(tx, status.id, tag, spelling=name, position=position)
    await featured_tags.count_status(tx, status, 1)
    for position, attachment in enumerate(composed.media):
        if not await media_rows.attach(tx, attachment.id, status.id, position):
            raise Conflict("An attachment was used by another post just now")
    await timelines.insert(tx, account.id, status.id)
    await table.insert(tx, account.id, item.line.source_id, status.id)
    await jobs.enqueue(tx, IndexStatus(status.id))


def _new_status(network: Network, account: Account, item: _Ready, parent: Status | None) -> Status:
    id_ = network.ids.at(item.created_at)
    origin, composed = network.settings.origin, item.composed
    return Status(
        id=id_,
        account_id=account.id,
        uri=f"{origin}/users/{account.username}/statuses/{id_}",
        url=f"{origin}/@{account.username}/{id_}",
        visibility=composed.visibility,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.account_id if parent else None,
        conversation_id=parent.conversation_id if parent else network.ids.next(),
        text=composed.composition.text,
        content_type=ContentType(composed.composition.content_type),
        content=composed.formatted.html,
        spoiler_text=composed.composition.spoiler_text,
        sensitive=composed.sensitive,
        language=composed.language,
        emojis=msgspec.json.encode(composed.emojis).decode(),
        has_media=bool(composed.media),
        has_mentions=bool(composed.formatted.mentions),
        has_tags=bool(composed.formatted.tags),
        created_at=item.created_at,
    )
