"""How the hub's doors for other servers are declared: signed by members, or open to anybody."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from noi.auth import fasp, limits
from noi.auth.fasp import Known, Method, Reply
from noi.models.errors import BadRequest, Forbidden
from noi.models.hub import Member, MemberState
from noi.services.hub import capabilities, members
from noi.services.network import Network

Call = fasp.Call[Network, Member]
"""A call that a network has signed, whose row is `caller`."""

Door = Callable[[Call], Awaitable[Reply | None]]
OpenDoor = Callable[["OpenCall"], Awaitable[Reply]]

_MAX_OPEN_BODY = 16 * 1024


async def _find(network: Network, server_id: str) -> Known[Member] | None:
    member = await members.by_server_id(network, server_id)
    if member is None or not member.private_key:
        return None
    return Known(member, members.peer_of(member))


_signed = fasp.signed_routes(_find)


def fasp_route(
    method: Method, path: str, *, capability: str = "", shut_out: bool = False
) -> Callable[[Door], HTTPRouteHandler]:
    """Declare a door for signed calls; what the function returns is signed, None is 204.

    With `capability` only for members that have it switched on; without, networks that wait to be
    admitted call too. Whoever is refused, suspended or leaving is answered 403 with the reason,
    but for `shut_out` doors.
    """

    def declare(function: Door) -> HTTPRouteHandler:
        async def checked(call: Call) -> Reply | None:
            await members.heard(call.network, call.caller)
            if not shut_out:
                _check_standing(call.caller)
            if capability:
                await _check_capability(call, capability)
            return await function(call)

        checked.__name__ = function.__name__
        checked.__doc__ = function.__doc__
        return _signed(method, path)(checked)

    return declare


def _check_standing(member: Member) -> None:
    told = {"host": member.host, "rule": member.rule_text, "reason": member.reason}
    match member.state:
        case MemberState.SUSPENDED:
            raise Forbidden("{host} is suspended. {rule}: {reason}", **told)
        case MemberState.REFUSED:
            raise Forbidden("{host} was not admitted. {rule}: {reason}", **told)
        case MemberState.LEAVING | MemberState.LEFT:
            raise Forbidden("{host} has left", host=member.host)
        case _:
            pass


async def _check_capability(call: Call, capability: str) -> None:
    if call.caller.state is not MemberState.ADMITTED:
        raise Forbidden("{host} is not admitted yet", host=call.caller.host)
    if not await capabilities.active(call.network, call.caller, capability):
        message = "{host} has not switched on {name}"
        raise Forbidden(message, host=call.caller.host, name=capability)


class OpenCall(msgspec.Struct, frozen=True):
    """A call by anybody."""

    network: Network
    request: Request[Any, Any, Any]
    body: bytes

    @property
    def address(self) -> str:
        """The caller's IP address."""
        return self.request.client.host if self.request.client else ""

    def json(self) -> dict[str, object]:
        """The body, a JSON object. Raises BadRequest."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, object])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise BadRequest("The body is no JSON object") from None


def open_route(method: Method, path: str) -> Callable[[OpenDoor], HTTPRouteHandler]:
    """Declare a door for everybody, that answers JSON; errors are answered as signed doors do."""

    def declare(function: OpenDoor) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            return await _answer(request, function)

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(
            path,
            http_method=HttpMethod(method),
            status_code=200,
            include_in_schema=False,
            request_max_body_size=_MAX_OPEN_BODY,
        )(handle)

    return declare


async def _answer(request: Request[Any, Any, Any], function: OpenDoor) -> Response[bytes]:
    network: Network = request.app.state.network
    try:
        address = limits.address_subject(request.client.host if request.client else "")
        limits.check(network.settings, limits.PER_ADDRESS, address)
        body = await fasp.read_body(request)
        reply = await function(OpenCall(network, request, body))
    except Exception as error:
        reply = fasp.refusal(error)
    return fasp.response(reply)
