"""The reader of one worker process of a hub: reads what was announced, host by host.

Each round visits hosts that are due, and takes a few addresses of each, so that a flood of one
delays nobody. A host is visited by one worker at a time; one that does not answer is left alone
for longer and longer.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

from noi.db.database import Transaction
from noi.db.hub import queue, received
from noi.db.hub.queue import ClaimedHost
from noi.models.errors import Unavailable
from noi.models.hub_records import QueueEntry
from noi.models.ids import now_ms
from noi.models.pauses import doubling
from noi.services.hub import intake
from noi.services.hub.intake import Outcome, Result, Turns
from noi.services.network import Network

HOSTS_AT_ONCE = 48
ADDRESSES_A_VISIT = 24
MOST_A_VISIT = 192
"""What is read on a visit where few hosts are waiting for theirs."""
AT_ONCE_OF_HOST = 4
LEASE_MS = 60_000
FIRST_REST_MS = 30_000
LONGEST_REST_MS = 6 * 3_600_000
_HEARTBEAT_SECONDS = 15.0
_LONGEST_WAIT_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.25
_PAUSE_TO_LOOKING = 10
_STAY_SECONDS = 30.0
"""A worker that has room for more hosts stays so long with one, half of its lease."""
_FINISHED = frozenset({Outcome.STORED, Outcome.REFUSED})

_log = logging.getLogger("noi.hub")


class Visit:
    """A claimed host, what is read from it now, and what came of that."""

    def __init__(self, host: ClaimedHost) -> None:
        self.host = host
        self.entries: list[QueueEntry] = []
        self.known: list[QueueEntry] = []
        """What was due and ended without being read."""
        self.results: list[tuple[QueueEntry, Result]] = []

    @property
    def done(self) -> int:
        """How many addresses need not be read again."""
        read = sum(result.outcome in _FINISHED for _, result in self.results)
        return len(self.known) + read

    @property
    def full(self) -> bool:
        """Whether more of the host may be due."""
        return len(self.entries) + len(self.known) >= ADDRESSES_A_VISIT

    @property
    def given_up(self) -> bool:
        """Whether the host need not be asked for more on this visit."""
        outcomes = Counter(result.outcome for _, result in self.results)
        away = outcomes[Outcome.AWAY]
        silent = away >= AT_ONCE_OF_HOST and away == outcomes.total()
        return bool(outcomes[Outcome.BUSY]) or silent


class Reader:
    """Reads for one worker process; `name` is that under which the process is present."""

    def __init__(self, network: Network, name: str) -> None:
        self._network = network
        self._name = name
        self._wake = asyncio.Event()
        self._visits: dict[asyncio.Task[None], Visit] = {}
        self._after = ""
        self._stopping = False

    def wake(self) -> None:
        """Look for something to read: there was a commit."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more visits, and end `run` when those under way are done."""
        self._stopping = True
        self._wake.set()

    async def run(self, *, drain_seconds: float = 10.0) -> None:
        """Read until `stop`; what is not read in time is read by another worker."""
        leases = asyncio.create_task(self._keep_leases())
        try:
            while not self._stopping:
                self._wake.clear()
                began = monotonic()
                wait = await self._round()
                # What is announced in the meantime goes together: a round looks at all hosts, and
                # takes longer the more was read since the queue was cleared of what is dead.
                looking = min(_PAUSE_TO_LOOKING * (monotonic() - began), _LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(max(looking, _PAUSE_SECONDS))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
        finally:
            await self._drain(drain_seconds)
            leases.cancel()
            await asyncio.gather(leases, return_exceptions=True)

    async def read_due(self, *, now: int | None = None) -> int:
        """Read what is due by `now` (ms), until nothing more comes of it; answers how many
        addresses were done with.
        """
        count = 0
        while visits := await self._claim(HOSTS_AT_ONCE, now or now_ms()):
            await asyncio.gather(*(self._visit(visit) for visit in visits))
            done = sum(visit.done for visit in visits)
            if not done:
                break
            count += done
        return count

    async def _round(self) -> float:
        """Begin the visits that there is room for; answers how long to wait for something new."""
        room = HOSTS_AT_ONCE - len(self._visits)
        if room <= 0:
            return _LONGEST_WAIT_SECONDS
        try:
            due, now = await queue.next_due(self._network.db), now_ms()
            if due is None or due > now:
                wait = _LONGEST_WAIT_SECONDS if due is None else (due - now) / 1000
                return min(wait, _LONGEST_WAIT_SECONDS)
            visits = await self._claim(room, now)
        except Unavailable:
            _log.warning("the database is away; trying again")
            return 1.0
        for visit in visits or ():
            task = asyncio.create_task(self._visit(visit, stay=True))
            self._visits[task] = visit
            task.add_done_callback(self._ended)
        # Where others were faster, there may be more hosts after those.
        return 1.0 if visits is None else 0.0

    def _ended(self, task: asyncio.Task[None]) -> None:
        visit = self._visits.pop(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease runs out, and what was not recorded is read again.
            _log.error("a visit to %s failed: %s", visit.host.host, error)

    async def _claim(self, room: int, now: int) -> list[Visit] | None:
        """Take hosts whose turn it is: those after the last round's, then from the beginning.

        None where nobody's turn is, an empty list where others took them all.
        """
        db = self._network.db
        found = await queue.due_hosts(db, self._after, now=now, limit=room)
        if self._after and len(found) < room:
            more = await queue.due_hosts(db, "", now=now, limit=room - len(found))
            found += [host for host in more if host not in found]
        self._after = found[-1] if len(found) == room else ""
        if not found:
            return None
        # A time in the future is only looked at by tests, and no lease may end before it.
        until = max(now_ms(), now) + LEASE_MS
        claimed = await db.transaction(
            lambda tx: queue.claim_hosts(tx, self._name, found, now=now, until=until)
        )
        visits = [Visit(host) for host in claimed]
        await self._fill(visits, now)
        return visits

    async def _fill(self, visits: Sequence[Visit], now: int) -> None:
        """Give visits what is due; the fewer hosts there are, the more of each."""
        fair = HOSTS_AT_ONCE * ADDRESSES_A_VISIT // max(len(visits), len(self._visits), 1)
        each = min(max(fair, ADDRESSES_A_VISIT), MOST_A_VISIT)
        by_host = {visit.host.host: visit for visit in visits}
        entries = await queue.due(self._network.db, list(by_host), each=each, now=now)
        known = await intake.end_known(self._network, entries)
        for entry in entries:
            visit = by_host[entry.host]
            (visit.known if entry.uri in known else visit.entries).append(entry)

    async def _visit(self, visit: Visit, *, stay: bool = False) -> None:
        """Read what a visit has and, to `stay`, what comes after it; then give the host back."""
        db, leave_at = self._network.db, monotonic() + _STAY_SECONDS
        await self._read(visit)
        while stay and self._may_stay(visit, leave_at):
            following = Visit(visit.host)
            await self._fill([following], now_ms())
            await db.transaction(lambda tx, read=visit: _count(tx, read))
            visit = following
            await self._read(visit)
        await db.transaction(lambda tx: self._give_back(tx, visit))

    def _may_stay(self, visit: Visit, leave_at: float) -> bool:
        room = len(self._visits) < HOSTS_AT_ONCE and monotonic() < leave_at
        well = not visit.given_up and _failure(visit.results) is None
        return visit.full and room and well and not self._stopping

    async def _read(self, visit: Visit) -> None:
        turns = Turns(AT_ONCE_OF_HOST)

        async def in_turn(entry: QueueEntry) -> None:
            result = await intake.read(self._network, entry, turns)
            if result is not None:
                visit.results.append((entry, result))
                turns.closed = visit.given_up

        await asyncio.gather(*(in_turn(entry) for entry in visit.entries))

    async def _give_back(self, tx: Transaction, visit: Visit) -> None:
        """Count what was read, and let others visit the host."""
        await _count(tx, visit)
        failure = _failure(visit.results)
        if failure is None:
            await queue.let_go(tx, self._name, visit.host.host)
            return
        failed = failure.outcome is Outcome.AWAY
        free_at = failure.retry_at or now_ms() + rest_of(visit.host.failures)
        await queue.rest(
            tx, self._name, visit.host, free_at=free_at, failed=failed, error=failure.error
        )

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            held = [visit.host.host for visit in self._visits.values()]
            if held:
                with suppress(Unavailable):
                    until = now_ms() + LEASE_MS
                    await self._network.db.transaction(
                        lambda tx, held=held, until=until: queue.renew(
                            tx, self._name, held, until=until
                        )
                    )

    async def _drain(self, seconds: float) -> None:
        if self._visits:
            await asyncio.wait(list(self._visits), timeout=seconds)
        for task in list(self._visits):
            task.cancel()
        if self._visits:
            await asyncio.wait(list(self._visits))
        with suppress(Unavailable):
            await self._network.db.transaction(lambda tx: queue.release(tx, self._name))


def rest_of(failures: int) -> int:
    """How long a host is left alone after so many failures (ms): half a minute to six hours."""
    return doubling(FIRST_REST_MS, failures, LONGEST_REST_MS)


async def _count(tx: Transaction, visit: Visit) -> None:
    """Count what a visit is done with, for the members who announced it."""
    finished = [entry for entry, result in visit.results if result.outcome in _FINISHED]
    amounts = Counter(
        (entry.member_id, str(entry.category))
        for entry in (*visit.known, *finished)
        if entry.member_id is not None
    )
    if amounts:
        await received.add(tx, datetime.now(UTC).date().isoformat(), amounts)


def _failure(results: Sequence[tuple[QueueEntry, Result]]) -> Result | None:
    """Why a host is to be left alone: it asked for that, or answered nothing at all."""
    found = {result.outcome: result for _, result in results}
    if Outcome.BUSY in found:
        return found[Outcome.BUSY]
    answered = found.keys() - {Outcome.AWAY}
    return None if answered else found.get(Outcome.AWAY)
