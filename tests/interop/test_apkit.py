"""apkit and apsig, which others write, and this network follow, read and answer each other."""

import pytest

import people
import testrig
from federation.networks import account, settle
from interop.apkit_peer import apkit
from interop.test_fedify import assert_trusted, followers, post, sign_in
from noi.db import statuses
from noi.services import follows, remote_accounts

pytestmark = [pytest.mark.anyio, pytest.mark.long]

SIGNATURES = (["draft-cavage"], ["draft-cavage", "fep8b32"])


@pytest.mark.parametrize("kinds", SIGNATURES)
async def test_it_follows_reads_answers_and_leaves(kinds: list[str]) -> None:
    async with testrig.network("sqlite") as rig, apkit() as peer:
        lan = await people.join(rig.network, "lan")
        uri = f"{rig.url}/users/lan"
        found = await peer.run("lookup", actor=uri)
        assert (found["id"], found["kind"], found["name"]) == (uri, "Person", "lan")
        assert found["keys"] == [f"{uri}#main-key", f"{uri}#ed25519-key"]
        signed = {"actor": uri, "sign_with": kinds}
        assert (await peer.run("follow", number=1, **signed))["status"] == 202
        await rig.work()
        accepted = await peer.comes("Accept")
        assert accepted[0]["object"] == f"{peer.actor_uri}#follows/1"
        assert await followers(rig, lan) == 1

        async with rig.client(await sign_in(rig, "lan")) as client:
            posted = await post(client, "Chào An, **vui** quá! #NốiMạng")
        await rig.work()
        came = await peer.comes("Create")
        assert came[0]["actor"] == uri
        assert "Chào An" in came[0]["content"]
        reply = {"content": "<p>Chào Lan</p>", "reply": posted["uri"]}
        assert (await peer.run("note", number=1, **signed, **reply))["status"] == 202
        liked = await peer.run("like", number=1, status=posted["uri"], **signed)
        assert liked["status"] == 202
        await rig.work()
        seen = await statuses.get(rig.network.db, int(posted["id"]))
        assert seen
        assert (seen.replies_count, seen.favourites_count) == (1, 1)
        assert (await peer.run("unfollow", number=1, **signed))["status"] == 202
        await rig.work()
        assert await followers(rig, lan) == 0
        assert_trusted(peer, ["Accept", "Create"])


async def test_it_is_followed_and_shown() -> None:
    async with testrig.network("sqlite") as rig, apkit() as peer:
        lan = await people.join(rig.network, "lan")
        host = peer.origin.removeprefix("http://")
        an = await remote_accounts.by_handle(rig.network, f"an@{host}")
        assert an.display_name == "An của apkit"
        await follows.follow(rig.network, lan.account_id, an.id)
        await settle(rig)
        assert (await peer.comes("Follow"))[0]["object"] == peer.actor_uri
        assert (await account(rig, an.id)).followers_count == 1
        assert_trusted(peer, ["Follow"])
        note = {"actor": f"{rig.url}/users/lan", "content": "<p>Xin chào</p>"}
        assert (await peer.run("note", number=2, **note))["status"] == 202
        await rig.work()
        async with rig.client(await sign_in(rig, "lan")) as client:
            home = await (await client.get("/api/v1/timelines/home")).json()
        assert [status["content"] for status in home] == ["<p>Xin chào</p>"]


async def test_only_a_signature_that_covers_the_body_counts() -> None:
    """apkit's own by RFC 9421 leaves `Content-Digest` out; anybody could put another body there."""
    async with testrig.network("sqlite") as rig, apkit() as peer:
        lan = await people.join(rig.network, "lan")
        asked = {"actor": f"{rig.url}/users/lan", "number": 1}
        refused = await peer.run("follow", sign_with=["rfc9421"], **asked)
        assert refused["status"] == 401
        taken = await peer.run("follow", sign_with=["rfc9421-with-digest"], **asked)
        assert taken["status"] == 202
        await rig.work()
        await peer.comes("Accept")
        assert await followers(rig, lan) == 1
