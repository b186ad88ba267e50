"""A network and a hub of Nối's kind, over real sockets: from asking to the receipt."""

import json

import pytest

import testrig
from allied import both, join, settle
from consenting import person, post
from noi.activitypub import fasp
from noi.models.accounts import Role, Viewer
from noi.models.alliance import ProviderState
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import TendProviders
from noi.services import alliance, memberships, profiles, providers, statuses
from noi.services.hub import members
from noi.services.profiles import Profile
from played_provider import providing, use
from testrig import Rig


async def held(hub: Rig) -> tuple[set[str], set[str]]:
    """The accounts and posts that a hub has."""
    accounts = await hub.network.db.fetch_all("SELECT uri FROM hub_accounts")
    posts = await hub.network.db.fetch_all("SELECT uri FROM hub_posts")
    return {row[0] for row in accounts}, {row[0] for row in posts}


async def test_a_network_joins_shares_and_leaves(engine: str) -> None:
    async with both(engine) as (rig, hub):
        asked = await alliance.ask(rig.network, None, hub.network.settings.host)
        assert (asked.state, asked.hub) == (ProviderState.ASKED, True)
        looked = await alliance.look(rig.network, None, asked.id)
        member = await members.get(hub.network, rig.network.settings.host)
        keys = members.keys_of(member)
        assert (looked.theirs, looked.ours) == (keys.our_fingerprint, keys.their_fingerprint)
        assert (looked.vouched, looked.error) == (True, "")
        assert looked.charter is not None
        assert (looked.charter.version, looked.charter.text("vi")) == (1, "# Hiến chương")
        provider_id = await join(rig, hub)
        view = await alliance.get(rig.network, None, provider_id)
        assert view.provider.membership == "admitted"
        assert all(one.active for one in view.capabilities if one.offered)
        lan = await person(rig, "lan")
        shy = await person(rig, "mai", discoverable=False, indexable=False)
        made = await post(rig, lan)
        await post(rig, shy)
        await post(rig, lan, visibility="unlisted")
        await settle(rig, hub, provider_id)
        lan_uri = f"{rig.url}/users/lan"
        assert await held(hub) == ({lan_uri}, {f"{lan_uri}/statuses/{made}"})
        told = await alliance.volumes(rig.network, provider_id, "2000-01-01")
        assert sum(one.count for one in told if one.category == "content") >= 1
        # She takes it back, and is gone.
        await profiles.update(rig.network, lan, Profile(discoverable=False, indexable=False))
        await settle(rig, hub, provider_id)
        assert await held(hub) == (set(), set())
        await profiles.update(rig.network, lan, Profile(discoverable=True, indexable=True))
        # As some seconds later: a hub does not read at once again what was withdrawn.
        earlier = "UPDATE hub_withdrawals SET withdrawn_at = withdrawn_at - 60000"
        await hub.network.db.execute(earlier)
        await settle(rig, hub, provider_id)
        assert len((await held(hub))[1]) == 1
        await alliance.leave(rig.network, None, provider_id)
        await settle(rig, hub, provider_id)
        assert await held(hub) == (set(), set())
        left = (await alliance.get(rig.network, None, provider_id)).provider
        assert (left.state, left.private_key) == (ProviderState.LEFT, "")
        assert json.loads(left.receipt)["host"] == rig.network.settings.host


async def test_what_was_there_before_is_shared_too(engine: str) -> None:
    async with both(engine) as (rig, hub):
        lan = await person(rig, "lan")
        made = {await post(rig, lan) for _ in range(3)}
        await rig.work()
        await join(rig, hub)
        _, posts = await held(hub)
        assert posts == {f"{rig.url}/users/lan/statuses/{id_}" for id_ in made}
        await statuses.delete(rig.network, lan, made.pop())
        await rig.work()
        await hub.work()
        assert len((await held(hub))[1]) == 2


async def test_a_suspension_reaches_the_owner() -> None:
    async with both("sqlite") as (rig, hub):
        provider_id = await join(rig, hub)
        host = rig.network.settings.host
        await members.suspend(
            hub.network, None, host, rule="Điều 3", reason="Thư rác từ nhiều tài khoản"
        )
        await settle(rig, hub, provider_id)
        view = await alliance.get(rig.network, None, provider_id)
        told = view.provider
        assert (told.membership, told.rule_text) == ("suspended", "Điều 3")
        assert told.reason == "Thư rác từ nhiều tài khoản"
        assert await alliance.offering(rig.network, "account_search") == []
        await members.readmit(hub.network, None, host)
        await settle(rig, hub, provider_id)
        assert len(await alliance.offering(rig.network, "account_search")) == 1


async def test_asking_what_is_no_hub() -> None:
    async with testrig.network("sqlite") as rig, providing() as other:
        for address in (other.origin, "http://localhost:1", rig.url, "not an address", ""):
            with pytest.raises(Invalid):
                await alliance.ask(rig.network, None, address)
        assert await alliance.fetch_all(rig.network, None) == []


async def test_a_hub_that_is_not_what_it_says() -> None:
    async with testrig.network("sqlite") as rig, both("sqlite") as (_, hub):
        provider = await alliance.ask(rig.network, None, hub.url)
        # Somebody else registers in its name before the owner looks.
        async with providing() as thief:
            thief.origin = hub.url
            assert (await thief.register(rig))[0] == 201
        looked = await alliance.look(rig.network, None, provider.id)
        assert (looked.vouched, looked.error != "") == (False, True)
        # A charter that another key has signed is none.
        key = fasp.new_pair().public_key
        sql = "UPDATE fasp_providers SET hub_key = :key"
        await rig.network.db.execute(sql, {"key": key})
        looked = await alliance.look(rig.network, None, provider.id)
        assert looked.charter is None


async def test_only_admins_decide() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        provider_id = await use(rig, played)
        viewer = Viewer(1, Role.MODERATOR, "vi", 0)
        for act in (alliance.leave, alliance.forget, alliance.try_again, alliance.get):
            with pytest.raises(Forbidden):
                await act(rig.network, viewer, provider_id)
        with pytest.raises(Forbidden):
            await alliance.switch(rig.network, viewer, provider_id, "trends", False)
        with pytest.raises(NotFound):
            await alliance.switch(rig.network, None, provider_id, "mind_reading", True)
        with pytest.raises(Conflict):
            await alliance.forget(rig.network, None, provider_id)


async def test_several_providers_each_have_their_own_key() -> None:
    async with testrig.network("sqlite") as rig, providing() as one, providing() as two:
        await use(rig, one)
        await use(rig, two)
        assert one.their_key != two.their_key
        found = await alliance.offering(rig.network, "trends")
        assert [provider.base_url for provider in found] == [one.origin, two.origin]


async def test_what_a_provider_does_not_have_is_not_asked_for_again() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        played.answer = lambda got: (404, b"") if "trends" in got.path else None
        provider_id = await use(rig, played)
        count = len(played.calls)
        await providers.tend(rig.network, TendProviders())
        await rig.work()
        assert not any("trends" in got.path for got in played.calls[count:])
        view = await alliance.get(rig.network, None, provider_id)
        trends = next(one for one in view.capabilities if one.capability == "trends")
        assert (trends.wanted, trends.active) == (False, False)
        assert "404" in trends.error


async def test_what_nobody_confirms_is_forgotten() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await played.register(rig)
        old = {"old": now_ms() - 15 * 86_400_000}
        await rig.network.db.execute("UPDATE fasp_providers SET asked_at = :old", old)
        await providers.tend(rig.network, TendProviders())
        assert await alliance.fetch_all(rig.network, None) == []


async def test_texts_of_a_hub_are_bounded() -> None:
    charter = memberships.Charter(3, {"vi": "Một", "en": "One"})
    assert (charter.text("lo"), charter.text("en")) == ("Một", "One")
