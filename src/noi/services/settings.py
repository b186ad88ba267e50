"""What the owner of a network decides in the interface: its name, languages, who may join."""

import re
from collections.abc import Mapping
from enum import StrEnum
from weakref import WeakKeyDictionary

import msgspec

from noi.db import live
from noi.db import settings as table
from noi.db.database import Database, Transaction
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, too_long
from noi.models.ids import now_ms
from noi.models.live import LiveEvent, LiveKind
from noi.services.network import Network
from noi.text.clean import clean_text

NAME = "network"

_ACCENT = re.compile(r"#[0-9a-f]{6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAX_LENGTHS = {
    "name": 60,
    "short_description": 300,
    "description": 20_000,
    "contact_email": 254,
    "registration_message": 1_000,
    "thumbnail": 255,
    "privacy_policy": 60_000,
    "terms": 60_000,
}
_MAX_LANGUAGES = 20
_MAX_SUBJECTS = 10
_MAX_SUBJECT = 40
_MAX_AGE = 99


class Registrations(StrEnum):
    """Who may join: anyone, whom a moderator approves, who is invited, nobody."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"
    CLOSED = "closed"


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that live in the database. Times in ms; `min_age` in years, 0 for none.

    `description`, `privacy_policy` and `terms` are Markdown; `thumbnail` is a storage key.
    """

    name: str = "Nối"
    short_description: str = ""
    description: str = ""
    language: str = "vi"
    languages: tuple[str, ...] = ("vi",)
    contact_email: str = ""
    contact_account_id: int | None = None
    registrations: Registrations = Registrations.CLOSED
    registration_message: str = ""
    min_age: int = 0
    accent_colour: str = ""
    thumbnail: str = ""
    local_timeline_public: bool = True
    privacy_policy: str = ""
    terms: str = ""
    terms_changed_at: int | None = None
    privacy_policy_changed_at: int | None = None
    setup_done: bool = False
    created_at: int = 0
    subjects: tuple[str, ...] = ()
    """What the network is about, in a few words, for the directories of alliances."""


_KEPT = {"setup_done", "created_at", "terms_changed_at", "privacy_policy_changed_at"}
CHANGEABLE = frozenset(NetworkSettings.__struct_fields__) - _KEPT

_cache: WeakKeyDictionary[Database, NetworkSettings] = WeakKeyDictionary()
_generation = 0


async def get(network: Network) -> NetworkSettings:
    """The settings, from this process's cache where it has them."""
    cached = _cache.get(network.db)
    if cached is not None:
        return cached
    generation = _generation
    settings = decode(await table.get(network.db, NAME))
    if generation == _generation:
        _cache[network.db] = settings
    return settings


def known(network: Network) -> NetworkSettings:
    """The settings as far as this process has them, without reading anything."""
    return _cache.get(network.db, NetworkSettings())


def forget() -> None:
    """Read the settings anew at the next `get`; every process calls it on LiveKind.SETTINGS."""
    global _generation
    _generation += 1
    _cache.clear()


async def update(
    network: Network, actor: Viewer | None, changes: Mapping[str, object]
) -> NetworkSettings:
    """Change some settings (names in CHANGEABLE) and tell every process.

    `actor` is None for the operator at the command line. Raises Forbidden for anyone below
    admin, Invalid with the field at fault.
    """
    if actor is not None and actor.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may change this network's settings")
    for field in changes:
        if field not in CHANGEABLE:
            raise Invalid("There is no setting {field}", field=field)

    async def work(tx: Transaction) -> NetworkSettings:
        before = decode(await table.get_locked(tx, NAME))
        settings = _changed(before, changes)
        await _check_contact(tx, settings)
        await save(tx, settings)
        return settings

    settings = await network.db.transaction(work)
    forget()
    return settings


async def save(tx: Transaction, settings: NetworkSettings) -> None:
    """Write checked settings in a transaction that holds their lock."""
    await table.put(tx, NAME, msgspec.json.encode(settings).decode())
    await live.publish(tx, LiveEvent(LiveKind.SETTINGS))


def decode(value: str) -> NetworkSettings:
    """Read the stored form; an empty text is a network that was never set up."""
    return msgspec.json.decode(value, type=NetworkSettings) if value else NetworkSettings()


def checked(settings: NetworkSettings) -> NetworkSettings:
    """The settings tidied, or Invalid with the field at fault."""
    texts = {name: clean_text(getattr(settings, name)).strip() for name in _MAX_LENGTHS}
    for field, limit in _MAX_LENGTHS.items():
        if len(texts[field]) > limit:
            raise too_long(field, limit)
    if not texts["name"]:
        raise Invalid("Give the network a name", field="name", code="ERR_BLANK")
    if texts["contact_email"] and not _EMAIL.fullmatch(texts["contact_email"]):
        raise Invalid("This is not an e-mail address", field="contact_email")
    if settings.accent_colour and not _ACCENT.fullmatch(settings.accent_colour.lower()):
        raise Invalid("Write the colour as #rrggbb", field="accent_colour")
    if not 0 <= settings.min_age <= _MAX_AGE:
        raise Invalid("Choose an age from 0 to {limit}", field="min_age", limit=_MAX_AGE)
    languages = tuple(dict.fromkeys((settings.language, *settings.languages)))[:_MAX_LANGUAGES]
    if not all(_LANGUAGE.fullmatch(language) for language in languages):
        raise Invalid("This is not a language code", field="languages")
    return msgspec.structs.replace(
        settings,
        **texts,
        languages=languages,
        subjects=_checked_subjects(settings.subjects),
        accent_colour=settings.accent_colour.lower(),
    )


def _checked_subjects(subjects: tuple[str, ...]) -> tuple[str, ...]:
    tidy = (" ".join(clean_text(subject).split()) for subject in subjects)
    kept = tuple(dict.fromkeys(subject for subject in tidy if subject))
    if len(kept) > _MAX_SUBJECTS:
        raise Invalid("There can be {count} at most", count=_MAX_SUBJECTS, field="subjects")
    if any(len(subject) > _MAX_SUBJECT for subject in kept):
        raise too_long("subjects", _MAX_SUBJECT)
    return kept


def _changed(before: NetworkSettings, changes: Mapping[str, object]) -> NetworkSettings:
    given = {**msgspec.to_builtins(before), **changes}
    try:
        settings = checked(msgspec.convert(given, NetworkSettings, strict=False))
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`$.")[2].rstrip("`").partition("[")[0]
        raise Invalid("This value cannot be used", field=field) from None
    now = now_ms()
    if settings.terms != before.terms:
        settings = msgspec.structs.replace(settings, terms_changed_at=now)
    if settings.privacy_policy != before.privacy_policy:
        settings = msgspec.structs.replace(settings, privacy_policy_changed_at=now)
    return settings


async def _check_contact(tx: Transaction, settings: NetworkSettings) -> None:
    if settings.contact_account_id is not None and not await table.is_local_account(
        tx, settings.contact_account_id
    ):
        raise Invalid("There is no such account here", field="contact_account_id")
