"""From an actor as its server describes it to what is stored and shown of it."""

import html

import msgspec

from noi.activitypub.actors import Actor, ProfileField
from noi.activitypub.key_documents import KeyDocument
from noi.activitypub.links import Picture
from noi.activitypub.tags import Emoji
from noi.activitypub.uris import authority_of
from noi.db.accounts import username_key
from noi.db.remote_accounts import Profile
from noi.db.remote_files import NewFile
from noi.models.accounts import AccountKind, Field
from noi.models.federation import RemoteKind
from noi.models.statuses import CustomEmoji
from noi.services.network import Network
from noi.services.remote_content import as_html
from noi.text.clean import clean_name, clean_text
from noi.text.emojis import find_shortcodes
from noi.text.sanitize import sanitize_html, strip_html
from noi.text.sorting import sort_key

MAX_NAME = 255
MAX_NOTE = 20_000
MAX_FIELDS = 16
MAX_FIELD = 2_000
MAX_DESCRIPTION = 1_500
MAX_EMOJIS = 64
_KINDS = {
    "Group": AccountKind.GROUP,
    "Service": AccountKind.BOT,
    "Application": AccountKind.BOT,
}


class RemoteEmojis(msgspec.Struct, frozen=True):
    """The custom emojis that texts use: their shortcodes, rows and files."""

    shortcodes: str = "[]"
    rows: tuple[CustomEmoji, ...] = ()
    uris: tuple[str, ...] = ()
    files: tuple[NewFile, ...] = ()


class Described(msgspec.Struct, frozen=True):
    """An actor, ready to be written."""

    uri: str
    profile: Profile
    emojis: RemoteEmojis
    files: tuple[NewFile, ...]
    published: int | None


def describe(
    network: Network,
    actor: Actor,
    username: str,
    domain: str,
    *,
    with_media: bool,
    moved_to_id: int | None = None,
) -> Described:
    """Make an actor ready to be written as `username@domain`; everything in it is bounded.

    `with_media` is False for servers whose pictures this network does not show; `moved_to_id` is
    the account here that it has moved to.
    """
    name = clean_name(actor.name[: 4 * MAX_NAME])[:MAX_NAME]
    note = as_html(actor.summary[:MAX_NOTE])
    fields = [_field(field) for field in actor.fields[:MAX_FIELDS]]
    texts = [name, note, *(f"{field.name} {field.value}" for field in fields)]
    emojis = remote_emojis(network, actor.emojis if with_media else (), texts, domain)
    avatar = _file(actor.icon, domain, RemoteKind.AVATAR, with_media=with_media)
    header = _file(actor.image, domain, RemoteKind.HEADER, with_media=with_media)
    main, ed25519 = _keys(actor)
    same_server = authority_of(actor.shared_inbox) == authority_of(actor.inbox)
    profile = Profile(
        domain=domain,
        username=username,
        username_key=username_key(username),
        kind=_KINDS.get(actor.type, AccountKind.PERSON),
        display_name=name,
        sort_key=sort_key(name or username, given_name_first=True),
        note_html=note,
        fields=msgspec.json.encode(fields).decode(),
        emojis=emojis.shortcodes,
        avatar=avatar.key if avatar else "",
        avatar_static=avatar.small if avatar else "",
        avatar_description=_description(actor.icon),
        header=header.key if header else "",
        header_static=header.small if header else "",
        header_description=_description(actor.image),
        locked=actor.locked,
        discoverable=actor.discoverable is True,
        indexable=actor.indexable is True,
        memorial=actor.memorial,
        url=actor.url,
        inbox_uri=actor.inbox,
        shared_inbox_uri=actor.shared_inbox if same_server else "",
        inbox_host=authority_of(actor.inbox),
        outbox_uri=actor.outbox,
        followers_uri=actor.followers,
        following_uri=actor.following,
        featured_uri=actor.featured,
        featured_tags_uri=actor.featured_tags,
        moderators_uri=actor.moderators,
        key_id=main.id if main else "",
        public_key=main.pem if main else "",
        ed25519_key_id=ed25519.id if ed25519 else "",
        ed25519_public_key=ed25519.multibase if ed25519 else "",
        also_known_as=msgspec.json.encode(actor.also_known_as).decode(),
        moved_to_id=moved_to_id,
        suspended=actor.suspended,
    )
    files = tuple(file for file in (avatar, header) if file is not None)
    return Described(
        uri=actor.id,
        profile=profile,
        emojis=emojis,
        files=(*files, *emojis.files),
        published=actor.published,
    )


def remote_emojis(
    network: Network, emojis: tuple[Emoji, ...], texts: list[str], domain: str
) -> RemoteEmojis:
    """Those of a document's custom emojis that its texts use."""
    if not emojis:
        return RemoteEmojis()
    by_name = {emoji.name: emoji for emoji in emojis}
    used = [code for code in find_shortcodes(" ".join(texts)) if code in by_name][:MAX_EMOJIS]
    files = {code: NewFile(by_name[code].url, domain, RemoteKind.EMOJI) for code in used}
    rows = [
        CustomEmoji(
            id=network.ids.next(),
            shortcode=code,
            domain=domain,
            image=files[code].key,
            image_static=files[code].small,
            category="",
            visible=False,
        )
        for code in used
    ]
    return RemoteEmojis(
        shortcodes=msgspec.json.encode(used).decode(),
        rows=tuple(rows),
        uris=tuple(by_name[code].id for code in used),
        files=tuple(files.values()),
    )


def _field(field: ProfileField) -> Field:
    name, value = clean_name(field.name[:MAX_NAME]), field.value[:MAX_FIELD]
    if field.is_link:
        shown = html.escape(value)
        link = f'<a href="{shown}" rel="nofollow noopener me" target="_blank">{shown}</a>'
        return Field(name, value, link)
    return Field(name, strip_html(value), sanitize_html(value))


def _file(
    picture: Picture | None, domain: str, kind: RemoteKind, *, with_media: bool
) -> NewFile | None:
    if picture is None or not with_media:
        return None
    return NewFile(picture.url, domain, kind)


def _description(picture: Picture | None) -> str:
    return "" if picture is None else clean_text(picture.description)[:MAX_DESCRIPTION].strip()


def _keys(actor: Actor) -> tuple[KeyDocument | None, KeyDocument | None]:
    """The first key in PEM, and the first Multikey."""
    main = next((key for key in actor.keys if key.pem), None)
    return main, next((key for key in actor.keys if key.multibase), None)
