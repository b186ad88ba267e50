"""Collections and their pages: followers, outboxes, replies, pinned statuses, lists of accounts."""

import msgspec

from noi.activitypub.kinds import Kind, expect
from noi.activitypub.links import page_url
from noi.activitypub.normalize import (
    Document,
    compact,
    identifier,
    is_node,
    many,
    natural,
    node_at,
    number,
)
from noi.activitypub.vocabulary import COLLECTION_TYPES, PAGE_TYPES

MAX_ITEMS = 1_000
_MOST = 2**53


class CollectionRef(msgspec.Struct, frozen=True):
    """A collection as an object names it: its id ("" where unknown) and size, if embedded."""

    id: str
    total: int | None


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection or one page; `items` as they were sent: addresses and objects."""

    id: str
    type: str
    total: int | None
    items: tuple[str | Document, ...]
    first: str
    first_page: "Collection | None"
    next: str
    prev: str
    part_of: str
    attributed_to: str
    name: str
    url: str

    @property
    def is_page(self) -> bool:
        return self.type in PAGE_TYPES


def read_collection(document: Document, *, max_items: int = MAX_ITEMS) -> Collection:
    """A collection, ordered or not, a page, or a FeaturedCollection (FEP-7aa9).

    An embedded first page is read too. No id is required: embedded ones often have none.
    Raises `BadDocument` for other kinds of documents.
    """
    node = compact(document)
    type_ = expect(node, Kind.COLLECTION, COLLECTION_TYPES)
    first = node_at(node.get("first"))
    embedded = first is not None and type_ not in PAGE_TYPES and _has_items(first)
    return Collection(
        id=identifier(node.get("id")),
        type=type_,
        total=number(node.get("totalItems"), 0, _MOST),
        items=_items(node, max_items),
        first=identifier(node.get("first")),
        first_page=_page(first, max_items) if first is not None and embedded else None,
        next=identifier(node.get("next")),
        prev=identifier(node.get("prev")),
        part_of=identifier(node.get("partOf")),
        attributed_to=identifier(node.get("attributedTo")),
        name=natural(node, "name"),
        url=page_url(node.get("url")),
    )


def read_reference(value: object) -> CollectionRef | None:
    """What an object's `replies`, `likes` or `shares` says; None where it says nothing."""
    if not value:
        return None
    node = node_at(value)
    total = None if node is None else number(node.get("totalItems"), 0, _MOST)
    found = CollectionRef(id=identifier(value), total=total)
    return found if found.id or total is not None else None


def item_ids(collection: Collection) -> tuple[str, ...]:
    """The addresses of a collection's items, without those that have none."""
    return tuple(filter(None, map(identifier, collection.items)))


def _has_items(page: Document) -> bool:
    return any(name in page for name in ("items", "orderedItems", "next"))


def _page(node: Document, max_items: int) -> Collection:
    page = {**node, "type": "CollectionPage", "first": None}
    return read_collection(page, max_items=max_items)


def _items(node: Document, max_items: int) -> tuple[str | Document, ...]:
    value = node.get("orderedItems")
    return tuple(
        item
        for item in many(node.get("items") if value is None else value, max_items)
        if isinstance(item, str) or is_node(item)
    )
