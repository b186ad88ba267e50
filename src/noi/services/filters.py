"""Filters: what a person does not want to meet, where, and what is done with it."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from weakref import WeakKeyDictionary

import msgspec
from msgspec import UNSET, UnsetType

from noi.db import filters, live, timelines
from noi.db.database import Database, Transaction
from noi.models.accounts import Viewer
from noi.models.errors import Invalid, NotFound, too_long
from noi.models.filters import (
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    FilterStatus,
    FilterView,
)
from noi.models.ids import now_ms
from noi.models.live import LiveEvent, LiveKind
from noi.services.filter_matching import Matcher
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_FILTERS = 100
MAX_KEYWORDS = 100
MAX_STATUSES = 1000
MAX_KEYWORD = 200
MAX_TITLE = 255
_CACHED_MATCHERS = 2000

T = TypeVar("T")
_matchers: WeakKeyDictionary[Database, OrderedDict[tuple[int, int], Matcher]] = WeakKeyDictionary()


class KeywordChange(msgspec.Struct, frozen=True):
    """A keyword to add (without `id`), to change, or to remove; None leaves a part as it is."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    remove: bool = False


class FilterChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a filter to set; None and UNSET leave it. `expires_in` in seconds, None for never."""

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    expires_in: int | UnsetType | None = UNSET
    keywords: Sequence[KeywordChange] = ()


async def matcher(network: Network, viewer: Viewer) -> Matcher:
    """The viewer's compiled filters; kept until `viewer.filters_revision` rises."""
    known = _matchers.get(network.db)
    if known is None:
        known = _matchers[network.db] = OrderedDict()
    key = viewer.account_id, viewer.filters_revision
    found = known.get(key)
    if found is None:
        found = Matcher(await filters.load(network.db, viewer.account_id))
        known[key] = found
        if len(known) > _CACHED_MATCHERS:
            known.popitem(last=False)
    else:
        known.move_to_end(key)
    return found


async def all_of(network: Network, account_id: int) -> list[FilterView]:
    """The filters of an account, oldest first, those that have ended too."""
    return await filters.load(network.db, account_id)


async def get(network: Network, account_id: int, filter_id: int) -> FilterView:
    """A filter of its owner; raises NotFound."""
    found = await filters.get(network.db, account_id, filter_id)
    if found is None:
        raise NotFound
    return found


async def create(network: Network, account_id: int, change: FilterChange) -> FilterView:
    """Make a filter; needs a title and at least one context. Raises Invalid."""
    draft = Filter(network.ids.next(), account_id, "", "", FilterAction.WARN, None)
    new = _applied(draft, change)

    async def work(tx: Transaction) -> FilterView:
        if await filters.count(tx, account_id) >= MAX_FILTERS:
            raise Invalid("You have as many filters as there can be: {count}", count=MAX_FILTERS)
        return await _write(network, tx, FilterView(new), change.keywords)

    return await _change(network, account_id, work)


async def update(
    network: Network, account_id: int, filter_id: int, change: FilterChange
) -> FilterView:
    """Change a filter and its keywords; raises NotFound and Invalid."""

    async def work(tx: Transaction) -> FilterView:
        view = await _own(tx, account_id, filter_id)
        changed = FilterView(_applied(view.filter, change), view.keywords, view.statuses)
        return await _write(network, tx, changed, change.keywords)

    return await _change(network, account_id, work)


async def delete(network: Network, account_id: int, filter_id: int) -> None:
    """Remove a filter; raises NotFound."""

    async def work(tx: Transaction) -> None:
        await _own(tx, account_id, filter_id)
        await filters.delete(tx, filter_id)

    await _change(network, account_id, work)


async def get_keyword(network: Network, account_id: int, keyword_id: int) -> FilterKeyword:
    """A keyword of its owner; raises NotFound."""
    found = await filters.get_keyword(network.db, account_id, keyword_id)
    if found is None:
        raise NotFound
    return found


async def add_keyword(
    network: Network, account_id: int, filter_id: int, keyword: str, *, whole_word: bool = True
) -> FilterKeyword:
    """Add a keyword to a filter; raises NotFound and Invalid."""
    change = KeywordChange(keyword=keyword, whole_word=whole_word)
    view = await update(network, account_id, filter_id, FilterChange(keywords=[change]))
    return view.keywords[-1]


async def update_keyword(
    network: Network,
    account_id: int,
    keyword_id: int,
    *,
    keyword: str | None = None,
    whole_word: bool | None = None,
) -> FilterKeyword:
    """Change what is given of a keyword; raises NotFound and Invalid."""
    filter_id = (await get_keyword(network, account_id, keyword_id)).filter_id
    change = KeywordChange(id=keyword_id, keyword=keyword, whole_word=whole_word)
    await update(network, account_id, filter_id, FilterChange(keywords=[change]))
    return await get_keyword(network, account_id, keyword_id)


async def delete_keyword(network: Network, account_id: int, keyword_id: int) -> None:
    """Remove a keyword; raises NotFound."""
    filter_id = (await get_keyword(network, account_id, keyword_id)).filter_id
    change = KeywordChange(id=keyword_id, remove=True)
    await update(network, account_id, filter_id, FilterChange(keywords=[change]))


async def get_status(network: Network, account_id: int, row_id: int) -> FilterStatus:
    """A filtered status by the row's id; raises NotFound."""
    found = await filters.get_status(network.db, account_id, row_id)
    if found is None:
        raise NotFound
    return found


async def add_status(
    network: Network, account_id: int, filter_id: int, status_id: int
) -> FilterStatus:
    """Put a status on a filter; raises NotFound for what the account may not see."""

    async def work(tx: Transaction) -> FilterStatus:
        view = await _own(tx, account_id, filter_id)
        for row in view.statuses:
            if row.status_id == status_id:
                return row
        if len(view.statuses) >= MAX_STATUSES:
            raise Invalid("A filter has at most {count} statuses", count=MAX_STATUSES)
        if not await timelines.by_ids(tx, account_id, [status_id]):
            raise NotFound
        row = FilterStatus(network.ids.next(), filter_id, status_id)
        await filters.add_status(tx, row)
        return row

    return await _change(network, account_id, work)


async def delete_status(network: Network, account_id: int, row_id: int) -> FilterStatus:
    """Take a status off its filter, by the row's id; raises NotFound."""

    async def work(tx: Transaction) -> FilterStatus:
        row = await filters.get_status(tx, account_id, row_id)
        if row is None:
            raise NotFound
        await filters.delete_status(tx, row_id)
        return row

    return await _change(network, account_id, work)


async def _change(
    network: Network, account_id: int, work: Callable[[Transaction], Awaitable[T]]
) -> T:
    async def whole(tx: Transaction) -> T:
        # First, for it also makes an account's changes wait for each other.
        await filters.raise_revision(tx, account_id)
        result = await work(tx)
        await live.publish(tx, LiveEvent(LiveKind.FILTERS, account_id=account_id))
        return result

    return await network.db.transaction(whole)


async def _own(tx: Transaction, account_id: int, filter_id: int) -> FilterView:
    view = await filters.get(tx, account_id, filter_id)
    if view is None:
        raise NotFound
    return view


async def _write(
    network: Network, tx: Transaction, view: FilterView, changes: Sequence[KeywordChange]
) -> FilterView:
    await filters.put(tx, view.filter)
    keywords = {row.id: row for row in view.keywords}
    for change in changes:
        row = _changed_keyword(network, view.filter.id, keywords, change)
        if change.remove:
            del keywords[row.id]
            await filters.delete_keyword(tx, row.id)
        else:
            keywords[row.id] = row
            await filters.put_keyword(tx, row)
    if len(keywords) > MAX_KEYWORDS:
        raise Invalid("A filter has at most {count} keywords", count=MAX_KEYWORDS)
    return FilterView(view.filter, list(keywords.values()), view.statuses)


def _changed_keyword(
    network: Network, filter_id: int, keywords: dict[int, FilterKeyword], change: KeywordChange
) -> FilterKeyword:
    if change.id is None:
        whole_word = True if change.whole_word is None else change.whole_word
        return FilterKeyword(
            network.ids.next(), filter_id, _keyword(change.keyword or ""), whole_word
        )
    row = keywords.get(change.id)
    if row is None:
        raise NotFound
    return FilterKeyword(
        row.id,
        filter_id,
        row.keyword if change.keyword is None else _keyword(change.keyword),
        row.whole_word if change.whole_word is None else change.whole_word,
    )


def _applied(row: Filter, change: FilterChange) -> Filter:
    return Filter(
        row.id,
        row.account_id,
        _title(row.title if change.title is None else change.title),
        row.contexts if change.contexts is None and row.contexts else _contexts(change.contexts),
        row.action if change.action is None else _action(change.action),
        row.expires_at if isinstance(change.expires_in, UnsetType) else _end(change.expires_in),
    )


def _title(title: str) -> str:
    text = " ".join(clean_text(title).split())
    if not text:
        raise Invalid("A filter needs a title", field="title", code="ERR_BLANK")
    if len(text) > MAX_TITLE:
        raise too_long("title", MAX_TITLE)
    return text


def _contexts(names: Sequence[str] | None) -> str:
    known = [context for context in FilterContext if context in (names or ())]
    if not known or len(known) != len(set(names or ())):
        raise Invalid("Say where the filter holds", field="context", code="ERR_INCLUSION")
    return ",".join(known)


def _action(name: str) -> FilterAction:
    try:
        return FilterAction(name)
    except ValueError:
        raise Invalid(
            "Not something a filter can do", field="filter_action", code="ERR_INCLUSION"
        ) from None


def _end(seconds: int | None) -> int | None:
    if seconds is None:
        return None
    if not 0 <= seconds <= 100 * 366 * 86_400:
        raise Invalid("Not a duration", field="expires_in")
    return now_ms() + seconds * 1000


def _keyword(keyword: str) -> str:
    text = " ".join(clean_text(keyword).split())
    if not text:
        raise Invalid("A keyword must not be empty", field="keyword", code="ERR_BLANK")
    if len(text) > MAX_KEYWORD:
        raise too_long("keyword", MAX_KEYWORD)
    return text
