"""Key pairs for tests, made once: an RSA pair takes long to make."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from noi.activitypub import keys
from noi.activitypub.keys import KeyPair, PrivateKey, PublicKey

NOW = 1_700_000_000_000
KEY_ID = "https://peer.example/users/lan#main-key"
KINDS = ("rsa", "ed25519")


def pair(kind: str, which: int = 0) -> KeyPair:
    """The pair number `which` of a kind."""
    return _pair(kind, which)


@cache
def _pair(kind: str, _which: int) -> KeyPair:
    return keys.new_rsa_pair() if kind == "rsa" else keys.new_ed25519_pair()


def private(kind: str, which: int = 0) -> PrivateKey:
    return keys.parse_private_key(pair(kind, which).private_key)


def public(kind: str, which: int = 0) -> PublicKey:
    return keys.parse_public_key(pair(kind, which).public_key)


def rsa_private() -> RSAPrivateKey:
    key = private("rsa")
    assert isinstance(key, RSAPrivateKey)
    return key


def ed25519_private() -> Ed25519PrivateKey:
    key = private("ed25519")
    assert isinstance(key, Ed25519PrivateKey)
    return key
