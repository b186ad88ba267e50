"""Subscriptions: what lists of others may change by themselves, and what waits for a person."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.services.test_policy_decisions import block

import people
import testrig
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.federation import Severity
from noi.models.jobs import FetchPolicyLists
from noi.models.policies import ListMode
from noi.services import policy_decisions, policy_lists
from noi.services.network import Network
from other_servers import serving
from strangers import arrive, follow_back
from testrig import Rig

pytestmark = pytest.mark.anyio

LIST = "domain,severity\nspam.example,suspend\nfriends.example,suspend\nloud.example,silence\n"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.services(engine) as rig:
        yield rig


class Kept:
    """A list that somebody keeps."""

    text = LIST
    status = 200


@asynccontextmanager
async def published() -> AsyncGenerator[tuple[str, Kept]]:
    kept = Kept()

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=kept.text, status=kept.status)

    async with serving(answer) as url:
        yield f"{url}/list.csv", kept


async def decided(network: Network) -> dict[str, str]:
    return {one.domain: one.source for one in await policy_decisions.fetch_all(network)}


async def test_a_new_list_only_shows_what_it_would_change(rig: Rig) -> None:
    network = rig.network
    async with published() as (url, _):
        made = await policy_lists.subscribe(network, None, url=url, title="Chung", rule="Luật")
        await rig.work()
        assert await decided(network) == {}
        found = await policy_lists.get(network, made.id)
        assert found.fetched_at
        changes = await policy_lists.difference(network, found)
        names = [one.entry.domain for one in changes.additions]
        assert names == ["spam.example", "friends.example", "loud.example"]
        with pytest.raises(Conflict):
            await policy_lists.subscribe(network, None, url=url, title="", rule="Luật")


async def test_a_list_adds_what_parts_nobody_and_asks_before_the_rest(rig: Rig) -> None:
    network = rig.network
    admin = await people.join(network, "lan", Role.ADMIN)
    follower = await arrive(network, "a", "friends.example")
    await follow_back(network, follower, admin.account_id)
    await policy_decisions.decide(network, admin, block("loud.example"))
    async with published() as (url, kept):
        made = await policy_lists.subscribe(network, admin, url=url, title="Chung", rule="Luật")
        await policy_lists.set_mode(network, admin, made.id, ListMode.APPLY)
        await rig.work()
        assert await decided(network) == {"spam.example": url, "loud.example": ""}
        assert await network.db.fetch_value("SELECT count(*) FROM follows") == 1

        changes = await policy_lists.difference(network, await policy_lists.get(network, made.id))
        assert [one.entry.domain for one in changes.additions] == ["friends.example"]
        assert changes.additions[0].effect.severs
        assert changes.kept == ["loud.example"]
        await policy_lists.confirm(network, admin, made.id, ["friends.example", "other.example"])
        await rig.work()
        assert await network.db.fetch_value("SELECT count(*) FROM follows") == 0
        policy = await policy_decisions.get(network, "friends.example")
        assert policy and (policy.rule_text, policy.source) == ("Luật", url)
        assert policy.severity is Severity.BLOCK
        assert "Chung" in policy.reason

        kept.text = "domain\nnew.example\n"
        await policy_lists.fetch_due(network, FetchPolicyLists())
        await rig.work()
        assert set(await decided(network)) == {
            "spam.example",
            "loud.example",
            "friends.example",
            "new.example",
        }


async def test_a_list_that_fails_says_so_and_keeps_what_it_said(rig: Rig) -> None:
    network = rig.network
    async with published() as (url, kept):
        made = await policy_lists.subscribe(network, None, url=url, title="", rule="Luật")
        await rig.work()
        kept.status = 500
        await policy_lists.fetch_due(network, FetchPolicyLists())
        await rig.work()
    found = await policy_lists.get(network, made.id)
    assert found.content == LIST
    assert "500" in found.error
    await policy_lists.unsubscribe(network, None, made.id)
    with pytest.raises(NotFound):
        await policy_lists.get(network, made.id)


async def test_subscribing_takes_an_address_a_rule_and_an_admin(rig: Rig) -> None:
    network = rig.network
    with pytest.raises(Invalid):
        await policy_lists.subscribe(network, None, url="ftp://x", title="", rule="Luật")
    with pytest.raises(Invalid):
        await policy_lists.subscribe(network, None, url="https://x.example/l", title="", rule=" ")
    moderator = await people.join(network, "mai", Role.MODERATOR)
    with pytest.raises(Forbidden):
        await policy_lists.subscribe(
            network, moderator, url="https://x.example", title="", rule="L"
        )
