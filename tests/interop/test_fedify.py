"""Fedify, which others write, and this network follow, read and answer each other."""

from typing import Any

import pytest

import people
import testrig
from federation.networks import settle
from interop.fedify_peer import fedify
from interop.peers import Peer
from noi.models.accounts import Viewer
from noi.services import follows, remote_accounts
from testrig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.long]

KNOCKS = ("rfc9421", "draft-cavage-http-signatures-12")


async def test_it_finds_an_account_here() -> None:
    async with testrig.network("sqlite") as rig, fedify("rfc9421") as peer:
        await people.join(rig.network, "lan")
        found = await peer.run("lookup", uri=f"{rig.url}/users/lan")
        uri = f"{rig.url}/users/lan"
        host = rig.network.settings.host
        assert found["subject"] == f"acct:lan@{host}"
        assert (found["id"], found["kind"], found["name"]) == (uri, "Person", "lan")
        assert found["type"] == "application/activity+json"
        assert found["keys"] == [f"{uri}#main-key", f"{uri}#ed25519-key"]
        assert found["software"] == "noi"


@pytest.mark.parametrize("knock", KNOCKS)
async def test_it_follows_reads_answers_and_leaves(knock: str) -> None:
    async with (
        testrig.network("sqlite", federation_authorized_fetch=True) as rig,
        fedify(knock) as peer,
    ):
        lan = await people.join(rig.network, "lan")
        uri = f"{rig.url}/users/lan"
        await peer.run("follow", actor=uri, number=1)
        await rig.work()
        accepted = await peer.comes("Accept")
        assert accepted[0]["object"] == f"{peer.actor_uri}#follows/1"

        token = await sign_in(rig, "lan")
        async with rig.client(token) as client:
            posted = await post(client, "Chào An, **vui** quá! #NốiMạng")
            await rig.work()
            came = await peer.comes("Create")
            assert came[0]["actor"] == uri
            assert "Chào An" in came[0]["content"]

            reply = "<p>Chào Lan <script>alert(1)</script>từ Fedify</p>"
            await peer.run("note", actor=uri, number=1, content=reply, reply=posted["uri"])
            await peer.run("like", actor=uri, number=1, status=posted["uri"])
            await rig.work()
            answer = await client.get(f"/api/v1/statuses/{posted['id']}/context")
            context = await answer.json()
            assert [s["content"] for s in context["descendants"]] == ["<p>Chào Lan từ Fedify</p>"]
            answer = await client.get(f"/api/v1/statuses/{posted['id']}")
            assert (await answer.json())["favourites_count"] == 1

            await peer.run("unfollow", actor=uri, number=1)
            await rig.work()
            assert await followers(rig, lan) == 0
            await (await client.delete(f"/api/v1/statuses/{posted['id']}")).read()
            await rig.work()
        assert_trusted(peer, ["Accept", "Create"])


@pytest.mark.parametrize("knock", KNOCKS)
async def test_it_is_followed_and_read(knock: str) -> None:
    async with testrig.network("sqlite") as rig, fedify(knock) as peer:
        lan = await people.join(rig.network, "lan")
        host = peer.origin.removeprefix("http://")
        an = await remote_accounts.by_handle(rig.network, f"an@{host}")
        assert an.display_name == "An của Fedify"
        await follows.follow(rig.network, lan.account_id, an.id)
        await settle(rig)
        came = await peer.comes("Follow")
        assert came[0]["object"] == peer.actor_uri
        assert_trusted(peer, ["Follow"])


async def sign_in(rig: Rig, name: str) -> str:
    from noi.services import applications

    account_id = await rig.account_id(name)
    return (
        await applications.create_token(rig.network, account_id, "read write follow")
    ).access_token


async def post(client: Any, text: str) -> dict[str, Any]:
    async with client.post("/api/v1/statuses", json={"status": text}) as answer:
        assert answer.status == 200
        return await answer.json()


async def followers(rig: Rig, viewer: Viewer) -> int:
    sql = "SELECT count(*) FROM follows WHERE target_id = :id"
    return await rig.network.db.fetch_value(sql, {"id": viewer.account_id})


def assert_trusted(peer: Peer, kinds: list[str]) -> None:
    """Every post of these types carries a good request signature and a good integrity proof."""
    for kind in kinds:
        judged = peer.judged(kind)
        assert judged, kind
        for line in judged:
            assert line["request"], line
            assert line["proof"] is True, line
