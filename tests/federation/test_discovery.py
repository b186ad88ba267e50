"""WebFinger, NodeInfo, host-meta and health, through HTTP."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.services import settings


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
