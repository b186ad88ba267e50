"""Collections as this network writes them, without `@context`.

https://www.w3.org/TR/activitypub/#collections
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from noi.activitypub.outgoing import Written

Items = Sequence[str | Written]
Query = Mapping[str, str | int]


def ordered(uri: str, total: int, items: Items) -> Written:
    """A short ordered collection, complete."""
    return {
        "id": uri,
        "type": "OrderedCollection",
        "totalItems": total,
        "orderedItems": list(items),
    }


def unordered(uri: str, total: int, items: Items | None = None) -> Written:
    """A short collection, complete; without items, how many it holds."""
    document: Written = {"id": uri, "type": "Collection", "totalItems": total}
    return document if items is None else document | {"items": list(items)}


def ordered_with_pages(uri: str, total: int, *, open_: bool = True) -> Written:
    """A long ordered collection, newest first; no more than its size unless `open_`."""
    document: Written = {"id": uri, "type": "OrderedCollection", "totalItems": total}
    if open_:
        document |= {"first": page_address(uri), "last": page_address(uri, {"min_id": 0})}
    return document


def ordered_page(
    uri: str, query: Query, items: Items, *, next_: Query | None, prev: Query | None
) -> Written:
    """One page of an ordered collection; queries tell one page from another."""
    return _page("OrderedCollectionPage", "orderedItems", uri, query, items, next_, prev)


def unordered_page(uri: str, query: Query, items: Items, *, next_: Query | None) -> Written:
    """One page of a collection."""
    return _page("CollectionPage", "items", uri, query, items, next_, None)


def replies_page(
    uri: str, found: Sequence[tuple[int, str]], *, own: bool, after: int, limit: int
) -> Written:
    """A page of what answers a status, by id and address, at most `limit` of them.

    The author's `own` answers come first, and lead to everybody else's, as Mastodon has it.
    """
    others: dict[str, str | int] = {} if own else {"only_other_accounts": "true"}
    next_: dict[str, str | int] | None = None
    if len(found) == limit:
        next_ = {**others, "min_id": found[-1][0]}
    elif own:
        next_ = {"only_other_accounts": "true"}
    query = {**others, "min_id": after} if after else others
    return unordered_page(uri, query, [item[1] for item in found], next_=next_)


def page_address(uri: str, query: Query | None = None) -> str:
    """The address of a page of a collection."""
    return f"{uri}?{urlencode({**(query or {}), 'page': 'true'})}"


def _page(
    type_: str,
    name: str,
    uri: str,
    query: Query,
    items: Items,
    next_: Query | None,
    prev: Query | None,
) -> Written:
    document: Written = {
        "id": page_address(uri, query),
        "type": type_,
        "partOf": uri,
        name: list(items),
    }
    if next_ is not None:
        document["next"] = page_address(uri, next_)
    if prev is not None:
        document["prev"] = page_address(uri, prev)
    return document
