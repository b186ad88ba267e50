"""Undo: somebody takes back what they did, told by what it was or by its id alone.

What was not there to be undone may come later; its id is remembered, so that it does nothing then.
"""

from collections.abc import Awaitable, Callable

from noi.activitypub.activities import Activity
from noi.db import accounts, statuses, traces, withdrawn
from noi.db.database import Transaction
from noi.db.traces import Trace, TraceKind
from noi.federation.activities.common import require_own, require_trust
from noi.federation.activities.removal import restored
from noi.models.federation import Declined
from noi.services import blocks, favourites, follows, reactions, reblogs
from noi.services.inbox import Received, Work
from noi.services.network import Network

_Undone = Callable[[Transaction, int, int, Activity], Awaitable[bool]]


async def handle(network: Network, received: Received) -> Work | None:
    restoration = await restored(network, received)
    if restoration is not None:
        return restoration
    require_trust(received)
    inner, actor = received.activity.nested, received.actor
    if inner is not None and inner.actor != actor.uri:
        raise Declined("Nobody can undo what another has done")
    undone_id = received.activity.object_id
    if undone_id:
        require_own(received, undone_id)

    async def work(tx: Transaction) -> None:
        found = await _named(tx, actor.id, inner) if inner else False
        if not found and undone_id:
            for trace in await traces.find(tx, actor.id, undone_id):
                found = await _remove(tx, actor.id, undone_id, trace) or found
        if not found and undone_id:
            await withdrawn.insert(tx, actor.uri, undone_id)

    return work


async def _named(tx: Transaction, actor_id: int, inner: Activity) -> bool:
    """Undo an activity that was sent whole; False where it has left nothing here."""
    if inner.type in ("Follow", "Block"):
        target = await accounts.get_by_uri(tx, inner.object_id)
        if target is None:
            return False
        kind = TraceKind(inner.type.lower())
        if not await traces.stands(tx, kind, actor_id, target.id):
            return False
        end = follows.receive_end if kind is TraceKind.FOLLOW else blocks.receive_end
        await end(tx, actor_id, target.id)
        return True
    if inner.type not in _OF_STATUS:
        return False
    status = await statuses.get_by_uri(tx, inner.object_id)
    return status is not None and await _OF_STATUS[inner.type](tx, actor_id, status.id, inner)


async def _unlike(tx: Transaction, actor_id: int, status_id: int, inner: Activity) -> bool:
    """Of several reactions that each count as the one favourite, only the first takes it along."""
    reacted = bool(inner.id) and await reactions.receive_end_of(tx, actor_id, inner.id)
    if reacted and not await traces.made_favourite(tx, actor_id, status_id, inner.id):
        return True
    return await favourites.receive_end(tx, actor_id, status_id) or reacted


async def _unreact(tx: Transaction, actor_id: int, status_id: int, inner: Activity) -> bool:
    return await reactions.receive_end_of(tx, actor_id, inner.id)


async def _undislike(tx: Transaction, actor_id: int, status_id: int, _inner: Activity) -> bool:
    return await reactions.receive_dislike_end(tx, actor_id, status_id)


async def _unannounce(tx: Transaction, actor_id: int, status_id: int, _inner: Activity) -> bool:
    return await reblogs.receive_end(tx, actor_id, status_id)


_OF_STATUS: dict[str, _Undone] = {
    "Like": _unlike,
    "EmojiReact": _unreact,
    "Dislike": _undislike,
    "Announce": _unannounce,
}


async def _remove(tx: Transaction, actor_id: int, uri: str, trace: Trace) -> bool:
    """Undo what an activity left that is known by its id."""
    match trace.kind:
        case TraceKind.FOLLOW:
            await follows.receive_end(tx, actor_id, trace.id)
            return True
        case TraceKind.BLOCK:
            await blocks.receive_end(tx, actor_id, trace.id)
            return True
        case TraceKind.FAVOURITE:
            return await favourites.receive_end(tx, actor_id, trace.id)
        case TraceKind.REACTION:
            return await reactions.receive_end_of(tx, actor_id, uri)
        case TraceKind.DISLIKE:
            return await reactions.receive_dislike_end(tx, actor_id, trace.id)
        case TraceKind.REBLOG:
            return await reblogs.receive_end(tx, actor_id, trace.id)
