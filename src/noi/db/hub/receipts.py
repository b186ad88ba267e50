"""Proofs that the data of networks that left is gone."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.hub import Receipt

_INSERT = """INSERT INTO hub_receipts (id, host, body, signature, created_at)
VALUES (:id, :host, :body, :signature, :created_at)"""
_LATEST = """SELECT id, host, body, signature, created_at FROM hub_receipts
WHERE host = :host ORDER BY id DESC LIMIT 1"""


async def insert(tx: Transaction, receipt: Receipt) -> None:
    await tx.execute(_INSERT, msgspec.structs.asdict(receipt))


async def latest(reader: Reader, host: str) -> Receipt | None:
    return await reader.fetch_one(_LATEST, {"host": host}, Receipt)
