"""Calls of the alliance's interface (FASP): signed, and believed only when the answer is."""

from collections import OrderedDict
from typing import Literal

import msgspec

from noi.activitypub import fasp, signatures
from noi.activitypub.digests import content_digest
from noi.activitypub.keys import BadKey
from noi.activitypub.signatures import BadSignature
from noi.models.ids import now_ms
from noi.transport.client import Client, Response, exact, host_of
from noi.transport.errors import Busy, Denied, Gone, Refused, Unfit, Unreachable

Method = Literal["GET", "POST", "DELETE"]
SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024
_MAX_SAID_CHARS = 300
_MAX_REMEMBERED = 1024


class Peer(msgspec.Struct, frozen=True):
    """The other side, as calling it and answering it need it; each peer has a key pair of ours."""

    base_url: str
    key_id: str
    """What the peer calls us."""
    private_key: str
    """Ours for this peer, PEM."""
    public_key: str
    """The peer's own, base64 of its 32 bytes."""


class Answer(msgspec.Struct, frozen=True):
    """A signed answer with a status of 2xx; `headers` have lower-case names."""

    status: int
    body: bytes
    headers: dict[str, str]


async def call(
    client: Client,
    peer: Peer,
    method: Method,
    path: str,
    body: bytes = b"",
    *,
    seconds: float = SECONDS,
    limit_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Call a peer at `path` (with its query) under its base URL; `body` is JSON or empty.

    Only a signed answer of 2xx is answered. Raises Gone (404, 410), Denied (401, 403, with what
    the peer said), Busy (429, 503), Unfit (400, 414, 422), other Refused (other statuses,
    redirects, a wrong signature or digest, our own rules), other Unreachable (5xx, no answer within
    `seconds`), TooLarge.
    """
    url = exact(peer.base_url.rstrip("/") + path)
    try:
        signed = _signed(peer, method, url, body)
    except BadKey as error:
        raise Refused(f"{host_of(url)}: {error}") from None
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **signed}
    if body:
        headers["Content-Type"] = "application/json"
    async with client.in_time(url, seconds):
        response = await client.request(
            method, url, headers=headers, body=body or None, limit_bytes=limit_bytes
        )
    _check_status(response)
    _check_signature(peer, response)
    return Answer(response.status, response.body, response.headers)


_last: OrderedDict[tuple[str, str, str, str], int] = OrderedDict()
"""When the same was last signed, in ms."""


def _signed(peer: Peer, method: Method, url: str, body: bytes) -> dict[str, str]:
    """Headers that no earlier call had: signatures count seconds, and receivers take each once."""
    now = now_ms()
    if method != "GET":
        what = (peer.private_key, method, url, content_digest(body))
        # Dated a little ahead instead of waiting: receivers bear five minutes.
        now = max(now, _last.pop(what, 0) + 1000)
        _last[what] = now
        if len(_last) > _MAX_REMEMBERED:
            _last.popitem(last=False)
    return fasp.sign_request(peer.key_id, peer.private_key, method, url, body, now)


def _check_status(response: Response) -> None:
    host, status = host_of(response.url), response.status
    if response.location:
        raise Refused(f"{host}: answers with a redirect, which no signature covers")
    if 200 <= status < 300:
        return
    message = f"{host}: {status}{_said(response)}"
    if status in (404, 410):
        raise Gone(message, for_good=status == 410)
    if status in (401, 403):
        raise Denied(message)
    if status in (429, 503):
        raise Busy(message, response.retry_at(now_ms()))
    if status >= 500:
        raise Unreachable(message)
    if status in (400, 414, 422):
        raise Unfit(message)
    raise Refused(message)


def _check_signature(peer: Peer, response: Response) -> None:
    message = signatures.Response(response.status, response.headers, response.body)
    try:
        fasp.check_response(message, peer.public_key, now_ms())
    except (BadSignature, BadKey) as error:
        raise Refused(f"{host_of(response.url)}: {error}") from None


def _said(response: Response) -> str:
    """The error in the answer, for logs and for the people who look after this side."""
    try:
        error = msgspec.json.decode(response.body, type=dict[str, object]).get("error")
    except msgspec.MsgspecError:
        return ""
    text = " ".join(error.split())[:_MAX_SAID_CHARS] if isinstance(error, str) else ""
    return f": {text}" if text and text.isprintable() else ""
