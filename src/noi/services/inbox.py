"""What other servers send: taken into the journal at once, handled later by a worker.

`accept` does what is cheap and needs nobody else. Whoever sends with a key that is not known here
is believed later, when a worker has fetched it; so much may wait of one host, and no more.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from noi.activitypub.activities import Activity
from noi.activitypub.followers_sync import HEADER
from noi.activitypub.normalize import Document, compact, identifier, load, types_of
from noi.activitypub.signatures import BadSignature, Request
from noi.activitypub.uris import authority_of
from noi.auth.limits import Limit, address_subject, check
from noi.db import inbox as table
from noi.db import peers, relays
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Viewer
from noi.models.errors import NotFound
from noi.models.federation import Declined, FailedMail, Peer
from noi.models.ids import now_ms
from noi.services import followers_sync, policies
from noi.services.enforcements import check_moderator
from noi.services.network import Network
from noi.transport.verification import UnknownKey, WrongKey, verify

MAX_BODY_BYTES = 1024 * 1024
MAX_UNVERIFIED = 500
"""How much may wait of one host whose keys are not known here."""

UNKNOWN_KEYS = Limit("unknown keys", 300, 300)
RENEWED_AFTER_MS = 10 * 60_000
"""A key that does not fit is fetched anew, unless that was done so lately."""

_MAX_HEADER_BYTES = 16 * 1024
_PARTING = frozenset({"Delete", "Undo", "Reject"})
"""What this network takes even from accounts that it has shut out."""


class Unverified(msgspec.Struct, frozen=True, tag="unverified"):
    """A request as it has to be verified still; its body lies beside it."""

    method: str
    target: str
    headers: Mapping[str, str]


class Forwarded(msgspec.Struct, frozen=True, tag="forwarded"):
    """An activity that somebody else passed on, whose signature holds."""

    signer_uri: str


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """An activity as its handler gets it.

    `trusted` says whether every word of it is `actor`'s; where it is not, `actor` is only whom it
    names, and what it is about has to be fetched from its origin. `via` is who passed it on, a
    relay or a group, if that is somebody else. `followed` says that somebody here follows `actor`,
    as far as that is known. `depth` counts the activities around it.
    """

    activity: Activity
    document: Document
    actor: Account
    trusted: bool = True
    via: Account | None = None
    followed: bool = False
    inbox_account_id: int | None = None
    received_at: int
    depth: int = 0


Work = Callable[[Transaction], Awaitable[None]]
Handle = Callable[[Network, Received], Awaitable[Work | None]]
"""Does what needs the network or plain reads, and answers what is to be done in one transaction;
None where nothing is. A refusal is raised as one of models.errors."""


async def accept(
    network: Network, request: Request, *, address: str, inbox_account_id: int | None = None
) -> None:
    """Take an activity; returning means that it is on disk, or that it concerns nobody here.

    Raises BadDocument, Unauthorized (its signature), RateLimited, and Declined for the rest.
    """
    document = load(request.body)
    kind, actor_uri, about_itself = _head(document)
    host = authority_of(actor_uri)
    if host == authority_of(network.settings.origin):
        raise Declined("Nobody else speaks for this network's accounts")
    await _check_host(network, host)
    if kind == "Delete" and not await _heard_of(network, host, actor_uri):
        return
    try:
        verified = await verify(network.db, request, now_ms())
    except UnknownKey as unknown:
        about_us = not about_itself and network.settings.host.encode() in request.body
        if not about_us and not await _known_sender(network, actor_uri, unknown.host):
            return
        await _check_stranger(network, unknown.host, address)
        signer_host, signature = unknown.host, _unverified(request)
    except WrongKey as wrong:
        if not _may_be_renewed(wrong.peer):
            raise
        signer_host = authority_of(wrong.peer.uri)
        await _check_stranger(network, signer_host, address)
        signature = _unverified(request)
    else:
        signer_host, signature = verified.host, _forwarded(verified.peer, actor_uri)
        _check_signer(verified.peer, kind)
        if asked := request.headers.get(HEADER.lower()):
            await followers_sync.note(network, verified.peer, asked)
    if signer_host != host:
        await _check_host(network, signer_host)
    await table.insert(
        network.db,
        host=signer_host,
        actor_uri=actor_uri,
        body=request.body,
        inbox_account_id=inbox_account_id,
        signature=signature,
    )


async def fetch_failed(
    network: Network, moderator: Viewer, *, before: int | None = None, limit: int = 40
) -> list[FailedMail]:
    """Activities that could not be handled, newest first, for those who look after the network."""
    check_moderator(moderator)
    return await table.failed_page(network.db, before=before or 2**62, limit=limit)


async def retry(network: Network, moderator: Viewer, id_: int) -> None:
    """Try one of them again; raises NotFound."""
    check_moderator(moderator)
    if not await network.db.transaction(lambda tx: table.revive(tx, id_)):
        raise NotFound


async def drop(network: Network, moderator: Viewer, id_: int) -> None:
    """Forget one of them; raises NotFound."""
    check_moderator(moderator)
    if not await network.db.transaction(lambda tx: table.drop(tx, id_)):
        raise NotFound


def _head(document: Document) -> tuple[str, str, bool]:
    """The type and actor of an activity, and whether its actor is what it is about."""
    node = compact(document)
    types = types_of(node)
    actor_uri = identifier(node.get("actor")) or identifier(node.get("attributedTo"))
    if not types or not actor_uri or not authority_of(actor_uri):
        raise Declined("This is not an activity of anybody", status=400)
    if node.get("id") and not identifier(node["id"]):
        raise Declined("The document has no usable id", status=400)
    return types[0], actor_uri, identifier(node.get("object")) == actor_uri


async def _check_host(network: Network, host: str) -> None:
    if (await policies.of(network, host)).blocked:
        raise Declined("This network does not speak with {host}", host=host)


async def _heard_of(network: Network, host: str, actor_uri: str) -> bool:
    """Whether an actor may have left anything here; a hub knows no keys of whom it holds."""
    if network.hub or await peers.by_uri(network.db, actor_uri) is not None:
        return True
    return await table.waits_from(network.db, host, actor_uri)


async def _known_sender(network: Network, actor_uri: str, signer_host: str) -> bool:
    """Whether somebody whose key is not known is no stranger: an account with a new key, a relay.

    What strangers send has to name this network somewhere; else it can concern nobody here. To a
    hub, its members' people are strangers.
    """
    if network.hub or await peers.by_uri(network.db, actor_uri) is not None:
        return True
    accepted = await relays.accepted(network.db)
    return any(authority_of(relay.inbox_uri) == signer_host for relay in accepted)


async def _check_stranger(network: Network, host: str, address: str) -> None:
    check(network.settings, UNKNOWN_KEYS, address_subject(address))
    if await table.count_unverified(network.db, host, MAX_UNVERIFIED) >= MAX_UNVERIFIED:
        raise Declined("Too much of this server waits to be verified", status=429)


def _may_be_renewed(peer: Peer) -> bool:
    known_at = peer.fetched_at or 0
    return bool(peer.domain) and known_at < now_ms() - RENEWED_AFTER_MS


def _check_signer(peer: Peer, kind: str) -> None:
    if peer.state > AccountState.LIMITED and kind not in _PARTING:
        raise Declined("This network does not speak with this account")


def _forwarded(signer: Peer, actor_uri: str) -> str:
    if signer.uri == actor_uri:
        return ""
    return msgspec.json.encode(Forwarded(signer.uri)).decode()


def _unverified(request: Request) -> str:
    kept = {name: value for name, value in request.headers.items() if name != "cookie"}
    if sum(len(name) + len(value) for name, value in kept.items()) > _MAX_HEADER_BYTES:
        raise BadSignature("The headers are too long")
    return msgspec.json.encode(Unverified(request.method, request.target, kept)).decode()
