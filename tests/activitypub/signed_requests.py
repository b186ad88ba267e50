"""Requests signed in either way, and who has signed them."""

from types import ModuleType

import pytest

from activitypub.signing_keys import KEY_ID, NOW, private, public
from noi.activitypub import signatures
from noi.activitypub.signatures import BadSignature, Request

ORIGIN = "https://noi.example"
BODY = '{"type":"Create","content":"Chào"}'.encode()


def signed(
    module: ModuleType,
    kind: str = "rsa",
    method: str = "POST",
    target: str = "/inbox",
    body: bytes | None = BODY,
) -> Request:
    """A request as `module` (cavage or rfc9421) signs it, with a key of a kind."""
    headers: dict[str, str] = module.sign(KEY_ID, private(kind), method, ORIGIN + target, NOW, body)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request(method, ORIGIN, target, signatures.join_headers(raw), body or b"")


def check(module: ModuleType, request: Request, kind: str = "rsa", now: int = NOW) -> str:
    """The id of the key by which it is signed; raises BadSignature."""
    claim = module.read(request, now)
    signatures.verify(claim, public(kind))
    return claim.key_id


def check_round_trip(module: ModuleType, kind: str, *, of_another_kind: str) -> None:
    """What is signed is verified by its key alone; a key of another kind is refused so."""
    assert check(module, signed(module, kind), kind) == KEY_ID
    assert check(module, signed(module, kind, "GET", "/users/lan?page=1", None), kind) == KEY_ID
    with pytest.raises(BadSignature, match="is not by the key"):
        signatures.verify(module.read(signed(module, kind), NOW), public(kind, 1))
    other = "ed25519" if kind == "rsa" else "rsa"
    with pytest.raises(BadSignature, match=of_another_kind):
        check(module, signed(module, kind), other)
