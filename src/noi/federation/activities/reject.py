"""Reject: somebody turns down, or away, an account here that follows, or wants to quote."""

from noi.db.database import Transaction
from noi.federation.activities.common import require_trust
from noi.federation.activities.follow_answers import follower_of
from noi.federation.activities.relay_answers import answered, is_about_relay
from noi.services import follows, quote_requests
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    if quote_requests.is_about_quote(received.activity):
        return await quote_requests.receive_rejection(network, received)
    if is_about_relay(network, received.activity):
        return answered(received, accepted=False)
    follower = await follower_of(network, received)

    async def work(tx: Transaction) -> None:
        await follows.receive_end(tx, follower.id, received.actor.id)

    return work
