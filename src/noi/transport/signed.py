"""Signed requests to other servers: fetching documents, posting activities.

Most servers know draft-cavage signatures alone, some new ones RFC 9421 alone. So the first knock
is by the draft, the second by the RFC where a server says that it does not know who is asking,
and what it took is remembered.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from noi.activitypub import cavage, rfc9421
from noi.activitypub.uris import same_origin
from noi.models.ids import now_ms
from noi.transport.client import MAX_REDIRECTS, Client, Method, Response, exact, host_of
from noi.transport.errors import Busy, Denied, Gone, Refused, Unreachable, WrongType

ACTIVITY_TYPE = "application/activity+json"
_PROFILE = "https://www.w3.org/ns/activitystreams"
ACCEPT = f'{ACTIVITY_TYPE}, application/ld+json; profile="{_PROFILE}"'
_MAX_ANSWER_BYTES = 16 * 1024
_REMEMBERED_HOSTS = 4096
_SIGNING_THREADS = 2
_KNOCK_AGAIN = frozenset({400, 401, 403})

Signatures = Literal["cavage", "rfc9421"]


class SigningKey(msgspec.Struct, frozen=True):
    """The keys of a local account, parsed: RSA for requests, Ed25519 for proofs in documents."""

    account_id: int
    actor_uri: str
    key_id: str
    private_key: RSAPrivateKey
    ed25519_key_id: str
    ed25519_private_key: Ed25519PrivateKey


class Document(msgspec.Struct, frozen=True):
    """A fetched document. Believe it only after `require_origin`: `url` is after redirects."""

    url: str
    body: bytes
    content_type: str


class Target(msgspec.Struct, frozen=True):
    """An inbox to post to, the signatures its host is known to take (or ""), further headers."""

    inbox_uri: str
    signatures: str = ""
    headers: dict[str, str] = {}


class Prepared(msgspec.Struct, frozen=True):
    """A signed post, good for some minutes."""

    target: Target
    signatures: Signatures
    headers: dict[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What an inbox answered; `signatures` is the kind it took, empty where it took none."""

    status: int
    signatures: str
    retry_at: int | None
    error: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


_took: OrderedDict[str, Signatures] = OrderedDict()
"""What hosts took when something was fetched from them; a wrong memory costs one more knock."""


async def get_document(client: Client, url: str, key: SigningKey | None) -> Document:
    """Fetch an ActivityStreams document, each redirect (three at most) signed anew by `key`.

    Only `application/activity+json`, and `application/ld+json` with the profile of
    ActivityStreams, are read, for what else a server has may be someone's upload. Raises Gone
    (404, 410), Denied (401, 403), WrongType, other Refused (4xx, our own rules), Busy (429, 503,
    with `retry_at`), other Unreachable (5xx, no answer), TooLarge (over 1 MiB).
    """
    async with client.in_time(url):
        for _ in range(MAX_REDIRECTS + 1):
            url = exact(url)
            answer = await _get(client, url, key)
            if not answer.location:
                return _document(answer)
            url = answer.location
    raise Refused(f"{host_of(url)}: more than {MAX_REDIRECTS} redirects")


def require_origin(document_id: str, url: str) -> None:
    """Raise Refused unless a document's id belongs to the host that it was fetched from.

    Scheme, host and port have to be those of `url`, the address after redirects. Where the two
    differ otherwise, the document is to be fetched once more from its id.
    """
    if not same_origin(document_id, url):
        raise Refused(f"{host_of(url)}: the document says that it belongs to another host")


async def prepare_posts(targets: Sequence[Target], body: bytes, key: SigningKey) -> list[Prepared]:
    """Sign one activity for many inboxes, in one thread: 0.25 ms each, without holding the loop."""
    return await asyncio.get_running_loop().run_in_executor(
        _threads(), _prepare, list(targets), body, key
    )


async def post_prepared(client: Client, prepared: Prepared, body: bytes, key: SigningKey) -> Answer:
    """Post what `prepare_posts` has signed, and knock again with the other kind of signature
    where the host refuses the first. Raises Unreachable, Refused (our own rules), TooLarge.
    """
    url = exact(prepared.target.inbox_uri)
    response = await _post(client, url, prepared.headers, body)
    if response.status not in _KNOCK_AGAIN:
        return _answer(response, prepared.signatures)
    other = _other(prepared.signatures)
    again = await prepare_posts(
        [msgspec.structs.replace(prepared.target, signatures=other)], body, key
    )
    second = await _post(client, url, again[0].headers, body)
    # A refusal of both is about what was sent, or about us; the first answer says more of it.
    return _answer(second, other) if second.status < 300 else _answer(response, "")


def sign(
    key: SigningKey, signatures: Signatures, method: Method, url: str, body: bytes | None = None
) -> dict[str, str]:
    """The headers that sign a request to `url`, which is to be sent as it stands."""
    module = cavage if signatures == "cavage" else rfc9421
    return module.sign(key.key_id, key.private_key, method, url, now_ms(), body)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SIGNING_THREADS, thread_name_prefix="noi-sign")


def _prepare(targets: list[Target], body: bytes, key: SigningKey) -> list[Prepared]:
    prepared: list[Prepared] = []
    for target in targets:
        kind: Signatures = "rfc9421" if target.signatures == "rfc9421" else "cavage"
        headers = sign(key, kind, "POST", exact(target.inbox_uri), body)
        headers = {**target.headers, **headers, "Content-Type": ACTIVITY_TYPE}
        prepared.append(Prepared(target, kind, headers))
    return prepared


async def _post(client: Client, url: str, headers: Mapping[str, str], body: bytes) -> Response:
    return await client.request(
        "POST", url, headers=headers, body=body, limit_bytes=_MAX_ANSWER_BYTES, truncate=True
    )


def _answer(response: Response, signatures: str) -> Answer:
    accepted = 200 <= response.status < 300
    error = "" if accepted else _described(response)
    return Answer(
        response.status, signatures if accepted else "", response.retry_at(now_ms()), error
    )


async def _get(client: Client, url: str, key: SigningKey | None) -> Response:
    """One hop, with a second knock where the first is refused."""
    if key is None:
        return await client.request("GET", url, headers={"Accept": ACCEPT})
    host = host_of(url)
    first: Signatures = _took.get(host, "cavage")
    response = await _get_signed(client, url, key, first)
    if response.status not in _KNOCK_AGAIN:
        return response
    second = await _get_signed(client, url, key, _other(first))
    if second.status in _KNOCK_AGAIN:
        return response
    _took[host] = _other(first)
    if len(_took) > _REMEMBERED_HOSTS:
        _took.popitem(last=False)
    return second


async def _get_signed(
    client: Client, url: str, key: SigningKey, signatures: Signatures
) -> Response:
    headers = {"Accept": ACCEPT, **sign(key, signatures, "GET", url)}
    return await client.request("GET", url, headers=headers)


def _other(signatures: Signatures) -> Signatures:
    return "cavage" if signatures == "rfc9421" else "rfc9421"


def _document(response: Response) -> Document:
    host, status = host_of(response.url), response.status
    if status in (404, 410):
        raise Gone(f"{host}: {status}", for_good=status == 410)
    if status in (401, 403):
        raise Denied(f"{host}: {_described(response)}")
    if status in (429, 503):
        raise Busy(f"{host}: {status}", response.retry_at(now_ms()))
    if status >= 500:
        raise Unreachable(f"{host}: {_described(response)}")
    if status != 200:
        raise Refused(f"{host}: {_described(response)}")
    if not _is_activity(response):
        raise WrongType(f"{host}: {response.content_type or 'no type'} is no ActivityStreams")
    return Document(response.url, response.body, response.content_type)


def _is_activity(response: Response) -> bool:
    """Mastodon's rule: without the profile, `application/ld+json` may be any data."""
    if response.content_type == ACTIVITY_TYPE:
        return True
    if response.content_type != "application/ld+json":
        return False
    for parameter in response.headers["content-type"].split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "profile" and _PROFILE in value.strip(" \"'").split():
            return True
    return False


def _described(response: Response) -> str:
    """An unexpected answer in one line, for logs and for the people who run the network."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    text = " ".join(response.body[:400].decode("utf-8", "replace").split())[:200]
    said = f": {text}" if text.isprintable() and not text.startswith("<") else ""
    return f"{response.status} {phrase}".strip() + (said if text else "")
