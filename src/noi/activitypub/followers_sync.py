"""Comparing whom two servers know as an account's followers.

https://codeberg.org/fediverse/fep/src/branch/main/fep/8fcf/fep-8fcf.md
"""

import hashlib
import re
from collections.abc import Iterable

import msgspec

HEADER = "Collection-Synchronization"

_PARAMETER = re.compile(r'\s*([A-Za-z]{1,32})\s*=\s*"([^"\\]{0,2048})"\s*')
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Synchronization(msgspec.Struct, frozen=True):
    """What the header says: whose followers, their digest, and where the list of them is."""

    collection_id: str
    digest: str
    url: str


def digest(follower_uris: Iterable[str]) -> str:
    """The SHA-256 sums of the followers' ids, added without carry (XOR), in hexadecimal."""
    total = 0
    for uri in follower_uris:
        total ^= int.from_bytes(hashlib.sha256(uri.encode()).digest())
    return f"{total:064x}"


def written(synchronization: Synchronization) -> str:
    """The value of the header."""
    return (
        f'collectionId="{synchronization.collection_id}", url="{synchronization.url}", '
        f'digest="{synchronization.digest}"'
    )


def read(header: str) -> Synchronization | None:
    """What a header of another server says; None where it is not understood."""
    matches = [_PARAMETER.fullmatch(part) for part in header.split(",")[:8]]
    values = {match[1].lower(): match[2] for match in matches if match}
    collection_id, url = values.get("collectionid", ""), values.get("url", "")
    if not collection_id or not url or not _DIGEST.fullmatch(values.get("digest", "")):
        return None
    return Synchronization(collection_id, values["digest"], url)
