"""Asking members to announce what their people share (FASP, data sharing 0.1).

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications
"""

import logging
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote

import msgspec

from noi.db import jobs
from noi.db.database import Transaction
from noi.db.hub import accounts, capabilities, members, posts
from noi.db.hub import subscriptions as table
from noi.models.hub import Member, MemberState
from noi.models.hub_jobs import (
    ContinueBackfill,
    SubscribeMember,
    TendBackfills,
    UnsubscribeMember,
)
from noi.models.hub_records import HubSubscription
from noi.models.ids import now_ms
from noi.services.hub.members import DATA_SHARING, peer_of
from noi.services.network import Network
from noi.transport import fasp
from noi.transport.errors import Gone, Refused, TransportError

T = TypeVar("T")

MAX_BATCH = 100
BACKFILL_COUNT = 100
STALLED_MS = 3_600_000
"""A backfill that was not gone on with for so long is asked for again."""

_TEND = 100
_SUBSCRIPTIONS = "/data_sharing/v0/event_subscriptions"
_BACKFILLS = "/data_sharing/v0/backfill_requests"
_THRESHOLD = {"timeframe": 15, "shares": 3, "likes": 3, "replies": 3}
_WANTED = (("account", "lifecycle"), ("content", "lifecycle"), ("content", "trends"))
_BACKFILLED = ("account", "content")
_MAX_ID = 200

_log = logging.getLogger("noi.hub")


class _Named(msgspec.Struct):
    id: str | int


class _Subscribed(msgspec.Struct):
    subscription: _Named


class _Backfilling(msgspec.Struct, rename="camel"):
    backfill_request: _Named


async def begin(network: Network, job: SubscribeMember) -> None:
    """Ask a member for all that it was not asked for yet; `tend` sees to one that is away."""
    member = await _sharing(network, job.member_id)
    if member is None:
        return
    await network.db.transaction(lambda tx: _adopt(tx, member))
    try:
        await _ask_for_all(network, member)
    except TransportError as error:
        _log.warning("%s could not be asked to announce: %s", member.host, error)


async def _ask_for_all(network: Network, member: Member) -> None:
    known = {(one.category, one.kind) for one in await table.of_member(network.db, member.id)}
    for category, kind in _WANTED:
        if (category, kind) not in known:
            await _subscribe(network, member, category, kind)
    begun = {one.category for one in await table.backfills(network.db, member.id)}
    for category in _BACKFILLED:
        if category not in begun:
            await _backfill(network, member, category)


async def end(tx: Transaction, member_id: int) -> None:
    """Take no more announcements of a member from now on, and let it be told by a job."""
    named = await table.of_member(tx, member_id)
    await table.delete_all(tx, member_id)
    if named:
        job = UnsubscribeMember(member_id, tuple(one.remote_id for one in named))
        await jobs.enqueue(tx, job)


async def unsubscribe(network: Network, job: UnsubscribeMember) -> None:
    """Tell a member that it need announce nothing more under these names."""
    member = await members.get(network.db, job.member_id)
    if member is None or not member.base_url or not member.public_key:
        return
    for remote_id in job.remote_ids:
        with suppress(Refused):  # who does not know us any more announces nothing either
            await _call(network, member, "DELETE", f"{_SUBSCRIPTIONS}/{quote(remote_id, safe='')}")


async def go_on(network: Network, job: ContinueBackfill) -> None:
    """Ask a member to announce more of what was shared before."""
    backfill = await table.get_backfill(network.db, job.backfill_id)
    if backfill is None or backfill.state != "open":
        return
    member = await _sharing(network, backfill.member_id)
    if member is None:
        return
    path = f"{_BACKFILLS}/{quote(backfill.remote_id, safe='')}/continuation"
    try:
        await _call(network, member, "POST", path)
    except Gone:
        # The member has forgotten it; what it announced since then came by the subscriptions.
        await network.db.transaction(
            lambda tx: table.received(tx, backfill.id, 0, more=False, now=now_ms())
        )
    except TransportError as error:
        _log.warning("%s could not be asked to go on: %s", member.host, error)
        await _note_asked(network, backfill.id)
    else:
        await _note_asked(network, backfill.id)


async def tend(network: Network, job: TendBackfills) -> None:
    """Go on with backfills of members that were away, or whose answer was lost, and subscribe to
    members that could not be asked.
    """
    stalled = await table.stalled(network.db, now_ms() - STALLED_MS, _TEND)
    unasked = await table.unasked(network.db, DATA_SHARING, len(_WANTED), _TEND)

    async def work(tx: Transaction) -> None:
        for backfill_id in stalled:
            await table.asked(tx, backfill_id, now_ms())
            await jobs.enqueue(tx, ContinueBackfill(backfill_id), unique=True)
        for member_id in unasked:
            await jobs.enqueue(tx, SubscribeMember(member_id), unique=True)

    if stalled or unasked:
        await network.db.transaction(work)


async def _sharing(network: Network, member_id: int) -> Member | None:
    """A member in good standing that has switched sharing on."""
    member = await members.get(network.db, member_id)
    if member is None or member.state is not MemberState.ADMITTED:
        return None
    return member if await capabilities.active(network.db, member_id, DATA_SHARING) else None


async def _adopt(tx: Transaction, member: Member) -> None:
    await posts.adopt(tx, member.host, member.id)
    await accounts.adopt(tx, member.host, member.id)


async def _subscribe(network: Network, member: Member, category: str, kind: str) -> None:
    asked: dict[str, object] = {
        "category": category,
        "subscriptionType": kind,
        "maxBatchSize": MAX_BATCH,
    }
    if kind == "trends":
        asked["threshold"] = _THRESHOLD
    answer = await _call(network, member, "POST", _SUBSCRIPTIONS, asked)
    remote_id = _name(_decoded(answer, _Subscribed).subscription)
    row = HubSubscription(network.ids.next(), member.id, remote_id, category, kind, now_ms())
    await network.db.transaction(lambda tx: table.insert(tx, row))


async def _backfill(network: Network, member: Member, category: str) -> None:
    asked = {"category": category, "maxCount": BACKFILL_COUNT}
    answer = await _call(network, member, "POST", _BACKFILLS, asked)
    remote_id = _name(_decoded(answer, _Backfilling).backfill_request)
    new_id = network.ids.next()
    await network.db.transaction(
        lambda tx: table.insert_backfill(tx, new_id, member.id, remote_id, category, now_ms())
    )


async def _note_asked(network: Network, backfill_id: int) -> None:
    await network.db.transaction(lambda tx: table.asked(tx, backfill_id, now_ms()))


async def _call(
    network: Network, member: Member, method: fasp.Method, path: str, asked: object = None
) -> bytes:
    body = b"" if asked is None else msgspec.json.encode(asked)
    return (await fasp.call(network.client, peer_of(member), method, path, body)).body


def _decoded(body: bytes, into: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=into)
    except msgspec.MsgspecError as error:
        raise Refused(f"The answer cannot be read: {error}") from None


def _name(named: _Named) -> str:
    name = str(named.id)
    if not name or len(name) > _MAX_ID or not name.isprintable():
        raise Refused("The answer names nothing that can be asked for")
    return name
