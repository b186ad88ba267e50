"""Search people who want to be found, by name, handle, bio and hashtags.

A whole handle comes first, then names as typed, then names that begin so, then what people write
about themselves; among equals, those who wrote last.
"""

import re
from collections.abc import AsyncGenerator

from noi.db.hub import search, visible
from noi.db.hub.search import Query
from noi.models.hub_finding import FoundAccounts
from noi.services.hub import queries
from noi.services.hub.queries import Match, Parsed
from noi.services.network import Network
from noi.text.characters import nfc

MAX_LIMIT = 50
_HITS = 200
_MOST = 500
_HANDLE = re.compile(r"@?([\w.-]+)(?:@([\w.-]+(?::\d+)?))?")


async def find(
    network: Network,
    term: str,
    *,
    limit: int = 20,
    after: str = "",
    language: str = "",
    host: str = "",
) -> FoundAccounts:
    """A page of people, best first; `after` is what the page before answered as `next`.

    `language` finds its kinds too, `host` is a server. Of a search 500 people can be seen at
    most. Raises Invalid.
    """
    top, page = queries.read_cursor(after)
    size = min(max(limit, 1), MAX_LIMIT)
    needed = min((page + 1) * size + 1, _MOST)
    found: dict[int, None] = {}
    parsed = queries.parse(term, language, host)
    narrowed = bool(language or host)
    if not narrowed:
        found |= dict.fromkeys(await _by_handle(network, term))
    if parsed.all_words:
        async for ids in _stages(network, parsed, top):
            found |= dict.fromkeys(ids)
            if len(found) >= needed:
                break
    ids = list(found)[:_MOST]
    newest = top if after else max(ids, default=0)
    few = ids[page * size : (page + 1) * size]
    rows = await visible.accounts(network.db, few)
    more = queries.cursor(newest, page + 1) if len(ids) > (page + 1) * size else ""
    return FoundAccounts([rows[id_] for id_ in few if id_ in rows], more)


async def _by_handle(network: Network, term: str) -> list[int]:
    match = _HANDLE.fullmatch(nfc(term.strip()))
    if match is None:
        return []
    found = await visible.by_handle(network.db, match[1], (match[2] or "").lower())
    return await _sorted(network, found)


async def _stages(network: Network, parsed: Parsed, top: int) -> AsyncGenerator[list[int]]:
    """Groups of people that match less and less well, each best first."""
    broad = queries.broad(parsed)
    plans = [
        queries.named(parsed, Match.EXACT),
        queries.named(parsed, broad),
        queries.query(parsed, Match.EXACT),
        queries.query(parsed, broad),
    ]
    if parsed.phrases:
        plans = plans[2:]
    any_found = False
    for plan in dict.fromkeys(plans):
        ids = await _find(network, plan, top)
        any_found = any_found or bool(ids)
        yield ids
    if broad is Match.FOLDED or any_found:
        return
    for plan in (queries.named(parsed, Match.FOLDED), queries.query(parsed, Match.FOLDED)):
        yield await _find(network, plan, top)


async def _find(network: Network, query: Query, top: int) -> list[int]:
    found = await search.find(network.db, "hub_account_search", query, below=top + 1, limit=_HITS)
    return await _sorted(network, found)


async def _sorted(network: Network, ids: list[int]) -> list[int]:
    """Those that may be found, who wrote last first."""
    active = await visible.active(network.db, ids)
    return sorted(active, key=lambda id_: (active[id_], id_), reverse=True)
