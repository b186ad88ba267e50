"""What stands under `tag`: mentions, hashtags, custom emojis, and links to other objects."""

import msgspec

from noi.activitypub.normalize import (
    Document,
    compact,
    identifier,
    is_node,
    many,
    natural,
    node_at,
    text,
    types_of,
)
from noi.activitypub.times import moment

MAX_TAGS = 500
_MAX_NAME = 256

_QUOTE_RELATIONS = frozenset(
    {
        "quote",
        "https://misskey-hub.net/ns#_misskey_quote",
        "https://w3id.org/fep/044f#quote",
        "http://fedibird.com/ns#quoteUri",
        "https://www.w3.org/ns/activitystreams#quoteUrl",
    }
)


class Mention(msgspec.Struct, frozen=True):
    """Somebody named in a text: their id, and the name as it was written ("" where missing)."""

    href: str
    name: str


class Hashtag(msgspec.Struct, frozen=True):
    """A hashtag without its `#`, and the page it links to."""

    name: str
    href: str


class Emoji(msgspec.Struct, frozen=True):
    """A custom emoji: its shortcode without colons, and its picture."""

    id: str
    name: str
    url: str
    media_type: str
    updated: int | None


class Tags(msgspec.Struct, frozen=True):
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    quote: str = ""
    """The object that a Link declares to be quoted (FEP-e232)."""


_NO_TAGS = Tags()


def read_tags(value: object) -> Tags:
    """The tags that are known; others (categories, infohashes, …) are left out."""
    if not value:
        return _NO_TAGS
    mentions: list[Mention] = []
    hashtags: list[Hashtag] = []
    emojis: list[Emoji] = []
    quote = ""
    for item in many(value, MAX_TAGS):
        if not is_node(item):
            continue
        node = compact(item)
        type_ = next(iter(types_of(node)), "")
        if type_ == "Mention":
            if href := identifier(node.get("href")):
                mentions.append(Mention(href, natural(node, "name")[:_MAX_NAME]))
        elif type_ == "Hashtag":
            if name := natural(node, "name").strip().removeprefix("#"):
                hashtags.append(Hashtag(name[:_MAX_NAME], identifier(node.get("href"))))
        elif type_ == "Emoji":
            if (emoji := _emoji(node)) is not None:
                emojis.append(emoji)
        elif type_ == "Link" and not quote and _is_quote(node):
            quote = identifier(node.get("href"))
    return Tags(tuple(mentions), tuple(hashtags), tuple(emojis), quote)


def _emoji(node: Document) -> Emoji | None:
    name = natural(node, "name").strip().strip(":")
    icon = node_at(node.get("icon"))
    if icon is None:
        url, media_type = identifier(node.get("icon")), ""
    else:
        url = identifier(icon.get("url")) or identifier(icon.get("href"))
        media_type = text(icon.get("mediaType"))[:_MAX_NAME]
    if not name or not url or len(name) > _MAX_NAME:
        return None
    return Emoji(identifier(node.get("id")), name, url, media_type, moment(node.get("updated")))


def _is_quote(node: Document) -> bool:
    return any(text(rel) in _QUOTE_RELATIONS for rel in many(node.get("rel"), 16))
