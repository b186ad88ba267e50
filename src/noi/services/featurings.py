"""Being shown in collections of accounts elsewhere: who may, and taking the leave back (FEP-7aa9).

Who can be found in searches can be shown too, by their followers alone where they let people follow
by hand. What is allowed is a stamp here, which others fetch; without it they show nobody.
"""

from noi.activitypub import addresses, outgoing
from noi.activitypub.collections import Collection, read_collection
from noi.activitypub.outgoing import Written
from noi.activitypub.uris import same_authority
from noi.db import accounts, blocks, follows
from noi.db import featurings as table
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState
from noi.models.errors import NotFound
from noi.models.federation import Declined, Featuring
from noi.models.paging import Page
from noi.services import delivery, published, remote_documents
from noi.services.inbox import Received, Work
from noi.services.network import Network

MAX_NAME = 255


async def receive_request(network: Network, received: Received) -> Work:
    """Answer somebody who asks to show an account of this network in a collection of theirs.

    Raises Declined and NotFound for what is not theirs to ask, and as fetching does.
    """
    activity, collector = received.activity, received.actor
    account = await accounts.get_by_uri(network.db, activity.object_id)
    if account is None or not account.local or account.state > AccountState.LIMITED:
        raise NotFound
    for uri in (activity.id, activity.instrument_id):
        if not uri or not same_authority(uri, collector.uri):
            raise Declined("The activity is about what belongs to another server")
    asked = outgoing.feature_request(
        activity.id, collector.uri, account.uri, activity.instrument_id
    )
    unique = network.ids.next()
    refusal = outgoing.reject(asked, account.uri, unique)
    if not account.discoverable:
        return lambda tx: delivery.send(tx, account.id, refusal, to=[collector.id])
    collection = await _collection(network, activity.instrument_id, collector)

    async def work(tx: Transaction) -> None:
        answer = refusal
        if await _may_show(tx, account.id, collector):
            id_ = await table.insert(
                tx,
                network.ids.next(),
                account.id,
                collector.id,
                collection.id,
                name=collection.name[:MAX_NAME],
                url=collection.url if same_authority(collection.url, collection.id) else "",
            )
            stamp = addresses.feature_authorization(account.uri, id_)
            answer = outgoing.accept(asked, account.uri, unique) | {"result": stamp}
        await delivery.send(tx, account.id, answer, to=[collector.id])

    return work


async def _collection(network: Network, uri: str, collector: Account) -> Collection:
    """The collection as its own server has it: people see what they are shown in."""
    collection = read_collection(await remote_documents.fetch(network, uri))
    if (collection.type, collection.attributed_to) != ("FeaturedCollection", collector.uri):
        raise Declined("The collection is none of who asks")
    return collection


async def _may_show(tx: Transaction, account_id: int, collector: Account) -> bool:
    account = await accounts.get(tx, account_id)
    if account is None or account.state > AccountState.LIMITED or not account.discoverable:
        return False
    if collector.state is not AccountState.ACTIVE:
        return False
    if await blocks.either_way(tx, account_id, collector.id) or await blocks.shuts_out(
        tx, account_id, collector.id
    ):
        return False
    followed = await follows.get(tx, "follows", collector.id, account_id) is not None
    return followed or not account.locked


async def page(network: Network, account_id: int, page: Page) -> list[Featuring]:
    """Collections that may show an account, newest first."""
    return await table.page(network.db, account_id, page)


async def stamp(network: Network, name: str, featuring_id: int, viewer_id: int) -> Written:
    """The proof that a local account lets a collection show it. Raises NotFound, Gone."""
    account = await published.readable(network, name, viewer_id)
    found = await table.get(network.db, account.id, featuring_id)
    if found is None:
        raise NotFound
    return _written(found, account.uri)


async def leave(network: Network, account_id: int, featuring_id: int) -> None:
    """Let a collection show one no more; raises NotFound."""

    async def work(tx: Transaction) -> None:
        found = await table.get(tx, account_id, featuring_id)
        if found is None:
            raise NotFound
        await _end(tx, account_id, [found])

    await network.db.transaction(work)


async def end(tx: Transaction, account_id: int, collector_id: int | None = None) -> None:
    """Let no collection, or none of one collector's, show an account any more."""
    await _end(tx, account_id, await table.of_account(tx, account_id, collector_id))


async def _end(tx: Transaction, account_id: int, ended: list[Featuring]) -> None:
    account = await accounts.get(tx, account_id) if ended else None
    if account is None:
        return
    for one in ended:
        await table.delete(tx, one.id)
        gone = outgoing.delete_authorization(_written(one, account.uri), account.uri)
        await delivery.send(tx, account_id, gone, to=[one.collector_id])


async def receive_end(tx: Transaction, collector_id: int, collection_uri: str) -> bool:
    """A collection is gone; False where it showed nobody of this network."""
    return await table.delete_collection(tx, collector_id, collection_uri)


def _written(one: Featuring, account_uri: str) -> Written:
    uri = addresses.feature_authorization(account_uri, one.id)
    return outgoing.feature_authorization(uri, account_uri, one.collection_uri)
