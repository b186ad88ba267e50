"""What providers of the alliance's services call (FASP 0.1): registration, data sharing, debug.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications
"""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import post

from noi.auth import limits
from noi.auth.fasp import Call, Known, Reply, refusal, signed_routes
from noi.models.alliance import Category, Kind, Provider, Threshold
from noi.models.errors import BadRequest, NotFound
from noi.services import provider_calls, registrations, sharing
from noi.services.network import Network

BASE = "/api/fasp"
_REGISTRATION_BYTES = 16 * 1024
_JSON = "application/json; charset=utf-8"
_DATA = f"{BASE}/data_sharing/v0"

REGISTRATIONS = limits.Limit("registrations of providers", 20, 3600)


class Subscription(msgspec.Struct, frozen=True, rename="camel"):
    """What a provider wants to hear of."""

    category: Category
    subscription_type: Kind
    max_batch_size: int = 100
    threshold: Threshold | None = None


class BackfillRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What a provider wants to have of earlier days."""

    category: Category
    max_count: int = 100


async def _find(network: Network, key_id: str) -> Known[Provider] | None:
    """The provider that is called so here."""
    provider = await provider_calls.find(network, key_id)
    return Known(provider, provider_calls.peer_of(provider)) if provider else None


fasp_route = signed_routes(_find)
FaspCall = Call[Network, Provider]


@post(
    f"{BASE}/registration",
    status_code=201,
    include_in_schema=False,
    request_max_body_size=_REGISTRATION_BYTES,
)
async def register(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A provider asks to be used here; a person decides. It cannot sign yet."""
    network: Network = request.app.state.network
    try:
        address = request.client.host if request.client else ""
        limits.check(network.settings, REGISTRATIONS, limits.address_subject(address))
        asked = _registration(await request.body())
        body, status = msgspec.json.encode(await registrations.register(network, asked)), 201
        headers: dict[str, str] = {}
    except Exception as error:
        reply = refusal(error)
        body, status, headers = msgspec.json.encode(reply.body), reply.status, {**reply.headers}
    return Response(body, status_code=status, headers=headers, media_type=_JSON)


def _registration(body: bytes) -> registrations.Registration:
    try:
        return msgspec.json.decode(body, type=registrations.Registration)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("The body cannot be read: {error}", error=error) from None


@fasp_route("POST", f"{_DATA}/event_subscriptions")
async def subscribe(call: FaspCall) -> Reply:
    """A provider wants to hear of what begins, changes and ends, or of trends."""
    wish = call.json(Subscription)
    made = await sharing.subscribe(
        call.network,
        call.caller,
        wish.category,
        wish.subscription_type,
        max_batch=wish.max_batch_size,
        threshold=wish.threshold,
    )
    return Reply({"subscription": {"id": str(made.id)}}, 201)


@fasp_route("DELETE", f"{_DATA}/event_subscriptions/{{id:str}}")
async def unsubscribe(call: FaspCall) -> None:
    """A provider wants to hear no more."""
    await sharing.unsubscribe(call.network, call.caller, _path_id(call))


@fasp_route("POST", f"{_DATA}/backfill_requests")
async def ask_backfill(call: FaspCall) -> Reply:
    """A provider wants to have what was there before."""
    wish = call.json(BackfillRequest)
    made = await sharing.ask_backfill(call.network, call.caller, wish.category, wish.max_count)
    return Reply({"backfillRequest": {"id": str(made.id)}}, 201)


@fasp_route("POST", f"{_DATA}/backfill_requests/{{id:str}}/continuation")
async def continue_backfill(call: FaspCall) -> None:
    """A provider wants to have more of it."""
    await sharing.continue_backfill(call.network, call.caller, _path_id(call))


@fasp_route("POST", f"{BASE}/debug/v0/callback/responses")
async def debug_response(call: FaspCall) -> Reply:
    """A provider answers to a test of this network; what counts is that the call came through."""
    await provider_calls.note_success(call.network, call.caller, "callback")
    return Reply({}, 201)


def _path_id(call: FaspCall) -> int:
    text = str(call.request.path_params["id"])
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise NotFound
    return min(int(text), (1 << 63) - 1)


HANDLERS = [
    register,
    subscribe,
    unsubscribe,
    ask_backfill,
    continue_backfill,
    debug_response,
]
