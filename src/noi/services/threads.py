"""What a status answers and what answers it."""

from noi.db import statuses, timelines
from noi.models.errors import NotFound
from noi.models.statuses import StatusRef
from noi.services import threads_filling
from noi.services.network import Network

_SIGNED_IN = (4096, 4096, 200)
_STRANGER = (40, 60, 20)


async def context(
    network: Network, viewer_id: int, status_id: int
) -> tuple[list[StatusRef], list[StatusRef]]:
    """Ancestors, oldest first, and descendants, parents before their replies.

    Strangers get 40 ancestors and 60 descendants to a depth of 20. For people of this network,
    what was answered elsewhere is fetched and shown the next time. Raises NotFound.
    """
    if await statuses.get_visible(network.db, status_id, viewer_id) is None:
        raise NotFound
    if viewer_id:
        await threads_filling.opened(network, status_id)
    up, down, depth = _SIGNED_IN if viewer_id else _STRANGER
    ancestors = await timelines.ancestors(network.db, viewer_id, status_id, most=up)
    descendants = await timelines.descendants(
        network.db, viewer_id, status_id, most=down, depth=depth
    )
    return ancestors, descendants
