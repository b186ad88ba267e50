"""Signed proofs that what came from a network is gone."""

from typing import cast

import orjson

from noi.activitypub.signed_documents import Json, canonical
from noi.db.hub import receipts as table
from noi.models.errors import NotFound
from noi.models.hub import Receipt
from noi.models.ids import now_ms
from noi.services.hub import identity
from noi.services.network import Network

_STATEMENT = (
    "Everything that this hub held of the people of this host is erased, and so is what this host "
    "announced and the hub had not yet read. What stays is that it was a member, the decisions "
    "about it, the keys between the two, and this receipt; and, while they agree to it, what the "
    "hub has read of people of other hosts."
)


async def make(network: Network, host: str, asked_at: int, erased_at: int) -> Receipt:
    """A receipt for a host that asked to leave, and whose data is gone (ms)."""
    document: dict[str, Json] = {
        "type": "Receipt",
        "hub": network.settings.origin,
        "host": host,
        "leaving": identity.day_and_time(asked_at),
        "erased": identity.day_and_time(erased_at),
        "statement": _STATEMENT,
    }
    signature = cast("str", (await identity.sign(network, document))["signature"])
    body = canonical(document).decode()
    return Receipt(network.ids.next(), host, body, signature, now_ms())


async def latest(network: Network, host: str) -> Receipt:
    """The newest receipt of a host. Raises NotFound."""
    receipt = await table.latest(network.db, host.strip().lower())
    if receipt is None:
        raise NotFound
    return receipt


def document(receipt: Receipt) -> dict[str, Json]:
    """A receipt as the network keeps and checks it."""
    body = cast("dict[str, Json]", orjson.loads(receipt.body))
    return {**body, "signature": receipt.signature}
