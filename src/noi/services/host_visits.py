"""One host's turn: what is posted to it, and what its answers mean."""

import asyncio
from collections import defaultdict

import msgspec

from noi.db.deliveries import ClaimedHost
from noi.models.federation import Delivery, OutgoingActivity
from noi.transport.client import Client
from noi.transport.errors import TransportError, Unreachable
from noi.transport.signed import Answer, Prepared, SigningKey, Target, post_prepared, prepare_posts

ACTORS_AT_ONCE = 4
MAX_ATTEMPTS = 12
"""After so many tries an activity is dropped that a host which takes others will not have."""

MISSING_ATTEMPTS = 3
"""After so many 404 an inbox counts as gone; a 410 says so at once."""

_LATER = frozenset({408, 425, 429})


class Letter(msgspec.Struct, frozen=True):
    """An activity as it goes out, and the key that it is signed with."""

    activity: OutgoingActivity
    body: bytes
    key: SigningKey


class Visit:
    """A claimed host, what waits for it, and what came of that.

    `letters` holds the activities of its deliveries by id, `prepared` what is signed already.
    """

    def __init__(self, claimed: ClaimedHost) -> None:
        self.host = claimed.host
        self.failing = claimed.failures > 0
        self.remembered = claimed.signatures
        self.signatures = claimed.signatures
        self.deliveries: list[Delivery] = []
        self.letters: dict[int, Letter] = {}
        self.prepared: dict[int, Prepared] = {}
        self.done: list[Delivery] = []
        self.tried: list[Delivery] = []
        self.gone_inboxes: set[str] = set()
        self.answered = False
        self.error = ""
        self.retry_at: int | None = None

    @property
    def failed(self) -> bool:
        """Whether the host is to be left alone for a while."""
        return bool(self.tried) and (not self.answered or self.retry_at is not None)

    def note(self, delivery: Delivery, answer: Answer) -> bool:
        """Take an answer in; False where nothing more of this actor may be sent now."""
        later = answer.status in _LATER or answer.status >= 500
        self.signatures = answer.signatures or self.signatures
        self.error = answer.error or self.error
        self.answered |= not later
        if later:
            self.retry_at = answer.retry_at
            return self._try_later(delivery)
        if answer.status == 404 and delivery.attempts + 1 < MISSING_ATTEMPTS:
            return self._try_later(delivery)
        if answer.status in (404, 410):
            self.gone_inboxes.add(delivery.inbox_uri)
        self.done.append(delivery)
        return True

    def note_failure(self, delivery: Delivery, error: TransportError) -> bool:
        """The same where there was no answer; what our own rules forbid is not tried again."""
        self.error = str(error)
        if isinstance(error, Unreachable):
            return self._try_later(delivery)
        self.done.append(delivery)
        return True

    def _try_later(self, delivery: Delivery) -> bool:
        if delivery.attempts + 1 >= MAX_ATTEMPTS and self.answered:
            self.done.append(delivery)
            return True
        self.tried.append(delivery)
        return False


async def carry_out(client: Client, visit: Visit) -> None:
    """Post what waits: the activities of one actor in their order, those of several at once."""
    lanes: defaultdict[int, list[Delivery]] = defaultdict(list)
    for delivery in visit.deliveries:
        lanes[delivery.actor_id].append(delivery)
    if len(lanes) == 1:
        await _post_lane(client, visit, visit.deliveries)
        return
    room = asyncio.Semaphore(ACTORS_AT_ONCE)

    async def in_turn(lane: list[Delivery]) -> None:
        async with room:
            await _post_lane(client, visit, lane)

    await asyncio.gather(*(in_turn(lane) for lane in lanes.values()))


async def _post_lane(client: Client, visit: Visit, lane: list[Delivery]) -> None:
    for delivery in lane:
        letter = visit.letters.get(delivery.activity_id)
        if letter is None:
            visit.done.append(delivery)
            continue
        try:
            answer = await _post(client, visit, letter, delivery)
        except TransportError as error:
            go_on = visit.note_failure(delivery, error)
        else:
            go_on = visit.note(delivery, answer)
        if not go_on:
            return


async def _post(client: Client, visit: Visit, letter: Letter, delivery: Delivery) -> Answer:
    prepared = visit.prepared.get(delivery.id)
    if prepared is None:
        target = Target(delivery.inbox_uri, visit.signatures)
        prepared = (await prepare_posts([target], letter.body, letter.key))[0]
    return await post_prepared(client, prepared, letter.body, letter.key)
