"""The networks of the alliances that this one is in, learnt with every look at their hubs.

They are kept here, so that no page waits for a hub, nor stays empty while one is away.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from noi.activitypub.uris import authority_of, web_uri
from noi.db import alliance as providers
from noi.db import alliance_networks as table
from noi.db.alliance_networks import AllianceNetwork
from noi.models.alliance import Provider
from noi.models.ids import now_ms
from noi.services import memberships, provider_calls
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.transport.errors import TransportError

_SECONDS = 10.0
_MAX_PAGES = 5
_MAX_NETWORKS = 500
_MAX_LINE = 200
_MAX_DESCRIPTION = 500
_MAX_TAGS = 10
_REGISTRATIONS = ("open", "approval", "invitation", "closed")
_PATH = "/alliance/v0/networks"


async def learn(network: Network, provider: Provider) -> None:
    """Ask a hub for its networks; what it listed before stays where it does not answer.

    It is not asked while its calls are put off.
    """
    if not provider.hub:
        return
    known = await providers.capability(network.db, provider.id, memberships.OWN)
    if known is not None and known.retry_at > now_ms():
        return
    found: list[AllianceNetwork] = []
    path: str | None = _PATH
    try:
        for _ in range(_MAX_PAGES):
            document = await memberships.signed_document(
                network, provider, path or _PATH, seconds=_SECONDS
            )
            if document is None:
                return
            found += _read(network, provider, document, len(found))
            path = _following(provider, document)
            if path is None:
                break
    except TransportError as error:
        await provider_calls.note_failure(network, provider, memberships.OWN, error)
        return
    kept = found[:_MAX_NETWORKS]
    await network.db.transaction(lambda tx: table.replace(tx, provider.id, kept))


async def first(network: Network, limit: int) -> dict[int, list[AllianceNetwork]]:
    """The first so many networks of each alliance, by the hub."""
    by_hub: dict[int, list[AllianceNetwork]] = {}
    for one in await table.first(network.db, limit):
        by_hub.setdefault(one.provider_id, []).append(one)
    return by_hub


def _read(
    network: Network, provider: Provider, document: Mapping[str, object], start: int
) -> list[AllianceNetwork]:
    """What a page lists but this network itself; what cannot be read is passed over."""
    listed = document.get("networks")
    found: list[AllianceNetwork] = []
    for item in cast("list[object]", listed)[:_MAX_NETWORKS] if isinstance(listed, list) else []:
        one = cast("dict[str, object]", item) if isinstance(item, dict) else {}
        host, url = _line(one.get("host")), one.get("url")
        if not isinstance(url, str) or not web_uri(url) or authority_of(url) != host:
            continue
        if host == network.settings.host:
            continue
        registrations = _line(one.get("registrations"))
        found.append(
            AllianceNetwork(
                provider_id=provider.id,
                place=start + len(found),
                host=host,
                name=_line(one.get("name")) or host,
                description=_line(one.get("description"), _MAX_DESCRIPTION),
                url=url,
                registrations=registrations if registrations in _REGISTRATIONS else "",
                subjects=_lines(one.get("subjects")),
                languages=_lines(one.get("languages")),
            )
        )
    return found


def _following(provider: Provider, document: Mapping[str, object]) -> str | None:
    following = document.get("next")
    if isinstance(following, str) and following.startswith(f"{provider.base_url}{_PATH}?"):
        return following[len(provider.base_url) :]
    return None


def _line(text: object, limit: int = _MAX_LINE) -> str:
    return clean_name(clean_text(text))[:limit] if isinstance(text, str) else ""


def _lines(items: object) -> str:
    found = cast("list[object]", items)[:_MAX_TAGS] if isinstance(items, list) else []
    return msgspec.json.encode([line for item in found if (line := _line(item))]).decode()
