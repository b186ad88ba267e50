"""Preview cards of links, each fetched once for all statuses that hold the link."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.statuses import PreviewCard

_COLUMNS = ", ".join(PreviewCard.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM preview_cards WHERE url = :url"
_GET_MANY = f"SELECT {_COLUMNS} FROM preview_cards WHERE id @in(:ids) AND state = 'ready'"
_BEGIN = """INSERT INTO preview_cards (id, url) VALUES (:id, :url)
ON CONFLICT (url) DO NOTHING"""
_SAVE = """UPDATE preview_cards SET title = :title, description = :description, kind = :kind,
    author_name = :author_name, author_url = :author_url, provider_name = :provider_name,
    provider_url = :provider_url, image = :image, image_description = :image_description,
    width = :width, height = :height, blurhash = :blurhash, language = :language,
    published_at = :published_at, fetched_at = :fetched_at, state = :state WHERE id = :id"""
_FAIL = "UPDATE preview_cards SET state = :state, fetched_at = :now WHERE id = :id"
_ATTACH = """UPDATE statuses SET card_id = :card_id, revision = revision + 1
WHERE id = :status_id AND deleted_at IS NULL
    AND (card_id IS NULL OR card_id <> CAST(:card_id AS BIGINT))"""
_SHOWN_BY = """SELECT id FROM statuses WHERE card_id = :card_id AND id < :before
ORDER BY id DESC LIMIT :limit"""
_TOUCH = "UPDATE statuses SET revision = revision + 1 WHERE id @in(:ids)"


async def get_by_url(reader: Reader, url: str) -> PreviewCard | None:
    """The card of a link in whatever state: `pending`, `ready`, `retrying` or `failed`."""
    return await reader.fetch_one(_GET, {"url": url}, PreviewCard)


async def get_many(reader: Reader, ids: Sequence[int]) -> dict[int, PreviewCard]:
    """Cards that can be shown, by id."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, PreviewCard)
    return {card.id: card for card in rows}


async def begin(tx: Transaction, card_id: int, url: str) -> None:
    """Insert an empty card for a link that has none yet."""
    await tx.execute(_BEGIN, {"id": card_id, "url": url})


async def save(tx: Transaction, card: PreviewCard) -> None:
    """Write a fetched card; `touch` the statuses that show it already."""
    row = {name: getattr(card, name) for name in card.__struct_fields__ if name != "url"}
    await tx.execute(_SAVE, row)


async def shown_by(reader: Reader, card_id: int, *, before: int, limit: int) -> list[int]:
    """Statuses below an id that show a card, newest first."""
    params = {"card_id": card_id, "before": before, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_SHOWN_BY, params)]


async def touch(tx: Transaction, ids: Sequence[int]) -> None:
    """Raise the revision of statuses whose card has changed."""
    await tx.execute(_TOUCH, {"ids": list(ids)})


async def fail(tx: Transaction, card_id: int, state: str) -> None:
    """Note that a link could not be fetched: `retrying`, or `failed` for now."""
    await tx.execute(_FAIL, {"id": card_id, "state": state, "now": now_ms()})


async def attach(tx: Transaction, status_id: int, card_id: int) -> bool:
    """Give a status its card and raise its revision; False where it has it or is deleted."""
    return await tx.execute(_ATTACH, {"status_id": status_id, "card_id": card_id}) == 1
