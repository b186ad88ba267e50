"""What others look up before they know anything: WebFinger, NodeInfo, host-meta, health."""

import asyncio
from html import escape

from litestar import MediaType, Response, get, route
from litestar.enums import HttpMethod
from litestar.response import Redirect

from noi import __version__
from noi.api.base import ApiRequest, Call, Reply, endpoint
from noi.models.errors import NotFound, Unavailable
from noi.services import instance, settings
from noi.services.network import Network
from noi.services.settings import Registrations

_READ = [HttpMethod.GET, HttpMethod.HEAD]

_JRD = {"content-type": "application/jrd+json; charset=utf-8"}
_NODEINFO = "http://nodeinfo.diaspora.software/ns/schema"
_PING_SECONDS = 3


@endpoint("GET", "/.well-known/webfinger", access="public")
async def webfinger(call: Call) -> Reply:
    """Where a handle leads (RFC 7033)."""
    account = await instance.by_resource(call.network, call.params.required("resource"))
    links: list[dict[str, str]] = [
        {
            "rel": "http://webfinger.net/rel/profile-page",
            "type": "text/html",
            "href": account.url,
        },
        {"rel": "self", "type": "application/activity+json", "href": account.uri},
    ]
    wanted = call.params.texts("rel")
    document = {
        "subject": f"acct:{account.username}@{call.network.settings.host}",
        "aliases": list(dict.fromkeys([account.url, account.uri])),
        "links": [link for link in links if not wanted or link["rel"] in wanted],
    }
    return Reply(document, headers=_JRD)


@endpoint("GET", "/.well-known/host-meta.json", access="public")
async def host_meta_json(call: Call) -> Reply:
    """Where WebFinger is (RFC 6415)."""
    link = {"rel": "lrdd", "type": "application/jrd+json", "template": _template(call.network)}
    return Reply({"links": [link]}, headers=_JRD)


@route("/.well-known/host-meta", http_method=_READ, include_in_schema=False)
async def host_meta(request: ApiRequest) -> Response[str]:
    """The same in XML."""
    template = escape(_template(request.app.state.network))
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{template}"/>\n'
        "</XRD>\n"
    )
    return Response(document, media_type="application/xrd+xml; charset=utf-8")


def _template(network: Network) -> str:
    return f"{network.settings.origin}/.well-known/webfinger?resource={{uri}}"


@endpoint("GET", "/.well-known/nodeinfo", access="public")
async def nodeinfo_links(call: Call) -> object:
    """Where NodeInfo is: https://nodeinfo.diaspora.software/protocol"""
    origin = call.network.settings.origin
    return {
        "links": [
            {"rel": f"{_NODEINFO}/{version}", "href": f"{origin}/nodeinfo/{version}"}
            for version in ("2.0", "2.1")
        ]
    }


@endpoint("GET", "/nodeinfo/{version:str}", access="public")
async def nodeinfo(call: Call) -> Reply:
    """Software and figures: https://nodeinfo.diaspora.software/schema"""
    version: str = call.request.path_params["version"]
    if version not in ("2.0", "2.1"):
        raise NotFound
    own = await settings.get(call.network)
    used = await instance.usage(call.network)
    document: dict[str, object] = {
        "version": version,
        "software": {"name": "noi", "version": __version__},
        "protocols": [],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": own.registrations in (Registrations.OPEN, Registrations.APPROVAL),
        "usage": {
            "users": {
                "total": used.users,
                "activeMonth": used.active_month,
                "activeHalfyear": used.active_half_year,
            },
            "localPosts": used.statuses,
        },
        "metadata": {"nodeName": own.name, "nodeDescription": own.short_description},
    }
    profile = f'application/json; profile="{_NODEINFO}/{version}#"; charset=utf-8'
    return Reply(document, headers={"content-type": profile})


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


HANDLERS = [
    webfinger,
    host_meta_json,
    host_meta,
    nodeinfo_links,
    nodeinfo,
    health,
    change_password,
]
