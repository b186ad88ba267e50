"""Fetching documents of one network as another one does it."""

from typing import Any

import msgspec

from noi.db import accounts
from noi.db.database import Transaction
from noi.models.accounts import Account, Viewer
from noi.services import follows, keys, remote_accounts, remote_documents
from noi.services.network import Network
from noi.transport.signed import SigningKey, get_document
from testrig import Rig


async def fetch(network: Network, url: str, key: SigningKey | None = None) -> Any:
    """A document of another network, signed for by `network` itself unless by `key`."""
    found = await get_document(network.client, url, key or await keys.instance_key(network))
    return msgspec.json.decode(found.body)


async def key_of(network: Network, person: Viewer) -> SigningKey:
    """The keys of a local account."""
    return await keys.signing_key(network, person.account_id)


async def known(network: Network, rig: Rig, name: str) -> Account:
    """An account of another rig, as `network` comes to know it."""
    return await remote_accounts.by_uri(network, f"{rig.url}/users/{name}")


async def followed(network: Network, follower: Account, person: Viewer) -> None:
    """Let an account of another network follow a local one, as its Follow would."""
    target = await accounts.get(network.db, person.account_id)
    assert target is not None

    async def work(tx: Transaction) -> None:
        await follows.receive(network, tx, follower, target, f"{follower.uri}/follows/{target.id}")

    await network.db.transaction(work)


def forget_failures(network: Network) -> None:
    """Let a network try everything again that it failed to fetch of late."""
    vars(remote_documents)["_flights"].pop(network.db, None)
