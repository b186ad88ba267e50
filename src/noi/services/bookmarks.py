"""Bookmark a status; nobody else is told."""

from noi.db import bookmarks
from noi.services.network import Network
from noi.services.reblogs import target, undo


async def bookmark(network: Network, account_id: int, status_id: int) -> int:
    """Bookmark what the account sees; answers the status's id. Raises NotFound."""
    status = await target(network, account_id, status_id)
    await network.db.transaction(
        lambda tx: bookmarks.insert(tx, network.ids.next(), account_id, status.id)
    )
    return status.id


async def unbookmark(network: Network, account_id: int, status_id: int) -> int:
    """Remove a bookmark; answers the status's id. Raises as `undo` does."""
    return await undo(
        network, account_id, status_id, lambda tx, id_: bookmarks.delete(tx, account_id, id_)
    )
