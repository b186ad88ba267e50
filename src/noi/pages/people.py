"""Accounts as pages show them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape
from urllib.parse import quote

import msgspec

from noi.models.accounts import (
    Account,
    AccountKind,
    AccountState,
    Field,
    Relationship,
    Role,
    without_profile,
)
from noi.models.statuses import CustomEmoji
from noi.services import accounts, relationships
from noi.services.accounts import AccountView
from noi.services.network import Network
from noi.ui.cards import AccountCard, FieldCard, ProfileCard, RelationCard
from noi.ui.html import Html, escape

_fields = msgspec.json.Decoder(list[Field])
# Quoted values may hold ">": whatever is taken for text here is rewritten.
_TAG = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^'">])*>)""")
_SHORTCODE = re.compile(r":([A-Za-z0-9_]{2,64}):")
_ANCHOR = re.compile(r'<a href="([^"]*)"([^>]*)>')
_TARGET = re.compile(r' target="[^"]*"')


def account_path(account: Account) -> str:
    """The page of an account on this network."""
    return "/@" + quote(account.handle, safe="@")


def full_handle(network: Network, account: Account) -> str:
    """`@name@host`, for local accounts too."""
    return f"@{account.username}@{account.domain or network.settings.host}"


def account_card(
    network: Network,
    account: Account,
    emojis: Sequence[CustomEmoji] = (),
    relation: RelationCard | None = None,
) -> AccountCard:
    """An account in a line."""
    avatar = account.avatar_static or account.avatar
    return AccountCard(
        id=account.id,
        name=with_emojis(network, escape(account.name), emojis),
        handle=f"@{account.handle}",
        path=account_path(account),
        initials=initials(account.name),
        avatar=network.storage.url(avatar) if avatar else "",
        bot=account.kind is AccountKind.BOT,
        locked=account.locked,
        note=Html(account.note_html),
        relation=relation,
    )


async def account_cards(
    network: Network, viewer_id: int, views: Iterable[AccountView]
) -> list[AccountCard]:
    """Accounts in lines, each with how the viewer stands to it."""
    listed = list(views)
    relations: dict[int, Relationship] = {}
    if viewer_id and listed:
        found = await relationships.load(network, viewer_id, [view.account.id for view in listed])
        relations = {relation.target_id: relation for relation in found}
    return [
        account_card(
            network, view.account, view.emojis, relation_card(relations.get(view.account.id))
        )
        for view in listed
    ]


async def cards_of(network: Network, viewer_id: int, rows: Sequence[Account]) -> list[AccountCard]:
    """The same for plain accounts, in their order."""
    loaded = await accounts.load(network, [row.id for row in rows])
    views = [loaded[row.id] for row in rows if row.id in loaded]
    return await account_cards(network, viewer_id, views)


def relation_card(relation: Relationship | None) -> RelationCard | None:
    if relation is None:
        return None
    return RelationCard(
        following=relation.following,
        requested=relation.requested,
        followed_by=relation.followed_by,
        blocking=relation.blocking,
        muting=relation.muting,
        showing_reblogs=relation.showing_reblogs,
        notifying=relation.notifying,
        requested_by=relation.requested_by,
        note=relation.note,
    )


def profile_card(
    network: Network,
    view: AccountView,
    relation: RelationCard | None,
    *,
    role: str,
    is_me: bool,
    moved_to: AccountCard | None,
) -> ProfileCard:
    """The top of a profile page."""
    account, disabled = view.account, view.account.state is AccountState.DISABLED
    if disabled and not is_me:
        account = without_profile(account)
    header = account.header_static or account.header
    return ProfileCard(
        account=account_card(network, account, view.emojis, relation),
        full_handle=full_handle(network, account),
        url=account.uri,
        header=network.storage.url(header) if header else "",
        fields=[
            FieldCard(
                name=field.name,
                value=with_emojis(network, Html(field.value_html), view.emojis),
                verified=field.verified_at is not None,
            )
            for field in _fields.decode(account.fields or "[]")
        ],
        statuses=account.statuses_count,
        followers=account.followers_count,
        following=account.following_count,
        joined_at=account.created_at,
        role=role,
        moved_to=moved_to,
        limited=account.state is AccountState.LIMITED,
        disabled=disabled,
        hides_collections=account.hide_collections,
        is_me=is_me,
    )


def fields_of(account: Account) -> list[Field]:
    """The labelled lines as they were typed."""
    return _fields.decode(account.fields or "[]")


def initials(name: str) -> str:
    """Up to two letters in place of a picture: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()] or ["?"]
    ends = words[:1] if len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0] for word in ends).upper()


def is_staff(role: Role | None) -> bool:
    return role is not None and role is not Role.MEMBER


def with_emojis(network: Network, html: str, emojis: Sequence[CustomEmoji]) -> Html:
    """HTML whose `:shortcodes:` are drawn, outside tags."""
    if not emojis or ":" not in html:
        return Html(html)
    drawn = {emoji.shortcode: network.storage.url(emoji.image_static) for emoji in emojis}

    def draw(match: re.Match[str]) -> str:
        code = match[1]
        if code not in drawn:
            return match[0]
        return f'<img class="emoji" src="{escape(drawn[code])}" alt=":{code}:" title=":{code}:">'

    parts = _TAG.split(html)
    return Html("".join(p if p.startswith("<") else _SHORTCODE.sub(draw, p) for p in parts))


@lru_cache(maxsize=1024)
def with_own_links(html: str, origin: str, known: frozenset[tuple[str, str]]) -> str:
    """HTML whose links to people and pages of this network stay on it.

    `known` says where else an address leads here (a remote account to its page on this network).
    Kept, for the same statuses are shown again and again.
    """
    if "<a " not in html:
        return html
    paths = dict(known)

    def lead(match: re.Match[str]) -> str:
        href, rest = unescape(match[1]), match[2]
        path = paths.get(href) or (href[len(origin) :] if href.startswith(f"{origin}/") else "")
        if not path or path.startswith("//"):
            return match[0]
        return f'<a href="{escape(path)}"{_TARGET.sub("", rest)}>'

    return _ANCHOR.sub(lead, html)
