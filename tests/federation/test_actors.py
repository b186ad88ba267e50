"""Actors as other servers fetch them."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from fetching import fetch, key_of, known
from noi.activitypub.actors import read_actor
from noi.db import accounts, domain_blocks
from noi.models.accounts import AccountState
from noi.services import blocks
from noi.transport.errors import Gone


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await people.join(rig.network, "lan")
        yield rig


async def test_two_networks_read_each_other(rig: testrig.Rig) -> None:
    async with testrig.network("sqlite") as other:
        for path in ("/users/lan", "/users/LAN", "/@lan"):
            actor = read_actor(await fetch(other.network, f"{rig.url}{path}"))
            assert actor.id == f"{rig.url}/users/lan"
            assert actor.username == "lan"
        ours, theirs = rig.network, other.network
        for network, url in ((ours, other.url), (theirs, rig.url)):
            actor = read_actor(await fetch(network, f"{url}/actor"))
            assert (actor.id, actor.username) == (f"{url}/actor", "localhost")


async def test_disabled_and_deleted_accounts(rig: testrig.Rig) -> None:
    id_ = await rig.account_id("lan")
    url = f"{rig.url}/users/lan"
    note = {"note": "Ở #làng", "note_html": "<p>Ở làng</p>"}
    await rig.network.db.transaction(lambda tx: accounts.update_profile(tx, id_, note))
    actor = read_actor(await fetch(rig.network, url))
    assert [found.name for found in actor.hashtags] == ["làng"]
    for state in (AccountState.LIMITED, AccountState.DISABLED):
        await rig.network.db.transaction(lambda tx, to=state: accounts.set_state(tx, id_, to))
        actor = read_actor(await fetch(rig.network, url))
        disabled = state is AccountState.DISABLED
        assert (actor.suspended, actor.summary == "") == (disabled, disabled)
    for path in ("/outbox", "/followers", "/collections/featured"):
        with pytest.raises(Gone) as gone:
            await fetch(rig.network, url + path)
        assert not gone.value.for_good
    await rig.network.db.transaction(lambda tx: accounts.bury(tx, id_))
    for path in ("", "/outbox", "/statuses/1"):
        with pytest.raises(Gone) as gone:
            await fetch(rig.network, url + path)
        assert gone.value.for_good


async def test_those_whom_a_person_shuts_out(rig: testrig.Rig) -> None:
    id_ = await rig.account_id("lan")
    url = f"{rig.url}/users/lan"
    async with testrig.network("sqlite") as there:
        minh = await people.join(there.network, "minh")
        account = await known(rig.network, there, "minh")
        key = await key_of(there.network, minh)
        await fetch(there.network, url, key)
        await blocks.block(rig.network, id_, account.id)
        with pytest.raises(Gone):
            await fetch(there.network, url, key)
        await blocks.unblock(rig.network, id_, account.id)
        await fetch(there.network, url, key)
        await rig.network.db.transaction(
            lambda tx: domain_blocks.insert(tx, 1, id_, account.domain)
        )
        with pytest.raises(Gone):
            await fetch(there.network, url, key)
