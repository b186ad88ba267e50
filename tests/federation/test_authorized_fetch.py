"""A network that shows documents only to those who sign."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from fetching import fetch, key_of, known
from noi.activitypub.key_documents import read_key
from noi.activitypub.keys import new_rsa_pair
from noi.auth import limits

Pair = tuple[testrig.Rig, testrig.Rig]


@pytest.fixture
async def pair(engine: str) -> AsyncGenerator[Pair]:
    """Two networks that have never met, and each asks for signatures."""
    closed = {"federation_authorized_fetch": True}
    async with (
        testrig.network(engine, **closed) as here,
        testrig.network("sqlite", **closed) as there,
    ):
        await here.set_up()
        await there.set_up()
        yield here, there


async def test_two_closed_networks_meet(pair: Pair) -> None:
    here, there = pair
    lan, minh = await people.join(here.network, "lan"), await people.join(there.network, "minh")
    id_ = await people.write(here.network, lan)
    url = f"{here.url}/users/lan"
    note = await fetch(there.network, f"{url}/statuses/{id_}")
    assert note["attributedTo"] == url
    actor = await fetch(there.network, url, await key_of(there.network, minh))
    assert actor["followers"] == f"{url}/followers"


async def test_strangers_get_keys_and_no_more(pair: Pair) -> None:
    here, _ = pair
    lan = await people.join(here.network, "lan")
    id_ = await people.write(here.network, lan)
    forged = {"Signature": 'keyId="http://localhost:1/a#main-key",signature="AAAA"'}
    async with here.client() as client:
        for headers in ({}, forged):
            async with client.get("/users/lan", headers=headers) as answer:
                stub = await answer.json(content_type=None)
                assert answer.status == 200
                assert "outbox" not in stub
                assert read_key(stub, f"{here.url}/users/lan#main-key").pem
            for path in (f"/users/lan/statuses/{id_}", "/users/lan/outbox", "/@lan/followers"):
                accept = {"Accept": "application/activity+json"}
                async with client.get(path, headers={**headers, **accept}) as answer:
                    assert answer.status == 401
            async with client.get("/actor", headers=headers) as answer:
                assert (await answer.json(content_type=None))["type"] == "Application"
        async with client.get("/.well-known/webfinger?resource=" + f"{here.url}/@lan") as answer:
            assert answer.status == 200


async def test_a_new_key_is_learned(pair: Pair) -> None:
    here, there = pair
    await people.join(here.network, "lan")
    minh = await people.join(there.network, "minh")
    await known(here.network, there, "minh")
    forget = "UPDATE accounts SET public_key = :key, fetched_at = 1 WHERE domain <> ''"
    other = {"key": new_rsa_pair().public_key}
    await here.network.db.transaction(lambda tx: tx.execute(forget, other))
    actor = await fetch(there.network, f"{here.url}/users/lan", await key_of(there.network, minh))
    assert "outbox" in actor


async def test_strangers_are_limited_and_known_servers_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", limits.Limit("few", 5, 300))
    async with testrig.network("sqlite", rate_limits=True) as here:
        lan = await people.join(here.network, "lan")
        url = f"{here.url}/users/lan/statuses/{await people.write(here.network, lan)}"
        async with testrig.network("sqlite") as there:
            await here.set_up()
            for _ in range(12):
                await fetch(there.network, url)
        async with here.client() as client, client.get("/users/lan") as answer:
            assert answer.status == 429
