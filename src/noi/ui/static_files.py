"""Style, script and icons, under names that carry a hash of their content.

Whoever has such an address has its bytes for ever, so browsers never ask again. The files are
few and small: they are read and compressed once, when the first of them is asked for.
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("static")
PREFIX = "/static/"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class StaticFile(msgspec.Struct, frozen=True):
    """One file as it is served; `gzipped` is None where compression does not pay."""

    name: str
    content_type: str
    body: bytes
    gzipped: bytes | None


@cache
def _files() -> dict[str, StaticFile]:
    files = (path for path in FOLDER.iterdir() if path.suffix in _TYPES)
    return {path.name: _load(path) for path in files}


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:10]
    gzipped = gzip.compress(body, 9, mtime=0) if path.suffix != ".png" else None
    return StaticFile(f"{path.stem}.{digest}{path.suffix}", _TYPES[path.suffix], body, gzipped)


@cache
def _by_address() -> dict[str, StaticFile]:
    return {file.name: file for file in _files().values()}


def static_url(name: str) -> str:
    """The address of a file by its plain name (`look.css`); KeyError if there is none."""
    return PREFIX + _files()[name].name


def find(hashed_name: str) -> StaticFile | None:
    """The file behind the last part of an address that `static_url` made."""
    return _by_address().get(hashed_name)


def answer(file: StaticFile, accept_encoding: str) -> tuple[dict[str, str], bytes]:
    """Headers and body for one request, compressed where the browser takes gzip."""
    headers = {
        "content-type": file.content_type,
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
    }
    if file.gzipped is None:
        return headers, file.body
    headers["vary"] = "accept-encoding"
    if "gzip" not in accept_encoding:
        return headers, file.body
    return {**headers, "content-encoding": "gzip"}, file.gzipped
