"""The courier of one worker process: sends what waits for other servers, host by host.

Each round claims hosts that are due. What came of a visit is written for many hosts in one
transaction; what a crash keeps from being written is sent again, and the receiver knows it by
its id.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from noi.db import deliveries, hosts, jobs
from noi.db.database import Transaction
from noi.models.errors import NotFound, Unavailable
from noi.models.federation import Delivery
from noi.models.ids import now_ms
from noi.models.jobs import LeaveInbox
from noi.services import envelopes, policies
from noi.services.host_visits import Letter, Visit, carry_out
from noi.services.network import Network
from noi.transport.signed import Target, prepare_posts

HOSTS_AT_ONCE = 96
FAILING_HOSTS_AT_ONCE = 16
DELIVERIES_A_VISIT = 50
LEASE_MS = 120_000
_HEARTBEAT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 5.0
_RECORD_PAUSE_SECONDS = 0.02
_KEPT_LETTERS = 256

_log = logging.getLogger("noi.courier")


class Courier:
    """Sends for one worker process; `name` is that under which the process is present."""

    def __init__(self, network: Network, name: str) -> None:
        self._network = network
        self._name = name
        self._wake = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Visit] = {}
        self._ended: list[Visit] = []
        self._any_ended = asyncio.Event()
        self._letters: dict[int, Letter] = {}
        self._stopping = False

    def wake(self) -> None:
        """Look for something to send: there was a commit."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more visits, and end `run` when those under way are done."""
        self._stopping = True
        self._wake.set()

    async def run(self, *, drain_seconds: float = 10.0) -> None:
        """Send until `stop`; visits that do not end in time are made again by another worker."""
        helpers = [
            asyncio.create_task(self._keep_recording()),
            asyncio.create_task(self._keep_leases()),
        ]
        try:
            while not self._stopping:
                self._wake.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), await self._begin_visits())
        finally:
            await self._drain(drain_seconds)
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            with suppress(Unavailable):
                await self._record(self._ended)
                await self._network.db.transaction(
                    lambda tx: deliveries.release_worker(tx, self._name)
                )

    async def send_due(self, *, now: int | None = None) -> int:
        """Visit hosts until none is due by `now` (ms); answers how many posts ended."""
        count = 0
        while visits := await self._claim(now or now_ms(), HOSTS_AT_ONCE, HOSTS_AT_ONCE):
            await asyncio.gather(*(carry_out(self._network.client, visit) for visit in visits))
            await self._record(visits)
            count += sum(len(visit.done) for visit in visits)
        return count

    async def _begin_visits(self) -> float:
        """Claim hosts that there is room for; answers how long to wait for something new."""
        failing = sum(visit.failing for visit in self._under_way.values())
        room = HOSTS_AT_ONCE - len(self._under_way) + failing
        try:
            due = await deliveries.next_due(self._network.db)
            now = now_ms()
            if due is None or due > now:
                wait = _LONGEST_WAIT_SECONDS if due is None else (due - now) / 1000
                return min(wait, _LONGEST_WAIT_SECONDS)
            visits = await self._claim(now, room, FAILING_HOSTS_AT_ONCE - failing)
        except Unavailable:
            _log.warning("the database is away; trying again")
            return 1.0
        for visit in visits:
            task = asyncio.create_task(carry_out(self._network.client, visit))
            self._under_way[task] = visit
            task.add_done_callback(self._visit_ended)
        return 0.0 if visits else 0.25

    def _visit_ended(self, task: asyncio.Task[None]) -> None:
        visit = self._under_way.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a visit to %s failed", visit.host, exc_info=error)
            visit.error = f"{type(error).__name__}: {error}"
        self._ended.append(visit)
        self._any_ended.set()

    async def _claim(self, now: int, healthy: int, failing: int) -> list[Visit]:
        """Claim due hosts, with what goes to each, and sign the first of it."""
        db = self._network.db
        claimed = await deliveries.claim(
            db, self._name, now=now, lease_until=now + LEASE_MS, healthy=healthy, failing=failing
        )
        visits = {host.host: Visit(host) for host in claimed}
        await self._turn_away(visits)
        if not visits:
            return []
        for delivery in await deliveries.queued(db, list(visits), DELIVERIES_A_VISIT):
            visits[delivery.host].deliveries.append(delivery)
        await self._write_letters(list(visits.values()))
        await self._sign_first(list(visits.values()))
        return list(visits.values())

    async def _turn_away(self, visits: dict[str, Visit]) -> None:
        """Forget what waits for hosts that this network does not speak with, and visit none."""
        network = self._network
        shut_out = [host for host in visits if (await policies.of(network, host)).blocked]
        if not shut_out:
            return

        async def work(tx: Transaction) -> None:
            await deliveries.lock_hosts(tx, sorted(shut_out))
            for host in shut_out:
                await deliveries.drop_host(tx, host)
            await deliveries.let_go(tx, shut_out)

        await network.db.transaction(work)
        for host in shut_out:
            del visits[host]

    async def _write_letters(self, visits: Sequence[Visit]) -> None:
        """Give each visit the activities it is to post; those that are gone are left out."""
        wanted = {delivery.activity_id for visit in visits for delivery in visit.deliveries}
        letters = {id_: self._letters[id_] for id_ in wanted & self._letters.keys()}
        missing = sorted(wanted - letters.keys())
        for activity in (await deliveries.bodies(self._network.db, missing)).values():
            with suppress(NotFound):
                letters[activity.id] = await envelopes.write(self._network, activity)
        for visit in visits:
            ids = {delivery.activity_id for delivery in visit.deliveries}
            visit.letters = {id_: letters[id_] for id_ in ids & letters.keys()}
        self._letters = dict(list({**self._letters, **letters}.items())[-_KEPT_LETTERS:])

    async def _sign_first(self, visits: Sequence[Visit]) -> None:
        """Sign what each visit begins with: all that is the same activity in one thread."""
        together: defaultdict[int, list[tuple[Visit, Delivery]]] = defaultdict(list)
        for visit in visits:
            if visit.deliveries and visit.deliveries[0].activity_id in visit.letters:
                first = visit.deliveries[0]
                together[first.activity_id].append((visit, first))
        for activity_id, firsts in together.items():
            letter = firsts[0][0].letters[activity_id]
            headers = await envelopes.headers(
                self._network, letter.activity, [visit.host for visit, _ in firsts]
            )
            targets = [
                Target(delivery.inbox_uri, visit.signatures, headers.get(visit.host, {}))
                for visit, delivery in firsts
            ]
            for (visit, delivery), prepared in zip(
                firsts, await prepare_posts(targets, letter.body, letter.key), strict=True
            ):
                visit.prepared[delivery.id] = prepared

    async def _keep_recording(self) -> None:
        while True:
            await self._any_ended.wait()
            await asyncio.sleep(_RECORD_PAUSE_SECONDS)
            self._any_ended.clear()
            ended, self._ended = self._ended, []
            try:
                await self._record(ended)
            except Unavailable:
                self._ended += ended
                self._any_ended.set()
                await asyncio.sleep(1)
            self._wake.set()

    async def _record(self, visits: Sequence[Visit]) -> None:
        """Write what came of visits, and give their hosts back."""
        if visits:
            await self._network.db.transaction(lambda tx: _write_down(tx, visits))

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            held = [visit.host for visit in [*self._under_way.values(), *self._ended]]
            if held:
                with suppress(Unavailable):
                    until = now_ms() + LEASE_MS
                    await deliveries.renew(self._network.db, self._name, held, lease_until=until)

    async def _drain(self, seconds: float) -> None:
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=seconds)
        for task in list(self._under_way):
            task.cancel()
        if self._under_way:
            await asyncio.wait(list(self._under_way))


async def _write_down(tx: Transaction, visits: Sequence[Visit]) -> None:
    now = now_ms()
    names = sorted(visit.host for visit in visits)
    await deliveries.lock_hosts(tx, names)
    await deliveries.finish(tx, [delivery for visit in visits for delivery in visit.done])
    tried = [delivery.id for visit in visits for delivery in visit.tried]
    if tried:
        await deliveries.count_attempt(tx, tried)
    await hosts.succeeded(tx, [visit.host for visit in visits if visit.answered], now)
    await deliveries.let_go(tx, [visit.host for visit in visits if not visit.failed])
    for visit in visits:
        if visit.signatures != visit.remembered:
            await hosts.remember_signatures(tx, visit.host, visit.signatures)
        for inbox_uri in sorted(visit.gone_inboxes):
            await jobs.enqueue(tx, LeaveInbox(visit.host, inbox_uri))
        if visit.failed:
            failure = await hosts.failed(tx, visit.host, visit.error, visit.retry_at, now)
            if failure.dead:
                await deliveries.drop_host(tx, visit.host)
            await deliveries.put_off(tx, visit.host, failure.retry_at)
