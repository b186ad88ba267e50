"""Accept: somebody lets an account here follow, or quote."""

from noi.db.database import Transaction
from noi.federation.activities import quote_answers
from noi.federation.activities.common import require_trust
from noi.federation.activities.follow_answers import follower_of
from noi.services import follows
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    if quote_answers.is_about_quote(received.activity):
        return await quote_answers.accepted(network, received)
    follower = await follower_of(network, received)

    async def work(tx: Transaction) -> None:
        await follows.receive_acceptance(network, tx, follower.id, received.actor.id)

    return work
