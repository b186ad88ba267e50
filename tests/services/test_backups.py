import asyncio
import gzip
import hashlib
import io
import os
import signal
import sys
import tarfile
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

import people
import postgres_cluster
import testrig
from noi.config import Settings
from noi.db import jobs
from noi.db.connect import connect
from noi.db.database import Database, Transaction
from noi.db.migrate import pending
from noi.db.postgres import one_transaction
from noi.media.storage import new_key
from noi.models.accounts import Role
from noi.models.errors import Conflict, Invalid
from noi.models.jobs import CleanUp
from noi.services import backups, settings

_DRAFT = "INSERT INTO drafts (id, account_id, params, updated_at) VALUES (:id, 1, '', 0)"
_MARKER = """INSERT INTO markers (account_id, timeline, last_read_id, updated_at)
VALUES (:id, 'home', 0, 0)"""


@asynccontextmanager
async def empty_place(engine: str, folder: Path) -> AsyncGenerator[Settings]:
    """Settings of a machine on which nothing is yet."""
    data = folder / "new" / "data"
    if engine == "sqlite":
        yield Settings(data=data, database=f"sqlite:{data / 'noi.sqlite'}")
        return
    async with postgres_cluster.database() as url:
        async with one_transaction(url) as (raw, _):
            await raw.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield Settings(data=data, database=url)


async def fill(rig: testrig.Rig) -> str:
    """Some of everything: people, settings, a job, search rows, a picture."""
    network = rig.network
    await people.join(network, "lan", Role.OWNER, "lan@example.com")
    await people.join(network, "binh")
    await settings.update(network, None, {"name": "Làng Nối", "description": "a\tb\\n\nc\r'\""})
    await network.db.transaction(lambda tx: jobs.enqueue(tx, CleanUp()))
    if network.db.dialect == "sqlite":
        await network.db.execute(
            "INSERT INTO status_search (rowid, exact, folded, scope) VALUES (7, 'xin', 'xin', 'p')"
        )
    else:
        await network.db.execute(
            "INSERT INTO status_search (id, tokens) VALUES (7, array_to_tsvector(ARRAY['xin']))"
        )
    key = new_key("pictures", ".webp")
    await network.storage.put_bytes(b"picture", key)
    await network.storage.put_bytes(b"of another server", new_key("remote", ".webp"))
    return key


ALL = ("accounts", "users", "settings", "jobs", "migrations")


async def dump(db: Database, names: Sequence[str] = ALL) -> dict[str, object]:
    return {name: await db.fetch_all(f"SELECT * FROM {name} ORDER BY 1") for name in names}


async def test_restored_network_is_the_same(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "noi.tar.gz"
    async with testrig.services(engine) as rig:
        key = await fill(rig)
        before = await dump(rig.network.db)
        written = await backups.backup(rig.network.settings, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["noi.tar.gz"]
    assert (written.media_files, written.size) == (1, file.stat().st_size)
    async with empty_place(engine, tmp_path) as place:
        restored = await backups.restore(place, file)
        assert restored.rows == written.rows
        assert (place.media_folder / key).read_bytes() == b"picture"
        assert sorted(path.name for path in place.data.iterdir())[0] == "media"
        db = connect(place.database_url)
        try:
            assert await pending(db) == []
            after = await dump(db)
            assert after == before
            match = (
                "SELECT rowid FROM status_search WHERE status_search MATCH 'xin'"
                if engine == "sqlite"
                else "SELECT id FROM status_search WHERE tokens @@ 'xin'::tsquery"
            )
            assert await db.fetch_all(match) == [(7,)]
            # Numbers go on where they stopped.
            await db.transaction(lambda tx: jobs.enqueue(tx, CleanUp()))
            assert await db.fetch_value("SELECT max(id) FROM jobs") == 2
        finally:
            await db.close()


async def test_writing_goes_on_and_each_transaction_is_whole(engine: str, tmp_path: Path) -> None:
    """Pairs of rows are written in one transaction each; no backup holds half a pair."""
    file = tmp_path / "noi.tar.gz"
    async with testrig.services(engine) as rig:
        db = rig.network.db
        stop = asyncio.Event()

        async def write_pair(tx: Transaction) -> None:
            id_ = {"id": rig.network.ids.next()}
            await tx.execute(_DRAFT, id_)
            await tx.execute(_MARKER, id_)

        async def write() -> None:
            while not stop.is_set():
                await db.transaction(write_pair)

        writing = asyncio.create_task(write())
        while not await db.fetch_value("SELECT count(*) FROM drafts"):
            await asyncio.sleep(0)
        summary = await backups.backup(rig.network.settings, file)
        stop.set()
        await writing
        tables = summary.manifest.database.tables
        assert tables["drafts"] == tables["markers"] > 0


_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from noi.config import Settings
from noi.db import backups as rows
from noi.services import backups

async def load(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

rows.load = load
settings = Settings(data=Path(sys.argv[1]), database=sys.argv[2])
asyncio.run(backups.restore(settings, Path(sys.argv[3])))
"""


async def test_a_restore_that_was_killed_is_begun_anew(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "noi.tar.gz"
    async with testrig.services(engine) as rig:
        key = await fill(rig)
        await backups.backup(rig.network.settings, file)
    async with empty_place(engine, tmp_path) as place:
        arguments = (str(place.data), place.database_url, str(file))
        killed = await asyncio.create_subprocess_exec(sys.executable, "-c", _KILLED, *arguments)
        assert await killed.wait() == -signal.SIGKILL
        assert (place.media_folder / key).exists()
        assert (await backups.restore(place, file)).resumed
        assert (place.media_folder / key).read_bytes() == b"picture"
        assert {path.name for path in place.data.iterdir()} <= {"media", "noi.sqlite"}
        with pytest.raises(Conflict):
            await backups.restore(place, file)


async def test_restore_refuses_a_place_that_is_not_empty(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "noi.tar.gz"
    async with testrig.services(engine) as rig:
        await fill(rig)
        await backups.backup(rig.network.settings, file)
        before = await dump(rig.network.db)
        for place in (
            rig.network.settings,
            msgspec.structs.replace(rig.network.settings, data=tmp_path / "elsewhere"),
        ):
            with pytest.raises(Conflict):
                await backups.restore(place, file)
        assert await dump(rig.network.db) == before
        with pytest.raises(Conflict):
            await backups.backup(rig.network.settings, file)


async def test_backups_of_newer_versions_are_refused(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "noi.tar.gz"
    async with testrig.services(engine) as rig:
        await fill(rig)
        await backups.backup(rig.network.settings, file)
    newer = rewrite(
        file,
        tmp_path / "newer.tar.gz",
        manifest=lambda text: text.replace(b'"0001_network"', b'"9999_future"'),
    )
    async with empty_place(engine, tmp_path) as place:
        with pytest.raises(Invalid):
            await backups.restore(place, newer)
        assert not place.media_folder.exists()


def members(file: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(file) as archive:
        for member in archive:
            source = archive.extractfile(member)
            assert source is not None
            found[member.name] = source.read()
    return found


def pack(file: Path, contents: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if name.startswith("media/"):
                info.type = kind
            archive.addfile(info, io.BytesIO(data))
    return file


def rewrite(source: Path, target: Path, manifest: Callable[[bytes], bytes]) -> Path:
    """The same archive with another manifest and matching checksums."""
    contents = members(source)
    contents["manifest.json"] = manifest(contents["manifest.json"])
    return pack(target, with_checksums(contents))


def with_checksums(contents: dict[str, bytes]) -> dict[str, bytes]:
    rest = {name: data for name, data in contents.items() if name != "checksums.json"}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in rest.items()}
    return {**rest, "checksums.json": msgspec.json.encode(sums)}


@pytest.fixture
async def whole(tmp_path: Path) -> Path:
    file = tmp_path / "noi.tar.gz"
    async with testrig.services("sqlite") as rig:
        await fill(rig)
        await backups.backup(rig.network.settings, file)
    return file


async def refused(file: Path, tmp_path: Path) -> None:
    async with empty_place("sqlite", tmp_path / "target") as place:
        with pytest.raises(Invalid):
            await backups.restore(place, file)
        left = [path for path in place.data.rglob("*") if path.is_file()]
        assert left == []


async def test_cut_archives_are_refused(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    for position, length in enumerate((0, 1, 100, len(data) // 2, len(data) - 9, len(data) - 1)):
        cut = tmp_path / f"cut{position}"
        cut.write_bytes(data[:length])
        await refused(cut, tmp_path)


async def test_changed_archives_are_refused(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    step = max(1, len(data) // 12)
    changed = [flipped(data, position) for position in range(20, len(data), step)]
    # A reference to other zeros of an empty page is another byte that unpacks to the same.
    damaged = [each for each in changed if unpacked(each) != unpacked(data)]
    assert len(damaged) > len(changed) // 2
    for position, each in enumerate(damaged):
        file = tmp_path / f"changed{position}"
        file.write_bytes(each)
        await refused(file, tmp_path)


def flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]


def unpacked(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data)
    except (zlib.error, EOFError, gzip.BadGzipFile):
        return None


async def test_missing_parts_and_lost_rows_are_refused(whole: Path, tmp_path: Path) -> None:
    contents = members(whole)
    for name in contents:
        rest = {key: value for key, value in contents.items() if key != name}
        await refused(pack(tmp_path / f"without-{name.replace('/', '-')}", rest), tmp_path)
    more = contents["manifest.json"].replace(b'"accounts":2', b'"accounts":3')
    assert more != contents["manifest.json"]
    file = pack(tmp_path / "rows", with_checksums({**contents, "manifest.json": more}))
    await refused(file, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "media/../../evil",
        "media/..",
        "media//evil",
        "media/.hidden",
        "database/../../evil.sqlite",
        "media/a\nb",
        "other.txt",
    ],
)
async def test_names_outside_are_refused(whole: Path, tmp_path: Path, name: str) -> None:
    contents = with_checksums({**members(whole), name: b"evil"})
    await refused(pack(tmp_path / "names", contents), tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.name == "evil"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
async def test_links_and_devices_are_refused(whole: Path, tmp_path: Path, kind: bytes) -> None:
    contents = {"media/link": b"", **with_checksums(members(whole))}
    await refused(pack(tmp_path / "links", contents, kind), tmp_path)


async def test_the_other_engine_takes_it_too(engine: str, tmp_path: Path) -> None:
    file = tmp_path / "noi.tar.gz"
    other = "postgresql" if engine == "sqlite" else "sqlite"
    async with testrig.services(engine) as rig:
        await fill(rig)
        person = await people.join(rig.network, "mai")
        await rig.network.db.execute(
            "INSERT INTO sessions (id_hash, account_id, user_agent, created_at, last_used_at, "
            "expires_at) VALUES (:key, :id, '\\x00\\N', 1, 2, 3)",
            {"key": bytes(range(256)), "id": person.account_id},
        )
        names = ["accounts", "users", "settings", "sessions", "markers"]
        before = await dump(rig.network.db, names)
        await backups.backup(rig.network.settings, file)
    async with empty_place(other, tmp_path) as place:
        await backups.restore(place, file)
        db = connect(place.database_url)
        try:
            assert await pending(db) == []
            assert await dump(db, names) == before
            waiting = await db.fetch_all("SELECT name, count(*) FROM jobs GROUP BY name")
            assert dict(waiting) == {"CleanUp": 1, "IndexAccount": 3}
        finally:
            await db.close()


async def test_not_a_backup_at_all(tmp_path: Path) -> None:
    for position, data in enumerate((b"hello", gzip.compress(b"hello"), os.urandom(5000))):
        file = tmp_path / f"file{position}"
        file.write_bytes(data)
        await refused(file, tmp_path)
    await refused(tmp_path / "nothing", tmp_path)
