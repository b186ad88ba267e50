"""How every document for other servers is declared: who may read it, and how it answers."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from noi.activitypub import signatures
from noi.activitypub.outgoing import Written, encode
from noi.auth import limits
from noi.auth.refusals import described
from noi.federation.negotiation import wants_page
from noi.models.errors import (
    BadRequest,
    NotFound,
    RateLimited,
    Unauthorized,
)
from noi.models.federation import Peer
from noi.services import signers
from noi.services.network import Network
from noi.transport.verification import UnknownKey, WrongKey

DoorRequest = Request[Any, Any, Any]
Access = Literal["usual", "optional", "signed", "anyone"]
"""Whether a signature is needed: only where the network asks for it; never, but one tells who
reads; always; never, and none is looked at."""
Headers = Mapping[str, str]

_log = logging.getLogger("noi.federation")
_ACTIVITY = "application/activity+json; charset=utf-8"
_JSON = "application/json; charset=utf-8"
READ = [HttpMethod.GET, HttpMethod.HEAD]
_SAFE = {
    "access-control-allow-origin": "*",
    "vary": "accept, signature, signature-input",
    "x-content-type-options": "nosniff",
}
_SHARED_SECONDS = 60
_FETCHED_KEYS = limits.Limit("fetched keys", 60, 300)


class Asked(msgspec.Struct):
    """One request for a document; `signer` is who signed it, None where nobody did."""

    network: Network
    request: DoorRequest
    signer: Peer | None = None

    @property
    def viewer_id(self) -> int:
        """The account that reads, 0 for strangers."""
        return self.signer.id if self.signer else 0

    @property
    def name(self) -> str:
        """The username in the path; raises NotFound for what cannot be one."""
        name = str(self.request.path_params["name"])
        if not name.isprintable():
            raise NotFound
        return name

    @property
    def origin(self) -> str:
        return self.network.settings.origin

    @property
    def hides_from_strangers(self) -> bool:
        """Whether this reader gets no more than the keys of actors (authorized fetch)."""
        return self.signer is None and self.network.settings.federation_authorized_fetch

    def query(self, name: str) -> str:
        """A parameter of the query, empty where it is not given."""
        return str(self.request.query_params.get(name, ""))

    def path_id(self, name: str = "id") -> int:
        """An id from the path; raises NotFound for what cannot be one."""
        return parse_id(str(self.request.path_params[name]))


class Answer(msgspec.Struct, frozen=True):
    """A document with a status of its own, as a tombstone has."""

    document: Written
    status: int = 200


Function = Callable[[Asked], Awaitable[Written | Answer]]


def document(
    path: str, *, page: str = "", access: Access = "usual"
) -> Callable[[Function], HTTPRouteHandler]:
    """Declare a document of ActivityPub, for GET and HEAD.

    `page` is where browsers are sent instead, with the parameters of the path in it. Errors of
    `models.errors` become JSON.
    """

    def declare(function: Function) -> HTTPRouteHandler:
        async def handle(request: DoorRequest) -> Response[bytes]:
            if page and wants_page(request.headers.get("accept", "")):
                return _elsewhere(page.format(**request.path_params))
            asked = Asked(request.app.state.network, request)
            try:
                answer = await _read(asked, function, access)
            except Exception as error:
                return failure(error)
            return _response(asked, answer)

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(path, http_method=READ, status_code=200, include_in_schema=False)(
            handle
        )

    return declare


async def _read(asked: Asked, function: Function, access: Access) -> Written | Answer:
    """Let the function answer, first as far as known keys tell who asks.

    A key that is not known here is fetched only where it decides something: most who ask read
    what everybody may read.
    """
    if access == "anyone":
        count_stranger(asked)
        return await function(asked)
    closed = asked.network.settings.federation_authorized_fetch
    refusal = await _identify(asked, learn=closed or access == "signed")
    if asked.signer is None and (access == "signed" or (closed and access == "usual")):
        raise refusal or Unauthorized("Requests for this have to be signed")
    try:
        return await function(asked)
    except NotFound:
        if refusal is None:
            raise
        # Perhaps it is only not for strangers.
        refusal = await _identify(asked, learn=True)
        if refusal is not None:
            raise refusal from None
        return await function(asked)


async def _identify(asked: Asked, *, learn: bool) -> Unauthorized | None:
    """Find out who signed; answers why that failed, where there is a signature.

    Strangers who ask often are got to know, so that large servers are no crowd behind one address.
    """
    if "signature" not in asked.request.headers:
        count_stranger(asked)
        return None
    refusal = await _verify(asked, learn=False)
    if refusal is None:
        return None
    often: RateLimited | None = None
    try:
        count_stranger(asked)
    except RateLimited as error:
        often = error
    if (learn or often) and isinstance(refusal, UnknownKey | WrongKey):
        limits.check(asked.network.settings, _FETCHED_KEYS, _address(asked))
        refusal = await _verify(asked, learn=True)
    if often and refusal:
        raise often
    return refusal


async def _verify(asked: Asked, *, learn: bool) -> Unauthorized | None:
    try:
        asked.signer = await signers.signer_of(asked.network, signed_request(asked), learn=learn)
    except Unauthorized as error:
        return error
    return None


def count_stranger(asked: Asked) -> None:
    """Count a request by its address. Raises RateLimited."""
    limits.check(asked.network.settings, limits.PER_ADDRESS, _address(asked))


def _address(asked: Asked) -> str:
    client = asked.request.client
    return limits.address_subject(client.host if client else "")


def signed_request(asked: Asked, body: bytes = b"") -> signatures.Request:
    """A request as its sender signed it; the path is the one on the wire."""
    scope: Any = asked.request.scope
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return signatures.Request(
        method=scope["method"],
        origin=asked.origin,
        target=target.decode("latin-1"),
        headers=signatures.join_headers(scope["headers"]),
        body=body,
    )


def parse_id(text: str) -> int:
    """An id as addresses have it; raises NotFound for what cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 18 or text.startswith("0"):
        raise NotFound
    return int(text)


def parse_cursor(text: str) -> int | None:
    """An id that a page ends at, None where there is none. Raises BadRequest."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadRequest("There is no such page")
    return int(text)


def _response(asked: Asked, answer: Written | Answer) -> Response[bytes]:
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    shared = asked.signer is None and not asked.network.settings.federation_authorized_fetch
    caching = f"public, max-age={_SHARED_SECONDS}" if shared else "private, no-store"
    return Response(
        encode(answer.document).encode(),
        status_code=answer.status,
        headers={**_SAFE, "cache-control": caching},
        media_type=_ACTIVITY,
    )


def _elsewhere(path: str) -> Response[bytes]:
    return Response(
        b"",
        status_code=302,
        headers={**_SAFE, "location": quote(path, safe="/@")},
        media_type=_JSON,
    )


def failure(error: Exception) -> Response[bytes]:
    """Answer an exception as JSON with its reason in English, for people who read logs."""
    status, message = described(error, "a document", _log)
    return Response(
        msgspec.json.encode({"error": message}),
        status_code=status,
        headers={**_SAFE, "cache-control": "private, no-store"},
        media_type=_JSON,
    )
