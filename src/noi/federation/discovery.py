"""What others look up before they know anything: WebFinger, NodeInfo, host-meta."""

from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import parse_qs

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from noi import __version__
from noi.activitypub.written_notes import media_type
from noi.config import host_name
from noi.federation.base import READ, Asked, DoorRequest, count_stranger, failure
from noi.models.accounts import Account
from noi.models.errors import BadRequest, NotFound
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.services import instance, settings
from noi.services.network import Network
from noi.services.settings import Registrations
from noi.transport.signed import ACTIVITY_TYPE

_JRD = "application/jrd+json; charset=utf-8"
_XRD = "application/xrd+xml; charset=utf-8"
_JSON = "application/json; charset=utf-8"
_NODEINFO = "http://nodeinfo.diaspora.software/ns/schema"
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_AVATAR = "http://webfinger.net/rel/avatar"
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_SECONDS = 300

Link = dict[str, str]
Found = tuple[object, str]
"""A document (text is sent as it is) and its media type."""


def lookup(path: str) -> Callable[[Callable[[Asked], Awaitable[Found]]], HTTPRouteHandler]:
    """Declare something that anybody may look up, for GET and HEAD."""

    def declare(function: Callable[[Asked], Awaitable[Found]]) -> HTTPRouteHandler:
        async def handle(request: DoorRequest) -> Response[bytes]:
            asked = Asked(request.app.state.network, request)
            try:
                count_stranger(asked)
                document, kind = await function(asked)
            except Exception as error:
                return failure(error)
            body = document.encode() if isinstance(document, str) else msgspec.json.encode(document)
            caching = {"cache-control": f"public, max-age={_SECONDS}"}
            return Response(body, headers=caching, media_type=kind)

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(path, http_method=READ, status_code=200, include_in_schema=False)(
            handle
        )

    return declare


@lookup("/.well-known/webfinger")
async def webfinger(asked: Asked) -> Found:
    """Where a handle leads (RFC 7033): https://docs.joinmastodon.org/spec/webfinger/"""
    query = parse_qs(asked.request.scope["query_string"].decode("latin-1"))
    resource = query.get("resource", [""])[0]
    if not resource:
        raise BadRequest("Parameter resource is missing")
    account = await instance.by_resource(asked.network, resource)
    wanted = query.get("rel", [])
    host = asked.network.settings.host
    name = host_name(host) if account.id == INSTANCE_ACTOR_ID else account.username
    document = {
        "subject": f"acct:{name}@{host}",
        "aliases": list(dict.fromkeys([account.url, account.uri])),
        "links": [
            link for link in _links(asked.network, account) if not wanted or link["rel"] in wanted
        ],
    }
    return document, _JRD


def _links(network: Network, account: Account) -> list[Link]:
    origin = network.settings.origin
    page = f"{origin}/about" if account.id == INSTANCE_ACTOR_ID else account.url
    links: list[Link] = [
        {"rel": _PROFILE_PAGE, "type": "text/html", "href": page},
        {"rel": "self", "type": ACTIVITY_TYPE, "href": account.uri},
        {"rel": _SUBSCRIBE, "template": f"{origin}/authorize_interaction?uri={{uri}}"},
    ]
    if account.avatar:
        url = network.storage.url(account.avatar)
        links.append({"rel": _AVATAR, "type": media_type(url), "href": url})
    return links


@lookup("/.well-known/host-meta.json")
async def host_meta_json(asked: Asked) -> Found:
    """Where WebFinger is (RFC 6415)."""
    link = {"rel": "lrdd", "type": "application/jrd+json", "template": _template(asked)}
    return {"links": [link]}, _JRD


@lookup("/.well-known/host-meta")
async def host_meta(asked: Asked) -> Found:
    """The same in XML."""
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{escape(_template(asked))}"/>\n'
        "</XRD>\n"
    )
    return document, _XRD


def _template(asked: Asked) -> str:
    return f"{asked.origin}/.well-known/webfinger?resource={{uri}}"


@lookup("/.well-known/nodeinfo")
async def nodeinfo_links(asked: Asked) -> Found:
    """Where NodeInfo is: https://nodeinfo.diaspora.software/protocol"""
    links = [
        {"rel": f"{_NODEINFO}/{version}", "href": f"{asked.origin}/nodeinfo/{version}"}
        for version in ("2.0", "2.1")
    ]
    # FEP-2677: the actor of the network itself.
    application = "https://www.w3.org/ns/activitystreams#Application"
    links.append({"rel": application, "href": f"{asked.origin}/actor"})
    return {"links": links}, _JSON


@lookup("/nodeinfo/{version:str}")
async def nodeinfo(asked: Asked) -> Found:
    """Software and figures: https://nodeinfo.diaspora.software/schema"""
    version = str(asked.request.path_params["version"])
    if version not in ("2.0", "2.1"):
        raise NotFound
    own = await settings.get(asked.network)
    used = await instance.usage(asked.network)
    document: dict[str, object] = {
        "version": version,
        "software": {"name": "noi", "version": __version__},
        "protocols": ["activitypub"],
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
        "metadata": {
            "nodeName": own.name,
            "nodeDescription": own.short_description,
            **_for_alliances(asked, own),
        },
    }
    return document, f'application/json; profile="{_NODEINFO}/{version}#"; charset=utf-8'


def _for_alliances(asked: Asked, own: settings.NetworkSettings) -> dict[str, object]:
    """Where providers of services register (FASP 0.1), and for a hub's directory our subjects."""
    if asked.network.hub:
        return {}
    return {
        "faspBaseUrl": f"{asked.origin}/api/fasp",
        "alliance": {"subjects": list(own.subjects)},
    }


HANDLERS = [webfinger, host_meta_json, host_meta, nodeinfo_links, nodeinfo]
