"""What a hub holds about somebody: shown to and removed by them alone."""

from contextlib import suppress

import pytest

import testrig
from fetching import forget_failures
from hub.sharing import FarMember, far_member, held_account, held_uris
from noi.models.errors import Forbidden, Invalid, NotFound, RateLimited, Unavailable
from noi.models.hub_jobs import CleanHub
from noi.services.hub import checks, claims
from testrig import Rig


async def hold(hub: Rig, town: FarMember) -> str:
    lan = town.consenting("lan")
    await town.announce(hub, *(town.note("lan", n)["id"] for n in range(3)))
    await town.announce(hub, f"{lan['id']}/statuses/1", event="trending")
    await hub.work()
    return str(lan["id"])


async def proved(hub: Rig, town: FarMember) -> str:
    claim = await claims.begin(hub.network, f"@lan@{town.domain}")
    town.consenting("lan", summary=f"<p>Xin chào {claim.code}</p>")
    await claims.prove(hub.network, claim.token)
    return claim.token


async def test_what_is_held_is_shown_once_the_code_stands_in_the_profile(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        uri = await hold(hub, town)
        claim = await claims.begin(hub.network, uri)
        assert claim.actor_uri == uri and len(claim.code) == 20
        other = await claims.begin(hub.network, f"lan@{town.domain}")
        assert other.code != claim.code and other.token != claim.token
        town.consenting("lan", summary=other.code)
        for attempt in (claims.prove(hub.network, claim.token), claims.prove(hub.network, "x")):
            with pytest.raises((Invalid, NotFound)):
                await attempt
        with pytest.raises(Forbidden):
            await claims.held(hub.network, claim.token)
        with pytest.raises(Forbidden):
            await claims.remove(hub.network, claim.token, refuse=True)
        field = {"type": "PropertyValue", "name": "mã", "value": f"<b>{claim.code}</b>"}
        town.consenting("lan", attachment=[field])
        await claims.prove(hub.network, claim.token)
        assert (await claims.get(hub.network, claim.token)).proved
        held = await claims.held(hub.network, claim.token)
        assert held.account and held.account.uri == uri and held.posts_count == 3
        assert (len(held.posts), held.trending, held.refused) == (3, 1, False)
        with pytest.raises(Forbidden):
            await claims.held(hub.network, other.token)


async def test_removed_at_once_and_taken_in_again_or_never(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        uri = await hold(hub, town)
        token = await proved(hub, town)
        await claims.remove(hub.network, token, refuse=False)
        assert await held_account(hub, uri) is None and await held_uris(hub) == set()
        held = await claims.held(hub.network, token)
        assert held.account is None and not held.refused
        await _later(hub)
        await hold(hub, town)
        assert await held_account(hub, uri)
        await claims.remove(hub.network, token, refuse=True)
        assert (await claims.held(hub.network, token)).refused
        await _later(hub)
        await hold(hub, town)
        await town.announce(hub, uri, category="account")
        await hub.work()
        assert await held_account(hub, uri) is None and await held_uris(hub) == set()
        stored = await hub.network.db.fetch_all("SELECT key FROM hub_refusals")
        assert len(stored) == 1 and uri.encode() not in bytes(stored[0][0])


async def test_nothing_is_kept_of_claims_that_lead_nowhere(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=True) as hub, far_member() as town:
        lan = town.consenting("lan")
        for name in ("", "lan", f"ai@{town.domain}", f"{town.origin}/none", f"{hub.url}/actor"):
            with pytest.raises((Invalid, Unavailable)):
                await claims.begin(hub.network, name)
        with pytest.raises(Unavailable):
            await claims.begin(hub.network, "lan@localhost:1")
        claim = await claims.begin(hub.network, lan["id"])
        await hub.network.db.execute("UPDATE hub_claims SET expires_at = 1")
        with pytest.raises(NotFound):
            await claims.prove(hub.network, claim.token)
        await checks.clean(hub.network, CleanHub())
        assert await hub.network.db.fetch_value("SELECT count(*) FROM hub_claims") == 0
        assert await held_account(hub, lan["id"]) is None
        with pytest.raises(RateLimited):
            for _ in range(100):
                await claims.begin(hub.network, lan["id"], "192.0.2.1")
        # Nobody keeps her from it by asking in her name, or by checking what is not there.
        claim = await claims.begin(hub.network, lan["id"], "192.0.2.2")
        with pytest.raises(RateLimited):
            for _ in range(100):
                with suppress(Invalid):
                    await claims.prove(hub.network, claim.token)
        hers = await claims.begin(hub.network, lan["id"], "192.0.2.3")
        with pytest.raises(Invalid):
            await claims.prove(hub.network, hers.token)


async def _later(hub: Rig) -> None:
    """Let some seconds go by since what was withdrawn."""
    await hub.network.db.execute("UPDATE hub_withdrawals SET withdrawn_at = 0")
    forget_failures(hub.network)
