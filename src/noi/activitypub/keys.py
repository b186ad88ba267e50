"""Keys of actors: RSA and Ed25519, as PEM and as Multikey.

https://codeberg.org/fediverse/fep/src/branch/main/fep/521a/fep-521a.md (Multikey, did:key),
RFC 8017 (RSA), RFC 8032 (Ed25519), https://www.w3.org/TR/cid-1.0/#multibase-0 (base58btc).
"""

import re
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

from noi.models.errors import Unauthorized

RSA_BITS = 2048
# Shorter than 2,048 is found on a few old servers, and refusing them would cut them off; below
# 1,024 a key can be broken by anyone. Long ones and long exponents cost the verifier.
_MIN_RSA_BITS = 1024
_MAX_RSA_BITS = 8192
_MAX_RSA_EXPONENT = 2**32
_MAX_TEXT = 4096
_PARSED_PUBLIC_KEYS = 2048
_PARSED_PRIVATE_KEYS = 256

PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class BadKey(Unauthorized):
    """A key that cannot be read or must not be used; the text says why."""


class KeyPair(msgspec.Struct, frozen=True):
    """A new pair: `public_key` is PEM (SPKI), `private_key` PEM (PKCS #8, not encrypted)."""

    public_key: str
    private_key: str


def new_rsa_pair() -> KeyPair:
    """A pair for HTTP signatures. Takes about a tenth of a second: call it in a thread."""
    return _pair(generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def new_ed25519_pair() -> KeyPair:
    """A pair for integrity proofs and the alliance's interface."""
    return _pair(Ed25519PrivateKey.generate())


def _pair(key: PrivateKey) -> KeyPair:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(public.decode("ascii"), private.decode("ascii"))


_PEM = re.compile(r"-----BEGIN ((?:RSA )?PUBLIC KEY)-----(.*?)-----END", re.DOTALL)
# Some servers put the two characters \n where line breaks belong.
_PEM_SPACE = re.compile(r"\\[rn]|\s+")


@lru_cache(maxsize=_PARSED_PUBLIC_KEYS)
def parse_public_key(text: str) -> PublicKey:
    """A public key from PEM (SPKI or PKCS #1, with any white space), Multikey or did:key.

    The newest are kept, since reading one costs as much as verifying with it. Raises BadKey.
    """
    if text.startswith(("z", "did:key:")):
        return _parse_multikey(text)
    pem = _PEM.search(text) if len(text) <= _MAX_TEXT else None
    if pem is None:
        raise BadKey("This is not a public key in PEM")
    label, body = pem[1], _PEM_SPACE.sub("", pem[2])
    tidy = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
    try:
        key = serialization.load_pem_public_key(tidy.encode("utf-8", "replace"))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("This public key cannot be read") from None
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise BadKey("Only RSA and Ed25519 keys are supported")
    return _checked_rsa(key)


def _checked_rsa(key: RSAPublicKey) -> RSAPublicKey:
    if not _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS:
        raise BadKey("An RSA key of {bits} bits is not accepted", bits=key.key_size)
    exponent = key.public_numbers().e
    if exponent % 2 == 0 or not 3 <= exponent < _MAX_RSA_EXPONENT:
        raise BadKey("The RSA key's exponent is not accepted")
    return key


@lru_cache(maxsize=_PARSED_PRIVATE_KEYS)
def parse_private_key(pem: str) -> PrivateKey:
    """One of our own private keys from PEM (PKCS #8). Raises BadKey.

    Never give it a stranger's: checking that an RSA key is sound takes 36 ms and is skipped.
    """
    try:
        key = serialization.load_pem_private_key(
            pem.encode("utf-8"), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("This private key cannot be read") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise BadKey("Only RSA and Ed25519 keys are supported")
    return key


def sign_bytes(key: PrivateKey, message: bytes) -> bytes:
    """Sign with the one algorithm of the key's type. Frees the interpreter's lock meanwhile."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def verify_bytes(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `key` signed `message`, with the one algorithm of the key's type."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def algorithm_of(key: PublicKey | PrivateKey) -> str:
    """The name of that algorithm in RFC 9421, section 6.2.2."""
    rsa = isinstance(key, RSAPublicKey | RSAPrivateKey)
    return "rsa-v1_5-sha256" if rsa else "ed25519"


_ED25519_CODE = b"\xed\x01"
_MAX_MULTIKEY = 100
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES = {character: value for value, character in enumerate(_BASE58)}


def multikey(public_key: str) -> str:
    """`z6Mk…`, the Multikey of an Ed25519 public key in PEM. Raises BadKey."""
    key = parse_public_key(public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("Only Ed25519 keys have a Multikey here")
    return "z" + base58_encode(_ED25519_CODE + key.public_bytes_raw())


def _parse_multikey(text: str) -> Ed25519PublicKey:
    value = text.removeprefix("did:key:").partition("#")[0]
    if not value.startswith("z") or len(value) > _MAX_MULTIKEY:
        raise BadKey("This is not a Multikey in base58")
    raw = base58_decode(value[1:])
    if raw[:2] != _ED25519_CODE or len(raw) != 34:
        raise BadKey("Only Ed25519 keys are supported as Multikey")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def base58_encode(value: bytes) -> str:
    """base58btc, without the multibase prefix `z`."""
    number = int.from_bytes(value)
    digits: list[str] = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58[digit])
    zeros = len(value) - len(value.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def base58_decode(text: str) -> bytes:
    """The opposite; raises BadKey for other characters. Give it short texts: it is quadratic."""
    number = 0
    try:
        for character in text:
            number = number * 58 + _BASE58_VALUES[character]
    except KeyError:
        raise BadKey("This is not base58") from None
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
