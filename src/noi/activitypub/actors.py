"""Reading actors: people, bots, groups, organisations and servers."""

import re
import unicodedata

import msgspec

from noi.activitypub.key_documents import KeyDocument, read_keys
from noi.activitypub.kinds import Kind, expect
from noi.activitypub.links import Picture, page_url, picture
from noi.activitypub.normalize import (
    Document,
    compact,
    flag,
    identifier,
    identifiers,
    many,
    natural,
    node_at,
    nodes,
    text,
    types_of,
)
from noi.activitypub.tags import Emoji, Hashtag, read_tags
from noi.activitypub.times import moment
from noi.activitypub.uris import ascii_host, host_of, same_host
from noi.activitypub.vocabulary import ACTOR_TYPES
from noi.models.errors import BadDocument

MAX_FIELDS = 64
MAX_ALIASES = 64
MAX_DOMAINS = 256
MAX_USERNAME = 255
_ACCT = re.compile(r"(?:acct:)?@?([^@\s/]{1,255})@([^@\s/:]{1,253})")
_FIELD_TYPES = {"PropertyValue": "value", "Note": "content"}
_FORBIDDEN = frozenset("@/\\?#%&<>\"'`:;,|()[]{}")


class ProfileField(msgspec.Struct, frozen=True):
    """A labelled line of a profile; the value is HTML, or a bare address where `is_link`."""

    name: str
    value: str
    is_link: bool = False


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """An actor as an account needs it; "" where something is missing, times in milliseconds.

    `webfinger` is `name@host` (FEP-2c59). `discoverable` and `indexable` are None where nothing
    was said, which is no consent. `moderators` is a group's collection of moderators (Lemmy has
    it under `attributedTo`), and `owners` are other ids there (the account of a PeerTube channel).
    """

    id: str
    type: str
    username: str
    webfinger: str
    inbox: str
    name: str = ""
    summary: str = ""
    url: str = ""
    icon: Picture | None = None
    image: Picture | None = None
    outbox: str = ""
    shared_inbox: str = ""
    followers: str = ""
    following: str = ""
    featured: str = ""
    featured_tags: str = ""
    moved_to: str = ""
    also_known_as: tuple[str, ...] = ()
    locked: bool = False
    discoverable: bool | None = None
    indexable: bool | None = None
    memorial: bool = False
    suspended: bool = False
    published: int | None = None
    updated: int | None = None
    fields: tuple[ProfileField, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    keys: tuple[KeyDocument, ...] = ()
    attribution_domains: tuple[str, ...] = ()
    moderators: str = ""
    owners: tuple[str, ...] = ()
    restricted_to_moderators: bool = False
    sensitive: bool = False


def read_actor(document: Document) -> Actor:
    """An actor. Raises `BadDocument` for other kinds of documents, and without a usable id,
    inbox or name."""
    node = compact(document)
    type_ = expect(node, Kind.ACTOR, ACTOR_TYPES)
    id_, inbox = identifier(node.get("id")), identifier(node.get("inbox"))
    if not id_:
        raise BadDocument("The document has no usable id")
    if not inbox:
        raise BadDocument("The actor has no usable inbox")
    tags = read_tags(node.get("tag"))
    moderators, owners = _moderators(node, type_)
    return Actor(
        id=id_,
        type=type_,
        username=_username(node, type_, id_),
        webfinger=_webfinger(node.get("webfinger")),
        inbox=inbox,
        name=natural(node, "name"),
        summary=natural(node, "summary"),
        url=_profile_url(node, id_),
        icon=picture(node.get("icon")),
        image=picture(node.get("image")),
        outbox=identifier(node.get("outbox")),
        shared_inbox=_shared_inbox(node),
        followers=identifier(node.get("followers")),
        following=identifier(node.get("following")),
        featured=identifier(node.get("featured")),
        featured_tags=identifier(node.get("featuredTags")),
        moved_to=identifier(node.get("movedTo")),
        also_known_as=identifiers(node.get("alsoKnownAs"), MAX_ALIASES),
        locked=flag(node.get("manuallyApprovesFollowers")) or False,
        discoverable=flag(node.get("discoverable")),
        indexable=flag(node.get("indexable")),
        memorial=flag(node.get("memorial")) or False,
        suspended=flag(node.get("suspended")) or False,
        published=moment(node.get("published")),
        updated=moment(node.get("updated")),
        fields=_fields(node),
        emojis=tags.emojis,
        hashtags=tags.hashtags,
        keys=read_keys(node, id_),
        attribution_domains=_domains(node),
        moderators=moderators,
        owners=owners,
        restricted_to_moderators=flag(node.get("postingRestrictedToMods")) or False,
        sensitive=flag(node.get("sensitive")) or False,
    )


def _username(node: Document, type_: str, id_: str) -> str:
    """`preferredUsername`; a server's own actor may be named like its host."""
    name = text(node.get("preferredUsername")).strip()
    if not name and type_ in {"Application", "Service"}:
        name = host_of(id_)
    if (
        not 0 < len(name) <= MAX_USERNAME
        or not _FORBIDDEN.isdisjoint(name)
        or any(unicodedata.category(char)[0] in "CZ" for char in name)
    ):
        raise BadDocument("The actor has no usable name")
    return name


def _webfinger(value: object) -> str:
    match = _ACCT.fullmatch(text(value))
    host = ascii_host(match[2]) if match else ""
    return f"{match[1]}@{host}" if match and host else ""


def _profile_url(node: Document, id_: str) -> str:
    url = page_url(node.get("url"))
    return url if url and same_host(url, id_) else id_


def _shared_inbox(node: Document) -> str:
    """Under `endpoints`; Discourse and old Misskey have it beside the inbox."""
    endpoints = node_at(node.get("endpoints"))
    found = identifier(endpoints.get("sharedInbox")) if endpoints is not None else ""
    return found or identifier(node.get("sharedInbox"))


def _fields(node: Document) -> tuple[ProfileField, ...]:
    """PropertyValue, Note (FEP-fb2a), and Links of which no PropertyValue has the name."""
    found: list[ProfileField] = []
    links: list[ProfileField] = []
    for item in nodes(node.get("attachment"), MAX_FIELDS):
        type_ = next(iter(types_of(item)), "")
        name = natural(item, "name")
        if type_ == "Link":
            if value := identifier(item.get("href")):
                links.append(ProfileField(name, value, is_link=True))
        elif type_ in _FIELD_TYPES and (value := natural(item, _FIELD_TYPES[type_])):
            found.append(ProfileField(name, value))
    names = {field.name for field in found}
    return (*found, *(link for link in links if link.name not in names))


def _moderators(node: Document, type_: str) -> tuple[str, tuple[str, ...]]:
    value = node.get("attributedTo")
    moderators = identifier(node.get("moderators"))
    owners = identifiers(value, 16)
    owner = node_at(value)
    if not moderators and type_ == "Group" and (owner is None or "type" not in owner):
        moderators = owners[0] if len(owners) == 1 else ""
    return moderators, tuple(id_ for id_ in owners if id_ != moderators)


def _domains(node: Document) -> tuple[str, ...]:
    """Sites that may name this actor as an author (Mastodon's `attributionDomains`)."""
    hosts = (ascii_host(text(item)) for item in many(node.get("attributionDomains"), MAX_DOMAINS))
    return tuple(dict.fromkeys(filter(None, hosts)))
