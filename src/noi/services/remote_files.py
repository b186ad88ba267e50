"""Pictures, sound and video of other servers: fetched when somebody looks, kept within a bound.

Pages hold only addresses here, so that no page waits for another server, and no other server
learns who reads.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec

from noi.db import remote_files as table
from noi.db.database import Database
from noi.media.process import process_picture
from noi.media.results import Purpose
from noi.media.sniff import Family
from noi.media.storage import new_key
from noi.models.errors import NoiError, NotFound, Unavailable
from noi.models.federation import RemoteFile, RemoteKind
from noi.models.ids import now_ms
from noi.services import policies
from noi.services.incoming import receive, workplace
from noi.services.network import Network
from noi.transport.errors import Busy, Refused, TransportError, Unreachable

WAIT_SECONDS = 15.0
"""How long somebody who looks waits; the fetching goes on without them."""
PICTURE_SECONDS = 30.0
RECORDING_SECONDS = 300.0
_AT_ONCE = 8
_MOST_WAITING = 200
_MEBIBYTE = 1024 * 1024
_LIMITS = {
    RemoteKind.AVATAR: 8 * _MEBIBYTE,
    RemoteKind.HEADER: 8 * _MEBIBYTE,
    RemoteKind.EMOJI: 2 * _MEBIBYTE,
    RemoteKind.PREVIEW: 8 * _MEBIBYTE,
}
_PURPOSES = {
    RemoteKind.AVATAR: Purpose.AVATAR,
    RemoteKind.HEADER: Purpose.HEADER,
    RemoteKind.EMOJI: Purpose.EMOJI,
    RemoteKind.PICTURE: Purpose.ATTACHMENT,
    RemoteKind.PREVIEW: Purpose.THUMBNAIL,
}
_PLACEHOLDERS = {RemoteKind.AVATAR: "avatar.png", RemoteKind.HEADER: "header.png"}
_RETRY_MS = 5 * 60_000
_LONGEST_RETRY_MS = 24 * 3_600_000
_USE_NOTED_MS = 3_600_000
_DAY_MS = 86_400_000
_BATCH = 200


class _State(msgspec.Struct):
    """What one process fetches now, and how much it has stored since it last made room."""

    running: dict[str, asyncio.Task[None]] = {}
    slots: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    stored: int = 0


class _Fetched(msgspec.Struct, frozen=True):
    """The files of a fetched one, in a folder that goes: to show, and small or still."""

    file: Path
    small: Path


# By database, for several networks may run in one process.
_states: WeakKeyDictionary[Database, _State] = WeakKeyDictionary()


@asynccontextmanager
async def opened(network: Network, key: str) -> AsyncGenerator[Path]:
    """The file of a key under `remote/`, fetched where it is not here.

    Raises NotFound for what cannot be had (or is not wanted), and Unavailable for what takes
    longer than somebody waits.
    """
    main = table.main_key(key)
    row = await _wanted(network, main)
    small = key != main
    if network.settings.remote_media_cache_bytes == 0:
        async with asyncio.timeout(PICTURE_SECONDS), workplace(network) as folder:
            fetched = await _guarded(network, row, folder)
            yield fetched.small if small else fetched.file
        return
    path = await _stored(network, row, small=small)
    if path is None:
        await _wait(network, row)
        path = await _stored(network, await _wanted(network, main), small=small)
    if path is None:
        raise NotFound
    yield path


async def placeholder(network: Network, key: str) -> str:
    """The static file that stands for a picture that cannot be had; empty where none does."""
    row = await table.get(network.db, table.main_key(key))
    return "" if row is None else _PLACEHOLDERS.get(row.kind, "")


async def make_room(network: Network) -> None:
    """Remove what nobody has looked at for long, and the least used beyond the bound."""
    settings = network.settings
    total = await table.total_size(network.db)
    before = now_ms() - settings.remote_media_days * _DAY_MS
    while rows := await table.least_used(network.db, _BATCH):
        for row in rows:
            if total <= settings.remote_media_cache_bytes and (row.used_at or 0) >= before:
                return
            # Files first: while the row stands, the next run finds what is left of them.
            for name in {row.file, row.small} - {""}:
                await network.storage.delete(name)
            await table.forget(network.db, row.key)
            total -= row.file_size


async def _wanted(network: Network, main: str) -> RemoteFile:
    row = await table.get(network.db, main)
    if row is None or (await policies.of(network, row.host)).rejects_media:
        raise NotFound
    if row.state == "failed" and row.retry_at > now_ms():
        raise NotFound
    return row


async def _stored(network: Network, row: RemoteFile, *, small: bool) -> Path | None:
    if row.state != "stored":
        return None
    path = network.storage.public_path(row.small if small and row.small else row.file)
    if path is None:
        await table.forget(network.db, row.key)
    elif (row.used_at or 0) + _USE_NOTED_MS < now_ms():
        await table.used(network.db, row.key)
    return path


async def _wait(network: Network, row: RemoteFile) -> None:
    state = _states.get(network.db)
    if state is None:
        state = _states[network.db] = _State()
    task = state.running.get(row.key)
    if task is None:
        if len(state.running) >= _MOST_WAITING:
            raise Unavailable("Too many pictures are being fetched just now")
        task = asyncio.ensure_future(_fetch_and_store(network, state, row))
        state.running[row.key] = task
        task.add_done_callback(lambda done: _end(state, row.key, done))
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.shield(task)
    except TimeoutError:
        raise Unavailable("This file is still being fetched") from None


def _end(state: _State, key: str, done: asyncio.Task[None]) -> None:
    state.running.pop(key, None)
    if not done.cancelled():
        done.exception()  # looked at, even where nobody waits any more


async def _fetch_and_store(network: Network, state: _State, row: RemoteFile) -> None:
    async with state.slots, workplace(network) as folder:
        fetched = await _guarded(network, row, folder)
        file = new_key("remote", fetched.file.suffix)
        await network.storage.put_file(fetched.file, file)
        small = file
        if fetched.small != fetched.file:
            small = new_key("remote", fetched.small.suffix)
            await network.storage.put_file(fetched.small, small)
        size = sum(path.stat().st_size for path in {fetched.file, fetched.small})
        await table.stored(network.db, row.key, file=file, small=small, file_size=size)
    state.stored += size
    if state.stored * 20 > network.settings.remote_media_cache_bytes:
        state.stored = 0
        await make_room(network)


async def _guarded(network: Network, row: RemoteFile, folder: Path) -> _Fetched:
    """Fetch into `folder`; what cannot be had is noted, and is left alone for a while."""
    try:
        return await _fetch(network, row, folder)
    except Unavailable:
        raise  # of this server's own making
    except (TransportError, NoiError) as error:
        soon = isinstance(error, Unreachable)
        wait = _RETRY_MS * 4 ** min(row.failures, 5) if soon else _LONGEST_RETRY_MS
        retry_at = now_ms() + min(wait, _LONGEST_RETRY_MS)
        if isinstance(error, Busy) and error.retry_at is not None:
            retry_at = max(retry_at, error.retry_at)
        await table.failed(network.db, row.key, error=str(error), retry_at=retry_at)
        raise NotFound from error


async def _fetch(network: Network, row: RemoteFile, folder: Path) -> _Fetched:
    recording = row.kind is RemoteKind.RECORDING
    settings = network.settings
    most = settings.max_video_bytes if recording else settings.max_image_bytes
    path = folder / "file"
    answer = await network.client.download(
        row.url,
        path,
        accept="video/*, audio/*;q=0.9" if recording else "image/*",
        limit_bytes=min(_LIMITS.get(row.kind, most), most),
        seconds=RECORDING_SECONDS if recording else PICTURE_SECONDS,
    )
    if answer.status == 429 or answer.status >= 500:
        raise Busy(f"the server answered {answer.status}", answer.retry_at(now_ms()))
    if answer.status != 200:
        raise Refused(f"the server answered {answer.status}")
    families = frozenset({Family.VIDEO, Family.AUDIO} if recording else {Family.PICTURE})
    async with receive(network, path, families) as file:
        if recording:
            whole = path.rename(folder / f"whole{file.kind.extension}")
            return _Fetched(whole, whole)
        made = folder / "made"  # a workplace is an absolute path
        made.mkdir()
        picture = await process_picture(file.path, file.kind, made, _PURPOSES[row.kind])
        shown = made / picture.files[0].name
        small = picture.file("small") or picture.file("static")
        return _Fetched(shown, made / small.name if small else shown)
