from typing import Any, cast

import msgspec
import pytest
from tests.db.test_plans import Planner

import testrig
from noi.db import hosts, keys, peers
from noi.db.database import Database, Transaction

_FILL = """INSERT INTO accounts (id, username, username_key, domain, uri, url, key_id, public_key,
    ed25519_key_id, ed25519_public_key, created_at, updated_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
SELECT i, 'u' || i, 'u' || i, CASE WHEN i < 1000 THEN '' ELSE 'd' END, 'u' || i, '',
    CASE WHEN i % 2 = 0 THEN 'u' || i || '#rsa' ELSE '' END, 'rsa' || i,
    CASE WHEN i % 3 = 0 THEN 'u' || i || '#ed' ELSE '' END, 'ed' || i, 0, 0 FROM n"""
_FILL_HOSTS = """INSERT INTO hosts (host, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
SELECT 'h' || i, 0 FROM n"""


async def fill(db: Database) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(_FILL)
        await tx.execute(_FILL_HOSTS)

    await db.transaction(work)


@pytest.mark.anyio
async def test_peers_by_either_key_by_address_and_by_id(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fill(db)
        assert [peer.id for peer in await peers.by_key_id(db, "u6#rsa")] == [6]
        (found,) = await peers.by_key_id(db, "u6#ed")
        assert (found.uri, found.public_key, found.ed25519_public_key) == ("u6", "rsa6", "ed6")
        assert not await peers.by_key_id(db, "")
        assert not await peers.by_key_id(db, "u6")
        by_uri = await peers.by_uri(db, "u6")
        assert by_uri == found
        assert await peers.by_uri(db, "nobody") is None
        assert await peers.by_ids(db, [6, 6, 99_999]) == {6: found}
        assert await peers.by_ids(db, []) == {}


@pytest.mark.anyio
async def test_no_key_has_two_owners_but_all_who_claim_it_are_told(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fill(db)
        await db.execute("UPDATE accounts SET ed25519_key_id = 'u6#rsa' WHERE id > 2990", {})
        found = await peers.by_key_id(db, "u6#rsa")
        assert [peer.id for peer in found] == [6, 2991, 2992, 2993]


@pytest.mark.anyio
async def test_peers_and_hosts_are_found_by_their_indexes(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fill(db)
        if engine == "postgresql":
            await db.execute("ANALYZE", {})
        planner = Planner(db)
        reader = cast("Any", planner)
        await peers.by_key_id(reader, "u6#rsa")
        await peers.by_uri(reader, "u6")
        await peers.by_ids(reader, [6])
        await keys.get(reader, 6)
        await hosts.get_many(reader, ["h6"])
        await hosts.fetch_page(reader, after="h6")
        await hosts.heard(reader, ["h6"], 5)
        await hosts.succeeded(reader, ["h6"], 5)
        scanned = [step for step in planner.steps if "SCAN accounts" in step
                   or "SCAN a" in step.split(" USING")[0] or "SCAN hosts" in step]  # fmt: skip
        assert not scanned, planner.steps


@pytest.mark.anyio
async def test_keys_are_set_once_and_only_on_local_accounts(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fill(db)
        new = keys.LocalKeys(5, "u5", "k", "pub", "priv", "ek", "epub", "epriv")
        await db.transaction(lambda tx: keys.insert(tx, new))
        assert await keys.get(db, 5) == new
        later = msgspec.structs.replace(new, private_key="other")
        await db.transaction(lambda tx: keys.insert(tx, later))
        assert await keys.get(db, 5) == new
        assert await keys.get(db, 1500) is None
        remote = msgspec.structs.replace(new, account_id=1500)
        await db.transaction(lambda tx: keys.insert(tx, remote))
        assert (await peers.by_ids(db, [1500]))[1500].public_key == "rsa1500"
