"""JSON documents that a hub signs for good: charters, receipts, what it says of itself.

The member `signature` is base64 of the Ed25519 signature over all the others in canonical form
(RFC 8785), so that anybody can check it without the hub.
"""

from collections.abc import Mapping

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from noi.activitypub.fasp import parse_key
from noi.activitypub.keys import verify_bytes
from noi.activitypub.signatures import BadSignature, decode_base64, encode_base64

Json = str | int | float | bool | None | list["Json"] | tuple["Json", ...] | dict[str, "Json"]


def canonical(document: Mapping[str, Json]) -> bytes:
    """What is signed: the document without its signature. Raises BadSignature."""
    try:
        return rfc8785.dumps({name: document[name] for name in document if name != "signature"})
    except (rfc8785.CanonicalizationError, RecursionError):
        raise BadSignature("The document has no canonical form") from None


def sign(document: Mapping[str, Json], key: Ed25519PrivateKey) -> dict[str, Json]:
    """The document with its signature."""
    return {**document, "signature": encode_base64(key.sign(canonical(document)))}


def check(document: Mapping[str, Json], public_key: str) -> None:
    """Raise BadSignature unless the key (base64 of 32 bytes) signed it, BadKey for no key."""
    signature = document.get("signature")
    if not isinstance(signature, str) or not verify_bytes(
        parse_key(public_key), decode_base64(signature), canonical(document)
    ):
        raise BadSignature("The document is not signed by this key")
