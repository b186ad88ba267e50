"""Undo: the server of a member takes part in the relay no more."""

from noi.models.federation import Declined
from noi.services.hub import relay
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    inner = received.activity.nested
    if not received.trusted or (inner is not None and inner.actor != received.actor.uri):
        raise Declined("Nobody can undo what another has done")
    return await relay.unfollow(network, received)
