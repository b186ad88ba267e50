"""NodeInfo: which software another server runs. https://nodeinfo.diaspora.software/protocol.html"""

import re
from typing import cast

import msgspec
import orjson

from noi.activitypub.uris import web_uri
from noi.transport.client import Client
from noi.transport.errors import TransportError

LIMIT_BYTES = 64 * 1024
_SCHEMA = re.compile(r"https?://nodeinfo\.diaspora\.software/ns/schema/(2\.[0-9])")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")


class Software(msgspec.Struct, frozen=True):
    """`name` as in `mastodon`, `version` as it was written; both empty where nothing is known."""

    name: str = ""
    version: str = ""


async def fetch(client: Client, host: str) -> Software:
    """What `host[:port]` says that it runs; nothing where it says nothing that can be read.

    Raises TransportError where it cannot be asked.
    """
    error: TransportError | None = None
    for scheme in client.schemes(host):
        try:
            index = await _get(client, f"{scheme}://{host}/.well-known/nodeinfo")
            url = _newest(index)
            return _software(await _get(client, url)) if url else Software()
        except TransportError as reason:
            error = error or reason
    if error is not None:
        raise error
    return Software()


async def _get(client: Client, url: str) -> dict[str, object]:
    answer = await client.get(url, accept="application/json", limit_bytes=LIMIT_BYTES)
    if answer.status != 200:
        return {}
    try:
        return _object(orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        return {}


def _newest(index: dict[str, object]) -> str:
    """The document of the newest version 2.x among the links."""
    links = index.get("links")
    found: list[tuple[str, str]] = []
    for item in cast("list[object]", links)[:16] if isinstance(links, list) else []:
        link = _object(item)
        schema = _SCHEMA.fullmatch(str(link.get("rel") or "")[:100])
        if schema is not None and (url := web_uri(link.get("href"))):
            found.append((schema[1], url))
    return max(found)[1] if found else ""


def _software(document: dict[str, object]) -> Software:
    software = _object(document.get("software"))
    name = str(software.get("name") or "")[:100].strip().lower()
    version = str(software.get("version") or "")[:100].strip()
    return Software(
        name if _NAME.fullmatch(name) else "", version if _VERSION.fullmatch(version) else ""
    )


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
