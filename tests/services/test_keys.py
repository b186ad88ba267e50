import asyncio

import pytest

import testrig
from noi.activitypub.keys import parse_public_key, sign_bytes, verify_bytes
from noi.db import accounts, instance
from noi.db.database import Transaction
from noi.db.instance import directory
from noi.models.accounts import AccountKind, Role, Viewer
from noi.models.errors import NoiError, NotFound
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.ids import now_ms
from noi.models.jobs import IndexAccount
from noi.services import accounts as accounts_service
from noi.services import indexing, keys, search, sign_up
from testrig import Rig


@pytest.mark.anyio
async def test_keys_are_made_once_and_kept(engine: str) -> None:
    async with testrig.services(engine) as rig:
        await rig.create_account("lan")
        lan = await rig.account_id("lan")
        first = await keys.signing_key(rig.network, lan)
        assert first is await keys.signing_key(rig.network, lan)
        stored = await keys.public_keys(rig.network, lan)
        assert first.key_id == "http://localhost:8000/users/lan#main-key" == stored.key_id
        assert first.ed25519_key_id == "http://localhost:8000/users/lan#ed25519-key"
        for private, public in (
            (first.private_key, stored.public_key),
            (first.ed25519_private_key, stored.ed25519_public_key),
        ):
            signature = sign_bytes(private, b"xin")
            assert verify_bytes(parse_public_key(public), signature, b"xin")


@pytest.mark.anyio
async def test_of_processes_that_make_keys_at_once_one_wins(engine: str) -> None:
    async with testrig.network(engine) as rig, testrig.another_process(rig) as other:
        await rig.create_account("lan")
        lan = await rig.account_id("lan")
        made = await asyncio.gather(
            keys.signing_key(rig.network, lan),
            keys.signing_key(other.network, lan),
            keys.instance_key(rig.network),
            keys.instance_key(other.network),
        )
        assert made[0].private_key.private_numbers() == made[1].private_key.private_numbers()
        assert made[2].private_key.private_numbers() == made[3].private_key.private_numbers()


@pytest.mark.anyio
async def test_many_who_ask_for_the_instance_actor_at_once_all_get_it(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        for _ in range(40):
            await rig.network.db.execute(
                "DELETE FROM accounts WHERE id = :id", {"id": INSTANCE_ACTOR_ID}
            )
            asking = (keys.ensure_instance_actor(rig.network) for _ in range(8))
            assert {account.id for account in await asyncio.gather(*asking)} == {INSTANCE_ACTOR_ID}


@pytest.mark.anyio
async def test_only_local_accounts_have_keys_to_sign_with(engine: str) -> None:
    async with testrig.services(engine) as rig:
        with pytest.raises(NotFound):
            await keys.signing_key(rig.network, 99)


async def name_of_instance(rig: Rig) -> str:
    return (await keys.ensure_instance_actor(rig.network)).username


@pytest.mark.anyio
async def test_the_instance_actor_signs_and_is_listed_nowhere(engine: str) -> None:
    async with testrig.services(engine, host="noi.example") as rig:
        await rig.create_account("lan")
        key = await keys.instance_key(rig.network)
        assert key.actor_uri == "https://noi.example/actor"
        assert key.key_id == "https://noi.example/actor#main-key"
        account = await keys.ensure_instance_actor(rig.network)
        assert account.id == INSTANCE_ACTOR_ID
        assert account.kind is AccountKind.HUB
        db = rig.network.db
        await indexing.index_account(rig.network, IndexAccount(INSTANCE_ACTOR_ID))
        lan = await rig.account_id("lan")
        for newest in (True, False):
            for local in (True, False):
                found = await directory(db, newest=newest, local=local, limit=10, offset=0)
                assert INSTANCE_ACTOR_ID not in found
        assert (await instance.usage(db, now_ms())).users == 1
        for text in (
            "noi.example",
            "@noi.example",
            "noi",
            key.actor_uri,
            "@noi.example@noi.example",
        ):
            for viewer in (None, Viewer(lan, Role.MEMBER, "vi", 0)):
                assert not (await search.search(rig.network, viewer, text)).accounts
        with pytest.raises(NotFound):
            await accounts_service.get(rig.network, INSTANCE_ACTOR_ID)
        with pytest.raises(NotFound):
            await accounts_service.get_by_handle(rig.network, "noi.example")


@pytest.mark.anyio
async def test_nobody_takes_the_name_of_the_instance_actor(engine: str) -> None:
    async with testrig.services(engine, host="localhost") as rig:
        with pytest.raises(NoiError):
            await sign_up.create_account(
                rig.network, username="localhost", email="", password=testrig.PASSWORD
            )
        assert await name_of_instance(rig) == "localhost"


@pytest.mark.anyio
async def test_under_a_new_host_the_instance_actor_has_new_keys(engine: str) -> None:
    async with testrig.services(engine) as rig:
        first = await keys.instance_key(rig.network)

        async def moved(tx: Transaction) -> None:
            sql = "UPDATE accounts SET uri = 'http://old.example/actor' WHERE id = :id"
            await tx.execute(sql, {"id": INSTANCE_ACTOR_ID})

        await rig.network.db.transaction(moved)
        assert await name_of_instance(rig) == "localhost:8000"
        account = await accounts.get(rig.network.db, INSTANCE_ACTOR_ID)
        assert account and account.uri == "http://localhost:8000/actor"
        again = await keys.public_keys(rig.network, INSTANCE_ACTOR_ID)
        assert again.key_id == "http://localhost:8000/actor#main-key"
        assert parse_public_key(again.public_key) != first.private_key.public_key()
