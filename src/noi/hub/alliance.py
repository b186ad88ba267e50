"""The alliance's own protocol, beside FASP: docs/protocol/alliance.md."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from noi.activitypub.signed_documents import Json
from noi.auth.fasp import Reply
from noi.hub.base import Call, OpenCall, fasp_route, open_route
from noi.hub.cards import network_card
from noi.models.errors import BadRequest, NotFound
from noi.models.hub import Member, MemberState
from noi.services.hub import capabilities, charters, directory, identity, members, receipts
from noi.services.network import Network

_CACHED = {"Cache-Control": "public, max-age=300"}
_RECEIVED_DAYS = 30
PAGE = 100
"""So many networks are looked at for a page of the list."""


class _Agreement(msgspec.Struct, frozen=True, rename="camel"):
    charter_version: Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]


@open_route("GET", "/alliance/v0")
async def introduction(call: OpenCall) -> Reply:
    """Who the hub is, signed by its key."""
    network = call.network
    own, charter = await identity.get(network), await charters.current(network)
    document: dict[str, Json] = {
        "type": "Hub",
        "name": own.name,
        "origin": own.origin,
        "publicKey": own.public_key,
        "fingerprint": own.fingerprint,
        "charterVersion": charter.version if charter else None,
        "capabilities": [
            {"id": name, "version": version} for name, version in capabilities.OFFERED.items()
        ],
        "contact": own.contact,
    }
    return Reply(await identity.sign(network, document), headers=_CACHED)


@open_route("GET", "/alliance/v0/charter")
async def charter(call: OpenCall) -> Reply:
    """The version of the charter that holds."""
    current = await charters.current(call.network)
    if current is None:
        raise NotFound
    return Reply(await charters.signed_document(call.network, current.version), headers=_CACHED)


@open_route("GET", "/alliance/v0/charter/{version:str}")
async def charter_version(call: OpenCall) -> Reply:
    """One version of the charter, which never changes."""
    version = str(call.request.path_params["version"])
    if not (version.isascii() and version.isdigit() and len(version) <= 9):
        raise NotFound
    return Reply(await charters.signed_document(call.network, int(version)), headers=_CACHED)


@open_route("GET", "/alliance/v0/networks")
async def networks(call: OpenCall) -> Reply:
    """The members that want to be listed, some at a time."""
    network, asked = call.network, call.request.query_params.get("after", "0")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 18):
        raise BadRequest("Parameter after is no number")
    found, following = await directory.fetch_page(network, after=int(asked), limit=PAGE)
    origin = network.settings.origin
    following_url = f"{origin}/alliance/v0/networks?after={following}" if following else None
    document: dict[str, Json] = {
        "type": "Networks",
        "hub": origin,
        "networks": [_listed(member) for member in found],
        "next": following_url,
    }
    return Reply(await identity.sign(network, document), headers=_CACHED)


def _listed(member: Member) -> dict[str, Json]:
    card = network_card(member)
    return {
        "host": member.host,
        "name": card.name,
        "description": member.description,
        "url": card.url,
        "joinUrl": card.join_url,
        "subjects": list(member.subjects),
        "languages": list(member.languages),
        "registrations": member.registrations or None,
        "size": member.size or None,
        "software": member.software or None,
        "charterVersion": member.charter_version or None,
        "memberSince": identity.day_and_time(member.admitted_at) if member.admitted_at else None,
    }


@open_route("POST", "/alliance/v0/requests")
async def ask(call: OpenCall) -> Reply:
    """Ask that the hub introduce itself to a network."""
    host = call.json().get("host")
    if not isinstance(host, str):
        raise BadRequest("Parameter host is missing")
    member = await members.ask(call.network, host, address=call.address)
    return Reply(await _request(call.network, member), status=202)


@open_route("GET", "/alliance/v0/requests/{host:str}")
async def request(call: OpenCall) -> Reply:
    """How the request of a network stands, and the key that the hub has for it."""
    member = await members.get(call.network, str(call.request.path_params["host"]))
    return Reply(await _request(call.network, member))


@fasp_route("GET", "/alliance/v0/membership", shut_out=True)
async def membership(call: Call) -> Reply:
    """How the calling network stands to the alliance, and what the hub got from it."""
    network, member = call.network, call.caller
    since = (datetime.now(UTC) - timedelta(days=_RECEIVED_DAYS)).strftime("%Y-%m-%d")
    decided = await members.decisions(network, member.id)
    return Reply(
        {
            "host": member.host,
            "state": member.state,
            "since": identity.day_and_time(decided[0].created_at if decided else member.asked_at),
            "rule": member.rule_text,
            "reason": member.reason,
            "charterVersion": member.charter_version or None,
            "capabilities": await capabilities.of_member(network, member),
            "received": [
                {"day": one.day, "category": one.category, "amount": one.amount}
                for one in await members.received(network, member, since)
            ],
        }
    )


@fasp_route("POST", "/alliance/v0/membership")
async def agree(call: Call) -> Reply | None:
    """Agree to a version of the charter."""
    await members.agree(call.network, call.caller, call.json(_Agreement).charter_version)
    return None


@fasp_route("DELETE", "/alliance/v0/membership", shut_out=True)
async def leave(call: Call) -> Reply:
    """Leave: everything is erased within a day, and then there is a receipt."""
    member = await members.leave(call.network, call.caller.host)
    receipt = f"{call.network.settings.origin}/alliance/v0/receipts/{member.host}"
    return Reply({"state": member.state, "receipt": receipt}, status=202)


@open_route("GET", "/alliance/v0/receipts/{host:str}")
async def receipt(call: OpenCall) -> Reply:
    """The newest proof that what came from a host is gone."""
    found = await receipts.latest(call.network, str(call.request.path_params["host"]))
    return Reply(receipts.document(found))


async def _request(network: Network, member: Member) -> dict[str, Json]:
    keys = members.keys_of(member)
    asked = member.state is MemberState.ASKED
    return await identity.sign(
        network,
        {
            "type": "Request",
            "hub": network.settings.origin,
            "host": member.host,
            "state": member.state.value,
            "rule": member.rule_text,
            "reason": member.reason,
            "publicKey": keys.ours or None,
            "fingerprint": keys.our_fingerprint or None,
            "theirFingerprint": keys.their_fingerprint or None,
            "registrationCompletionUri": (member.completion_uri or None) if asked else None,
        },
    )


HANDLERS = [
    introduction,
    charter,
    charter_version,
    networks,
    ask,
    request,
    membership,
    agree,
    leave,
    receipt,
]
