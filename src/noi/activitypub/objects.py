"""Reading what people write and make: notes, articles, pages, questions, films, events, …

Their HTML is not sanitised here. Whether an object may be believed (its id's host must be that of
its author, or it was fetched from there) is for the caller to decide.
"""

from collections.abc import Sequence

import msgspec

from noi.activitypub.attachments import Attachment, LinkAttachment, read_attachments
from noi.activitypub.collections import CollectionRef, read_reference
from noi.activitypub.events import Event, read_event
from noi.activitypub.kinds import Kind, expect
from noi.activitypub.languages import texts_by_language
from noi.activitypub.links import media_type_of, page_url
from noi.activitypub.normalize import (
    Document,
    compact,
    flag,
    identifier,
    is_node,
    many,
    natural,
    node_at,
    text,
    types_of,
)
from noi.activitypub.policies import InteractionPolicy, read_policy
from noi.activitypub.polls import Poll, read_poll
from noi.activitypub.recipients import Recipients, read_recipients
from noi.activitypub.tags import Emoji, Hashtag, Mention, read_tags
from noi.activitypub.times import duration, moment
from noi.activitypub.uris import MAX_LENGTH, same_host
from noi.activitypub.vocabulary import NOTE_TYPES, OBJECT_TYPES, TITLED_TYPES
from noi.models.errors import BadDocument

_QUOTES = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")
_MFM = "text/x.misskeymarkdown"
_MAX_AUTHORS = 16


class Object(msgspec.Struct, frozen=True, kw_only=True):
    """An object as a status needs it. Times and durations in milliseconds; "" where missing.

    `url` is its page on its own host (else its id). `content` is of `content_type` (text/html,
    text/markdown, text/plain); `contents` has it by language. `content_warning` and `summary` (an
    abstract) exclude each other. `conversation` is any text that names the thread, `context` an
    address. `group` is who published it for the author (PeerTube's channels).
    """

    id: str
    type: str
    author: str
    attributed_to: tuple[str, ...]
    recipients: Recipients
    url: str
    group: str = ""
    name: str = ""
    content_warning: str = ""
    summary: str = ""
    content: str = ""
    content_type: str = "text/html"
    contents: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    source: str = ""
    source_type: str = ""
    preview: str = ""
    sensitive: bool = False
    published: int | None = None
    updated: int | None = None
    deleted: int | None = None
    in_reply_to: str = ""
    context: str = ""
    conversation: str = ""
    attachments: tuple[Attachment, ...] = ()
    links: tuple[LinkAttachment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    quote: str = ""
    quote_authorization: str = ""
    reply_authorization: str = ""
    poll: Poll | None = None
    event: Event | None = None
    duration: int | None = None
    replies: CollectionRef | None = None
    likes: CollectionRef | None = None
    shares: CollectionRef | None = None
    policy: InteractionPolicy | None = None
    comments_enabled: bool | None = None
    pinned: bool = False

    @property
    def is_vote(self) -> bool:
        """Whether it may be a vote in the poll it answers: a name and nothing said."""
        return bool(
            self.type in {"Note", "Answer"} and self.name and self.in_reply_to and not self.content
        )


def read_object(document: Document, *, author: str = "") -> Object:
    """An object, complete or a Tombstone; `author` where it names none (a Create's actor).

    Raises `BadDocument` for other kinds of documents, without a usable id or author, and for
    objects of an unknown type that say nothing.
    """
    node = compact(document)
    type_ = expect(node, Kind.OBJECT, OBJECT_TYPES)
    id_ = identifier(node.get("id"))
    if not id_:
        raise BadDocument("The document has no usable id")
    authors, author, group = _authors(node, author)
    if type_ == "Tombstone":
        return _tombstone(node, id_, authors, author)
    if not author:
        raise BadDocument("The object has no author")
    read = _read(node, id_, type_, authors, author, group)
    if type_ not in OBJECT_TYPES and not (read.content or read.name or read.attachments):
        raise BadDocument("Objects of the type {type} are not understood", type=type_)
    return read


def _tombstone(node: Document, id_: str, authors: tuple[str, ...], author: str) -> Object:
    return Object(
        id=id_,
        type="Tombstone",
        author=author,
        attributed_to=authors,
        recipients=read_recipients(node),
        url=id_,
        deleted=moment(node.get("deleted")),
    )


def _authors(node: Document, fallback: str) -> tuple[tuple[str, ...], str, str]:
    """`(all ids, the author, the group)` of `attributedTo`, else of `actor`, else `fallback`."""
    value = node.get("attributedTo")
    if isinstance(value, str) and (only := identifier(value)):
        return (only,), only, ""
    ids: dict[str, str] = {}
    for item in many(value, _MAX_AUTHORS):
        if found := identifier(item):
            types = types_of(compact(item)) if is_node(item) else []
            ids.setdefault(found, types[0] if types else "")
    if not ids and (actor := identifier(node.get("actor")) or fallback):
        ids[actor] = ""
    group = next((found for found, type_ in ids.items() if type_ == "Group"), "")
    people = [found for found in ids if found != group]
    return tuple(ids), people[0] if people else group, group if people else ""


def _read(
    node: Document, id_: str, type_: str, authors: tuple[str, ...], author: str, group: str
) -> Object:
    content, language, contents = texts_by_language(node, "content")
    name = natural(node, "name")
    warning, summary = _summary(node, type_, name)
    source, source_type = _source(node)
    media_type = media_type_of(node)
    attached = read_attachments(node, type_)
    tags = read_tags(node.get("tag"))
    url, links = _page(node, id_, type_, attached.links)
    titled = type_ not in NOTE_TYPES
    return Object(
        id=id_,
        type=type_,
        author=author,
        attributed_to=authors,
        group=group,
        recipients=read_recipients(node),
        url=url,
        name=name,
        content_warning=warning,
        summary=summary,
        content=content,
        content_type=media_type if media_type.startswith("text/") else "text/html",
        contents=contents,
        language=language,
        source=source,
        source_type=source_type,
        preview=_preview(node) if titled else "",
        sensitive=bool(flag(node.get("sensitive"))) or _any_sensitive(attached.media),
        published=moment(node.get("published")),
        updated=moment(node.get("updated")),
        in_reply_to=identifier(node.get("inReplyTo")),
        context=identifier(node.get("context")),
        conversation=_conversation(node),
        attachments=attached.media,
        links=links,
        mentions=tags.mentions,
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        quote=_quote(node) or tags.quote,
        quote_authorization=identifier(node.get("quoteAuthorization")),
        reply_authorization=identifier(node.get("replyAuthorization"))
        or identifier(node.get("approvedBy")),
        poll=read_poll(node) if "oneOf" in node or "anyOf" in node else None,
        event=read_event(node) if type_ == "Event" else None,
        duration=duration(node.get("duration")) if titled else None,
        replies=read_reference(node.get("replies") or node.get("comments")),
        likes=read_reference(node.get("likes")),
        shares=read_reference(node.get("shares")),
        policy=read_policy(node.get("interactionPolicy")),
        comments_enabled=flag(node.get("commentsEnabled")),
        pinned=flag(node.get("stickied")) or False,
    )


def _quote(node: Document) -> str:
    for key in _QUOTES:
        if key in node and (found := identifier(node[key])):
            return found
    return ""


def _summary(node: Document, type_: str, name: str) -> tuple[str, str]:
    """`(content warning, abstract)`. Lotide repeats a title as the summary, which warns of
    nothing."""
    summary = natural(node, "summary")
    if not summary or summary == name:
        return "", ""
    return ("", summary) if type_ in TITLED_TYPES else (summary, "")


def _source(node: Document) -> tuple[str, str]:
    """What the author typed, and its media type (Markdown, MFM, BBCode; "" where unsaid)."""
    value = node.get("source")
    if value is not None:
        source = node_at(value)
        if source is None:
            return text(value), ""
        if content := natural(source, "content"):
            return content, media_type_of(source)
    mfm = text(node.get("_misskey_content"))
    return mfm, _MFM if mfm else ""


def _page(
    node: Document, id_: str, type_: str, links: Sequence[LinkAttachment]
) -> tuple[str, tuple[LinkAttachment, ...]]:
    """The object's own page and its links. An address elsewhere is no page of the object: what
    a Page (lotide, Friendica) points to is its link."""
    url = page_url(node.get("url"))
    if not url or same_host(url, id_):
        return url or id_, tuple(links)
    if type_ == "Page" and all(link.url != url for link in links):
        links = (LinkAttachment(url=url), *links)
    return id_, tuple(links)


def _preview(node: Document) -> str:
    """The short form of a long text (FEP-b2b8)."""
    value = node.get("preview")
    preview = node_at(value) if value else None
    return "" if preview is None else texts_by_language(preview, "content")[0]


def _conversation(node: Document) -> str:
    value = node.get("conversation") or node.get("inConversation")
    return (text(value) or identifier(value))[:MAX_LENGTH] if value else ""


def _any_sensitive(media: Sequence[Attachment]) -> bool:
    return any(attachment.sensitive for attachment in media)
