"""The receiver of one worker process: handles what the journal holds, fairly across hosts.

Each round takes a few entries of each host in turn. The transactions of many activities go into one
commit, and each has its effect once: that it was handled is written with what it did. What an actor
takes back or changes waits for what it sent before; the rest of it need not wait for each other.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic

from noi.activitypub.activities import Activity, read_activity
from noi.activitypub.normalize import Document
from noi.activitypub.uris import authority_of
from noi.db import accounts, hosts, remote_accounts
from noi.db import inbox as table
from noi.db.database import Transaction
from noi.db.groups import Groups
from noi.jobs.worker import retry_delay
from noi.models.accounts import Account, AccountState
from noi.models.errors import Conflict, NoiError, Unavailable
from noi.models.federation import Declined, Mail
from noi.models.ids import now_ms
from noi.services import policies
from noi.services import remote_accounts as people
from noi.services.authenticity import Confirmed, confirm
from noi.services.inbox import Handle, Received
from noi.services.lanes import Lanes, Opened, opened
from noi.services.network import Network
from noi.services.repetition import repetition_of
from noi.transport.errors import TransportError, Unreachable

AT_ONCE = 200
AT_ONCE_OF_HOST = 50
MOST_AT_ONCE = 1000
SLOW_SECONDS = 1.0
"""What takes longer waits for somebody else, and its place goes to the next."""

MAX_ATTEMPTS = 8
LEASE_MS = 60_000
HOSTS_A_ROUND = 64
UNVERIFIED_AT_ONCE = 16
_HEARTBEAT_SECONDS = 15.0
_LONGEST_WAIT_SECONDS = 5.0
_PAUSE_SECONDS = 0.1
_OTHERS_TURN_SECONDS = 0.5

Hint = Callable[[Network, Document], Awaitable[None]]

_log = logging.getLogger("noi.inbox")


class Receiver:
    """Handles for one worker process; `name` is that under which the process is present.

    `hint` gets what nobody could prove, such as the farewell of somebody whose key is gone.
    """

    def __init__(
        self, network: Network, name: str, handle: Handle, hint: Hint | None = None
    ) -> None:
        self._network = network
        self._name = name
        self._handle = handle
        self._hint = hint
        self._wake = asyncio.Event()
        self._stopping = False
        self._running: dict[asyncio.Task[None], tuple[Opened, float]] = {}
        self._lanes = Lanes()
        self._done: list[int] = []
        self._heard: set[str] = set()
        self._after = ""
        self._turn_is_ours = True
        self._strangers = asyncio.Semaphore(UNVERIFIED_AT_ONCE)
        self._groups = Groups(network.db)
        self._failures = 0
        self._errors: list[Exception] = []

    def wake(self) -> None:
        """Look for something to handle: there was a commit."""
        self._wake.set()

    def stop(self) -> None:
        """Take nothing more, and end `run` when what is under way is done."""
        self._stopping = True
        self._wake.set()

    async def run(self, *, drain_seconds: float = 10.0) -> None:
        """Handle until `stop`; what does not end in time is given back."""
        leases = asyncio.create_task(self._keep_leases())
        try:
            while not self._stopping:
                # The fewer turns of workers that write groups, the less each activity costs.
                await self._groups.settle()
                self._wake.clear()
                wait = await self._round()
                # What comes in the meantime goes together: a round costs as much as an activity.
                await asyncio.sleep(_PAUSE_SECONDS if self._turn_is_ours else _OTHERS_TURN_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                self._errors.clear()
        finally:
            await self._drain(drain_seconds)
            leases.cancel()
            await asyncio.gather(leases, return_exceptions=True)

    async def handle_due(self, *, now: int | None = None) -> int:
        """Handle what is due by `now` (ms), until nothing is or something fails; answers how many
        entries were taken up. The first error that is no refusal is raised.
        """
        count, failures = 0, self._failures
        while failures == self._failures:
            claimed = await self._claim(AT_ONCE, now or now_ms())
            if not claimed:
                break
            await self._start(claimed)
            while self._running:
                await asyncio.wait(list(self._running))
            count += len(claimed)
        await self._claim(0, 0)
        if self._errors:
            raise self._errors.pop(0)
        return count

    async def _round(self) -> float:
        """Begin what there is room for; answers how long to wait for something new."""
        late = monotonic() - SLOW_SECONDS
        quick = sum(began > late for _, began in self._running.values())
        room = min(AT_ONCE - quick, MOST_AT_ONCE - len(self._running))
        try:
            due, self._turn_is_ours = await table.next_due(self._network.db, self._name)
            now = now_ms()
            waiting = self._turn_is_ours and due is not None and due <= now and room > 0
            if not waiting and not self._done:
                wait = _LONGEST_WAIT_SECONDS if due is None else (due - now) / 1000
                return min(wait, _LONGEST_WAIT_SECONDS) if wait > 0 else 0.25
            claimed = await self._claim(room if waiting else 0, now)
            await self._start(claimed)
        except Unavailable:
            _log.warning("the database is away; trying again")
            return 1.0
        return 0.0 if claimed else 0.05

    async def _claim(self, room: int, now: int) -> list[Mail]:
        """End what is done, and take what is next, in one commit."""
        turn = await self._turn(now) if room else []
        done, heard = list(self._done), sorted(self._heard)
        if not turn and not done:
            return []
        each = max(1, min(room // max(len(turn), 1), AT_ONCE_OF_HOST))

        async def work(tx: Transaction) -> list[Mail]:
            if done:
                await table.finish(tx, done)
            if heard:
                await hosts.heard(tx, heard, now_ms())
            if not turn:
                return []
            lease_until = now_ms() + LEASE_MS
            return await table.claim(
                tx, self._name, turn, each=each, now=now, lease_until=lease_until
            )

        claimed = await self._network.db.transaction(work)
        del self._done[: len(done)]
        self._heard.difference_update(heard)
        return claimed

    async def _turn(self, now: int) -> list[str]:
        """The hosts whose turn it is: those after the last round's, then from the beginning."""
        db, limit = self._network.db, HOSTS_A_ROUND
        found = await table.waiting_hosts(db, self._after, now=now, limit=limit)
        if self._after and len(found) < limit:
            more = await table.waiting_hosts(db, "", now=now, limit=limit - len(found))
            found += [host for host in more if host not in found]
        self._after = found[-1] if len(found) == HOSTS_A_ROUND else ""
        under_way = Counter(entry.mail.host for entry, _ in self._running.values())
        return [host for host in found if under_way[host] < AT_ONCE_OF_HOST]

    async def _start(self, claimed: Sequence[Mail]) -> None:
        known = await accounts.get_many_by_uri(
            self._network.db, [mail.actor_uri for mail in claimed if not mail.signature]
        )
        followed = await remote_accounts.followed_of(
            self._network.db, [account.id for account in known.values()]
        )
        entries: list[Opened] = []
        for mail in claimed:
            try:
                entries.append(opened(mail))
            except Exception as error:  # one that nobody can read keeps no other from its turn
                await self._later(mail, error)
        for entry in entries:
            before = self._lanes.before(entry)
            actor = known.get(entry.mail.actor_uri)
            is_followed = actor is not None and actor.id in followed
            task = asyncio.create_task(self._run(entry, actor, is_followed, before))
            self._running[task] = entry, monotonic()
            self._lanes.put(entry, task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        entry, _ = self._running.pop(task)
        self._lanes.remove(entry, task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the journal itself can fail here; the lease runs out and it is taken again.
            _log.error("could not record what became of an activity: %s", error)

    async def _run(
        self,
        entry: Opened,
        actor: Account | None,
        followed: bool,
        before: Sequence[asyncio.Task[None]],
    ) -> None:
        if before:
            await asyncio.wait(before)
        mail = entry.mail
        try:
            await self._handle_one(entry, actor, followed)
        except (NoiError, TransportError) as error:
            if isinstance(error, Unavailable | Unreachable):
                await self._later(mail, error)
            else:
                _log.info("refused %s of %s: %s", mail.id, mail.actor_uri, error)
                if mail.signature and self._hint is not None:
                    await self._hint(self._network, entry.document)
                self._done.append(mail.id)
        except Exception as error:
            self._errors.append(error)
            await self._later(mail, error)
        else:
            self._done.append(mail.id)

    async def _handle_one(self, entry: Opened, actor: Account | None, followed: bool) -> None:
        received = await self._received(entry, actor, followed)
        once = repetition_of(received.activity, entry.mail)
        # What has to be fetched is not fetched twice; the rest is told apart as it is written.
        whole = received.trusted and received.activity.embedded is not None
        if not whole and once.key and await table.is_handled(self._network.db, once.key):
            return
        work = await self._handle(self._network, received)
        if work is None:
            return

        async def effect(tx: Transaction) -> None:
            if not once.key:
                await table.finish(tx, [entry.mail.id])
            elif once.reopens:
                await table.forget_handled(tx, once.reopens)
            await work(tx)

        try:
            await self._groups.once(once.key, effect)
        except Conflict as error:  # another process writes the same at this moment
            raise Unavailable(error.message, **error.params) from error

    async def _received(self, entry: Opened, actor: Account | None, followed: bool) -> Received:
        mail = entry.mail
        if mail.signature:
            async with self._strangers:
                confirmed = await confirm(self._network, mail, entry.document)
        elif actor is None:
            raise Declined("This account is gone")
        else:
            confirmed = Confirmed(entry.document, actor, True, None)
        activity, sender = read_activity(confirmed.document), confirmed.actor
        if activity.actor != sender.uri:
            raise Declined("The activity is of another actor")
        if sender.state is AccountState.DELETED and _is_return(activity):
            sender = await people.by_uri(self._network, sender.uri, refresh=True)
        await self._check(sender, activity.type)
        self._heard.add(mail.host)
        return Received(
            activity=activity,
            document=confirmed.document,
            actor=sender,
            trusted=confirmed.trusted,
            via=confirmed.via,
            followed=followed,
            inbox_account_id=mail.inbox_account_id,
            received_at=mail.received_at,
        )

    async def _check(self, actor: Account, kind: str) -> None:
        """What was taken before its sender was shut out is not handled after."""
        gone = actor.state is AccountState.DELETED
        if gone or (actor.state > AccountState.LIMITED and kind not in _PARTING):
            raise Declined("This network does not speak with this account")
        if (await policies.of(self._network, authority_of(actor.uri))).blocked:
            raise Declined("This network does not speak with {host}", host=actor.domain)

    async def _later(self, mail: Mail, error: Exception) -> None:
        self._failures += 1
        described = f"{type(error).__name__}: {error}"
        if mail.attempts < MAX_ATTEMPTS:
            _log.warning("activity %d failed (%d): %s", mail.id, mail.attempts, described)
            run_at = now_ms() + retry_delay(mail.attempts)
            await self._network.db.transaction(
                lambda tx: table.retry(tx, self._name, mail.id, run_at=run_at, error=described)
            )
        elif mail.signature and isinstance(error, TransportError):
            _log.info("activity %d was never verified: %s", mail.id, described)
            self._done.append(mail.id)
        else:
            _log.error("activity %d set aside: %s", mail.id, described, exc_info=error)
            await self._network.db.transaction(
                lambda tx: table.set_aside(tx, self._name, mail.id, error=described)
            )

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            with suppress(Unavailable):
                if await table.release_expired(self._network.db):
                    self._wake.set()
                held = [*(entry.mail.id for entry, _ in self._running.values()), *self._done]
                if held:
                    until = now_ms() + LEASE_MS
                    await self._network.db.transaction(
                        lambda tx, ids=held, until=until: table.renew(
                            tx, self._name, ids, lease_until=until
                        )
                    )

    async def _drain(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(list(self._running), timeout=seconds)
        unfinished = dict(self._running)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(list(unfinished))
        await self._groups.settle()
        ids = [entry.mail.id for entry, _ in unfinished.values()]

        async def work(tx: Transaction) -> None:
            await table.finish(tx, self._done)
            await table.give_back(tx, self._name, ids)

        with suppress(Unavailable):
            await self._network.db.transaction(work)


_PARTING = frozenset({"Delete", "Undo", "Reject"})


def _is_return(activity: Activity) -> bool:
    """Whether somebody takes back that they are gone, as Misskey does after a suspension."""
    undone = activity.undone
    return undone is not None and undone.type == "Delete" and undone.object_id == activity.actor
