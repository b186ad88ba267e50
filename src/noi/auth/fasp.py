"""How every signed door of the alliance's interface (FASP) is declared, on both sides of it.

A side says once how it knows its peers, and gets what declares its doors:

    fasp_route = signed_routes(find)

    @fasp_route("POST", "/data_sharing/v0/announcements")
    async def announce(call: Call[Network, Member]) -> Reply | None: ...
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from noi.activitypub import fasp, signatures
from noi.activitypub.signatures import BadSignature, join_headers
from noi.auth import limits
from noi.auth.refusals import described
from noi.config import Settings
from noi.db import fasp_replays
from noi.db.database import Database
from noi.models.errors import BadRequest
from noi.models.federation import Declined
from noi.models.ids import now_ms
from noi.transport.fasp import Peer

MAX_BODY_BYTES = 1024 * 1024
BODY_SECONDS = 60.0
PER_PEER = limits.Limit("calls of a peer", 30_000, 300)
_JSON = "application/json; charset=utf-8"
_SAFE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
_RETRY_SECONDS = 300

Method = Literal["GET", "POST", "DELETE"]

_log = logging.getLogger("noi.fasp")


class House(Protocol):
    """What a door needs of the network or hub that it belongs to."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...


N = TypeVar("N", bound=House)
C = TypeVar("C")
T = TypeVar("T")


class Known(NamedTuple, Generic[C]):
    """Whose name a signature bears, and the keys that go with it."""

    caller: C
    peer: Peer


class Reply(msgspec.Struct, frozen=True):
    """An answer: `body` is encoded as JSON, bytes are JSON already, None is an empty body."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = {}


class Call(msgspec.Struct, Generic[N, C], frozen=True):
    """A call whose signature is `caller`'s."""

    network: N
    caller: C
    peer: Peer
    request: Request[Any, Any, Any]
    body: bytes

    def json(self, into: type[T]) -> T:
        """The body, as msgspec reads it into a type. Raises BadRequest."""
        try:
            return msgspec.json.decode(self.body, type=into)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("The body cannot be read: {error}", error=error) from None

    def query(self, name: str) -> str:
        """A parameter of the query, empty where it is not given."""
        return str(self.request.query_params.get(name, ""))

    @property
    def address(self) -> str:
        """The caller's IP address."""
        return _address(self.request)


Find = Callable[[N, str], Awaitable[Known[C] | None]]
"""The peer that was given a name (the `keyid` of its signatures), whatever its state; or None."""

Door = Callable[[Call[N, C]], Awaitable[Reply | None]]


class Declare(Protocol[N, C]):
    """Declares a door. What the function returns is answered and signed, None as 204."""

    def __call__(self, method: Method, path: str) -> Callable[[Door[N, C]], HTTPRouteHandler]: ...


def signed_routes(find: Find[N, C]) -> Declare[N, C]:
    """What declares the doors for peers that `find` knows.

    A call must be signed by such a peer, within five minutes, with the digest of its body, and no
    call that changes something is taken twice; else it is answered 401. Errors of `models.errors`
    become JSON, and are signed too once the peer is known.
    """

    def route(method: Method, path: str) -> Callable[[Door[N, C]], HTTPRouteHandler]:
        def declare(function: Door[N, C]) -> HTTPRouteHandler:
            async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
                return await _answer(request, find, function)

            handle.__name__ = function.__name__
            handle.__doc__ = function.__doc__
            return HTTPRouteHandler(
                path,
                http_method=HttpMethod(method),
                status_code=200,
                include_in_schema=False,
                request_max_body_size=MAX_BODY_BYTES,
            )(handle)

        return declare

    return route


async def _answer(
    request: Request[Any, Any, Any], find: Find[N, C], function: Door[N, C]
) -> Response[bytes]:
    network: N = request.app.state.network
    known: Known[C] | None = None
    try:
        body = await read_body(request)
        known, claim = await _caller(network, request, body, find)
        await _admit(network, request, claim)
        call = Call(network, known.caller, known.peer, request, body)
        reply = await function(call) or Reply(status=204)
    except Exception as error:
        reply = refusal(error)
    return response(reply, known.peer if known else None)


async def read_body(request: Request[Any, Any, Any]) -> bytes:
    """The body, within BODY_SECONDS. Raises Declined."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise Declined("The body did not come in time", status=408) from None


async def _caller(
    network: N, request: Request[Any, Any, Any], body: bytes, find: Find[N, C]
) -> tuple[Known[C], fasp.Claim]:
    """Who signed. Raises BadSignature; who is wrong too often is told so by RateLimited."""
    try:
        message = _message(network, request, body)
        for claim in fasp.read_request(message, now_ms()):
            known = await find(network, claim.key_id) if fasp.usable_id(claim.key_id) else None
            if known is not None:
                fasp.verify(claim, known.peer.public_key)
                limits.check(network.settings, PER_PEER, claim.key_id)
                return known, claim
        raise BadSignature("The signature names no key that is known here")
    except BadSignature:
        subject = limits.address_subject(_address(request))
        limits.check(network.settings, limits.PER_ADDRESS, subject)
        raise


async def _admit(network: House, request: Request[Any, Any, Any], claim: fasp.Claim) -> None:
    """Refuse what was taken already.

    Reading is not refused: two people who look for the same within a second are signed for with
    the same bytes, since there is no nonce.
    """
    if request.method == HttpMethod.GET:
        return
    # The signature's time may lie ahead of ours by as much as it may lie behind.
    if not await fasp_replays.insert(network.db, claim.digest, now_ms() + 2 * fasp.WINDOW_MS):
        raise BadSignature("This call was taken already")


def _message(network: House, request: Request[Any, Any, Any], body: bytes) -> signatures.Request:
    scope: Any = request.scope
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    headers = join_headers(scope["headers"])
    origin = network.settings.origin
    return signatures.Request(scope["method"], origin, target.decode("latin-1"), headers, body)


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else ""


def refusal(error: Exception) -> Reply:
    """An exception as JSON with its reason in English, for people who read logs."""
    status, message = described(error, "a call", _log)
    headers = {"Retry-After": str(_RETRY_SECONDS)} if status in (429, 503) else {}
    return Reply({"error": message}, status, headers)


def response(reply: Reply, peer: Peer | None = None) -> Response[bytes]:
    """An answer as it is sent, signed for a peer."""
    if isinstance(reply.body, bytes):
        body = reply.body
    else:
        body = b"" if reply.body is None else msgspec.json.encode(reply.body)
    headers = {**_SAFE, **reply.headers}
    if peer is not None:
        headers |= fasp.sign_response(peer.key_id, peer.private_key, reply.status, body, now_ms())
    return Response(body, status_code=reply.status, headers=headers, media_type=_JSON)
