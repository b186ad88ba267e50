"""When and where an Event is (ActivityStreams 2.0; Mobilizon, Gancio, Friendica)."""

import msgspec

from noi.activitypub.links import page_url
from noi.activitypub.normalize import Document, compact, is_node, many, natural, node_at, text
from noi.activitypub.times import moment
from noi.activitypub.uris import web_uri

_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
_MAX_TEXT = 1_000


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Times in milliseconds; the place's name and postal address in words, a link if online."""

    starts_at: int | None
    ends_at: int | None
    place: str
    address: str
    link: str


def read_event(node: Document) -> Event:
    """The times and places of a compacted Event, of several places the first of each kind."""
    place = address = link = ""
    for item in many(node.get("location"), 8):
        if is_node(item):
            where = compact(item)
            place = place or natural(where, "name")
            address = address or _address(where.get("address"))
            link = link or page_url(where.get("url"))
        else:
            link = link or web_uri(item)
            place = place or ("" if web_uri(item) else text(item))
    return Event(
        starts_at=moment(node.get("startTime")),
        ends_at=moment(node.get("endTime")),
        place=place[:_MAX_TEXT],
        address=address[:_MAX_TEXT],
        link=link,
    )


def _address(value: object) -> str:
    node = node_at(value)
    if node is None:
        return text(value)
    return ", ".join(filter(None, (text(node.get(name)).strip() for name in _ADDRESS)))
