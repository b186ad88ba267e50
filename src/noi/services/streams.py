"""Live streams: which of the open ones an event concerns, asked once for all of them."""

from collections.abc import Sequence

from noi.db import distribution, jobs, lists, streams, timelines
from noi.db.database import Transaction
from noi.db.streams import StatusFacts
from noi.models.errors import NotFound
from noi.models.jobs import RebuildHome
from noi.models.statuses import StreamedRef
from noi.services.network import Network


async def facts(network: Network, ids: Sequence[int]) -> dict[int, StatusFacts]:
    """What decides which streams statuses concern, by their ids, deleted ones too."""
    return await streams.facts(network.db, ids)


async def families(network: Network, status_id: int) -> list[str]:
    """The families of a status's hashtags."""
    return await streams.families(network.db, status_id)


async def holding(
    network: Network, ids: Sequence[int], owners: Sequence[int]
) -> dict[int, set[int]]:
    """Which of some timelines (accounts for homes, lists) hold statuses, by the statuses' ids."""
    held: dict[int, set[int]] = {id_: set() for id_ in ids}
    found = await timelines.owners_with(network.db, ids, owners) if owners else ()
    for status_id, owner_id in found:
        held[status_id].add(owner_id)
    return held


async def losing(
    network: Network, status_id: int, accounts: Sequence[int], list_ids: Sequence[int]
) -> set[int]:
    """Which of some homes and lists may have held a status that is gone."""
    found = set(await streams.homes_losing(network.db, status_id, accounts) if accounts else ())
    if list_ids:
        found.update(await streams.lists_losing(network.db, status_id, list_ids))
    return found


async def taking_part(network: Network, status_id: int, viewers: Sequence[int]) -> set[int]:
    """Which of some accounts wrote a status or are named in it."""
    return set(await streams.taking_part(network.db, status_id, viewers) if viewers else ())


async def for_viewers(
    network: Network, ids: Sequence[int], viewers: Sequence[int]
) -> dict[int, list[StreamedRef]]:
    """Statuses as those of some viewers have them who may see them and want to, by account id."""
    seen: dict[int, list[StreamedRef]] = {}
    for ref in await timelines.for_viewers(network.db, ids, viewers) if viewers else ():
        seen.setdefault(ref.page_id, []).append(ref)
    return seen


async def wake_home(network: Network, account_id: int) -> None:
    """Have a home built that rests, so that its stream has something to carry."""

    async def work(tx: Transaction) -> None:
        if await distribution.rests(tx, account_id):
            await jobs.enqueue(tx, RebuildHome(account_id))

    if await distribution.rests(network.db, account_id):
        await network.db.transaction(work)


async def require_list(network: Network, account_id: int, list_id: int) -> None:
    """Raise NotFound unless a list belongs to an account."""
    if await lists.get(network.db, account_id, list_id) is None:
        raise NotFound
