"""Comparing with another server who of this network follows its accounts (FEP-8fcf).

Where the two disagree, nobody is left with a follow that the other side does not know, and the
other side is told of those it only believes in.
"""

from noi.activitypub import addresses, followers_sync, outgoing
from noi.activitypub.collections import item_ids, read_collection
from noi.activitypub.uris import same_authority
from noi.db import accounts, jobs
from noi.db import followers_sync as table
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import NoiError
from noi.models.federation import Peer
from noi.models.jobs import SyncFollowers
from noi.services import delivery, follows, remote_documents
from noi.services.network import Network
from noi.transport.errors import TransportError

MAX_FOLLOWERS = 10_000


async def note(network: Network, peer: Peer, header: str) -> None:
    """Plan the comparison that a verified request asks for, where the two sides disagree."""
    asked = followers_sync.read(header)
    if asked is None or not same_authority(asked.url, peer.uri):
        return
    if asked.collection_id != await table.followers_uri(network.db, peer.id):
        return
    if asked.digest == followers_sync.digest(await table.local_followers(network.db, peer.id)):
        return
    job = SyncFollowers(peer.id, asked.url)
    await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))


async def synchronize(network: Network, job: SyncFollowers) -> None:
    """Bring both sides to what both have agreed to."""
    account = await accounts.get(network.db, job.account_id)
    if account is None or account.local:
        return
    try:
        document = await remote_documents.fetch(network, job.url)
        listed = read_collection(document, max_items=MAX_FOLLOWERS)
    except (TransportError, NoiError):
        return  # the next post for followers asks again
    theirs = set(item_ids(listed))
    if listed.total is not None and listed.total > len(theirs):
        return
    ours = await table.local_followers(network.db, account.id)
    for uri in sorted(ours.keys() - theirs):
        await _leave(network, ours[uri], account.id)
    for local_id in await table.not_following(network.db, account.id, sorted(theirs - ours.keys())):
        await _correct(network, local_id, account)


async def _leave(network: Network, local_id: int, account_id: int) -> None:
    async def work(tx: Transaction) -> None:
        await follows.receive_end(tx, local_id, account_id)

    await network.db.transaction(work)


async def _correct(network: Network, local_id: int, account: Account) -> None:
    """Tell the other side that someone does not follow, whatever it has on record."""

    async def work(tx: Transaction) -> None:
        local = await accounts.get(tx, local_id)
        if local is not None:
            uri = addresses.follow(local.uri, network.ids.next())
            undo = outgoing.undo(outgoing.follow(uri, local.uri, account.uri))
            await delivery.send(tx, local_id, undo, to=[account.id])

    await network.db.transaction(work)
