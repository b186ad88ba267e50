"""Public keys as actors and servers publish them; the bytes are read in `keys.py`."""

import msgspec

from noi.activitypub.normalize import Document, compact, identifier, is_node, many, text
from noi.activitypub.uris import same_origin
from noi.models.errors import BadDocument

MAX_KEYS = 16
_MAX_KEY = 16_384


class KeyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A public key: either `pem` (security/v1) or `multibase` (Multikey, FEP-521a) is set."""

    id: str
    owner: str
    pem: str = ""
    multibase: str = ""


def read_keys(node: Document, owner: str) -> tuple[KeyDocument, ...]:
    """The keys under `publicKey` and `assertionMethod` of a compacted actor, each id once.

    Left out: keys whose owner is somebody else, or whose id lies outside the owner's origin.
    """
    found: dict[str, KeyDocument] = {}
    for name in ("publicKey", "assertionMethod"):
        for item in many(node.get(name), MAX_KEYS):
            key = _read(compact(item), owner) if is_node(item) else None
            if key is not None and key.owner == owner and same_origin(key.id, owner):
                found.setdefault(key.id, key)
    return tuple(found.values())


def read_key(document: Document, key_id: str) -> KeyDocument:
    """The key `key_id` in what was fetched from there: an actor, complete or the stub that
    GoToSocial serves at `/main-key`, or the key alone.

    Raises `BadDocument` where that key is not in it.
    """
    node = compact(document)
    alone = _read(node, "")
    if alone is not None and alone.owner:
        keys: tuple[KeyDocument, ...] = (alone,) if same_origin(alone.id, alone.owner) else ()
    else:
        owner = identifier(node.get("id"))
        keys = read_keys(node, owner) if owner else ()
    for key in keys:
        if key.id == key_id:
            return key
    raise BadDocument("The document does not hold the key that was asked for")


def _read(node: Document, owner: str) -> KeyDocument | None:
    pem, multibase = text(node.get("publicKeyPem")), text(node.get("publicKeyMultibase"))
    id_ = identifier(node.get("id"))
    if not id_ or not (pem or multibase) or len(pem) > _MAX_KEY or len(multibase) > _MAX_KEY:
        return None
    named = identifier(node.get("owner")) or identifier(node.get("controller"))
    return KeyDocument(id=id_, owner=named or owner, pem=pem, multibase="" if pem else multibase)
