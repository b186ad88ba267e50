"""One's own profile, and the defaults of one's new statuses."""

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from noi.db import accounts, jobs, users
from noi.db.database import Transaction
from noi.media.results import Purpose
from noi.models.accounts import Account, AccountKind, AccountState, Field
from noi.models.errors import Invalid, NotFound, too_long
from noi.models.jobs import AcceptFollowRequests, IndexAccount
from noi.models.statuses import VISIBILITIES
from noi.services import featurings, naming, portraits, publishing
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.text.counting import status_length
from noi.text.entities import find_mentions
from noi.text.format import FindMention, MentionTarget, format_bio, format_field_value
from noi.text.language import valid_language
from noi.text.sorting import sort_key

MAX_DISPLAY_NAME = 100
MAX_NOTE = 1000
MAX_FIELDS = 4
MAX_FIELD = 255
MAX_DESCRIPTION = 1500
_MAX_MENTIONS = 20

_fields = msgspec.json.Decoder(list[Field])


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; what is UNSET stays. Pictures are uploaded bytes, empty to remove them."""

    display_name: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    fields: Sequence[tuple[str, str]] | UnsetType = UNSET
    avatar: bytes | UnsetType = UNSET
    avatar_description: str | UnsetType = UNSET
    header: bytes | UnsetType = UNSET
    header_description: str | UnsetType = UNSET
    bot: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hide_collections: bool | UnsetType = UNSET
    default_visibility: str | UnsetType = UNSET
    default_sensitive: bool | UnsetType = UNSET
    default_language: str | UnsetType = UNSET


async def update(network: Network, account_id: int, profile: Profile) -> None:
    """Change one's profile. Raises Invalid with the field at fault, NotFound, TooLarge."""
    before = await accounts.get(network.db, account_id)
    if before is None or before.state >= AccountState.DELETED:
        raise NotFound
    changes: dict[str, object] = {**_plain_changes(profile), **_descriptions(profile)}
    changes.update(await _text_changes(network, before, profile))
    preferences = _preferences(profile)
    changes.update(await _pictures(network, profile))
    reindex_statuses = changes.get("indexable", before.indexable) != before.indexable
    unlocked = before.locked and changes.get("locked") is False

    async def work(tx: Transaction) -> None:
        if changes:
            await accounts.update_profile(tx, account_id, changes)
            await jobs.enqueue(tx, IndexAccount(account_id, 0 if reindex_statuses else None))
            await publishing.actor_changed(tx, account_id)
        if changes.get("discoverable") is False:
            await featurings.end(tx, account_id)
        if unlocked:
            await jobs.enqueue(tx, AcceptFollowRequests(account_id))
        if preferences:
            await users.update_preferences(tx, account_id, preferences)

    await network.db.transaction(work)
    if "avatar" in changes:
        await portraits.forget(network, before.avatar, before.avatar_static)
    if "header" in changes:
        await portraits.forget(network, before.header, before.header_static)


def _plain_changes(profile: Profile) -> dict[str, object]:
    names = ("locked", "discoverable", "indexable", "hide_collections")
    changes: dict[str, object] = {
        name: value for name in names if (value := getattr(profile, name)) is not UNSET
    }
    if profile.bot is not UNSET:
        changes["kind"] = AccountKind.BOT if profile.bot else AccountKind.PERSON
    return changes


def _descriptions(profile: Profile) -> dict[str, object]:
    changes: dict[str, object] = {}
    for name in ("avatar_description", "header_description"):
        given: str | UnsetType = getattr(profile, name)
        if given is not UNSET:
            changes[name] = _within(clean_text(given).strip(), MAX_DESCRIPTION, name)
    return changes


def _preferences(profile: Profile) -> dict[str, object]:
    changes: dict[str, object] = {}
    if profile.default_visibility is not UNSET:
        if profile.default_visibility not in VISIBILITIES:
            raise Invalid(
                "There is no visibility of that name", field="privacy", code="ERR_INCLUSION"
            )
        changes["default_visibility"] = profile.default_visibility
    if profile.default_sensitive is not UNSET:
        changes["default_sensitive"] = profile.default_sensitive
    if profile.default_language is not UNSET:
        if profile.default_language and not valid_language(profile.default_language):
            raise Invalid("There is no language of that code", field="language")
        changes["default_language"] = profile.default_language
    return changes


async def _text_changes(network: Network, before: Account, profile: Profile) -> dict[str, object]:
    """Name, note and fields with their HTML, and which emojis they use together."""
    if profile.display_name is UNSET and profile.note is UNSET and profile.fields is UNSET:
        return {}
    old = _fields.decode(before.fields)
    name, note = before.display_name, before.note
    fields = [(field.name, field.value) for field in old]
    if profile.display_name is not UNSET:
        name = _within(clean_name(profile.display_name), MAX_DISPLAY_NAME, "display_name")
    if profile.note is not UNSET:
        note = clean_text(profile.note).strip()
        if len(note) > 20 * MAX_NOTE or status_length(note) > MAX_NOTE:
            raise too_long("note", MAX_NOTE)
    if profile.fields is not UNSET:
        fields = _checked_fields(profile.fields)
    mention = await _mentions(network, [note, *(value for _, value in fields)])
    tag_url = partial(naming.tag_url, network)
    verified = {(field.name, field.value): field.verified_at for field in old}
    stored = [
        Field(
            label,
            value,
            format_field_value(value, mention=mention, tag_url=tag_url),
            verified.get((label, value)),
        )
        for label, value in fields
    ]
    texts = [name, note, *(part for field in fields for part in field)]
    return {
        "display_name": name,
        "sort_key": sort_key(name or before.username, given_name_first=True),
        "note": note,
        "note_html": format_bio(note, mention=mention, tag_url=tag_url).html if note else "",
        "fields": msgspec.json.encode(stored).decode(),
        "emojis": msgspec.json.encode(await naming.known_emojis(network, texts)).decode(),
    }


def _checked_fields(given: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    fields = [(clean_name(name), clean_name(value)) for name, value in given]
    fields = [(name, value) for name, value in fields if name or value]
    if len(fields) > MAX_FIELDS:
        raise Invalid(
            "At most {limit} lines", field="fields", code="ERR_TOO_LONG", limit=MAX_FIELDS
        )
    for name, value in fields:
        _within(name, MAX_FIELD, "fields")
        _within(value, MAX_FIELD, "fields")
        if not name:
            raise Invalid("Each line needs a label", field="fields", code="ERR_BLANK")
    return fields


def _within(text: str, limit: int, field: str) -> str:
    if len(text) > limit:
        raise too_long(field, limit)
    return text


async def _mentions(network: Network, texts: list[str]) -> FindMention:
    targets: dict[naming.Handle, MentionTarget] = {}
    named = [naming.handle(network, *one) for text in texts for one in find_mentions(text)]
    for handle in list(dict.fromkeys(named))[:_MAX_MENTIONS]:
        account = await accounts.get_by_handle(network.db, *handle)
        if account is not None and account.state <= AccountState.LIMITED:
            targets[handle] = MentionTarget(account.id, account.username, account.url)
    return lambda username, domain: targets.get(naming.handle(network, username, domain))


async def _pictures(network: Network, profile: Profile) -> dict[str, object]:
    changes: dict[str, object] = {}
    for purpose, data in ((Purpose.AVATAR, profile.avatar), (Purpose.HEADER, profile.header)):
        if data is UNSET:
            continue
        portrait = await portraits.store(network, data, purpose) if data else portraits.Portrait()
        changes[purpose.value] = portrait.key
        changes[f"{purpose.value}_static"] = portrait.static
        if not data:
            changes[f"{purpose.value}_description"] = ""
    return changes
