"""WebFinger (RFC 7033): from `name@host` to an actor and back, so that neither can be usurped.

A handle is believed only where the host that it names says that it belongs to the actor, as
https://docs.joinmastodon.org/spec/webfinger/ and FEP-2c59 describe.
"""

import re
from contextlib import suppress
from html import unescape
from typing import cast
from urllib.parse import quote

import msgspec
import orjson

from noi.activitypub.uris import ascii_host, authority_of, web_uri
from noi.transport.client import Client, Response
from noi.transport.errors import Gone, Refused, TransportError, Unreachable, WrongType

LIMIT_BYTES = 64 * 1024
_ACCEPT = "application/jrd+json, application/json;q=0.9"
_ACCEPT_HOST_META = "application/xrd+xml, application/xml;q=0.9, text/xml;q=0.9"
_MAX_LINKS = 64
_HANDLE = re.compile(r"(?:acct:)?@?([^@\s/?#:&<>\"'\\]{1,255})@([^@\s/?#&<>\"'\\]{1,260})")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([1-9][0-9]{0,4}))?")
_LINK = re.compile(r"<(?:\w+:)?Link\b([^>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ACTIVITY_TYPES = ("application/activity+json", "application/ld+json")


class WebFingerResult(msgspec.Struct, frozen=True):
    """`subject` is the canonical `name@host[:port]`, the host in lower case as A-labels."""

    subject: str
    actor_uri: str
    aliases: tuple[str, ...] = ()

    @property
    def username(self) -> str:
        return self.subject.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.subject.rpartition("@")[2]


def parse_handle(text: str) -> tuple[str, str] | None:
    """Name and host of `name@host`, `@name@host` or `acct:name@host`; None for other texts."""
    match = _HANDLE.fullmatch(text.strip()) if len(text) <= 600 else None
    parts = _HOST.fullmatch(match[2].lower()) if match else None
    if match is None or parts is None:
        return None
    host = ascii_host(parts[1])
    if not host or int(parts[2] or 0) > 65535:
        return None
    return match[1], f"{host}:{parts[2]}" if parts[2] and parts[2] != "443" else host


async def look_up(client: Client, handle: str) -> WebFingerResult:
    """Ask a handle's host whose it is.

    Where the answer speaks of a subject at another host (`name@alias` is `name@domain`), that
    host has to name the same actor, or the handle is refused. Raises Gone where there is no such
    handle, Refused where the handle or the answer is not to be believed, Unreachable.
    """
    asked = parse_handle(handle)
    if asked is None:
        raise Refused(f"{handle[:100]!r} is no handle")
    first = await _ask(client, *asked)
    canonical = parse_handle(first.subject)
    if canonical is None or _same(canonical, asked):
        return first
    second = await _ask(client, *canonical)
    agreed = parse_handle(second.subject)
    if agreed is None or not _same(agreed, canonical) or second.actor_uri != first.actor_uri:
        raise Refused(f"{asked[1]}: {canonical[1]} does not agree whose handle this is")
    return second


async def confirm(
    client: Client, actor_uri: str, username: str, claimed: str = ""
) -> WebFingerResult:
    """The canonical handle of a fetched actor, confirmed in both directions.

    `username` is its `preferredUsername`, `claimed` the handle it gives itself (FEP-2c59), if any.
    An actor whose handle belongs to another actor is refused, and so is one whose host knows it
    under another name. Raises as `look_up` does.
    """
    found = await look_up(client, claimed or f"{username}@{authority_of(actor_uri)}")
    if found.actor_uri != actor_uri:
        raise Refused(f"{found.domain}: the handle belongs to another actor")
    if found.username.lower() != username.lower():
        raise Refused(f"{found.domain}: the actor has another name there")
    return found


async def _ask(client: Client, name: str, host: str) -> WebFingerResult:
    """What one host says of one handle."""
    away: Unreachable | None = None
    for scheme in client.schemes(host):
        try:
            return await _ask_at(client, f"{scheme}://{host}", name, host)
        except Unreachable as reason:
            away = away or reason
        except Gone:
            raise
        except Refused as reason:
            raise (away or reason) from None
    raise away or Refused(f"{host}: not asked")


async def _ask_at(client: Client, origin: str, name: str, host: str) -> WebFingerResult:
    template = f"{origin}/.well-known/webfinger?resource={{uri}}"
    answer = await _fetch(client, template, name, host)
    if answer.status != 200:
        # Old servers tell in host-meta where they keep it.
        moved = await _host_meta(client, origin)
        if moved and moved != template:
            answer = await _fetch(client, moved, name, host)
    if answer.status in (400, 404, 410):
        raise Gone(f"{host}: no such handle", for_good=answer.status == 410)
    if answer.status >= 500 or answer.status == 429:
        raise Unreachable(f"{host}: WebFinger answers {answer.status}")
    if answer.status != 200:
        raise Refused(f"{host}: WebFinger answers {answer.status}")
    return read_jrd(answer.body, f"{name}@{host}")


async def _fetch(client: Client, template: str, name: str, host: str) -> Response:
    resource = quote(f"acct:{name}@{host}", safe="")
    return await client.get(
        template.replace("{uri}", resource), accept=_ACCEPT, limit_bytes=LIMIT_BYTES
    )


async def _host_meta(client: Client, origin: str) -> str:
    """The template of RFC 6415's `lrdd` link, or empty."""
    with suppress(TransportError):
        answer = await client.get(
            f"{origin}/.well-known/host-meta", accept=_ACCEPT_HOST_META, limit_bytes=LIMIT_BYTES
        )
        if answer.status == 200:
            return _lrdd_template(answer.body.decode("utf-8", "replace"))
    return ""


def _lrdd_template(xml: str) -> str:
    """Read by an expression: a parser of XML would be a way in."""
    for link in _LINK.findall(xml)[:_MAX_LINKS]:
        found: list[tuple[str, str, str]] = _ATTRIBUTE.findall(link)
        attributes = {name: unescape(double or single) for name, double, single in found}
        template = attributes.get("template", "")
        if attributes.get("rel") == "lrdd" and "{uri}" in template:
            return template if web_uri(template.replace("{uri}", "x")) else ""
    return ""


def read_jrd(body: bytes, asked: str) -> WebFingerResult:
    """The actor in a JSON Resource Descriptor; its subject is `asked` where it names none.

    Raises WrongType for what is no descriptor, Gone where it names no ActivityPub actor.
    """
    host = asked.rpartition("@")[2]
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise WrongType(f"{host}: the WebFinger answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise WrongType(f"{host}: the WebFinger answer is no descriptor")
    document = cast("dict[str, object]", parsed)
    links = [_self_link(link) for link in _objects(document.get("links"))]
    actor_uri = next((link for link in links if link), "")
    if not actor_uri:
        raise Gone(f"{host}: the handle is no ActivityPub actor's", for_good=False)
    subject = parse_handle(str(document.get("subject") or "")[:700]) or parse_handle(asked)
    name, domain = subject or ("", "")
    aliases = [web_uri(alias) for alias in _list(document.get("aliases"))]
    return WebFingerResult(f"{name}@{domain}", actor_uri, tuple(uri for uri in aliases if uri))


def _self_link(link: dict[str, object]) -> str:
    media_type = str(link.get("type") or "").partition(";")[0].strip().lower()
    if link.get("rel") != "self" or media_type not in _ACTIVITY_TYPES:
        return ""
    return web_uri(link.get("href"))


def _objects(value: object) -> list[dict[str, object]]:
    return [cast("dict[str, object]", item) for item in _list(value) if isinstance(item, dict)]


def _list(value: object) -> list[object]:
    return cast("list[object]", value)[:_MAX_LINKS] if isinstance(value, list) else []


def _same(first: tuple[str, str], second: tuple[str, str]) -> bool:
    return first[0].lower() == second[0].lower() and first[1] == second[1]
