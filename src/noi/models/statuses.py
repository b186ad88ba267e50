"""Statuses and everything that hangs on one."""

from enum import IntEnum, StrEnum

import msgspec

from noi.models.accounts import Account
from noi.models.interactions import QuoteView
from noi.models.media import MediaAttachment


class Visibility(IntEnum):
    """Audience of a status, widest first; stored as these numbers, named as in Mastodon's API."""

    PUBLIC = 0
    UNLISTED = 1
    PRIVATE = 2
    DIRECT = 3

    @property
    def api_name(self) -> str:
        return self.name.lower()


VISIBILITIES = {visibility.api_name: visibility for visibility in Visibility}


class ContentType(StrEnum):
    PLAIN = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"


class Status(msgspec.Struct, array_like=True, kw_only=True):
    """A row of `statuses`. `text` is the source, `content` its sanitised HTML.

    `interaction_policy` is read by services.interactions.
    """

    id: int
    account_id: int
    uri: str
    url: str
    visibility: Visibility
    local_only: bool = False
    group_id: int | None = None
    in_reply_to_id: int | None = None
    in_reply_to_account_id: int | None = None
    reblog_of_id: int | None = None
    reblog_of_account_id: int | None = None
    quote_of_id: int | None = None
    conversation_id: int
    text: str = ""
    content_type: ContentType = ContentType.PLAIN
    content: str = ""
    spoiler_text: str = ""
    sensitive: bool = False
    language: str = ""
    emojis: str = "[]"
    poll_id: int | None = None
    card_id: int | None = None
    has_media: bool = False
    has_mentions: bool = False
    has_tags: bool = False
    app_id: int | None = None
    created_at: int
    edited_at: int | None = None
    deleted_at: int | None = None
    hidden_at: int | None = None
    replies_count: int = 0
    reblogs_count: int = 0
    favourites_count: int = 0
    quotes_count: int = 0
    reactions_count: int = 0
    interaction_policy: str = ""
    revision: int = 1


class StatusRef(msgspec.Struct, array_like=True):
    """A line of a page: which status, in which revision, and how it stands to the viewer.

    The query that makes it has applied deletion, enforcement, blocks, mutes and audience, so
    cached bytes of exactly these revisions may be shown.
    """

    id: int
    revision: int
    account_id: int
    account_revision: int
    reblog_id: int | None
    reblog_revision: int | None
    reblog_account_id: int | None
    reblog_account_revision: int | None
    marks: int
    """The viewer's own, a bit each: 1 favourited, 2 reblogged, 4 bookmarked, 8 muted, 16 pinned."""
    page_id: int
    """What the page is sorted by and paged with: the status's id, or a join row's."""

    @property
    def favourited(self) -> bool:
        return bool(self.marks & 1)

    @property
    def reblogged(self) -> bool:
        return bool(self.marks & 2)

    @property
    def bookmarked(self) -> bool:
        return bool(self.marks & 4)

    @property
    def muted(self) -> bool:
        return bool(self.marks & 8)

    @property
    def pinned(self) -> bool:
        return bool(self.marks & 16)


class StreamedRef(StatusRef, array_like=True):
    """A status for one of several viewers at once, whose account id is `page_id`."""

    in_public: bool
    """Whether public timelines show it to them: limited accounts only to their followers."""


class Mention(msgspec.Struct, array_like=True):
    status_id: int
    account_id: int
    username: str
    domain: str
    url: str
    silent: bool

    @property
    def handle(self) -> str:
        return f"{self.username}@{self.domain}" if self.domain else self.username


class Tag(msgspec.Struct, array_like=True):
    """A hashtag: `key` identifies it (tones kept), `family` groups its spellings."""

    id: int
    key: str
    family: str
    name: str


class StatusTag(msgspec.Struct, array_like=True):
    status_id: int
    name: str
    key: str


class PollOption(msgspec.Struct, array_like=True):
    position: int
    title: str
    votes_count: int


class Poll(msgspec.Struct, array_like=True):
    id: int
    status_id: int
    account_id: int
    expires_at: int | None
    multiple: bool
    hide_totals: bool
    votes_count: int
    voters_count: int
    closed_at: int | None


class PollView(msgspec.Struct):
    poll: Poll
    options: list[PollOption]


class PreviewCard(msgspec.Struct, array_like=True):
    id: int
    url: str
    title: str
    description: str
    kind: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    image: str
    image_description: str
    width: int
    height: int
    blurhash: str | None
    language: str
    published_at: int | None
    fetched_at: int | None
    state: str


class CustomEmoji(msgspec.Struct, array_like=True):
    id: int
    shortcode: str
    domain: str
    image: str
    image_static: str
    category: str
    visible: bool


class App(msgspec.Struct, array_like=True):
    """A registered OAuth client, without its secret."""

    id: int
    client_id: str
    name: str
    website: str
    redirect_uris: str
    scopes: str
    created_at: int


class Reaction(msgspec.Struct, array_like=True):
    """With what, and how many, people reacted to a status.

    `name` is an emoji, or `shortcode@domain` of a custom one, which is drawn by `emoji` where it is
    known here.
    """

    status_id: int
    name: str
    count: int
    emoji: CustomEmoji | None = None

    @property
    def content(self) -> str:
        """As other servers and apps write it: an emoji, or `:shortcode:`."""
        return f":{self.name.partition('@')[0]}:" if "@" in self.name else self.name


class StatusView(msgspec.Struct):
    """A status with all that a reader sees, the same for every viewer."""

    status: Status
    account: Account
    media: list[MediaAttachment] = []
    mentions: list[Mention] = []
    tags: list[StatusTag] = []
    emojis: list[CustomEmoji] = []
    account_emojis: list[CustomEmoji] = []
    poll: PollView | None = None
    card: PreviewCard | None = None
    app: App | None = None
    quote: QuoteView | None = None
    reactions: list[Reaction] = []
    reblog: "StatusView | None" = None


class StatusEdit(msgspec.Struct, array_like=True):
    """An earlier version of a status; `media` and `poll_options` are JSON arrays."""

    id: int
    status_id: int
    text: str
    content: str
    spoiler_text: str
    sensitive: bool
    media: str
    poll_options: str
    created_at: int
