"""Digests of bodies: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530), SHA-256 and SHA-512.

Where a header lists several, all that are known have to fit and at least one has to be known.
"""

import hashlib
import re

from noi.activitypub.signatures import BadSignature, encode_base64

_MAX_HEADER = 1024
_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_MEMBER = re.compile(
    r"[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:;[^,]*)?[ \t]*(?:,(?=.)|$)"
)


def digest(body: bytes) -> str:
    """The value of `Digest` for a body."""
    return f"SHA-256={_base64('sha-256', body)}"


def content_digest(body: bytes) -> str:
    """The value of `Content-Digest`: SHA-256 alone, which every peer knows."""
    return f"sha-256=:{_base64('sha-256', body)}:"


def check_digest(header: str, body: bytes) -> None:
    """Hold `Digest` against the body; raises BadSignature."""
    members = header.split(",") if len(header) <= _MAX_HEADER else []
    pairs = [member.strip().partition("=") for member in members]
    _check([(name.lower(), value) for name, _, value in pairs], body)


def check_content_digest(header: str, body: bytes) -> None:
    """Hold `Content-Digest` against the body; raises BadSignature."""
    position = 0
    members: list[tuple[str, str]] = []
    while position < len(header) <= _MAX_HEADER:
        member = _MEMBER.match(header, position)
        if member is None:
            raise BadSignature("The digest of the body is malformed")
        members.append((member[1], member[2]))
        position = member.end()
    _check(members, body)


def _check(members: list[tuple[str, str]], body: bytes) -> None:
    known = [(name, value) for name, value in members if name in _HASHES]
    if not known:
        raise BadSignature("The digest of the body is neither SHA-256 nor SHA-512")
    for name, value in known:
        if value.rstrip("=") != _base64(name, body).rstrip("="):
            raise BadSignature("The body does not fit its digest")


def _base64(name: str, body: bytes) -> str:
    return encode_base64(_HASHES[name](body).digest())
