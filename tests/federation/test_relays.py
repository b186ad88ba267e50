"""Subscribing to relays of both kinds, and what comes and goes by them."""

import pytest

import people
import testrig
from federation.networks import settle, status_here
from federation.relays import PlayedRelay, relaying
from noi.activitypub import linked_data
from noi.models.accounts import Role, Viewer
from noi.models.composition import Composition
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.paging import Page
from noi.services import relays, statuses, timelines
from noi.services.network import Network
from testrig import Rig

pytestmark = pytest.mark.anyio


async def admin_of(rig: Rig) -> Viewer:
    return await people.join(rig.network, "chu", Role.OWNER)


async def state_of(rig: Rig, admin: Viewer) -> list[tuple[str, str, str]]:
    found = await relays.fetch_all(rig.network, admin)
    return [(relay.kind, relay.state, relay.actor_uri) for relay in found]


async def subscribe(rig: Rig, admin: Viewer, relay: PlayedRelay, address: str) -> None:
    await relays.add(rig.network, admin, address)
    await rig.work()
    assert await relay.send(rig, relay.says("Accept", relay.of_type("Follow")[-1])) == 202
    await rig.work()


async def on_public(network: Network) -> list[int]:
    refs = await timelines.public(network, 0, Page(limit=20))
    return [ref.id for ref in refs]


async def test_a_relay_of_mastodons_kind(engine: str) -> None:
    async with testrig.network(engine) as here, relaying("/actor") as relay:
        admin, lan = await admin_of(here), await people.join(here.network, "lan")
        await relays.add(here.network, admin, relay.inbox_uri)
        await here.work()
        (follow,) = relay.of_type("Follow")
        assert follow["object"] == "https://www.w3.org/ns/activitystreams#Public"
        assert follow["actor"] == f"{here.url}/actor"
        assert await state_of(here, admin) == [("mastodon", "pending", relay.actor_uri)]
        await people.write(here.network, lan, "chưa")
        await here.work()
        assert await relay.send(here, relay.says("Accept", follow["id"])) == 202
        await here.work()
        assert await state_of(here, admin) == [("mastodon", "accepted", relay.actor_uri)]

        view = await statuses.create(here.network, lan.account_id, Composition(text="công khai"))
        for visibility in ("unlisted", "private"):
            secret = Composition(text="riêng", visibility=visibility)
            await statuses.create(here.network, lan.account_id, secret)
        await here.work()
        await statuses.delete(here.network, lan.account_id, view.status.id)
        await here.work()
        (create,), (gone,) = relay.of_type("Create"), relay.of_type("Delete")
        assert "công khai" in create["object"]["content"]
        assert linked_data.creator(create) == f"{here.url}/users/lan#main-key"
        assert linked_data.creator(gone) == f"{here.url}/users/lan#main-key"

        (asked,) = await relays.fetch_all(here.network, admin)
        await relays.remove(here.network, admin, asked.id)
        await here.work()
        (undo,) = relay.of_type("Undo")
        assert undo["object"]["id"] == follow["id"]
        await people.write(here.network, lan, "sau đó")
        await here.work()
        assert len(relay.of_type("Create")) == 1


async def test_a_relay_of_litepubs_kind(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.network("sqlite") as there,
        relaying("/relay") as relay,
    ):
        admin, lan = await admin_of(here), await people.join(here.network, "lan")
        mai = await people.join(there.network, "mai")
        await relays.add(here.network, admin, relay.actor_uri)
        await here.work()
        (follow,) = relay.of_type("Follow")
        assert follow["object"] == relay.actor_uri
        assert await relay.send(here, relay.says("Follow", f"{here.url}/actor")) == 202
        assert await relay.send(here, relay.says("Accept", follow)) == 202
        await here.work()
        assert await state_of(here, admin) == [("litepub", "accepted", relay.actor_uri)]
        (accept,) = relay.of_type("Accept")
        assert accept["object"]["actor"] == relay.actor_uri

        own = await statuses.create(here.network, lan.account_id, Composition(text="công khai"))
        await here.work()
        (announce,) = relay.of_type("Announce")
        assert (announce["object"], announce["actor"]) == (own.status.uri, f"{here.url}/actor")
        assert not relay.of_type("Create")

        theirs = await statuses.create(there.network, mai.account_id, Composition(text="Chào"))
        assert await relay.send(here, relay.says("Announce", theirs.status.uri)) == 202
        await here.work()
        arrived = await status_here(here, theirs.status.uri)
        assert arrived
        assert arrived.id in await on_public(here.network)
        assert (
            await here.network.db.fetch_value(
                "SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL"
            )
            == 0
        ), "what a relay announces is no reblog of its own"


async def test_what_a_relay_passes_on_is_believed_by_its_authors_signature(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.network("sqlite") as there,
        relaying("/actor") as relay,
    ):
        mai = await people.join(there.network, "mai")
        for rig in (here, there):
            await subscribe(rig, await admin_of(rig), relay, relay.origin)
        await statuses.create(there.network, mai.account_id, Composition(text="một"))
        await statuses.create(there.network, mai.account_id, Composition(text="hai"))
        await there.work()
        first, second = relay.of_type("Create")
        assert await relay.send(here, first) == 202
        await settle(here)
        arrived = await status_here(here, first["object"]["id"])
        assert arrived
        assert arrived.id in await on_public(here.network)

        second["object"]["content"] = "giả"
        await relay.send(here, second)
        await settle(here)
        refetched = await status_here(here, second["object"]["id"])
        assert refetched
        assert "hai" in refetched.content


async def test_nobody_else_speaks_for_a_relay(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        relaying("/actor") as relay,
        relaying("/actor") as other,
    ):
        admin = await admin_of(here)
        await relays.add(here.network, admin, relay.origin)
        await here.work()
        follow = relay.of_type("Follow")[0]
        await other.send(here, other.says("Accept", follow))
        await other.send(here, other.says("Follow", f"{here.url}/actor"))
        await here.work()
        assert (await state_of(here, admin))[0][1] == "pending"
        assert not other.received
        await relay.send(here, relay.says("Reject", follow) | {"summary": "Chưa được"})
        await here.work()
        (asked,) = await relays.fetch_all(here.network, admin)
        assert (asked.state, asked.error) == ("rejected", "Chưa được")
        await relays.ask_again(here.network, admin, asked.id)
        await here.work()
        again = relay.of_type("Follow")[1]
        assert again["id"] != follow["id"]
        await relay.send(here, relay.says("Accept", follow, 2))  # of the Follow before
        await here.work()
        assert (await state_of(here, admin))[0][1] == "pending"
        await relay.send(here, relay.says("Accept", again, 3))
        await here.work()
        assert (await state_of(here, admin))[0][1] == "accepted"


async def test_addresses_and_rights() -> None:
    async with testrig.network("sqlite") as here, relaying("/actor") as relay:
        admin, lan = await admin_of(here), await people.join(here.network, "lan")
        with pytest.raises(Forbidden):
            await relays.add(here.network, lan, relay.origin)
        for address in ("", "a b", "http://127.0.0.1:1", "ftp://a.example/inbox", here.url):
            with pytest.raises(Invalid):
                await relays.add(here.network, admin, address)
        added = await relays.add(here.network, admin, relay.origin.removeprefix("http://"))
        assert (added.inbox_uri, added.actor_uri) == (relay.inbox_uri, relay.actor_uri)
        with pytest.raises(Conflict):
            await relays.add(here.network, admin, relay.inbox_uri)
        silent = await relays.add(here.network, admin, "http://127.0.0.1:1/inbox")
        assert (silent.kind, silent.actor_uri) == ("mastodon", "")
        with pytest.raises(NotFound):
            await relays.remove(here.network, admin, 5)


async def test_relays_that_are_given_up_get_nothing_until_they_are_asked_again() -> None:
    async with testrig.network("sqlite") as here, relaying("/actor") as relay:
        admin, lan = await admin_of(here), await people.join(here.network, "lan")
        await subscribe(here, admin, relay, relay.origin)
        await here.network.db.execute("UPDATE hosts SET dead_at = 1, failures = 9, error = 'away'")
        (asked,) = await relays.fetch_all(here.network, admin)
        assert await relays.errors(here.network, [asked]) == {asked.id: "away"}
        await people.write(here.network, lan)
        await here.work()
        assert not relay.of_type("Create")
        await relays.ask_again(here.network, admin, asked.id)
        await here.work()
        assert len(relay.of_type("Follow")) == 2
