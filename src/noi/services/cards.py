"""Preview cards: one gentle fetch for each link, whoever posts it.

Every server that receives a link would like to fetch it at once, which is hard on the linked
site; so links of statuses from elsewhere wait a random moment, a card serves all statuses with
its link, and failures are remembered too.
"""

import asyncio
import random
from html import escape
from urllib.parse import urldefrag, urlsplit

import msgspec

from noi.db import accounts, cards, jobs, statuses
from noi.db.database import Transaction
from noi.media.results import Purpose
from noi.models.errors import NoiError
from noi.models.ids import now_ms
from noi.models.jobs import FetchCard, RenewCard
from noi.models.paging import MAX_ID
from noi.models.statuses import PreviewCard, Status
from noi.services import pictures
from noi.services.card_pages import HEAD_BYTES, MAX_URL, read_page
from noi.services.incoming import whole
from noi.services.network import Network
from noi.transport.client import Response
from noi.transport.errors import Refused, TransportError, Unreachable

FRESH_MS = 14 * 86_400_000
FAILED_MS = 86_400_000
RETRY_MS = 10 * 60_000
JITTER_MS = 60_000
MAX_IMAGE_BYTES = 8 * 1024 * 1024
_BATCH = 500
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9"
_ACCEPT_IMAGE = "image/avif, image/webp, image/*;q=0.8"


async def fetch(network: Network, job: FetchCard) -> None:
    """Fetch the card of a link unless it is known, and give it to the status.

    Jobs of one link run one after another, so that all but the first find its card. A link that
    fails in passing is tried once more after ten minutes, then left alone for a day.
    """
    url = urldefrag(job.url).url
    status = await _status_with(network, job)
    if status is None or not _fetchable(network, url):
        return
    card = await cards.get_by_url(network.db, url)
    if card is None or not _settled(card):
        if not job.waited and await _waits(network, status, job):
            return
        card = await _fetched(network, job, url, card)
    if card is not None and card.state == "ready":
        await _attach(network, job.status_id, card.id)


async def of_link(network: Network, link: str) -> PreviewCard | None:
    """The card of a link that no status here need hold, fetched where it is not known; None where
    it has none, or could not be had of late.
    """
    url = urldefrag(link).url
    if not _fetchable(network, url):
        return None
    known = await cards.get_by_url(network.db, url)
    if known is not None and known.state == "ready":
        return known
    if known is not None and (_settled(known) or now_ms() - (known.fetched_at or 0) < RETRY_MS):
        return None
    card_id = known.id if known is not None else network.ids.next()
    await network.db.transaction(lambda tx: cards.begin(tx, card_id, url))
    try:
        card = await _read(network, card_id, url)
    except TransportError:
        card = None
    if card is None:
        await network.db.transaction(lambda tx: cards.fail(tx, card_id, "failed"))
        return None
    await network.db.transaction(lambda tx: cards.save(tx, card))
    return card


async def _status_with(network: Network, job: FetchCard) -> Status | None:
    """The status, while it still holds the link."""
    status = await statuses.get(network.db, job.status_id)
    if status is None or status.deleted_at is not None or escape(job.url) not in status.content:
        return None
    return status


def _fetchable(network: Network, url: str) -> bool:
    try:
        host = urlsplit(url).netloc.lower()
    except ValueError:
        return False
    return bool(host) and host != network.settings.host and len(url) <= MAX_URL


def _settled(card: PreviewCard) -> bool:
    """Whether a card needs no fetch now."""
    age = now_ms() - (card.fetched_at or 0)
    if card.state == "ready":
        return age < FRESH_MS
    return card.state == "failed" and age < FAILED_MS


async def _waits(network: Network, status: Status, job: FetchCard) -> bool:
    """Put the job off for a random moment if the status came from elsewhere."""
    author = await accounts.get(network.db, status.account_id)
    if author is None or author.local:
        return False
    later = msgspec.structs.replace(job, waited=True)
    run_at = now_ms() + random.randrange(JITTER_MS)  # noqa: S311 - only spreads the load
    await network.db.transaction(lambda tx: jobs.enqueue(tx, later, run_at=run_at))
    return True


async def _fetched(
    network: Network, job: FetchCard, url: str, known: PreviewCard | None
) -> PreviewCard | None:
    card_id = known.id if known is not None else network.ids.next()
    await network.db.transaction(lambda tx: cards.begin(tx, card_id, url))
    try:
        card = await _read(network, card_id, url)
    except TransportError as error:
        for_good = isinstance(error, Refused) or (known is not None and known.state == "retrying")
        await _note_failure(network, job, card_id, for_good=for_good)
        return None
    if card is None:
        await _note_failure(network, job, card_id, for_good=True)
        return None

    async def work(tx: Transaction) -> None:
        await cards.save(tx, card)
        if known is not None:
            await jobs.enqueue(tx, RenewCard(card_id))

    await network.db.transaction(work)
    if known is not None and known.image != card.image:
        await pictures.discard(network, known.image)
    return card


async def renew(network: Network, job: RenewCard) -> None:
    """Let every status that shows a card show it as it is now, the newest first."""
    before = MAX_ID
    while ids := await cards.shown_by(network.db, job.card_id, before=before, limit=_BATCH):
        await network.db.transaction(lambda tx, ids=ids: cards.touch(tx, ids))
        before = ids[-1]


async def _note_failure(network: Network, job: FetchCard, card_id: int, *, for_good: bool) -> None:
    async def work(tx: Transaction) -> None:
        await cards.fail(tx, card_id, "failed" if for_good else "retrying")
        if not for_good:
            later = msgspec.structs.replace(job, waited=True)
            await jobs.enqueue(tx, later, run_at=now_ms() + RETRY_MS)

    await network.db.transaction(work)


async def _read(network: Network, card_id: int, url: str) -> PreviewCard | None:
    """The card of a page; None for what is no page or has no title. Raises TransportError."""
    response = await _get(network, url, _ACCEPT_PAGE, HEAD_BYTES, truncate=True)
    if response.status == 429 or response.status >= 500:
        raise Unreachable(f"the page answered {response.status}")
    if response.status != 200 or response.content_type not in _PAGE_TYPES:
        return None
    # In a thread: a hostile page may take half a second.
    page = await asyncio.to_thread(read_page, response.body, response.charset, response.url)
    if not page.title:
        return None
    image = await _image(network, page.image)
    parts = urlsplit(response.url)
    return PreviewCard(
        id=card_id,
        url=url,
        title=page.title,
        description=page.description,
        kind="link",
        author_name=page.author,
        author_url="",
        provider_name=page.site or parts.netloc.removeprefix("www."),
        provider_url=f"{parts.scheme}://{parts.netloc}",
        image=image.file if image else "",
        image_description=page.image_description if image else "",
        width=image.width if image else 0,
        height=image.height if image else 0,
        blurhash=image.blurhash if image else None,
        language=page.language,
        published_at=page.published_at,
        fetched_at=now_ms(),
        state="ready",
    )


async def _image(network: Network, url: str) -> pictures.StoredPicture | None:
    """The page's picture, small; a page whose picture cannot be had still has a card."""
    if not url:
        return None
    try:
        response = await _get(network, url, _ACCEPT_IMAGE, MAX_IMAGE_BYTES)
        if response.status != 200:
            return None
        return await pictures.store(network, whole(response.body), Purpose.CARD, "cards")
    except (TransportError, NoiError):
        return None


async def _get(
    network: Network, url: str, accept: str, limit_bytes: int, *, truncate: bool = False
) -> Response:
    """GET an address; one that may only be reached encrypted is tried so."""
    try:
        return await network.client.get(
            url, accept=accept, limit_bytes=limit_bytes, truncate=truncate
        )
    except Refused:
        if not url.startswith("http://"):
            raise
    url = f"https://{url.removeprefix('http://')}"
    return await network.client.get(url, accept=accept, limit_bytes=limit_bytes, truncate=truncate)


async def _attach(network: Network, status_id: int, card_id: int) -> None:
    await network.db.transaction(lambda tx: cards.attach(tx, status_id, card_id))
