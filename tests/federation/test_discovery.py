"""WebFinger, NodeInfo and host-meta, and what monitors look up, through HTTP."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts
from noi.services import settings
from noi.transport import webfinger


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    settings.forget()
    async with testrig.network("sqlite") as rig:
        await people.join(rig.network, "lan")
        yield rig


async def test_webfinger_finds_local_accounts(rig: testrig.Rig) -> None:
    host, url = rig.network.settings.host, rig.url
    resources = (
        f"acct:lan@{host}",
        f"acct:@LAN@{host.upper()}",
        f"lan@{host}",
        f"{url}/@lan",
        f"{url}/users/lan",
    )
    async with rig.client() as client:
        for resource in resources:
            async with client.get(
                "/.well-known/webfinger", params={"resource": resource}
            ) as answer:
                assert answer.status == 200, resource
                assert answer.content_type == "application/jrd+json"
                body = await answer.json(content_type=None)
                assert body["subject"] == f"acct:lan@{host}"
                assert f"{url}/@lan" in body["aliases"]
                assert {link["rel"] for link in body["links"]} >= {"self"}


async def test_webfinger_leads_to_everything_of_an_account(rig: testrig.Rig) -> None:
    id_ = await rig.account_id("lan")
    avatar = {"avatar": "a/b.png"}
    await rig.network.db.transaction(lambda tx: accounts.update_profile(tx, id_, avatar))
    path, resource = "/.well-known/webfinger", f"acct:lan@{rig.network.settings.host}"
    async with rig.client() as client:
        async with client.get(path, params={"resource": resource}) as answer:
            assert answer.headers["access-control-allow-origin"] == "*"
            links = (await answer.json(content_type=None))["links"]
        by_rel = {link["rel"]: link for link in links}
        own = {"rel": "self", "type": "application/activity+json", "href": f"{rig.url}/users/lan"}
        assert by_rel["self"] == own
        assert by_rel["http://webfinger.net/rel/profile-page"]["href"] == f"{rig.url}/@lan"
        picture = by_rel["http://webfinger.net/rel/avatar"]
        assert (picture["type"], picture["href"]) == ("image/png", f"{rig.url}/media/a/b.png")
        template = by_rel["http://ostatus.org/schema/1.0/subscribe"]["template"]
        assert template == f"{rig.url}/authorize_interaction?uri={{uri}}"
        narrowed = [("resource", resource), ("rel", "self"), ("rel", "none")]
        async with client.get(path, params=narrowed) as answer:
            assert (await answer.json(content_type=None))["links"] == [own]


async def test_webfinger_knows_the_network_itself(rig: testrig.Rig) -> None:
    host = rig.network.settings.host
    async with testrig.network("sqlite") as other:
        found = await webfinger.look_up(other.network.client, f"localhost@{host}")
        assert (found.subject, found.actor_uri) == (f"localhost@{host}", f"{rig.url}/actor")
        await webfinger.confirm(other.network.client, f"{rig.url}/actor", "localhost")
        await webfinger.confirm(other.network.client, f"{rig.url}/users/lan", "lan")
    async with rig.client() as client:
        resource = {"resource": f"{rig.url}/actor"}
        async with client.get("/.well-known/webfinger", params=resource) as answer:
            assert (await answer.json(content_type=None))["subject"] == f"acct:localhost@{host}"


async def test_webfinger_knows_nobody_else(rig: testrig.Rig) -> None:
    host = rig.network.settings.host
    cases = {
        f"acct:binh@{host}": 404,
        "acct:lan@elsewhere.example": 404,
        "https://elsewhere.example/@lan": 404,
        f"{rig.url}/@lan/123": 404,
        f"{rig.url}/about": 404,
        "lan": 400,
        "": 400,
        f"acct:{'x' * 5000}@{host}": 404,
    }
    async with rig.client() as client:
        for resource, status in cases.items():
            async with client.get(
                "/.well-known/webfinger", params={"resource": resource}
            ) as answer:
                assert answer.status == status, resource
                assert "error" in await answer.json(content_type=None)


async def test_nodeinfo(rig: testrig.Rig) -> None:
    async with rig.client() as client:
        async with client.get("/.well-known/nodeinfo") as answer:
            links = (await answer.json())["links"]
        *versions, application = links
        assert application["href"] == f"{rig.url}/actor"
        for link in versions:
            async with client.get(link["href"].removeprefix(rig.url)) as answer:
                body = await answer.json()
                assert link["href"].endswith(body["version"])
                assert body["software"]["name"] == "noi"
                assert body["protocols"] == ["activitypub"]
                assert body["usage"]["users"]["total"] == 1
                assert link["rel"] in answer.headers["content-type"]
        async with client.get("/nodeinfo/1.0") as answer:
            assert answer.status == 404


async def test_host_meta_and_the_rest(rig: testrig.Rig) -> None:
    async with rig.client() as client:
        async with client.get("/.well-known/host-meta") as answer:
            assert answer.content_type == "application/xrd+xml"
            assert f"{rig.url}/.well-known/webfinger?resource={{uri}}" in await answer.text()
        async with client.get("/.well-known/host-meta.json") as answer:
            assert (await answer.json(content_type=None))["links"][0]["rel"] == "lrdd"
        async with client.get("/health") as answer:
            assert (answer.status, await answer.text()) == (200, "OK")
        async with client.get("/.well-known/change-password", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (302, "/settings/password")
