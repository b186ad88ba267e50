"""Registering clients: https://docs.joinmastodon.org/methods/apps/"""

from noi.api.base import Call, endpoint
from noi.models.errors import Unauthorized
from noi.models.statuses import App
from noi.services import applications


@endpoint("POST", "/api/v1/apps", access="public")
async def create(call: Call) -> object:
    """Register a client; its secret is shown this once."""
    registered = await applications.register(
        call.network,
        name=call.params.text("client_name"),
        redirect_uris=call.params.texts("redirect_uris"),
        scope=call.params.text("scopes"),
        website=call.params.text("website"),
        address=call.address,
    )
    return {
        **application(registered.app),
        "client_id": registered.app.client_id,
        "client_secret": registered.client_secret,
        "client_secret_expires_at": 0,
    }


@endpoint("GET", "/api/v1/apps/verify_credentials", access="app")
async def verify_credentials(call: Call) -> object:
    """The client behind a token."""
    if call.app_id is None:
        raise Unauthorized("The access token is invalid")
    return application(await applications.get(call.network, call.app_id))


def application(app: App) -> dict[str, object]:
    """Application: https://docs.joinmastodon.org/entities/Application/"""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website or None,
        "scopes": app.scopes.split(),
        "redirect_uris": app.redirect_uris.split("\n"),
        "redirect_uri": app.redirect_uris,
        "vapid_key": "",
    }


HANDLERS = [create, verify_credentials]
