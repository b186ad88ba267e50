"""Pictures and media of other servers by the keys they have here; fetched when looked at."""

import hashlib
from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.federation import RemoteFile, RemoteKind
from noi.models.ids import now_ms

_COLUMNS = ", ".join(RemoteFile.__struct_fields__)
_INSERT = """INSERT INTO remote_files (key, url, host, kind, created_at)
VALUES @rows(:key, :url, :host, :kind, :now) ON CONFLICT (key) DO NOTHING"""
_GET = f"SELECT {_COLUMNS} FROM remote_files WHERE key = :key"
_STORED = """UPDATE remote_files SET state = 'stored', file = :file, small = :small,
    file_size = :file_size, used_at = :now, failures = 0, retry_at = 0, error = ''
WHERE key = :key"""
_FAILED = """UPDATE remote_files SET state = 'failed', error = :error, failures = failures + 1,
    retry_at = :retry_at WHERE key = :key"""
_USED = "UPDATE remote_files SET used_at = :now WHERE key = :key"
_TOTAL = "SELECT coalesce(sum(file_size), 0) FROM remote_files WHERE state = 'stored'"
_LEAST_USED = f"""SELECT {_COLUMNS} FROM remote_files WHERE state = 'stored'
ORDER BY used_at LIMIT CAST(:limit AS BIGINT)"""
_STORED_OF = f"""SELECT {_COLUMNS} FROM remote_files WHERE host = :host AND state = 'stored'
LIMIT CAST(:limit AS BIGINT)"""
_FORGET = """UPDATE remote_files SET state = 'unfetched', file = '', small = '', file_size = 0
WHERE key = :key AND state = 'stored'"""
_ENDING = ".any"
_SMALL = ".small"


class NewFile(msgspec.Struct, frozen=True):
    """A file that something here shows; `host` is the domain of the account it came with."""

    url: str
    host: str
    kind: RemoteKind

    @property
    def key(self) -> str:
        """The same for the same address, so that it is fetched once."""
        name = hashlib.sha256(f"{self.kind} {self.url}".encode()).hexdigest()[:24]
        return f"remote/{name[:2]}/{name[2:4]}/{name}{_ENDING}"

    @property
    def small(self) -> str:
        """The key of its small or still form."""
        return small_key(self.key)


def small_key(key: str) -> str:
    """The key of the small form of a picture, or of the one that does not move."""
    return key.removesuffix(_ENDING) + _SMALL


def is_remote(key: str) -> bool:
    """Whether a key stands for a file of another server."""
    return key.startswith("remote/") and key.endswith((_ENDING, _SMALL))


def main_key(key: str) -> str:
    """The key that a row has, of a key of either form."""
    return key.removesuffix(_SMALL) + _ENDING if key.endswith(_SMALL) else key


async def put(tx: Transaction, files: Sequence[NewFile]) -> None:
    """Note where files are to be had; those that are known stay as they are."""
    now = now_ms()
    rows = {
        file.key: {
            "key": file.key,
            "url": file.url,
            "host": file.host,
            "kind": file.kind.value,
            "now": now,
        }
        for file in sorted(files, key=lambda file: file.key)
    }
    for sql, params in with_rows(_INSERT, list(rows.values())):
        await tx.later(sql, params)


async def get(reader: Reader, key: str) -> RemoteFile | None:
    """A file by the key that its row has."""
    return await reader.fetch_one(_GET, {"key": key}, RemoteFile)


async def stored(db: Database, key: str, *, file: str, small: str, file_size: int) -> None:
    """Note that a file lies here now, under storage keys; sizes in bytes."""
    row = {"key": key, "file": file, "small": small, "file_size": file_size, "now": now_ms()}
    await db.execute(_STORED, row)


async def failed(db: Database, key: str, *, error: str, retry_at: int) -> None:
    """Note that a file cannot be had, and from when on (ms) to try again."""
    await db.execute(_FAILED, {"key": key, "error": error[:500], "retry_at": retry_at})


async def used(db: Database, key: str) -> None:
    """Note that somebody looks at a stored file."""
    await db.execute(_USED, {"key": key, "now": now_ms()})


async def total_size(reader: Reader) -> int:
    """How many bytes all stored files take."""
    return int(await reader.fetch_value(_TOTAL))


async def least_used(reader: Reader, limit: int) -> list[RemoteFile]:
    """Stored files, those first that nobody has looked at for longest."""
    return await reader.fetch_all(_LEAST_USED, {"limit": limit}, RemoteFile)


async def stored_of(reader: Reader, host: str, limit: int) -> list[RemoteFile]:
    """Stored files that came with accounts of a domain."""
    return await reader.fetch_all(_STORED_OF, {"host": host, "limit": limit}, RemoteFile)


async def forget(db: Database, key: str) -> None:
    """Note that the files of a row are gone; they are fetched again when looked at."""
    await db.execute(_FORGET, {"key": key})
