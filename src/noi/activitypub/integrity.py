"""Object integrity proofs, `eddsa-jcs-2022`: signatures that a document carries with it.

https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.md,
https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022; canonical JSON is RFC 8785.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from noi.activitypub.keys import BadKey, PublicKey, base58_decode, base58_encode, sign_bytes
from noi.activitypub.signatures import BadSignature, Claim
from noi.activitypub.signatures import verify as verify_claim

_SUITE = "eddsa-jcs-2022"
_MAX_PROOF_VALUE = 100

Document = Mapping[str, Any]


def sign(
    document: Document, private_key: Ed25519PrivateKey, verification_method: str, created: int
) -> dict[str, Any]:
    """The document with a `proof` by the key whose id is `verification_method`; `created` in ms.

    Sign last but for a linked-data signature, which covers the proof. Raises BadSignature for a
    document that has no canonical form (whole numbers beyond 2⁵³).
    """
    at = datetime.fromtimestamp(created // 1000, UTC)
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": _SUITE,
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
        "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    signature = sign_bytes(private_key, _base(document, proof))
    proof["proofValue"] = "z" + base58_encode(signature)
    return {**document, "proof": proof}


def verification_method(document: Document) -> str | None:
    """The id of the key that is said to have made the document's proof; None without a proof.

    A proof by another suite counts as none, as FEP-8b32 asks for. Raises BadSignature.
    """
    proof = _proof(document)
    return None if proof is None else proof["verificationMethod"]


def verify(document: Document, public_key: PublicKey, now: int) -> None:
    """Raise BadSignature unless the document's proof is by `public_key` and holds at `now` (ms)."""
    proof = _proof(document)
    if proof is None:
        raise BadSignature("The document has no integrity proof")
    _check_dates(proof, now)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    signature = _signature(proof.get("proofValue"))
    base = _base(_as_signed(document, proof), options)
    claim = Claim(proof["verificationMethod"], signature, (base,), algorithm="ed25519")
    verify_claim(claim, public_key)


def _proof(document: Document) -> dict[str, Any] | None:
    for value in _listed(document.get("proof")):
        proof: dict[str, Any] = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if proof.get("type") == "DataIntegrityProof" and proof.get("cryptosuite") == _SUITE:
            if proof.get("proofPurpose") != "assertionMethod":
                raise BadSignature("The integrity proof has another purpose")
            if not isinstance(proof.get("verificationMethod"), str):
                raise BadSignature("The integrity proof names no key")
            return proof
    return None


def _as_signed(document: Document, proof: Document) -> Document:
    if "@context" not in proof:
        return document
    now, then = _listed(document.get("@context")), _listed(proof["@context"])
    if now[: len(then)] != then:
        raise BadSignature("The document's context is not the one that was signed")
    return {**document, "@context": proof["@context"]}


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _check_dates(proof: Document, now: int) -> None:
    try:
        datetime.fromisoformat(proof.get("created", "1970-01-01T00:00:00Z"))
        expires = datetime.fromisoformat(proof.get("expires", "9999-01-01T00:00:00Z"))
        expires_ms = expires.replace(tzinfo=expires.tzinfo or UTC).timestamp() * 1000
    except (ValueError, TypeError, OverflowError):
        raise BadSignature("The integrity proof's date is malformed") from None
    if now > expires_ms:
        raise BadSignature("The integrity proof has expired")


def _signature(value: Any) -> bytes:
    if not isinstance(value, str) or value[:1] != "z" or len(value) > _MAX_PROOF_VALUE:
        raise BadSignature("The integrity proof is malformed")
    try:
        return base58_decode(value[1:])
    except BadKey:
        raise BadSignature("The integrity proof is malformed") from None


def _base(document: Document, options: Document) -> bytes:
    """Hash of the proof's options, then of the document without its proof (section 3.3.4)."""
    unsecured = {
        name: value for name, value in document.items() if name not in ("proof", "signature")
    }
    return _hash(options) + _hash(unsecured)


def _hash(value: Document) -> bytes:
    try:
        canonical = rfc8785.dumps(cast("dict[str, Any]", value))
    except (ValueError, RecursionError):
        raise BadSignature("The document has no canonical form") from None
    return hashlib.sha256(canonical).digest()
