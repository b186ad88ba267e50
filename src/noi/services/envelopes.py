"""What is put around an activity when it is sent: proofs in its body, headers for a host."""

import asyncio
from collections.abc import Sequence

import msgspec
import orjson

from noi.activitypub import addresses, followers_sync, integrity, linked_data
from noi.activitypub.followers_sync import Synchronization
from noi.db import accounts, deliveries
from noi.models.federation import OutgoingActivity, OutgoingKind
from noi.services import keys
from noi.services.host_visits import Letter
from noi.services.network import Network
from noi.transport.signed import SigningKey


async def write(network: Network, activity: OutgoingActivity) -> Letter:
    """An activity as it is sent, the same however often; raises NotFound without its actor."""
    key = await keys.signing_key(network, activity.actor_id)
    if activity.kind is OutgoingKind.FORWARDED:
        return Letter(activity, activity.body.encode(), key)
    if activity.kind is OutgoingKind.RELAYED:
        return Letter(activity, await asyncio.to_thread(_seal, activity, key), key)
    return Letter(activity, _seal(activity, key), key)


async def headers(
    network: Network, activity: OutgoingActivity, hosts: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Further headers of an activity by host: for followers only, whom of that host we know so."""
    if activity.kind is not OutgoingKind.FOLLOWERS_ONLY:
        return {}
    actor = await accounts.get(network.db, activity.actor_id)
    if actor is None:
        return {}
    found = await deliveries.followers_at(network.db, actor.id, hosts)
    return {
        host: {
            followers_sync.HEADER: followers_sync.written(
                Synchronization(
                    addresses.followers(actor.uri),
                    followers_sync.digest(uris),
                    addresses.followers_synchronization(actor.uri),
                )
            )
        }
        for host, uris in found.items()
    }


def _seal(activity: OutgoingActivity, key: SigningKey) -> bytes:
    """The body with an integrity proof. Relays pass on only what has a linked-data signature."""
    document = integrity.sign(
        orjson.loads(activity.body),
        key.ed25519_private_key,
        key.ed25519_key_id,
        activity.created_at,
    )
    if activity.kind is OutgoingKind.RELAYED:
        document = linked_data.sign(document, key.private_key, key.key_id, activity.created_at)
    return msgspec.json.encode(document)
