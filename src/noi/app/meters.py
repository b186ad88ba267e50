"""The numbers of a process, and the answer to Prometheus for all of them.

Labels have few values: routes as they are declared, never addresses, names or what people type.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from noi import __version__
from noi.app.metrics import forget_dead
from noi.app.requests import App, Message, Receive, Scope, Send
from noi.db import jobs
from noi.db.database import Database
from noi.models.ids import now_ms

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_TRANSACTION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
_JOB_SECONDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0)

Observe = Callable[[float], None]


class Meters:
    """What this process counts. The library's objects know its pid, so it survives a fork."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._requests = Counter(
            "noi_http_requests",
            "Requests answered",
            ["door", "route", "method", "status"],
            registry=None,
        )
        self._request_seconds = Histogram(
            "noi_http_request_seconds",
            "Time until an answer begins",
            ["door", "route"],
            buckets=_REQUEST_SECONDS,
            registry=None,
        )
        self._streams = Gauge(
            "noi_open_streams",
            "Open WebSockets and event streams",
            ["kind"],
            multiprocess_mode="livesum",
            registry=None,
        )
        self._jobs = Counter("noi_jobs_run", "Jobs run", ["name", "outcome"], registry=None)
        self._job_seconds = Histogram(
            "noi_job_seconds", "Time a job takes", ["name"], buckets=_JOB_SECONDS, registry=None
        )
        self._transactions = Histogram(
            "noi_database_transaction_seconds",
            "Time from asking for a transaction to its commit",
            ["engine"],
            buckets=_TRANSACTION_SECONDS,
            registry=None,
        )
        self._found: dict[tuple[str, str, int], tuple[Callable[[], None], Observe]] = {}

    def begun(self, scope: Scope, message: Message, seconds: float) -> bool:
        """Count an answer that begins; true for a stream of events, whose end is to be told too."""
        for name, value in message.get("headers", ()):
            if name == b"content-type":
                if value.startswith(b"text/event-stream"):
                    self.stream("events", 1)
                    return True
                break
        self.answered(scope, message["status"], seconds)
        return False

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer that is no stream."""
        key = (scope.get("path_template", ""), scope["method"], status // 100)
        found = self._found.get(key)
        if found is None:
            door = _door(scope) if key[0] else "unknown"
            route = key[0] or "unknown"
            method = key[1] if key[1] in _METHODS else "other"
            counter = self._requests.labels(door, route, method, f"{key[2]}xx")
            histogram = self._request_seconds.labels(door, route)
            found = self._found[key] = counter.inc, histogram.observe
        count, observe = found
        count()
        observe(seconds)

    def socket(self, app: App) -> App:
        """`app` for WebSockets, which are counted while they are open."""

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            opened = False

            async def answer(message: Message) -> None:
                nonlocal opened
                if message["type"] == "websocket.accept":
                    opened = True
                    self.stream("websocket", 1)
                await send(message)

            try:
                await app(scope, receive, answer)
            finally:
                if opened:
                    self.stream("websocket", -1)

        return handle

    def stream(self, kind: str, change: int) -> None:
        """Count a stream that opens (1) or ends (-1)."""
        self._streams.labels(kind).inc(change)

    def job_ended(self, name: str, outcome: str, seconds: float) -> None:
        """Count a job that was `done`, is to be `retried`, or was given up (`dead`)."""
        self._jobs.labels(name, outcome).inc()
        self._job_seconds.labels(name).observe(seconds)

    def transaction(self, engine: str, seconds: float) -> None:
        """Count a transaction of the database."""
        self._transactions.labels(engine).observe(seconds)

    async def exposition(self, db: Database) -> bytes:
        """The numbers of all processes of this machine, and of the job queue, as text."""
        counts = await jobs.counts(db)
        due = await jobs.next_due(db)
        waiting = 0 if due is None else max(0, now_ms() - due)
        return await asyncio.to_thread(_exposition, self._place, counts, waiting / 1000)


class _Queue:
    """What is asked for anew with every scrape."""

    def __init__(self, counts: dict[str, int], waiting: float) -> None:
        self._counts = counts
        self._waiting = waiting

    def collect(self) -> list[GaugeMetricFamily]:
        info = GaugeMetricFamily("noi_info", "The running version", labels=["version"])
        info.add_metric([__version__], 1)
        queued = GaugeMetricFamily("noi_jobs_queued", "Jobs by state", labels=["state"])
        for state, count in self._counts.items():
            queued.add_metric([state], count)
        late = GaugeMetricFamily(
            "noi_jobs_waiting_seconds", "How long the first due job has waited", self._waiting
        )
        return [info, queued, late]


def _exposition(place: Path, counts: dict[str, int], waiting: float) -> bytes:
    forget_dead(place, "gauge_live*")
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(place))
    registry.register(_Queue(counts, waiting))
    return generate_latest(registry)


def _door(scope: Scope) -> str:
    """`api`, `web` …: the package that declares the route."""
    if "door" in scope:
        return str(scope["door"])
    module: str = scope["route_handler"].fn.__module__
    return module.split(".")[1]
