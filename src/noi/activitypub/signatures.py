"""What both kinds of HTTP signature share: the message, the claim read from it, its verification.

A door makes a `Request`; `cavage.read` or `rfc9421.read` checks everything that needs no key (form,
covered parts, time, digest of the body) and returns a `Claim`; the key is looked up by
`Claim.key_id`; `verify` decides.
"""

import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from noi.activitypub.keys import PublicKey, algorithm_of, verify_bytes
from noi.models.errors import Unauthorized

MAX_HEADER_CHARS = 8192
_SKEW_MS = 3_600_000
_LIFE_MS = 300_000
_LONGEST_LIFE_MS = 12 * 3_600_000
_MAX_SECONDS = 2**40


class BadSignature(Unauthorized):
    """A signature that is missing, malformed, too old, incomplete or wrong; the text says which."""


class Request(msgspec.Struct, frozen=True):
    """A request as its sender made it.

    `origin` is scheme and authority under which people reach this server, never taken from the
    request; `target` is path and query as they stand in the request line, still percent-encoded.
    """

    method: str
    origin: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class Response(msgspec.Struct, frozen=True):
    """An answer, for the alliance's interface, which signs answers too."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Claim(msgspec.Struct, frozen=True):
    """Everything a key is needed for. `bases` are the texts that may have been signed."""

    key_id: str
    signature: bytes
    bases: tuple[bytes, ...]
    algorithm: str = ""
    """What the signer says it used, or empty. It is never believed, only held against the key."""


def join_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI headers as a mapping: names in lower case, repeated ones joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1").strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def verify(claim: Claim, public_key: PublicKey) -> None:
    """Raise BadSignature unless `public_key` made the signature.

    The algorithm follows from the type of the key alone (RSA: PKCS #1 v1.5 with SHA-256), so that
    a message cannot choose a weaker one.
    """
    if claim.algorithm and claim.algorithm != algorithm_of(public_key):
        raise BadSignature("The signature's algorithm is not the one of its key")
    if not any(verify_bytes(public_key, claim.signature, base) for base in claim.bases):
        raise BadSignature("The signature is not by the key {key_id}", key_id=claim.key_id)


def check_time(created: int, expires: int | None, now: int) -> None:
    """Refuse a signature from the future or too old. Seconds for the first two, ms for `now`.

    Mastodon's rule, which every peer has to meet: five minutes of life unless `expires` says
    otherwise, twelve hours at most, and an hour for clocks that are wrong. A request repeated
    within that time does nothing, since activities are known by their ids.
    """
    if created > _MAX_SECONDS or (expires or 0) > _MAX_SECONDS:
        raise BadSignature("The signature's date is malformed")
    created_ms = created * 1000
    if created_ms > now + _SKEW_MS:
        raise BadSignature("The signature is from the future")
    end = created_ms + _LIFE_MS if expires is None else expires * 1000
    if now > min(end, created_ms + _LONGEST_LIFE_MS) + _SKEW_MS:
        raise BadSignature("The signature is too old")


def decode_base64(text: str) -> bytes:
    """Base64 of a signature or digest; raises BadSignature."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        raise BadSignature("The signature is not base64") from None


def encode_base64(value: bytes) -> str:
    """Base64 without a line break."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def encode_base(lines: list[str]) -> bytes:
    """The bytes to sign; headers are Latin-1 by decoding, so that this gives their bytes back."""
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise BadSignature("A header has characters that HTTP does not allow") from None


def split_url(url: str) -> tuple[str, str]:
    """The origin and the request target of an http(s) URL, as HTTP clients put them on the wire."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme)) else parts.port
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    authority = f"{host}:{port}" if port else host
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return f"{parts.scheme}://{authority}", target


def authority_of(origin: str) -> str:
    """Host and port of an origin."""
    return origin.partition("://")[2]
