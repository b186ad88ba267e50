"""Secrets at rest are hashes: tokens, codes and sessions are random enough for plain SHA-256."""

import base64
import hashlib
import hmac
import secrets


def new_token() -> str:
    """A secret of 256 random bits, safe in addresses and headers."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token, and what it is found by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def same(given: str, stored_hash: bytes) -> bool:
    """Whether a secret is the one whose hash is stored, in constant time."""
    return hmac.compare_digest(token_hash(given), stored_hash)


def derived(token: str, purpose: str) -> str:
    """A secret that belongs to another and does not tell it, so that it need not be stored."""
    digest = hmac.digest(token.encode("utf-8", "surrogatepass"), purpose.encode(), "sha256")
    return _base64url(digest)


def challenge_s256(verifier: str) -> str:
    """The PKCE challenge that belongs to a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return _base64url(digest)


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
