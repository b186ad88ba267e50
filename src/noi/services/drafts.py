"""Drafts are kept on the server, so that they are on every device."""

import msgspec

from noi.db import drafts as table
from noi.db import locks, scheduled
from noi.db.database import Transaction
from noi.models.composition import Composition
from noi.models.errors import Invalid, NotFound
from noi.models.scheduled import Draft
from noi.services.network import Network

MAX_DRAFTS = 100
MAX_BYTES = 256 * 1024


async def fetch_all(network: Network, account_id: int) -> list[Draft]:
    """An account's drafts, last changed first."""
    return await table.of_account(network.db, account_id)


async def get(network: Network, account_id: int, draft_id: int) -> Draft:
    """One's own draft; raises NotFound."""
    draft = await table.get(network.db, account_id, draft_id)
    if draft is None:
        raise NotFound
    return draft


async def save(
    network: Network, account_id: int, composition: Composition, draft_id: int | None = None
) -> Draft:
    """Keep a draft, in place of `draft_id` where given; its attachments are kept with it.

    What is in it is checked when it is posted. Raises NotFound, Invalid beyond 100 drafts.
    """
    params = msgspec.json.encode(composition).decode()
    if len(params) > MAX_BYTES:
        raise Invalid("This draft is too long", field="status", code="ERR_TOO_LONG")
    saved_id = network.ids.next() if draft_id is None else draft_id

    async def work(tx: Transaction) -> Draft:
        await locks.owner(tx, account_id)
        if draft_id is not None and await table.get(tx, account_id, draft_id) is None:
            raise NotFound
        if draft_id is None and await table.count(tx, account_id) >= MAX_DRAFTS:
            raise Invalid("At most {limit} drafts", limit=MAX_DRAFTS)
        await table.put(tx, saved_id, account_id, params)
        await scheduled.let_go(tx, saved_id)
        if not await scheduled.hold(tx, saved_id, account_id, composition.media_ids):
            raise Invalid("An attachment was not found", field="media_ids")
        draft = await table.get(tx, account_id, saved_id)
        if draft is None:
            raise NotFound
        return draft

    return await network.db.transaction(work)


async def delete(network: Network, account_id: int, draft_id: int) -> None:
    """Throw a draft away; a repeat changes nothing."""
    await network.db.transaction(lambda tx: remove(tx, account_id, draft_id))


async def remove(tx: Transaction, account_id: int, draft_id: int) -> None:
    """Throw a draft away with the transaction that posts it."""
    if await table.delete(tx, account_id, draft_id):
        await scheduled.let_go(tx, draft_id)
