"""Settings of the account itself: address, password, devices, apps, archive, the end."""

import re

from litestar.response import File

from noi.models.errors import Conflict, Forbidden, Invalid, NoiError
from noi.pages.base import page
from noi.pages.people import full_handle
from noi.pages.visits import Answer, Visit
from noi.services import confirmations, erasure, exports, oauth, passwords, sessions
from noi.ui.cards import Form
from noi.web.data_lists import titles

_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux")
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


@page("GET", "/settings/account")
async def account_form(visit: Visit) -> Answer:
    """Name and e-mail address."""
    return await _account_form(visit, Form())


async def _account_form(visit: Visit, form: Form) -> Answer:
    user, account = visit.mine.user, visit.mine.account
    return await visit.render(
        "settings/account.html",
        code=422 if form.errors else 200,
        form=form,
        full_handle=full_handle(visit.network, account),
        email=user.email,
        confirmed=user.confirmed_at is not None,
        created_at=user.created_at,
    )


@page("POST", "/settings/account")
async def account(visit: Visit) -> Answer:
    """Ask for another e-mail address."""
    try:
        sent = await confirmations.request_change(
            visit.network,
            visit.viewer_id,
            email=visit.text("email"),
            password=_password(visit, "password"),
        )
    except NoiError as error:
        return await _account_form(visit, _with_password_error(visit, error, "password"))
    text = (
        visit.gettext("We have sent a link to {email}.", email=visit.text("email"))
        if sent
        else visit.gettext("Your changes are saved.")
    )
    visit.tell(text)
    return visit.redirect("/settings/account")


def _password(visit: Visit, name: str) -> str:
    return str(visit.form.get(name, ""))


def _with_password_error(visit: Visit, error: NoiError, field: str) -> Form:
    """A wrong password is told beside its field; what is not of this form is raised."""
    if isinstance(error, Forbidden):
        text = visit.gettext(error.message, **error.params)
        return Form(values=visit.typed().values, errors={field: text})
    if isinstance(error, Invalid | Conflict) or error.status == 429:
        return visit.typed(error)
    raise error


@page("GET", "/settings/password")
async def password_form(visit: Visit) -> Answer:
    """The present and the new password."""
    return await visit.render("settings/password.html", form=Form())


@page("POST", "/settings/password")
async def password(visit: Visit) -> Answer:
    """Change the password, and sign out everywhere else."""
    token = visit.request.cookies.get(visit.cookie_name("session"), "")
    try:
        await passwords.change(
            visit.network,
            visit.viewer_id,
            current=_password(visit, "current"),
            new=_password(visit, "password"),
            session_token=token,
        )
    except NoiError as error:
        form = _with_password_error(visit, error, "current")
        return await visit.render("settings/password.html", code=422, form=form)
    visit.tell(visit.gettext("Your password is changed."))
    return visit.redirect("/settings/password")


@page("GET", "/settings/apps")
async def apps(visit: Visit) -> Answer:
    """Where one is signed in, and which apps may use the account."""
    token = visit.request.cookies.get(visit.cookie_name("session"), "")
    devices = await sessions.devices(visit.network, visit.viewer_id, token)
    return await visit.render(
        "settings/apps.html",
        sessions=[
            {
                "id": device.id,
                "label": device_name(device.user_agent) or visit.gettext("Unknown device"),
                "current": device.current,
                "last_used_at": device.last_used_at,
            }
            for device in devices
        ],
        apps=[
            {
                "id": app.token_id,
                "name": app.name,
                "scopes": app.scopes,
                "created_at": app.created_at,
            }
            for app in await oauth.authorized_apps(visit.network, visit.viewer_id)
        ],
    )


def device_name(user_agent: str) -> str:
    """`Firefox, Android`, as far as a browser tells."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    system = {"Macintosh": "macOS", "CrOS": "ChromeOS"}.get(system, system)
    named = ", ".join(part for part in (browser, system) if part)
    return named or re.sub(r"[^\w .,/()-]", "", user_agent)[:60]


@page("POST", "/settings/sessions/{id:str}/end")
async def end_session(visit: Visit) -> Answer:
    """Sign out another device."""
    await sessions.revoke(visit.network, visit.viewer_id, str(visit.request.path_params["id"]))
    return visit.redirect("/settings/apps")


@page("POST", "/settings/sessions/end-others")
async def end_others(visit: Visit) -> Answer:
    """Sign out everywhere else."""
    token = visit.request.cookies.get(visit.cookie_name("session"), "")
    await sessions.end_others(visit.network, visit.viewer_id, token)
    visit.tell(visit.gettext("All other devices are signed out."))
    return visit.redirect("/settings/apps")


@page("POST", "/settings/apps/{id:str}/revoke")
async def revoke_app(visit: Visit) -> Answer:
    """Take an app's access back."""
    await oauth.revoke_own(visit.network, visit.viewer_id, visit.path_id())
    visit.tell(visit.gettext("The app has lost its access."))
    return visit.redirect("/settings/apps")


@page("GET", "/settings/export", access="held")
async def archives(visit: Visit) -> Answer:
    """Archives of one's own data."""
    rows = await exports.by_account(visit.network, visit.viewer_id)
    return await visit.render(
        "settings/export.html",
        pending=any(row.state == exports.PENDING for row in rows),
        archives=[
            {"id": row.id, "created_at": row.created_at, "size": _size(row.file_size)}
            for row in rows
            if row.state == exports.READY
        ],
        lists=list(titles(visit).items()),
    )


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(1, size // 1024)} KB"


@page("POST", "/settings/export", access="held")
async def make_archive(visit: Visit) -> Answer:
    """Ask for a new archive."""
    await exports.request(visit.network, visit.viewer_id)
    return visit.redirect("/settings/export")


@page("GET", "/settings/export/{id:str}", access="held")
async def download(visit: Visit) -> Answer:
    """Send an archive to its owner."""
    path = await exports.download(visit.network, visit.viewer_id, visit.path_id())
    name = f"{visit.network.settings.host.split(':')[0]}-{visit.mine.account.username}.zip"
    return File(path, filename=name, media_type="application/zip")  # type: ignore[return-value]


@page("GET", "/settings/delete", access="held")
async def delete_form(visit: Visit) -> Answer:
    """Warn, and ask for the password and the name."""
    return await visit.render("settings/delete.html", form=Form())


@page("POST", "/settings/delete", access="held")
async def delete(visit: Visit) -> Answer:
    """Delete the account for ever."""
    name = visit.text("confirmation").removeprefix("@").lower()
    try:
        if name not in (
            visit.mine.account.username,
            full_handle(visit.network, visit.mine.account)[1:],
        ):
            raise Invalid("This is not your username", field="confirmation")
        await erasure.delete_own(visit.network, visit.viewer_id, _password(visit, "password"))
    except NoiError as error:
        form = _with_password_error(visit, error, "password")
        return await visit.render("settings/delete.html", code=422, form=form)
    visit.set_cookie("session", "", 0)
    visit.tell(visit.gettext("Your account is deleted. Farewell!"))
    return visit.redirect("/")


HANDLERS = [
    account_form,
    account,
    password_form,
    password,
    apps,
    end_session,
    end_others,
    revoke_app,
    archives,
    make_archive,
    download,
    delete_form,
    delete,
]
