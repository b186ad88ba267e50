"""The inboxes: where other servers deliver. They answer before the framework sees a request, since
most requests of a network that speaks with others are these.
"""

import asyncio
import logging
import re
from typing import Any

import msgspec

from noi.activitypub.signatures import Request, join_headers
from noi.auth.refusals import described
from noi.db import accounts
from noi.federation.negotiation import Asgi, Receive, Scope, Send
from noi.models.accounts import AccountState
from noi.models.errors import NotFound
from noi.models.federation import Declined
from noi.services import inbox
from noi.services.network import Network

_TYPES = (b"application/activity+json", b"application/ld+json")
_INBOX = re.compile(r"/users/([^/]+)/inbox")
_SHARED = ("/inbox", "/actor/inbox")
_HEADERS = [
    (b"content-type", b"application/json; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
]
_ACCEPTED = [(b"content-length", b"0"), (b"x-content-type-options", b"nosniff")]

BODY_SECONDS = 60.0
"""For a whole activity: who sends a byte now and then would else keep its connection for days."""

_log = logging.getLogger("noi.federation")


class Aborted(Exception):
    """The client went before it had sent everything."""


def with_inboxes(app: Asgi, network: Network) -> Asgi:
    """Take what is delivered to the inboxes, and leave everything else to `app`."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if not path.endswith("/inbox") or scope["type"] != "http" or scope["method"] != "POST":
            await app(scope, receive, send)
            return
        match = None if path in _SHARED else _INBOX.fullmatch(path)
        if match is None and path not in _SHARED:
            await app(scope, receive, send)
            return
        scope["door"] = "federation"
        scope["path_template"] = "/inbox" if match is None else "/users/{name}/inbox"
        await _answer(network, scope, receive, send, match[1] if match else "")

    return handle


async def _answer(network: Network, scope: Scope, receive: Receive, send: Send, name: str) -> None:
    try:
        await _take(network, scope, receive, name)
    except Aborted:
        return
    except Exception as error:
        status, message = described(error, "an inbox", _log)
        body = msgspec.json.encode({"error": message})
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        if status in (429, 503):
            headers.append((b"retry-after", b"300"))
        if status in (408, 413):
            headers.append((b"connection", b"close"))  # the rest is not waited for
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": 202, "headers": _ACCEPTED})
    await send({"type": "http.response.body", "body": b""})


async def _take(network: Network, scope: Scope, receive: Receive, name: str) -> None:
    headers = join_headers(scope["headers"])
    _check_headers(headers)
    account_id = await _owner(network, name) if name else None
    request = Request(
        method="POST",
        origin=network.settings.origin,
        target=_target(scope),
        headers=headers,
        body=await _body(receive),
    )
    client: Any = scope.get("client")
    address = str(client[0]) if client else ""
    await inbox.accept(network, request, address=address, inbox_account_id=account_id)


def _check_headers(headers: dict[str, str]) -> None:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type.encode() not in _TYPES:
        raise Declined("Activities come as application/activity+json", status=415)
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > inbox.MAX_BODY_BYTES:
        raise _too_large()


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if message.get("more_body"):
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _pieces(receive, message["body"])
        except TimeoutError:
            raise Declined("The activity did not come in time", status=408) from None
    if message["type"] == "http.disconnect":
        raise Aborted
    return message.get("body", b"")


async def _pieces(receive: Receive, first: bytes) -> bytes:
    """A body that comes bit by bit, and has begun with `first`."""
    pieces, size, more = [first], len(first), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Aborted
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
        if size > inbox.MAX_BODY_BYTES:
            raise _too_large()
    return b"".join(pieces)


def _too_large() -> Declined:
    return Declined("An activity may have 1 MiB", status=413)


def _target(scope: Scope) -> str:
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return target.decode("latin-1")


async def _owner(network: Network, name: str) -> int:
    account = await accounts.get_by_handle(network.db, name)
    if account is None:
        raise NotFound
    if account.state is AccountState.DELETED:
        raise Declined("This account is gone", status=410)
    return account.id
