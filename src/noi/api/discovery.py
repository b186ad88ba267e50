"""What monitors and password managers look up: health, where to change a password."""

import asyncio

from litestar import MediaType, Response, get, route
from litestar.enums import HttpMethod
from litestar.response import Redirect

from noi.api.base import ApiRequest
from noi.models.errors import Unavailable
from noi.services.network import Network

_READ = [HttpMethod.GET, HttpMethod.HEAD]
_PING_SECONDS = 3


@route("/health", http_method=_READ, media_type=MediaType.TEXT, include_in_schema=False)
async def health(request: ApiRequest) -> Response[str]:
    """`OK` while the database answers, as monitors of Mastodon servers expect it."""
    network: Network = request.app.state.network
    try:
        async with asyncio.timeout(_PING_SECONDS):
            await network.db.fetch_value("SELECT 1")
    except (Unavailable, TimeoutError):
        return Response("unavailable", status_code=503)
    return Response("OK")


@get("/.well-known/change-password", include_in_schema=False)
async def change_password() -> Redirect:
    """Where password managers send people: https://w3c.github.io/webappsec-change-password-url/"""
    return Redirect("/settings/password", status_code=302)


HANDLERS = [health, change_password]
