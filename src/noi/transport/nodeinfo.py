"""NodeInfo: what another server runs and says of itself. https://nodeinfo.diaspora.software/protocol.html"""

import re
from typing import cast

import msgspec
import orjson

from noi.activitypub.uris import web_uri
from noi.transport.client import Client
from noi.transport.errors import TransportError

LIMIT_BYTES = 64 * 1024
_MAX_TEXT = 1000
_MAX_SUBJECTS = 20
_MAX_PEOPLE = 2**40
_SCHEMA = re.compile(r"https?://nodeinfo\.diaspora\.software/ns/schema/(2\.[0-9])")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")


class Software(msgspec.Struct, frozen=True):
    """`name` as in `mastodon`, `version` as it was written; both empty where nothing is known."""

    name: str = ""
    version: str = ""


class Node(msgspec.Struct, frozen=True):
    """What a server says of itself; empty, None or 0 where it says nothing that can be read."""

    software: Software = Software()
    name: str = ""
    description: str = ""
    open_registrations: bool | None = None
    people: int = 0
    fasp_base_url: str = ""
    """Where it speaks FASP; perhaps not on its own host."""
    subjects: tuple[str, ...] = ()
    """What our own networks say that they are about."""


async def fetch(client: Client, host: str) -> Software:
    """What `host[:port]` says that it runs; nothing where it says nothing that can be read.

    Raises TransportError where it cannot be asked.
    """
    return (await fetch_node(client, host)).software


async def fetch_node(client: Client, host: str) -> Node:
    """All that `host[:port]` says of itself, as `fetch` does."""
    error: TransportError | None = None
    for scheme in client.schemes(host):
        try:
            index = await _get(client, f"{scheme}://{host}/.well-known/nodeinfo")
            url = _newest(index)
            return _node(await _get(client, url)) if url else Node()
        except TransportError as reason:
            error = error or reason
    if error is not None:
        raise error
    return Node()


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


def _node(document: dict[str, object]) -> Node:
    metadata = _object(document.get("metadata"))
    opened = document.get("openRegistrations")
    people = _object(_object(document.get("usage")).get("users")).get("total")
    subjects = _object(metadata.get("alliance")).get("subjects")
    listed = cast("list[object]", subjects)[:_MAX_SUBJECTS] if isinstance(subjects, list) else []
    return Node(
        software=_software(document),
        name=_text(metadata.get("nodeName")),
        description=_text(metadata.get("nodeDescription")),
        open_registrations=opened if isinstance(opened, bool) else None,
        people=people if type(people) is int and 0 <= people < _MAX_PEOPLE else 0,
        fasp_base_url=web_uri(metadata.get("faspBaseUrl")),
        subjects=tuple(filter(None, map(_text, listed))),
    )


def _text(value: object) -> str:
    return " ".join(value[:_MAX_TEXT].split()) if isinstance(value, str) else ""


def _software(document: dict[str, object]) -> Software:
    software = _object(document.get("software"))
    name = str(software.get("name") or "")[:100].strip().lower()
    version = str(software.get("version") or "")[:100].strip()
    return Software(
        name if _NAME.fullmatch(name) else "", version if _VERSION.fullmatch(version) else ""
    )


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
