"""Settings of one's profile, privacy and preferences."""

from zoneinfo import available_timezones

from msgspec import UNSET, UnsetType

from noi.models.accounts import AccountKind
from noi.models.errors import Invalid, TooLarge
from noi.pages.base import page
from noi.pages.languages import LANGUAGES
from noi.pages.people import fields_of
from noi.pages.visits import Answer, Visit
from noi.services import alliance, appearance, preferences, profiles
from noi.ui.cards import Form
from noi.ui.translation import LOCALES
from noi.web.explore import alliances

_PICTURE_LIMIT = 2 * 17 * 1024 * 1024
_FIELDS = 4
_NEAR = ("Asia/Ho_Chi_Minh", "Asia/Vientiane", "Asia/Bangkok", "Asia/Phnom_Penh")


@page("GET", "/settings")
async def index(visit: Visit) -> Answer:
    """Everything that can be set."""
    return await visit.render("settings/index.html")


@page("GET", "/settings/profile")
async def profile_form(visit: Visit) -> Answer:
    """Name, pictures, about oneself."""
    account = visit.mine.account
    values = {
        "display_name": account.display_name,
        "note": account.note,
        "avatar_description": account.avatar_description,
        "bot": "1" if account.kind is AccountKind.BOT else "",
    }
    for n, field in enumerate(fields_of(account)):
        values |= {f"field_name_{n}": field.name, f"field_value_{n}": field.value}
    return await _profile_form(visit, Form(values=values))


async def _profile_form(visit: Visit, form: Form) -> Answer:
    account, storage = visit.mine.account, visit.network.storage
    return await visit.render(
        "settings/profile.html",
        code=422 if form.errors else 200,
        form=form,
        avatar_url=storage.url(account.avatar) if account.avatar else "",
        header_url=storage.url(account.header) if account.header else "",
    )


@page("POST", "/settings/profile", body_limit=_PICTURE_LIMIT)
async def profile(visit: Visit) -> Answer:
    """Change one's profile."""
    names = [
        (visit.text(f"field_name_{n}"), visit.text(f"field_value_{n}")) for n in range(_FIELDS)
    ]
    changed = profiles.Profile(
        display_name=visit.text("display_name"),
        note=visit.text("note"),
        fields=[(name, value) for name, value in names if name or value],
        avatar=await _picture(visit, "avatar"),
        avatar_description=visit.text("avatar_description"),
        header=await _picture(visit, "header"),
        bot=visit.flag("bot"),
    )
    try:
        await profiles.update(visit.network, visit.viewer_id, changed)
    except (Invalid, TooLarge) as error:
        return await _profile_form(visit, visit.typed(error))
    return _saved(visit, "/settings/profile")


async def _picture(visit: Visit, name: str) -> bytes | UnsetType:
    file = visit.file(name)
    if file is not None:
        return await file.read()
    return b"" if visit.flag(f"remove_{name}") else UNSET


def _saved(visit: Visit, path: str) -> Answer:
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(path)


@page("GET", "/settings/privacy")
async def privacy_form(visit: Visit) -> Answer:
    """Who can find, follow and read one."""
    account = visit.mine.account
    names = ("locked", "hide_collections", "discoverable", "indexable")
    values = {name: "1" if getattr(account, name) else "" for name in names}
    values["default_visibility"] = visit.mine.user.default_visibility
    values["quote_policy"] = preferences.quote_policy_of(visit.mine.user)
    values["asks_alliance"] = "1" if preferences.asks_alliance_of(visit.mine.user) else ""
    return await _privacy_form(visit, Form(values=values))


async def _privacy_form(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "settings/privacy.html",
        code=422 if form.errors else 200,
        form=form,
        told=await alliance.told(visit.network),
        alliances=await alliances(visit),
    )


@page("POST", "/settings/privacy")
async def privacy(visit: Visit) -> Answer:
    """Change who can find, follow and read one."""
    changed = profiles.Profile(
        locked=visit.flag("locked"),
        hide_collections=visit.flag("hide_collections"),
        discoverable=visit.flag("discoverable"),
        indexable=visit.flag("indexable"),
        default_visibility=visit.text("default_visibility"),
    )
    try:
        await profiles.update(visit.network, visit.viewer_id, changed)
        policy = visit.text("quote_policy", "public")
        await preferences.set_quote_policy(visit.network, visit.viewer_id, policy)
        if await alliances(visit):
            asks = visit.flag("asks_alliance")
            await preferences.set_asks_alliance(visit.network, visit.viewer_id, asks)
    except Invalid as error:
        return await _privacy_form(visit, visit.typed(error))
    return _saved(visit, "/settings/privacy")


@page("GET", "/settings/preferences")
async def preferences_form(visit: Visit) -> Answer:
    """Language, time, look, posting."""
    user, look = visit.mine.user, visit.look
    values = {
        "locale": visit.locale,
        "default_language": user.default_language,
        "time_zone": user.time_zone,
        "scheme": look.scheme,
        "expand_media": look.expand_media,
        "expand_spoilers": "1" if look.expand_spoilers else "",
        "shortcuts": "1" if look.shortcuts else "",
        "default_sensitive": "1" if user.default_sensitive else "",
    }
    return await _preferences_form(visit, Form(values=values))


async def _preferences_form(visit: Visit, form: Form) -> Answer:
    zones = [*_NEAR, *sorted(available_timezones() - set(_NEAR))]
    guess = ("", visit.gettext("Whatever I write, guessed"))
    return await visit.render(
        "settings/preferences.html",
        code=422 if form.errors else 200,
        form=form,
        locales=list(LOCALES.items()),
        languages=[guess, *LANGUAGES],
        zones=[(name, name.replace("_", " ")) for name in zones],
    )


@page("POST", "/settings/preferences")
async def set_preferences(visit: Visit) -> Answer:
    """Change language, time, look and the defaults of posts."""
    network, viewer_id = visit.network, visit.viewer_id
    kept = await preferences.get(network, viewer_id)
    try:
        await appearance.update(
            network,
            viewer_id,
            locale=visit.text("locale"),
            time_zone=visit.text("time_zone"),
            scheme=visit.text("scheme"),
            shortcuts=visit.flag("shortcuts"),
        )
        await preferences.set_reading(
            network,
            viewer_id,
            expand_media=visit.text("expand_media", "default"),
            expand_spoilers=visit.flag("expand_spoilers"),
            autoplay_gifs=kept.autoplay_gifs,
        )
        changed = profiles.Profile(
            default_language=visit.text("default_language"),
            default_sensitive=visit.flag("default_sensitive"),
        )
        await profiles.update(network, viewer_id, changed)
    except Invalid as error:
        return await _preferences_form(visit, visit.typed(error))
    visit.locale = visit.text("locale")
    return _saved(visit, "/settings/preferences")


HANDLERS = [
    index,
    profile_form,
    profile,
    privacy_form,
    privacy,
    preferences_form,
    set_preferences,
]
