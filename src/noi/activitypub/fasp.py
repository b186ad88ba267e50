"""The signatures of the alliance's interface: FASP 0.1, by RFC 9421 with Ed25519 alone.

Requests are signed over method, address and digest, answers over status and digest, with a key
pair for each peer. There is no nonce: a receiver remembers for `WINDOW_MS` what it was sent.
https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications, general/v0.1
"""

import hashlib

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from noi.activitypub.digests import check_content_digest, content_digest
from noi.activitypub.keys import BadKey, new_ed25519_pair, parse_private_key, verify_bytes
from noi.activitypub.rfc9421 import SignatureInput, parse_inputs, parse_signatures, signature_base
from noi.activitypub.signatures import (
    BadSignature,
    Request,
    Response,
    decode_base64,
    encode_base64,
    split_url,
)

WINDOW_MS = 300_000
"""How far the time of a signature may lie from ours, before or after."""

MAX_ID_CHARS = 128
_REQUEST = ("@method", "@target-uri", "content-digest")
_RESPONSE = ("@status", "content-digest")
_UNNAMEABLE = frozenset('"\\')


class Pair(msgspec.Struct, frozen=True):
    """A key pair for one peer: the public key as base64 of its 32 bytes, the private one as PEM."""

    public_key: str
    private_key: str


class Claim(msgspec.Struct, frozen=True):
    """What a signature says, everything checked but the signature itself."""

    key_id: str
    """Empty where an answer names none, as Mastodon's do not."""
    signature: bytes
    base: bytes

    @property
    def digest(self) -> bytes:
        """What tells this message from every other one by the same peer (32 bytes)."""
        return hashlib.sha256(self.base).digest()


def new_pair() -> Pair:
    """A new key pair."""
    pem = new_ed25519_pair().private_key
    return Pair(public_key_of(pem), pem)


def public_key_of(private_key: str) -> str:
    """Base64 of the public key that belongs to a private one in PEM. Raises BadKey."""
    raw = (
        _private(private_key)
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return encode_base64(raw)


def parse_key(public_key: str) -> Ed25519PublicKey:
    """A peer's public key from base64 of its 32 bytes. Raises BadKey."""
    return Ed25519PublicKey.from_public_bytes(_raw(public_key))


def fingerprint(public_key: str) -> str:
    """What both sides show of a key for people to compare: base64 of SHA-256. Raises BadKey."""
    return encode_base64(hashlib.sha256(_raw(public_key)).digest())


def usable_id(key_id: object) -> bool:
    """Whether a name for us that a peer gave can stand in a signature."""
    return (
        isinstance(key_id, str)
        and 0 < len(key_id) <= MAX_ID_CHARS
        and key_id.isascii()
        and key_id.isprintable()
        and _UNNAMEABLE.isdisjoint(key_id)
    )


def sign_request(
    key_id: str, private_key: str, method: str, url: str, body: bytes, now: int
) -> dict[str, str]:
    """Content-Digest, Signature-Input and Signature of a request; `now` in ms.

    Send `url` without encoding it anew: the signature covers its bytes. Raises BadKey.
    """
    origin, target = split_url(url)
    headers = {"content-digest": content_digest(body)}
    message = Request(method.upper(), origin, target, headers, body)
    return _signed(key_id, private_key, _REQUEST, message, now)


def sign_response(
    key_id: str, private_key: str, status: int, body: bytes, now: int
) -> dict[str, str]:
    """The same of an answer, whose body must be sent as it is, not compressed."""
    message = Response(status, {"content-digest": content_digest(body)}, body)
    return _signed(key_id, private_key, _RESPONSE, message, now)


def read_request(request: Request, now: int) -> list[Claim]:
    """The signatures of a request that a key may prove, at least one; raises BadSignature.

    `now` is in ms. The sender is who `key_id` names; then `verify` decides.
    """
    named = [claim for claim in _claims(request, _REQUEST, now) if claim.key_id]
    if not named:
        raise BadSignature("The signature names no key")
    return named


def verify(claim: Claim, public_key: str) -> None:
    """Raise BadSignature unless the key (base64) made the signature, BadKey for no key at all."""
    if not verify_bytes(parse_key(public_key), claim.signature, claim.base):
        raise BadSignature("The signature is not by the key {key_id}", key_id=claim.key_id)


def check_request(request: Request, key_id: str, public_key: str, now: int) -> Claim:
    """The signature by the one who is called `key_id`; raises BadSignature."""
    for claim in read_request(request, now):
        if claim.key_id == key_id:
            verify(claim, public_key)
            return claim
    raise BadSignature("The signature is not by the key {key_id}", key_id=key_id)


def check_response(response: Response, public_key: str, now: int) -> None:
    """Raise BadSignature unless the peer whom we asked has signed its answer."""
    key = parse_key(public_key)
    claims = _claims(response, _RESPONSE, now)
    if not any(verify_bytes(key, claim.signature, claim.base) for claim in claims):
        raise BadSignature("The answer is signed by another key")


def _signed(
    key_id: str,
    private_key: str,
    covered: tuple[str, ...],
    message: Request | Response,
    now: int,
) -> dict[str, str]:
    names = " ".join(f'"{name}"' for name in covered)
    serialized = f'({names});created={now // 1000};keyid="{key_id}"'
    components = tuple((name, "") for name in covered)
    base = signature_base(SignatureInput(components, {}, serialized), message)
    signature = encode_base64(_private(private_key).sign(base))
    return {
        "Content-Digest": message.headers["content-digest"],
        "Signature-Input": f"sig1={serialized}",
        "Signature": f"sig1=:{signature}:",
    }


def _claims(message: Request | Response, covered: tuple[str, ...], now: int) -> list[Claim]:
    """Every acceptable signature; others beside them, as proxies add, are passed over."""
    check_content_digest(message.headers.get("content-digest", ""), message.body)
    inputs = parse_inputs(message.headers.get("signature-input", ""))
    signatures = parse_signatures(message.headers.get("signature", ""))
    claims: list[Claim] = []
    error = BadSignature("The message is not signed")
    for label, signed in inputs.items():
        try:
            if label not in signatures:
                raise BadSignature("The signature {label} is missing", label=label)
            claims.append(_claim(signed, signatures[label], message, covered, now))
        except BadSignature as reason:
            error = reason
    if not claims:
        raise error
    return claims


def _claim(
    signed: SignatureInput,
    signature: str,
    message: Request | Response,
    covered: tuple[str, ...],
    now: int,
) -> Claim:
    parameters = signed.parameters
    if parameters.get("alg", "ed25519") != "ed25519":
        name = parameters["alg"]
        raise BadSignature("The signature algorithm {name} is not supported", name=name)
    _check_time(parameters, now)
    missing = [name for name in covered if (name, "") not in signed.components]
    if missing:
        raise BadSignature("The signature does not cover {names}", names=", ".join(missing))
    base = signature_base(signed, message)
    return Claim(parameters.get("keyid", ""), decode_base64(signature), base)


def _check_time(parameters: dict[str, str], now: int) -> None:
    created = _milliseconds(parameters.get("created", ""))
    expires = _milliseconds(parameters["expires"]) if "expires" in parameters else now
    if created > now + WINDOW_MS:
        raise BadSignature("The signature is from the future")
    if created < now - WINDOW_MS or expires < now:
        raise BadSignature("The signature is too old")


def _milliseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadSignature("The signature's date is malformed")
    return int(text) * 1000


def _private(pem: str) -> Ed25519PrivateKey:
    key = parse_private_key(pem)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("This private key cannot be read")
    return key


def _raw(public_key: str) -> bytes:
    try:
        raw = decode_base64(public_key)
    except BadSignature:
        raise BadKey("This is not base64 of an Ed25519 key") from None
    if len(raw) != 32:
        raise BadKey("This is not base64 of an Ed25519 key")
    return raw
