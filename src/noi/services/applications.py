"""OAuth clients: registration, and the token that the command line gives out."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from noi.auth import limits, scopes, secrets
from noi.db import apps
from noi.db.database import Transaction
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.statuses import App
from noi.services import oauth
from noi.services.network import Network
from noi.text.clean import clean_name

MAX_NAME = 60
MAX_ADDRESS = 2000
MAX_ADDRESSES = 20
COMMAND_LINE = "command-line"
_UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})


class Registered(msgspec.Struct, frozen=True):
    """A new client with its secret, in clear for the only time."""

    app: App
    client_secret: str


async def register(
    network: Network,
    *,
    name: str,
    redirect_uris: Sequence[str],
    scope: str = "",
    website: str = "",
    address: str = "",
) -> Registered:
    """Register a client; anyone may. `address` is the caller's, for the limit.

    Raises Invalid with the field at fault, RateLimited.
    """
    app = App(
        id=network.ids.next(),
        client_id=secrets.new_token(),
        name=_checked_name(name),
        website=_checked_website(website),
        redirect_uris="\n".join(_checked_addresses(redirect_uris)),
        scopes=scopes.parse_scopes(scope),
        created_at=now_ms(),
    )
    if address:
        limits.check(network.settings, limits.APPS, limits.address_subject(address))
    secret = secrets.new_token()
    await network.db.transaction(lambda tx: apps.insert(tx, app, secrets.token_hash(secret)))
    return Registered(app, secret)


async def get(network: Network, app_id: int) -> App:
    """A client by id; raises NotFound."""
    app = await apps.get(network.db, app_id)
    if app is None:
        raise NotFound
    return app


async def create_token(
    network: Network, account_id: int, scope: str, value: str = ""
) -> oauth.IssuedToken:
    """A token for someone's own scripts, made at the command line; `value` sets the secret itself.

    Raises Invalid for scopes that do not exist, db.database.Duplicate when `value` is in use.
    """
    names = scopes.parse_scopes(scope)

    async def work(tx: Transaction) -> oauth.IssuedToken:
        app = await apps.get_by_client_id(tx, COMMAND_LINE)
        if app is None:
            app = App(
                id=network.ids.next(),
                client_id=COMMAND_LINE,
                name="Nối",
                website="",
                redirect_uris="",
                scopes=" ".join(scopes.SCOPES),
                created_at=now_ms(),
            )
            await apps.insert(tx, app, b"")
        return await oauth.issue(tx, network.ids.next(), app.id, account_id, names, value)

    return await network.db.transaction(work)


def _checked_name(name: str) -> str:
    name = clean_name(name)
    if not name:
        raise Invalid("Name can't be blank", field="client_name", code="ERR_BLANK")
    if len(name) > MAX_NAME:
        raise Invalid("Name is too long", field="client_name", code="ERR_TOO_LONG")
    return name


def _checked_website(website: str) -> str:
    website = website.strip()
    if not website:
        return ""
    if len(website) > MAX_ADDRESS or _scheme(website) not in ("http", "https"):
        raise Invalid("Website must be a valid URL", field="website")
    return website


def _checked_addresses(given: Sequence[str]) -> list[str]:
    addresses = list(dict.fromkeys(part for text in given for part in text.split()))
    if not addresses:
        raise Invalid("Redirect URI can't be blank", field="redirect_uris", code="ERR_BLANK")
    if len(addresses) > MAX_ADDRESSES:
        raise Invalid("Too many redirect URIs", field="redirect_uris", code="ERR_TOO_LONG")
    for address in addresses:
        if address == oauth.OUT_OF_BAND:
            continue
        scheme = _scheme(address)
        if not scheme or scheme in _UNSAFE_SCHEMES or "#" in address:
            raise Invalid("Redirect URI must be an absolute URI.", field="redirect_uris")
        if len(address) > MAX_ADDRESS or not address.isprintable():
            raise Invalid("Redirect URI must be an absolute URI.", field="redirect_uris")
    return addresses


def _scheme(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and not parts.netloc:
        return ""
    return parts.scheme
