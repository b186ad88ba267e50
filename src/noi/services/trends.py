"""What is talked about, here and in the alliance, put together from all who say something.

Here counts what at least ten different people speak of, the same floor as in a hub: nobody makes a
trend alone, and a small network has none of its own. Who says what is on top has no more weight
than another, so that no single provider fills the list.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from noi.activitypub.uris import authority_of, web_uri
from noi.db import alliance as providers
from noi.db import cards, finding, timelines
from noi.db import tags as tag_rows
from noi.db import trends as table
from noi.db.database import Transaction
from noi.db.trends import OWN, Kind
from noi.models.alliance import Provider
from noi.models.ids import first_id_at, now_ms
from noi.models.jobs import GatherTrends
from noi.models.statuses import PreviewCard, StatusRef
from noi.services import alliance_search, policies, provider_calls, tags
from noi.services import cards as card_files
from noi.services.network import Network
from noi.services.tags import HISTORY_DAYS, TagDay, TagView
from noi.text.hashtags import display, family_key, tag_key, valid_tag
from noi.transport.errors import TransportError

MIN_PEOPLE = 10
_HOURS = 24
_LOCAL_HOURS = 72
_MOST = 20
_MOST_LINKS = 10
_CALLS_AT_ONCE = 4
_ANSWER_BYTES = 256 * 1024
_FRESH_MS = 6 * 3_600_000
_DAY_MS = 86_400_000
_EVEN = 10
_CAPABILITY = "trends"
_KINDS: tuple[Kind, ...] = ("tag", "status", "link")
_PATHS: dict[Kind, tuple[str, str]] = {
    "tag": ("hashtags", "name"),
    "status": ("content", "uri"),
    "link": ("links", "url"),
}


class LinkView(msgspec.Struct, frozen=True):
    """A link with its use here in the last days, newest first."""

    card: PreviewCard
    history: list[TagDay]


async def gather(network: Network, job: GatherTrends) -> None:
    """Count what is talked about here, and ask every provider what is elsewhere."""
    since = first_id_at(now_ms() - _LOCAL_HOURS * 3_600_000)
    for kind in _KINDS:
        ids = await table.count(network.db, kind, since=since, people=MIN_PEOPLE, limit=_MOST)
        await _keep(network, OWN, kind, ids)
    for provider in await providers.offering(network.db, _CAPABILITY):
        for kind in _KINDS:
            try:
                names = await _ask(network, provider, kind)
            except TransportError:
                break  # noted where the call was made; what it said before ages
            await _keep(network, provider.id, kind, await _known(network, kind, names))
    await network.db.transaction(lambda tx: table.forget(tx, now_ms() - _FRESH_MS))


async def hashtags(network: Network, viewer_id: int, limit: int, offset: int = 0) -> list[TagView]:
    """Hashtags that are talked about, with their use here."""
    ids = await _merged(network, "tag")
    rows = await tag_rows.get_many(network.db, ids[offset : offset + limit])
    return await tags.views(network, viewer_id, [rows[id_] for id_ in ids if id_ in rows])


async def statuses(
    network: Network, viewer_id: int, limit: int, offset: int = 0
) -> list[StatusRef]:
    """Statuses that are talked about and whose authors let them be recommended."""
    ids = await _merged(network, "status")
    fit = await finding.recommended_statuses(network.db, viewer_id, ids)
    shown = [id_ for id_ in ids if id_ in fit][offset : offset + limit]
    return await timelines.by_ids(network.db, viewer_id, shown)


async def links(network: Network, limit: int, offset: int = 0) -> list[LinkView]:
    """Links that are talked about."""
    ids = (await _merged(network, "link"))[offset : offset + limit]
    rows = await cards.get_many(network.db, ids)
    today = now_ms() // _DAY_MS
    since = first_id_at((today - HISTORY_DAYS + 1) * _DAY_MS)
    uses = await table.link_uses(network.db, ids, since) if ids else []
    by_day = {(use.card_id, use.day): (use.uses, use.accounts) for use in uses}
    days = [today - ago for ago in range(HISTORY_DAYS)]
    return [
        LinkView(
            rows[id_],
            [TagDay(day * _DAY_MS, *by_day.get((id_, day), (0, 0))) for day in days],
        )
        for id_ in ids
        if id_ in rows
    ]


async def _merged(network: Network, kind: Kind) -> list[int]:
    """What all say, by their places: each gives the more the higher it puts something."""
    weights: dict[int, float] = defaultdict(float)
    for one in await table.places(network.db, kind, now_ms() - _FRESH_MS):
        weights[one.object_id] += 1 / (_EVEN + one.place)
    return sorted(weights, key=lambda id_: -weights[id_])


async def _keep(network: Network, provider_id: int, kind: Kind, ids: Sequence[int]) -> None:
    await network.db.transaction(lambda tx: table.replace(tx, provider_id, kind, ids))


async def _ask(network: Network, provider: Provider, kind: Kind) -> list[str]:
    """The names that a provider says, the first of them first; what cannot be read is none."""
    path, field = _PATHS[kind]
    query = urlencode({"withinLastHours": _HOURS, "maxCount": _MOST})
    answer = await provider_calls.call(
        network,
        provider,
        _CAPABILITY,
        "GET",
        f"/{_CAPABILITY}/v0/{path}?{query}",
        limit_bytes=_ANSWER_BYTES,
    )
    try:
        told = msgspec.json.decode(answer.body, type=dict[str, list[dict[str, Any]]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    names = [one.get(field) for one in told.get(path, [])[:_MOST]]
    return [name for name in dict.fromkeys(names) if isinstance(name, str) and name]


async def _known(network: Network, kind: Kind, names: Sequence[str]) -> list[int]:
    """The rows here of what a provider names, fetched from their origins where there are none."""
    if kind == "tag":
        return await _tags(network, names)
    if kind == "link":
        return await _cards(network, names[:_MOST_LINKS])
    uris = [name for name in names if web_uri(name) == name]
    ids = await alliance_search.fetch_statuses(network, uris)
    return [ids[uri] for uri in uris if uri in ids]


async def _tags(network: Network, names: Sequence[str]) -> list[int]:
    usable = [name.removeprefix("#").strip() for name in names]
    usable = [name for name in usable if len(name) <= tags.MAX_NAME and valid_tag(name)]

    async def work(tx: Transaction) -> list[int]:
        return [
            (
                await tag_rows.ensure(
                    tx,
                    network.ids.next(),
                    key=tag_key(name),
                    family=family_key(name),
                    name=display(name),
                )
            ).id
            for name in usable
        ]

    return await network.db.transaction(work)


async def _cards(network: Network, urls: Sequence[str]) -> list[int]:
    room = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def one(url: str) -> int | None:
        if not web_uri(url) or (await policies.of(network, authority_of(url))).blocked:
            return None
        async with room:
            card = await card_files.of_link(network, url)
        return card.id if card is not None else None

    found = await asyncio.gather(*(one(url) for url in urls))
    return [id_ for id_ in found if id_ is not None]
