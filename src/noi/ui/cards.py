"""What templates are given: views of accounts, statuses and the rest, ready to print.

A door makes these from models; texts are plain unless their type is Html, times are milliseconds
UTC, addresses are whole or start at the root. Templates know nothing else of the models.
"""

from typing import Literal

import msgspec

from noi.ui.html import Html


class Site(msgspec.Struct, kw_only=True):
    """The network around a page, or the hub; `theme` is the address of its own colours, if any."""

    name: str
    host: str
    description: str = ""
    registrations: Literal["open", "approval", "invitation", "closed"] = "open"
    max_chars: int = 500
    theme: str = ""
    hub: bool = False


class RelationCard(msgspec.Struct, kw_only=True):
    """How the viewer stands to an account."""

    following: bool = False
    requested: bool = False
    followed_by: bool = False
    blocking: bool = False
    muting: bool = False
    showing_reblogs: bool = True
    notifying: bool = False
    requested_by: bool = False
    note: str = ""


class AccountCard(msgspec.Struct, kw_only=True):
    """An account in a line. `handle` is short for local accounts; `path` is its page here."""

    id: int
    name: Html
    handle: str
    path: str
    initials: str
    avatar: str = ""
    bot: bool = False
    locked: bool = False
    note: Html = Html()
    relation: RelationCard | None = None


class FieldCard(msgspec.Struct, kw_only=True):
    """A labelled line of a profile."""

    name: str
    value: Html
    verified: bool = False


class ProfileCard(msgspec.Struct, kw_only=True):
    """The top of a profile page; `full_handle` is how other networks find the account."""

    account: AccountCard
    full_handle: str
    url: str
    header: str = ""
    fields: list[FieldCard] = []
    statuses: int = 0
    followers: int = 0
    following: int = 0
    joined_at: int = 0
    role: str = ""
    moved_to: AccountCard | None = None
    limited: bool = False
    disabled: bool = False
    hides_collections: bool = False
    is_me: bool = False


class Me(msgspec.Struct, kw_only=True):
    """The person signed in."""

    account: AccountCard
    unread_notifications: int = 0
    follow_requests: int = 0
    moderator: bool = False
    owner: bool = False
    shortcuts: bool = True


class MediaCard(msgspec.Struct, kw_only=True):
    """A picture, film or sound. `focus_x`/`focus_y` say which third must stay in sight."""

    id: int
    kind: Literal["image", "gifv", "video", "audio", "unknown"]
    url: str
    preview: str = ""
    description: str = ""
    width: int = 0
    height: int = 0
    focus_x: Literal["left", "centre", "right"] = "centre"
    focus_y: Literal["top", "centre", "bottom"] = "centre"
    processing: bool = False


class PollOptionCard(msgspec.Struct, kw_only=True):
    title: str
    votes: int = 0
    percent: int = 0
    chosen: bool = False


class PollCard(msgspec.Struct, kw_only=True):
    """A poll; `show_results` once the viewer voted, it is theirs, or it has ended."""

    options: list[PollOptionCard]
    multiple: bool = False
    voters: int = 0
    ends_at: int | None = None
    ended: bool = False
    show_results: bool = False


class LinkCard(msgspec.Struct, kw_only=True):
    """The preview of a link."""

    url: str
    title: str
    provider: str = ""
    description: str = ""
    author: str = ""
    image: str = ""
    image_description: str = ""
    width: int = 0
    height: int = 0


class ReactionCard(msgspec.Struct, kw_only=True):
    """How many reacted with an emoji; `name` is what forms send, `image` draws a custom one."""

    name: str
    label: str
    count: int
    image: str = ""
    mine: bool = False
    ours: bool = False
    """Whether anybody here may use it: a custom emoji of this network."""


class QuoteCard(msgspec.Struct, kw_only=True):
    """What a status quotes: `status` as far as it may be shown, else why not, by `state`.

    The states are Mastodon's; `mine` says that the quoted status is the viewer's own.
    """

    state: str
    url: str
    status: "StatusCard | None" = None
    mine: bool = False


class StatusCard(msgspec.Struct, kw_only=True):
    """A status as one viewer sees it; for a reblog the inner status, with `reblogger` set.

    `shown_id` is of the reblog, where there is one.
    """

    id: int
    account: AccountCard
    path: str
    url: str
    content: Html
    created_at: int
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    shown_id: int = 0
    lang: str = ""
    reblogger: AccountCard | None = None
    reply_to: str = ""
    edited_at: int | None = None
    warning: str = ""
    sensitive: bool = False
    local_only: bool = False
    media: list[MediaCard] = []
    poll: PollCard | None = None
    link: LinkCard | None = None
    app: str = ""
    replies: int = 0
    reblogs: int = 0
    favourites: int = 0
    favourited: bool = False
    reblogged: bool = False
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    pinned_here: bool = False
    mine: bool = False
    can_reblog: bool = True
    can_favourite: bool = True
    can_quote: bool = True
    quote: QuoteCard | None = None
    quotes: int = 0
    reactions: list[ReactionCard] = []
    filtered_by: str = ""
    depth: int = 0


class Post(msgspec.Struct, kw_only=True):
    """A status as one viewer sees it, printed already: `html` is its inside, or the slot for it.

    The ids are as those of StatusCard.
    """

    id: int
    shown_id: int
    html: Html
    depth: int = 0


class NotificationCard(msgspec.Struct, kw_only=True):
    """One line of the notifications, which may stand for several of a kind."""

    id: int
    kind: str
    accounts: list[AccountCard]
    count: int
    created_at: int
    status: StatusCard | None = None
    unread: bool = False
    excerpt: str = ""
    path: str = ""


class Notice(msgspec.Struct, kw_only=True):
    """A sentence above a page: what was done, or what went wrong."""

    text: str
    kind: Literal["done", "problem", "note"] = "done"


class Pager(msgspec.Struct, kw_only=True):
    """Addresses of the neighbouring pages; empty where there is none."""

    newer: str = ""
    older: str = ""


class Form(msgspec.Struct, kw_only=True):
    """What was typed into a form, and what is wrong with it, by the fields' names."""

    values: dict[str, str] = {}
    errors: dict[str, str] = {}


class Choice(msgspec.Struct, kw_only=True):
    """One thing of a list to choose from."""

    value: str
    label: str
    hint: str = ""
