"""The keys that local accounts sign with, made when they are first needed."""

import asyncio
from collections import OrderedDict
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from noi.activitypub import addresses
from noi.activitypub.keys import BadKey, new_ed25519_pair, new_rsa_pair, parse_private_key
from noi.db import accounts
from noi.db import keys as table
from noi.db.database import Database
from noi.db.keys import LocalKeys
from noi.models.accounts import Account
from noi.models.errors import NotFound
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.services.network import Network
from noi.transport.signed import SigningKey

_KEPT = 512

# By database, for several networks may run in one process.
_kept: WeakKeyDictionary[Database, OrderedDict[int, SigningKey]] = WeakKeyDictionary()


async def signing_key(network: Network, account_id: int) -> SigningKey:
    """The keys of a local account, of a deleted one too, parsed and kept; made if it has none.

    Raises NotFound for accounts of other servers.
    """
    kept = _kept.setdefault(network.db, OrderedDict())
    if account_id in kept:
        kept.move_to_end(account_id)
        return kept[account_id]
    key = _parsed(await public_keys(network, account_id))
    kept[account_id] = key
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return key


async def instance_key(network: Network) -> SigningKey:
    """The keys of the network itself, which its own requests are signed with."""
    if INSTANCE_ACTOR_ID not in _kept.get(network.db, ()):
        await ensure_instance_actor(network)
    return await signing_key(network, INSTANCE_ACTOR_ID)


async def ensure_instance_actor(network: Network) -> Account:
    """The account that signs for the network: no person, nowhere listed, named like its host."""
    uri = addresses.instance_actor(network.settings.origin)
    account = await accounts.get(network.db, INSTANCE_ACTOR_ID)
    if account is None or account.uri != uri:
        host = network.settings.host
        await network.db.transaction(lambda tx: table.put_instance_actor(tx, host, uri))
        account = await accounts.get(network.db, INSTANCE_ACTOR_ID)
    if account is None:
        raise NotFound
    return account


async def public_keys(network: Network, account_id: int) -> LocalKeys:
    """The keys of a local account as they are stored, made if it has none. Raises NotFound.

    Of several processes that make them at once, one wins and all answer its keys.
    """
    keys = await table.get(network.db, account_id)
    if keys is not None and not keys.private_key:
        new = await asyncio.to_thread(_new, keys)
        await network.db.transaction(lambda tx: table.insert(tx, new))
        keys = await table.get(network.db, account_id)
    if keys is None:
        raise NotFound
    return keys


def _new(account: LocalKeys) -> LocalKeys:
    rsa, ed25519 = new_rsa_pair(), new_ed25519_pair()
    return LocalKeys(
        account_id=account.account_id,
        actor_uri=account.actor_uri,
        key_id=addresses.main_key(account.actor_uri),
        public_key=rsa.public_key,
        private_key=rsa.private_key,
        ed25519_key_id=addresses.ed25519_key(account.actor_uri),
        ed25519_public_key=ed25519.public_key,
        ed25519_private_key=ed25519.private_key,
    )


def _parsed(keys: LocalKeys) -> SigningKey:
    rsa, ed25519 = (
        parse_private_key(keys.private_key),
        parse_private_key(keys.ed25519_private_key),
    )
    if not isinstance(rsa, RSAPrivateKey) or not isinstance(ed25519, Ed25519PrivateKey):
        raise BadKey("This private key cannot be read")
    return SigningKey(
        account_id=keys.account_id,
        actor_uri=keys.actor_uri,
        key_id=keys.key_id,
        private_key=rsa,
        ed25519_key_id=keys.ed25519_key_id,
        ed25519_private_key=ed25519,
    )
