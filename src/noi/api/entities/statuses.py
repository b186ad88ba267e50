"""Status and what belongs to it: https://docs.joinmastodon.org/entities/Status/

The parts here are the same for every viewer; `api.rendering` adds the poll, what is quoted and the
viewer's marks.
"""

from functools import lru_cache
from html import escape
from urllib.parse import quote

import msgspec

from noi.api.entities.accounts import AccountEntity
from noi.api.entities.dates import optional_timestamp, timestamp
from noi.api.entities.emojis import EmojiEntity, emoji_entity
from noi.api.entities.media import MediaEntity, media_entity
from noi.models.statuses import Mention, PreviewCard, StatusTag, StatusView, Visibility
from noi.services.network import Network

_VISIBILITIES = {visibility: visibility.api_name for visibility in Visibility}


class MentionEntity(msgspec.Struct):
    id: str
    username: str
    url: str
    acct: str


class TagEntity(msgspec.Struct):
    name: str
    url: str


class ApplicationEntity(msgspec.Struct):
    name: str
    website: str | None


class CardEntity(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/PreviewCard/"""

    url: str
    title: str
    description: str
    language: str | None
    type: str
    author_name: str
    author_url: str
    authors: list[dict[str, object]]
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: str | None


class SharedStatus(msgspec.Struct):
    """What of a status every viewer gets alike."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    local_only: bool
    language: str | None
    uri: str
    url: str
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    application: ApplicationEntity | None
    media_attachments: list[MediaEntity]
    mentions: list[MentionEntity]
    tags: list[TagEntity]
    emojis: list[EmojiEntity]
    card: CardEntity | None
    account: AccountEntity | msgspec.UnsetType = msgspec.UNSET


def shared_status(
    network: Network,
    view: StatusView,
    author: AccountEntity | msgspec.UnsetType = msgspec.UNSET,
) -> SharedStatus:
    """The shared part of a status, with its author if that is given."""
    status = view.status
    answers, answered = status.in_reply_to_id, status.in_reply_to_account_id
    application = ApplicationEntity(view.app.name, view.app.website or None) if view.app else None
    # By position: so many keywords take longer than all that stands here.
    return SharedStatus(
        str(status.id),
        timestamp(status.created_at),
        None if answers is None else str(answers),
        None if answered is None else str(answered),
        status.sensitive,
        status.spoiler_text,
        _VISIBILITIES[status.visibility],
        status.local_only,
        status.language or None,
        status.uri,
        status.url,
        status.replies_count,
        status.reblogs_count,
        status.favourites_count,
        status.quotes_count,
        optional_timestamp(status.edited_at),
        _content(view),
        application,
        # Most have none of these.
        [media_entity(network, media) for media in view.media] if view.media else [],
        [mention_entity(mention) for mention in view.mentions] if view.mentions else [],
        [_tag(network, tag) for tag in view.tags] if view.tags else [],
        [emoji_entity(network, emoji) for emoji in view.emojis] if view.emojis else [],
        card_entity(network, view.card) if view.card else None,
        author,
    )


def _content(view: StatusView) -> str:
    """The HTML; for apps that do not know quotes, with a link to what a local status quotes."""
    if view.quote is None or view.account.domain:
        return view.status.content
    url = escape(view.quote.quoted_url or view.quote.quoted_uri)
    link = f'<a href="{url}" rel="nofollow noopener" target="_blank">{url}</a>'
    return f'<p class="quote-inline">RE: {link}</p>{view.status.content}'


def mention_entity(mention: Mention) -> MentionEntity:
    """One mention."""
    return MentionEntity(str(mention.account_id), mention.username, mention.url, mention.handle)


def card_entity(network: Network, card: PreviewCard) -> CardEntity:
    """A preview card."""
    author: dict[str, object] = {
        "name": card.author_name,
        "url": card.author_url,
        "account": None,
    }
    return CardEntity(
        url=card.url,
        title=card.title,
        description=card.description,
        language=card.language or None,
        type=card.kind,
        author_name=card.author_name,
        author_url=card.author_url,
        authors=[author] if card.author_name else [],
        provider_name=card.provider_name,
        provider_url=card.provider_url,
        html="",
        width=card.width,
        height=card.height,
        image=network.storage.url(card.image) if card.image else None,
        image_description=card.image_description,
        embed_url="",
        blurhash=card.blurhash,
        published_at=optional_timestamp(card.published_at),
    )


def _tag(network: Network, tag: StatusTag) -> TagEntity:
    name = tag.name.lower()
    return TagEntity(name, f"{network.settings.origin}/tags/{_quoted(name)}")


_quoted = lru_cache(maxsize=1024)(quote)
