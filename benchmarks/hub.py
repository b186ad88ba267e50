"""A hub with 200 members, 100,000 people and a million posts: finding, and taking in."""

import asyncio
import hashlib
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import msgspec

import noi.db.migrate
from benchmarks import hub_rows, seed
from benchmarks.load import Encoded, fetch, load
from benchmarks.report import Figure
from benchmarks.server import QUIET, Server, cpu_of, serving
from noi.activitypub import fasp
from noi.db import jobs
from noi.db.connect import connect
from noi.db.migrate import migrate
from noi.models.hub_jobs import CountTrends
from noi.models.ids import now_ms
from noi.services import settings

POSTS = int(os.environ.get("NOI_BENCH_POSTS", "1000000"))
_ORIGIN = "http://localhost:8000"
_CACHE = Path("build/bench")
_SEARCHES = 400
_SETTINGS = {**QUIET, "host": "localhost:8000"}
_ANNOUNCEMENTS = 5000
_AT_ONCE = 16


class _Keys(msgspec.Struct):
    """What the first member signs with."""

    private_key: str


class Signed(msgspec.Struct, frozen=True):
    """A call by the first member; a `body` makes it a POST."""

    path: str
    private_key: str
    body: bytes = b""
    at: int = 0

    def encode(self) -> bytes:
        method = "POST" if self.body else "GET"
        signed = fasp.sign_request(
            "server0",
            self.private_key,
            method,
            f"{_ORIGIN}{self.path}",
            self.body,
            self.at or now_ms(),
        )
        head = [f"{method} {self.path} HTTP/1.1", "Host: localhost:8000"]
        head += [f"{name}: {value}" for name, value in signed.items()]
        if self.body:
            head += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


async def finding() -> list[Figure]:
    """Searches, recommendations and trends, one after another, as a member sees them."""
    async with _hub() as (server, keys):
        await _counted(server)
        made = hub_rows.Hub()
        figures = [
            await _measure(server, keys, name, paths, budget)
            for name, paths, budget in _plans(made)
        ]
        memory = server.memory("Pss:") / 1024
        own = server.memory("Pss_Anon:") / 1024
        note = f"{own:.0f} without the pages of the database, which the system may take back"
        figures.append(Figure(f"{_title()}: memory after it", "SQLite", memory, "MiB", 300, note))
        figures.append(await _announcing(server, keys))
        return figures


def _plans(made: hub_rows.Hub) -> list[tuple[str, list[str], float]]:
    chance = made.chance
    names = [made.chance.choice(("nguyễn", "tran", "lan", "hương", "duc", "hoa")) for _ in range(9)]
    texts = [made.text() for _ in range(_SEARCHES)]
    accounts = "/account_search/v0/search?limit=10&term="
    posts = "/post_search/v0/search?limit=20&term="

    def part(length: int, *, quoted: bool) -> list[str]:
        found: list[str] = []
        for text in texts:
            start = chance.randrange(len(text.words) - length)
            words = " ".join(text.words[start : start + length]).replace('"', "")
            found.append(posts + quote(f'"{words}"' if quoted else words))
        return found

    def anywhere(keys: Callable[[hub_rows.Sentence], list[str]], length: int) -> list[str]:
        return [posts + quote(" ".join(chance.sample(keys(text), length))) for text in texts]

    numbers = [chance.randrange(made.accounts) for _ in range(_SEARCHES)]
    people = [hub_rows.account_uri(number, made.member_of[number]) for number in numbers]
    words = _FREQUENT.split()
    frequent = [posts + quote(f"{one} {two}") for one in words for two in words]
    typed = [accounts + quote(chance.choice(names)[: chance.randint(1, 6)]) for _ in people]
    whole = [accounts + quote(f"{chance.choice(names)} {chance.choice(names)}") for _ in people]
    bios = [accounts + quote(" ".join(text.words[:2])) for text in texts]
    rare = [posts + quote(f"hiếm{number}") for number in range(1, _SEARCHES)]
    trends = [
        f"/trends/v0/{kind}?withinLastHours={hours}"
        for kind in ("hashtags", "links", "content")
        for hours in (1, 24, 168)
    ] * 20
    return [
        ("find people by what is typed so far", typed, 15),
        ("find people by two names", whole, 15),
        ("find people by words of their bios", bios, 15),
        ("find posts by two frequent words", frequent, 30),
        ("find posts by a rare word", rare, 30),
        ("find posts by a phrase in quotes", part(3, quoted=True), 30),
        ("find posts by some words that follow", part(3, quoted=False), 30),
        ("find posts by four words from anywhere", anywhere(lambda text: text.words, 4), 30),
        ("the same without tone marks", anywhere(lambda text: text.folded, 4), 30),
        (
            "recommend whom to follow",
            [f"/follow_recommendation/v0/accounts?accountUri={quote(uri)}" for uri in people],
            15,
        ),
        ("trends", trends, 5),
    ]


_FREQUENT = """có và của không người cho trong là được để với đã từ các những một"""


async def _measure(
    server: Server, keys: _Keys, name: str, paths: Sequence[str], budget: float
) -> Figure:
    """The 95th percentile of the processor time for an answer, each path once.

    On a machine that does nothing else, it is the time until the answer is there.
    """
    seconds: list[float] = []
    costs: list[float] = []
    found = 0
    for path in paths[:3]:
        await fetch(server.port, Signed(path, keys.private_key))
    web = server.pids("web")
    for path in paths:
        request = _Bytes(Signed(path, keys.private_key).encode())
        used, began = sum(map(cpu_of, web)), time.perf_counter()
        status, body = await fetch(server.port, request)
        seconds.append(time.perf_counter() - began)
        costs.append(sum(map(cpu_of, web)) - used)
        if status != 200:
            raise RuntimeError(f"{status} {path} {body!r}")
        found += len(body) > 30
    worst, waited = (statistics.quantiles(some, n=20)[-1] * 1e3 for some in (costs, seconds))
    middle = statistics.median(costs) * 1e3
    note = f"median {middle:.1f}; answered within {waited:.1f} ms; {found} of {len(paths)} hit"
    figure = Figure(f"{_title()}: {name}, p95", "SQLite", worst, "ms CPU", budget, note)
    print(f"    {figure.operation}: {worst:.1f} {note}", flush=True)
    return figure


class _Bytes(msgspec.Struct, frozen=True):
    content: bytes

    def encode(self) -> bytes:
        return self.content


async def _announcing(server: Server, keys: _Keys) -> Figure:
    """One address a call, as Mastodon announces; workers, which would fetch, stand still."""
    for pid in server.pids("worker"):
        os.kill(pid, signal.SIGSTOP)
    try:
        requests: list[Encoded] = []
        for number in range(_ANNOUNCEMENTS):
            body = {
                "source": {"subscription": {"id": "1"}},
                "category": "content",
                "eventType": "new",
                "objectUris": [f"https://{hub_rows.host(number % 200)}/new/{number}"],
            }
            signed = Signed(
                "/data_sharing/v0/announcements", keys.private_key, msgspec.json.encode(body)
            )
            requests.append(_Bytes(signed.encode()))
        used = server.cpu("web")
        done = await load(server.port, requests, connections=_AT_ONCE)
        cost = (server.cpu("web") - used) / done.answers * 1e6
    finally:
        for pid in server.pids("worker"):
            os.kill(pid, signal.SIGCONT)
    name = f"{_title()}: take in 1,000 announcements, one a call"
    note = f"{done.answers / done.seconds:,.0f}/s, {cost:.0f} µs CPU each"
    return Figure(name, "SQLite", done.seconds / done.answers * 1e6, "ms", 1000, note)


async def _counted(server: Server) -> None:
    """Have the worker count the trends."""
    db = connect(server.database)
    await db.transaction(lambda tx: jobs.enqueue(tx, CountTrends()))
    async with asyncio.timeout(300):
        while not await db.fetch_value("SELECT count(*) FROM hub_trends"):
            await asyncio.sleep(0.2)
    await db.close()


def _title() -> str:
    return f"hub, {POSTS:,} posts"


@asynccontextmanager
async def _hub() -> AsyncGenerator[tuple[Server, _Keys]]:
    file = await asyncio.to_thread(_sqlite_file)
    with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
        shutil.copyfile(file, Path(name) / "noi.sqlite")
        url = f"sqlite:{Path(name) / 'noi.sqlite'}"
        keys = msgspec.json.decode(file.with_suffix(".json").read_bytes(), type=_Keys)
        async with serving(url, Path(name), command="hub", **_SETTINGS) as server:
            yield server, keys


def _sqlite_file() -> Path:
    """A hub's database, made when there is none of this schema and day yet."""
    folder = Path(noi.db.migrate.__file__).parent
    sources = [*sorted(folder.rglob("*.sql")), Path(hub_rows.__file__)]
    print_ = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    path = _CACHE / f"hub-{POSTS}-{print_}-{time.strftime('%Y%m%d')}.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"hub-{POSTS}-*"):
            old.unlink()
        unfinished = path.with_suffix(".unfinished")
        keys = asyncio.run(_fill(unfinished))
        path.with_suffix(".json").write_bytes(msgspec.json.encode(keys))
        shutil.move(unfinished, path)
    return path


async def _fill(path: Path) -> _Keys:
    url = f"sqlite:{path}"
    db = connect(url)
    await migrate(db, hub=True)
    done = settings.NetworkSettings(name="Liên minh để đo", setup_done=True)
    await db.transaction(lambda tx: settings.save(tx, done))
    await db.close()
    hub = hub_rows.Hub()
    rows, ours, _theirs = hub.members()
    tables = {**hub_rows.COLUMNS, **hub_rows.SEARCH}
    for batch in chain([rows], hub.people(), hub.follows(), hub.posts(POSTS)):
        await seed.write(url, batch, {name: tables[name] for name in batch})
    return _Keys(ours.private_key)
