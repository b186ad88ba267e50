"""Statuses as this network writes them for others: a Note, or a Question where there is a poll."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from noi.activitypub import addresses
from noi.activitypub.outgoing import Written, timestamp
from noi.activitypub.vocabulary import PUBLIC
from noi.activitypub.written_collections import replies_page, unordered
from noi.models.media import MediaAttachment, MediaKind
from noi.models.statuses import ContentType, CustomEmoji, PollView, StatusView, Visibility

MOST_OWN_REPLIES = 5


class _Size(msgspec.Struct):
    width: int | None = None
    height: int | None = None


class _Meta(msgspec.Struct):
    original: _Size = msgspec.field(default_factory=_Size)


class QuotedStatus(msgspec.Struct, frozen=True):
    """What a status quotes, and the stamp that lets it (empty while there is none)."""

    uri: str
    authorization_uri: str = ""


class NoteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a note needs beside its view. `actor_uris` is by account id, of all who are mentioned.

    `own_replies` are ids and addresses of the author's own replies, at most `MOST_OWN_REPLIES`,
    which the first page of replies begins with. `may_quote` is "public", "followers" or "nobody".
    `file_url` makes an address of a storage key. Sizes are in pixels, times in milliseconds.
    """

    view: StatusView
    origin: str
    actor_uris: Mapping[int, str]
    file_url: Callable[[str], str]
    in_reply_to_uri: str = ""
    context_uri: str = ""
    group_uri: str = ""
    own_replies: Sequence[tuple[int, str]] = ()
    may_quote: str = "public"
    quoted: QuotedStatus | None = None


def audience(
    visibility: Visibility, actor_uri: str, others: Sequence[str]
) -> tuple[list[str], list[str]]:
    """`to` and `cc` of what an actor writes for `others` besides, by its visibility."""
    followers = addresses.followers(actor_uri)
    if visibility is Visibility.PUBLIC:
        return [PUBLIC], [followers, *others]
    if visibility is Visibility.UNLISTED:
        return [followers], [PUBLIC, *others]
    if visibility is Visibility.PRIVATE:
        return [followers], list(others)
    return list(others), []


def note(facts: NoteFacts) -> Written:
    """A status as a document, without `@context`."""
    status, actor_uri = facts.view.status, facts.view.account.uri
    mentioned = [facts.actor_uris[mention.account_id] for mention in facts.view.mentions]
    extra = [facts.group_uri] if facts.group_uri else []
    to, cc = audience(Visibility(status.visibility), actor_uri, [*mentioned, *extra])
    document: Written = {
        "id": status.uri,
        "type": "Question" if facts.view.poll else "Note",
        "attributedTo": actor_uri,
        "to": to,
        "cc": cc,
        "published": timestamp(status.created_at),
        "url": status.url,
        "content": _content(facts),
        "contentMap": {status.language or "und": _content(facts)},
        "sensitive": bool(status.sensitive),
        "summary": status.spoiler_text or None,
        "inReplyTo": facts.in_reply_to_uri or None,
        "context": facts.context_uri or None,
        "conversation": facts.context_uri or None,
        "source": {
            "content": status.text,
            "mediaType": ContentType(status.content_type).value,
        },
        "attachment": [attachment(item, facts.file_url) for item in facts.view.media],
        "tag": _tags(facts),
        "replies": _replies(facts),
        "likes": unordered(addresses.likes(status.uri), status.favourites_count),
        "shares": unordered(addresses.shares(status.uri), status.reblogs_count),
        "interactionPolicy": policy(facts),
    }
    if not status.language:
        del document["contentMap"]
    if facts.group_uri:
        document["audience"] = facts.group_uri
    if status.edited_at is not None:
        document["updated"] = timestamp(status.edited_at)
    if facts.view.poll is not None:
        document |= _question(facts.view.poll)
    if facts.quoted is not None:
        document |= _quote(facts.quoted)
    return document


def policy(facts: NoteFacts) -> Written:
    """Who may reply, like, reblog and quote (GoToSocial's interaction policies, FEP-044f)."""
    actor_uri = facts.view.account.uri
    visibility = Visibility(facts.view.status.visibility)
    everyone = [PUBLIC] if visibility <= Visibility.PRIVATE else [actor_uri]
    shared = [PUBLIC] if visibility <= Visibility.UNLISTED else [actor_uri]
    quoting = [actor_uri]
    if visibility <= Visibility.UNLISTED and facts.may_quote != "nobody":
        quoting = [PUBLIC] if facts.may_quote == "public" else [addresses.followers(actor_uri)]
    return {
        "canReply": _approved(everyone),
        "canLike": _approved(everyone),
        "canAnnounce": _approved(shared),
        "canQuote": _approved(quoting),
    }


def attachment(media: MediaAttachment, file_url: Callable[[str], str]) -> Written:
    """An attachment; all are Documents, as Mastodon writes them and every server reads them."""
    sizes = msgspec.json.decode(media.meta, type=_Meta).original
    document: Written = {
        "type": "Document",
        "mediaType": media.content_type,
        "url": file_url(media.file) if media.file else media.remote_url,
        "name": media.description or None,
    }
    if media.blurhash:
        document["blurhash"] = media.blurhash
    if media.kind in (MediaKind.IMAGE, MediaKind.GIFV) and (media.focus_x or media.focus_y):
        document["focalPoint"] = [media.focus_x, media.focus_y]
    if sizes.width and sizes.height:
        document |= {"width": sizes.width, "height": sizes.height}
    return document


def emoji_tag(emoji: CustomEmoji, origin: str, file_url: Callable[[str], str]) -> Written:
    """A custom emoji of this network, by its shortcode."""
    return {
        "id": addresses.emoji(origin, emoji.id),
        "type": "Emoji",
        "name": f":{emoji.shortcode}:",
        "icon": picture(file_url(emoji.image)),
    }


def picture(url: str, description: str = "") -> Written:
    """A stored picture, by the address that its storage key has."""
    document: Written = {"type": "Image", "mediaType": media_type(url), "url": url}
    return document | {"name": description} if description else document


def media_type(url: str) -> str:
    """The type of a stored picture, by the ending that storage keys have."""
    extension = url.rpartition(".")[2]
    return {"jpg": "image/jpeg", "svg": "image/svg+xml"}.get(extension, f"image/{extension}")


def hashtag(origin: str, name: str) -> Written:
    return {"type": "Hashtag", "href": f"{origin}/tags/{quote(name)}", "name": f"#{name}"}


def _content(facts: NoteFacts) -> str:
    """The HTML, with the address of what is quoted for those who do not know quotes."""
    content = facts.view.status.content
    if facts.quoted is None:
        return content
    uri = facts.quoted.uri.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'{content}<p class="quote-inline">RE: <a href="{uri}">{uri}</a></p>'


def _tags(facts: NoteFacts) -> list[Written]:
    view = facts.view
    tags: list[Written] = [
        {
            "type": "Mention",
            "href": facts.actor_uris[mention.account_id],
            "name": f"@{mention.username}@{mention.domain or facts.origin.partition('://')[2]}",
        }
        for mention in view.mentions
        if not mention.silent
    ]
    tags += [hashtag(facts.origin, tag.name) for tag in view.tags]
    tags += [emoji_tag(emoji, facts.origin, facts.file_url) for emoji in view.emojis]
    if facts.quoted is not None:
        # FEP-e232, for those that read quotes from links in the text.
        tags.append(
            {
                "type": "Link",
                "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
                "href": facts.quoted.uri,
                "rel": "https://misskey-hub.net/ns#_misskey_quote",
                "name": f"RE: {facts.quoted.uri}",
            }
        )
    return tags


def _replies(facts: NoteFacts) -> Written:
    uri = addresses.replies(facts.view.status.uri)
    first = replies_page(uri, facts.own_replies, own=True, after=0, limit=MOST_OWN_REPLIES)
    return {"id": uri, "type": "Collection", "first": first}


def _approved(actors: list[str]) -> Written:
    # `always` is what GoToSocial up to 0.17 reads.
    return {"automaticApproval": actors, "manualApproval": [], "always": actors}


def _question(poll: PollView) -> Written:
    options = [
        {
            "type": "Note",
            "name": option.title,
            "replies": {
                "type": "Collection",
                "totalItems": 0 if _hidden(poll) else option.votes_count,
            },
        }
        for option in poll.options
    ]
    document: Written = {
        "anyOf" if poll.poll.multiple else "oneOf": options,
        "votersCount": poll.poll.voters_count,
    }
    if poll.poll.expires_at is not None:
        document["endTime"] = timestamp(poll.poll.expires_at)
    if poll.poll.closed_at is not None:
        document["closed"] = timestamp(poll.poll.closed_at)
    return document


def _hidden(poll: PollView) -> bool:
    """Whether counts stay hidden until the end, as the author wished."""
    return bool(poll.poll.hide_totals) and poll.poll.closed_at is None


def _quote(quoted: QuotedStatus) -> Written:
    names = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
    document: Written = dict.fromkeys(names, quoted.uri)
    if quoted.authorization_uri:
        document["quoteAuthorization"] = quoted.authorization_uri
    return document
