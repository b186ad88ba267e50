"""Who signed a request from another server. Nothing is fetched here: unknown keys are reported.

A request with `Signature-Input` is read by RFC 9421, else by draft-cavage: both use the header
`Signature`, so one request cannot carry the two. The digest has to be that of the body, the date
near enough; a request repeated within its time is no danger, since activities are handled once.
"""

from collections import OrderedDict
from time import monotonic
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub import cavage, rfc9421
from noi.activitypub.keys import BadKey, PublicKey, parse_public_key
from noi.activitypub.signatures import BadSignature, Claim, Request
from noi.activitypub.signatures import verify as verify_claim
from noi.activitypub.uris import authority_of
from noi.db import peers
from noi.db.database import Database
from noi.models.errors import Unauthorized
from noi.models.federation import Peer

KEPT_KEYS = 4096
KEPT_SECONDS = 5.0
"""How long a key is used without another look, after it changed or its owner was blocked."""
_FRESH_SECONDS = 0.2
"""A key that does not fit is looked at again unless it was just read: it may have been replaced."""


class UnknownKey(Unauthorized):
    """A signature that holds in all that can be checked without its key, which is not known here.

    `host` is where the key is to be fetched from, by its id `key_id`.
    """

    def __init__(self, key_id: str, host: str) -> None:
        super().__init__("The key {key_id} is not known here", key_id=key_id)
        self.key_id = key_id
        self.host = host


class WrongKey(BadSignature):
    """A signature that is not by the key known here, which may have been replaced since.

    `peer.fetched_at` says how old that knowledge is. Whoever fetches the actor anew because of
    this does so seldom, for anybody may send such requests.
    """

    def __init__(self, key_id: str, peer: Peer) -> None:
        super().__init__("The signature is not by the key {key_id}", key_id=key_id)
        self.key_id = key_id
        self.peer = peer


class Verified(msgspec.Struct, frozen=True):
    """Who signed. `peer.state` is for the caller to judge; `host` is the actor's `host[:port]`."""

    peer: Peer
    host: str
    key_id: str


class _Kept(msgspec.Struct, frozen=True):
    peer: Peer
    host: str
    key: PublicKey
    since: float


# By database, for several networks may run in one process.
_kept: WeakKeyDictionary[Database, OrderedDict[str, _Kept]] = WeakKeyDictionary()


async def verify(db: Database, request: Request, now: int) -> Verified:
    """Who signed a POST or GET, as of `now` (ms).

    Raises UnknownKey, WrongKey, and other BadSignature where nothing else would help.
    """
    claim = read(request, now)
    kept = _kept.get(db)
    if kept is None:
        kept = _kept[db] = OrderedDict()
    known = kept.get(claim.key_id)
    if known is None or monotonic() > known.since + KEPT_SECONDS:
        known = await _load(db, kept, claim.key_id)
    fits = _fits(claim, known)
    if not fits and monotonic() > known.since + _FRESH_SECONDS:
        known = await _load(db, kept, claim.key_id)
        fits = _fits(claim, known)
    if not fits:
        raise WrongKey(claim.key_id, known.peer)
    return Verified(known.peer, known.host, claim.key_id)


def forget(db: Database, key_id: str) -> None:
    """Look a key up at its next use, since it was just fetched anew."""
    if kept := _kept.get(db):
        kept.pop(key_id, None)


def read(request: Request, now: int) -> Claim:
    """Everything about a signature that needs no key; raises BadSignature."""
    module = rfc9421 if "signature-input" in request.headers else cavage
    return module.read(request, now)


def _fits(claim: Claim, known: _Kept) -> bool:
    try:
        verify_claim(claim, known.key)
    except BadSignature:
        return False
    return True


async def _load(db: Database, kept: OrderedDict[str, _Kept], key_id: str) -> _Kept:
    host = authority_of(key_id)
    if not host:
        raise BadSignature("The signature names no key that could be looked up")
    kept.pop(key_id, None)
    # An actor speaks for keys of its own host alone; there, the one under whose address the key
    # lies comes first.
    own = [peer for peer in await peers.by_key_id(db, key_id) if authority_of(peer.uri) == host]
    if not own:
        raise UnknownKey(key_id, host)
    address = key_id.partition("#")[0]
    peer = next((peer for peer in own if peer.uri == address), own[0])
    text = peer.public_key if peer.key_id == key_id else peer.ed25519_public_key
    try:
        key = parse_public_key(text)
    except BadKey:
        raise WrongKey(key_id, peer) from None
    known = kept[key_id] = _Kept(peer, host, key, monotonic())
    if len(kept) > KEPT_KEYS:
        kept.popitem(last=False)
    return known
