"""Whom consenting people follow, as far as they show it to everybody and it is held here too."""

from noi.activitypub.collections import Collection, item_ids, read_collection
from noi.activitypub.uris import same_authority
from noi.db import locks
from noi.db.database import Transaction
from noi.db.hub import accounts, queue
from noi.models.errors import BadDocument, Forbidden
from noi.models.hub_records import HubAccount, QueueEntry
from noi.models.ids import now_ms
from noi.services import remote_documents
from noi.services.network import Network
from noi.transport.errors import Refused, TooLarge

MAX_ENTRIES = 2_000
MAX_PAGES = 20


async def read(network: Network, entry: QueueEntry) -> None:
    """Read whom the account of an entry follows; a collection that is hidden is an empty one.

    Raises transport.errors.Unreachable.
    """
    actor_uri = entry.uri.partition("#")[0]
    account = await accounts.by_uri(network.db, actor_uri)
    uris = await _followed(network, account) if account else []

    async def work(tx: Transaction) -> None:
        await locks.names(tx, [actor_uri])
        if not await queue.take(tx, entry):
            return
        held = await accounts.by_uri(tx, actor_uri)
        if held is not None:
            named = uris if held.discoverable else []
            await accounts.following_read(tx, held.id, named, now_ms())

    await network.db.transaction(work)


async def _followed(network: Network, account: HubAccount) -> list[str]:
    found: dict[str, None] = {}
    seen: set[str] = set()
    url = account.following_uri
    while url and url not in seen and len(seen) < MAX_PAGES and len(found) < MAX_ENTRIES:
        if not same_authority(url, account.uri):
            break
        seen.add(url)
        try:
            page = await _page(network, url)
        except (Refused, TooLarge, BadDocument, Forbidden):
            break
        for part in (page, page.first_page):
            found |= dict.fromkeys(item_ids(part)) if part else {}
        after = page.first_page.next if page.first_page else page.first
        url = page.next or after
    return list(found)[:MAX_ENTRIES]


async def _page(network: Network, url: str) -> Collection:
    document = await remote_documents.fetch(network, url)
    return read_collection(document, max_items=MAX_ENTRIES)
