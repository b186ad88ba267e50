"""Which activity sent to a hub is handled where."""

from noi.db.database import Transaction
from noi.hub.activities import block, delete, follow, passing_on, undo, update
from noi.models.federation import Declined
from noi.services.inbox import Handle, Received, Work
from noi.services.network import Network

# Of an activity that concerns several, each does its part, all in one transaction.
_HANDLERS: dict[str, tuple[Handle, ...]] = {
    "Announce": (passing_on.handle,),
    "Block": (block.handle,),
    "Create": (passing_on.handle,),
    "Delete": (delete.handle, passing_on.handle),
    "Follow": (follow.handle,),
    "Undo": (block.handle_undo, undo.handle),
    "Update": (update.handle, passing_on.handle),
}


async def dispatch(network: Network, received: Received) -> Work | None:
    """Let the handlers of its type see to an activity; raises what refuses it, unless another
    handler has something to do.
    """
    handlers = _HANDLERS.get(received.activity.type)
    if handlers is None:
        kind = received.activity.type
        raise Declined("A hub takes no activities of the type {type}", type=kind)
    works: list[Work] = []
    refusals: list[Declined] = []
    for handle in handlers:
        try:
            work = await handle(network, received)
        except Declined as refusal:
            refusals.append(refusal)
        else:
            works += [work] if work is not None else []
    if not works and refusals:
        raise refusals[0]
    if not works:
        return None

    async def all_of_them(tx: Transaction) -> None:
        for work in works:
            await work(tx)

    return all_of_them
