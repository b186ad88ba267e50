"""Collections of accounts elsewhere that show accounts of this network, with their leave."""

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.federation import Featuring
from noi.models.ids import now_ms
from noi.models.paging import Page

_SELECT = """SELECT f.id, f.account_id, f.collector_id, a.username || '@' || a.domain,
    f.collection_uri, f.name, f.url, f.created_at
FROM featurings f JOIN accounts a ON a.id = f.collector_id WHERE f.account_id = :account_id"""
_INSERT = """INSERT INTO featurings
    (id, account_id, collector_id, collection_uri, name, url, created_at)
VALUES (:id, :account_id, :collector_id, :collection_uri, :name, :url, :now)
ON CONFLICT (account_id, collection_uri) DO UPDATE SET name = excluded.name, url = excluded.url
RETURNING id"""
_GET = f"{_SELECT} AND f.id = :id"
_ALL = f"{_SELECT} ORDER BY f.id"
_OF_COLLECTOR = f"{_SELECT} AND f.collector_id = :collector_id ORDER BY f.id"
_PAGE = f"{_SELECT} AND f.id > :after AND f.id < :before ORDER BY f.id @order LIMIT :limit"
_DELETE = "DELETE FROM featurings WHERE id = :id"
_DELETE_COLLECTION = """DELETE FROM featurings
WHERE collector_id = :collector_id AND collection_uri = :collection_uri"""


async def insert(
    tx: Transaction,
    new_id: int,
    account_id: int,
    collector_id: int,
    collection_uri: str,
    *,
    name: str,
    url: str,
) -> int:
    """Note that a collection may show an account; answers the id, which stays if it was noted."""
    row = {
        "id": new_id,
        "account_id": account_id,
        "collector_id": collector_id,
        "collection_uri": collection_uri,
        "name": name,
        "url": url,
    }
    return await tx.fetch_value(_INSERT, {**row, "now": now_ms()})


async def get(reader: Reader, account_id: int, featuring_id: int) -> Featuring | None:
    """One of an account's, by its id."""
    return await reader.fetch_one(_GET, {"id": featuring_id, "account_id": account_id}, Featuring)


async def of_account(
    reader: Reader, account_id: int, collector_id: int | None = None
) -> list[Featuring]:
    """All of an account's, or those of one collector."""
    row = {"account_id": account_id}
    if collector_id is None:
        return await reader.fetch_all(_ALL, row, Featuring)
    return await reader.fetch_all(_OF_COLLECTOR, {**row, "collector_id": collector_id}, Featuring)


async def page(db: Database, account_id: int, page: Page) -> list[Featuring]:
    """Where an account is shown, newest first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page, Featuring)


async def delete(tx: Transaction, featuring_id: int) -> None:
    """Forget one."""
    await tx.execute(_DELETE, {"id": featuring_id})


async def delete_collection(tx: Transaction, collector_id: int, collection_uri: str) -> bool:
    """Forget a collection that is gone; False where it showed nobody of this network."""
    row = {"collector_id": collector_id, "collection_uri": collection_uri}
    return await tx.execute(_DELETE_COLLECTION, row) > 0
