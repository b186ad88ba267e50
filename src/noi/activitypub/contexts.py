"""The JSON-LD contexts that peers use, bundled: none is ever fetched."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from noi.models.errors import BadRequest

SECURITY_V1 = "https://w3id.org/security/v1"
IDENTITY_V1 = "https://w3id.org/identity/v1"
DATA_INTEGRITY_V1 = "https://w3id.org/security/data-integrity/v1"

_FOLDER = Path(__file__).with_name("contexts")
_FILES = {
    "www.w3.org/ns/activitystreams": "activitystreams",
    "www.w3.org/ns/activitystreams.jsonld": "activitystreams",
    "w3id.org/security/v1": "security-v1",
    "w3c-ccg.github.io/security-vocab/contexts/security-v1.jsonld": "security-v1",
    "w3id.org/identity/v1": "identity-v1",
    "w3id.org/security/data-integrity/v1": "data-integrity-v1",
    "w3id.org/security/data-integrity/v2": "data-integrity-v2",
    "w3id.org/security/multikey/v1": "multikey-v1",
    "www.w3.org/ns/cid/v1": "cid-v1",
    "www.w3.org/ns/did/v1": "did-v1",
    "purl.archive.org/miscellany": "miscellany",
    "purl.archive.org/socialweb/webfinger": "webfinger",
    "w3id.org/fep/5711": "fep-5711",
    "w3id.org/fep/ef61": "fep-ef61",
    "gotosocial.org/ns": "gotosocial",
    "join-lemmy.org/context.json": "lemmy",
    "joinmastodon.org/ns": "mastodon",
}


class UnknownContext(BadRequest):
    """A document needs a context that is not bundled."""


def load(url: str) -> dict[str, Any]:
    """The context document at `url`. Raises UnknownContext. Do not change what it returns."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UnknownContext("The JSON-LD context {url} is not known", url=url) from None
    # Every Pleroma serves its own copy of this one.
    litepub = parts.path == "/schemas/litepub-0.1.jsonld"
    name = "litepub" if litepub else _FILES.get(f"{parts.netloc}{parts.path}".rstrip("/"))
    if name is None or parts.scheme not in ("https", "http"):
        raise UnknownContext("The JSON-LD context {url} is not known", url=url)
    return _read(name)


def extensions() -> dict[str, Any]:
    """ActivityStreams with all the terms that peers add to it inline."""
    return _read("extensions")


@lru_cache(maxsize=32)
def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return document
