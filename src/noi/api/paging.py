"""The `Link` header of cursor pages."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from noi.api.base import Call, Reply
from noi.models.paging import Page

_CURSORS = frozenset({"max_id", "since_id", "min_id", "access_token"})


def paged(call: Call, page: Page, cursors: Sequence[int], body: object) -> Reply:
    """Answer a page; `cursors` are what its lines are paged by, newest first.

    See https://docs.joinmastodon.org/api/guidelines/#pagination
    """
    return Reply(body, headers=link_header(call, page, cursors))


def link_header(call: Call, page: Page, cursors: Sequence[int]) -> dict[str, str]:
    """`Link` with `next` where the page is full, and `prev` where it is not empty."""
    if not cursors:
        return {}
    base = _address(call)
    links = [f'<{base}min_id={cursors[0]}>; rel="prev"']
    if len(cursors) >= page.limit:
        links.insert(0, f'<{base}max_id={cursors[-1]}>; rel="next"')
    return {"Link": ", ".join(links)}


def _address(call: Call) -> str:
    """The page's own address with its other parameters, up to where a cursor is added."""
    scope = call.request.scope
    base = f"{call.network.settings.origin}{quote(scope['path'])}?"
    query = scope["query_string"].decode("latin-1")
    if not query:
        return base
    kept = [pair for pair in parse_qsl(query) if pair[0] not in _CURSORS]
    return f"{base}{urlencode(kept)}&" if kept else base
