"""Who the hub is: the key that signs what it says for good, and what its members learn of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from noi.activitypub import fasp, signed_documents
from noi.activitypub.signatures import encode_base64
from noi.activitypub.signed_documents import Json
from noi.services import keys, settings
from noi.services.network import Network


class Identity(msgspec.Struct, frozen=True):
    """`public_key` is base64 of the Ed25519 key's 32 bytes, `fingerprint` base64 of its SHA-256."""

    name: str
    origin: str
    public_key: str
    fingerprint: str
    contact: str


async def get(network: Network) -> Identity:
    """The hub as it introduces itself."""
    key = (await keys.instance_key(network)).ed25519_private_key
    public_key = encode_base64(key.public_key().public_bytes_raw())
    own = await settings.get(network)
    return Identity(
        name=own.name,
        origin=network.settings.origin,
        public_key=public_key,
        fingerprint=fasp.fingerprint(public_key),
        contact=own.contact_email,
    )


async def sign(network: Network, document: Mapping[str, Json]) -> dict[str, Json]:
    """A document with the hub's signature; see `activitypub.signed_documents`."""
    key = await keys.instance_key(network)
    return signed_documents.sign(document, key.ed25519_private_key)


def day_and_time(ms: int) -> str:
    """A time as documents have it: `2026-11-22T03:20:00.000Z`."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
