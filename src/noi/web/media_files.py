"""Stored media under `/media/…`: bytes that never change, to be read from anywhere.

Files come from strangers, so browsers are told to run nothing and to guess nothing about them.
Ranges are those of RFC 9110 §14, one at a time: players seek with them.
"""

import asyncio
import os
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from litestar import asgi
from litestar.types import Receive, Scope, Send

from noi.db.remote_files import is_remote
from noi.media.sniff import CONTENT_TYPES
from noi.models.errors import NotFound, Unavailable
from noi.pages.visits import WebRequest
from noi.services import remote_files
from noi.services.network import Network
from noi.ui.static_files import static_url

_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_HEADERS = [
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"accept-ranges", b"bytes"),
]
_FOR_A_WHILE = [(b"cache-control", b"public, max-age=300")]
Headers = list[tuple[bytes, bytes]]


class Part(NamedTuple):
    """The bytes from `start` up to `end`, which is not one of them."""

    start: int
    end: int


@asgi("/media", is_mount=True, copy_scope=True)
async def media_file(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer GET and HEAD of one file by its storage key."""
    request: WebRequest = WebRequest(scope, receive, send)
    network: Network = request.app.state.network
    if request.method not in ("GET", "HEAD"):
        await _say(send, 405, b"Only GET and HEAD\n", [(b"allow", b"GET, HEAD")])
        return
    key = scope["path"].strip("/")
    if is_remote(key):
        await _remote(network, request, send, key)
    else:
        await _local(network, request, send, key)


async def _local(network: Network, request: WebRequest, send: Send, key: str) -> None:
    path = network.storage.public_path(key)
    if path is None or not await _send_file(request, send, path):
        await _say(send, 404, b"Not found\n", [])


async def _remote(network: Network, request: WebRequest, send: Send, key: str) -> None:
    """A file of another server, which may have to be fetched first."""
    try:
        async with remote_files.opened(network, key) as path:
            if await _send_file(request, send, path):
                return
    except Unavailable:
        await _say(send, 503, b"Not here yet\n", [(b"retry-after", b"10")])
        return
    except NotFound:
        pass
    shown = await remote_files.placeholder(network, key)
    if shown:
        address = static_url(shown).encode()
        await _say(send, 302, b"", [(b"location", address), *_FOR_A_WHILE])
    else:
        await _say(send, 404, b"Not found\n", _FOR_A_WHILE)


async def _send_file(request: WebRequest, send: Send, path: Path) -> bool:
    """Answer with a file; False where it is gone."""
    file = await asyncio.to_thread(_open, path)
    if file is None:
        return False
    try:
        await _answer(request, send, path, file)
    finally:
        file.close()
    return True


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:  # deleted since it was looked for
        return None


async def _answer(request: WebRequest, send: Send, path: Path, file: BinaryIO) -> None:
    etag = f'"{path.stem}"'
    headers: Headers = [*_HEADERS, (b"etag", etag.encode())]
    if etag in request.headers.get("if-none-match", ""):
        await _start(send, 304, headers)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    size = os.fstat(file.fileno()).st_size
    wanted = request.headers.get("range", "") if request.method == "GET" else ""
    if request.headers.get("if-range", etag) != etag:
        wanted = ""
    part = part_of(wanted, size)
    if part is None:
        await _say(send, 416, b"No such range\n", [(b"content-range", b"bytes */%d" % size)])
        return
    if part != (0, size):
        headers.append((b"content-range", b"bytes %d-%d/%d" % (part.start, part.end - 1, size)))
    headers.append((b"content-type", CONTENT_TYPES[path.suffix].encode()))
    headers.append((b"content-length", b"%d" % (part.end - part.start)))
    await _start(send, 200 if part == (0, size) else 206, headers)
    if request.method == "HEAD":
        part = Part(0, 0)
    await _send_part(request, send, file, part)


def part_of(header: str, size: int) -> Part | None:
    """What a `Range` header asks for of `size` bytes; None where it lies beyond their end.

    Headers that are malformed or ask for several ranges mean the whole, as the RFC allows.
    """
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return Part(0, size)
    first, last = match.groups()
    if not first:
        return Part(max(0, size - int(last)), size) if int(last) and size else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return Part(0, size)
    return Part(start, end) if start < size else None


async def _send_part(request: WebRequest, send: Send, file: BinaryIO, part: Part) -> None:
    gone = asyncio.create_task(_left(request.receive))
    at = part.start
    try:
        while at < part.end and not gone.done():
            piece = await asyncio.to_thread(_read, file, at, min(_PIECE, part.end - at))
            if not piece:
                raise OSError(f"{file.name} was cut off while it was sent")
            at += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _left(receive: Receive) -> None:
    """Wait until the reader is gone: the server would take bytes for nobody without a word."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    return os.pread(file.fileno(), length, at)


async def _say(send: Send, status: int, text: bytes, more: Headers) -> None:
    headers: Headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(text)),
        (b"x-content-type-options", b"nosniff"),
        (b"access-control-allow-origin", b"*"),
        *more,
    ]
    await _start(send, status, headers)
    await send({"type": "http.response.body", "body": text, "more_body": False})


async def _start(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


HANDLERS = [media_file]
