"""The hub's signed doors: who may call, how often the same, and what a provider answers."""

import json

import pytest

import testrig
from noi.activitypub import fasp
from noi.activitypub.signatures import Response
from noi.models.ids import now_ms
from noi.models.jobs import CleanUp
from noi.services import maintenance
from noi.services.hub import callbacks, capabilities, members
from strange_networks import Strange, admitted, confirmed, publish_charter, strange
from testrig import Rig

INFO = "/provider_info"
ACTIVATION = "/capabilities/trends/0/activation"


def checked(server: Strange, answer: tuple[int, dict[str, str], bytes]) -> bytes:
    """The body of an answer that the hub has signed for this server."""
    status, headers, body = answer
    fasp.check_response(Response(status, headers, body), server.provider_key, now_ms())
    assert headers["content-digest"].startswith("sha-256=:")
    assert " " not in headers["content-digest"]
    assert "content-encoding" not in headers
    return body


async def test_a_provider_says_what_it_offers(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await admitted(rig.network, server)
        answer = await server.send("GET", INFO)
        assert answer[0] == 200
        info = json.loads(checked(server, answer))
        assert {one["id"]: one["version"] for one in info["capabilities"]} == {
            "account_search": "0.1",
            "callback": "0.1",
            "data_sharing": "0.1",
            "follow_recommendation": "0.1",
            "post_search": "0.1",
            "trends": "0.1",
        }
        assert info["name"]
        assert {one["language"] for one in info["privacyPolicy"]} == {"vi", "en", "lo"}
        assert info["signInUrl"] == f"{rig.url}/sign-in"
        assert info["fediverseAccount"].startswith("@localhost@")
        compressed = await server.send("GET", INFO, headers={"Accept-Encoding": "gzip, br"})
        assert checked(server, compressed) == answer[2]


async def test_capabilities_are_switched_by_their_major_version(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        for path in (ACTIVATION, "/capabilities/post_search/0.1/activation"):
            for _ in range(2):
                answer = await server.send("POST", path)
                assert answer[0] == 204
                assert checked(server, answer) == b""
                await forget_calls(rig)
        assert await capabilities.of_member(rig.network, member) == ["post_search", "trends"]
        assert (await server.send("DELETE", ACTIVATION))[0] == 204
        assert await capabilities.of_member(rig.network, member) == ["post_search"]
        for path in (
            "/capabilities/trends/1/activation",
            "/capabilities/mind_reading/0/activation",
        ):
            answer = await server.send("POST", path)
            assert answer[0] == 404
            assert "error" in json.loads(checked(server, answer))


async def forget_calls(rig: Rig) -> None:
    """Let the same call be made twice within a second."""
    await rig.network.db.execute("DELETE FROM fasp_replays")


async def test_who_waits_may_prepare_and_counts_from_admission_on() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)
        member = await members.ask(rig.network, server.host)
        assert (await server.send("GET", INFO))[0] == 200
        assert (await server.send("POST", ACTIVATION))[0] == 204
        assert not await capabilities.active(rig.network, member, "trends")
        member = await members.admit(rig.network, None, server.host)
        assert await capabilities.active(rig.network, member, "trends")


@pytest.mark.parametrize("decision", ["refuse", "suspend", "leave"])
async def test_who_is_shut_out_is_told_why(decision: str) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)
        await confirmed(rig.network, server)
        told = {"rule": "Không thư rác", "reason": "Ba nghìn bài một giờ"}
        if decision == "refuse":
            await members.refuse(rig.network, None, server.host, **told)
        else:
            await members.admit(rig.network, None, server.host)
        if decision == "suspend":
            await members.suspend(rig.network, None, server.host, **told)
        elif decision == "leave":
            await members.leave(rig.network, server.host)
        for method, path in (("GET", INFO), ("POST", ACTIVATION)):
            answer = await server.send(method, path)
            assert answer[0] == 403
            said = json.loads(checked(server, answer))["error"]
            assert decision == "leave" or told["reason"] in said


async def test_what_is_not_signed_right_is_refused(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server, strange() as other:
        for one in (server, other):
            await admitted(rig.network, one)
        good = fasp.sign_request(
            server.server_id, server.pair.private_key, "POST", rig.url + ACTIVATION, b"", now_ms()
        )
        body = b'{"a":1}'
        refused = [
            await server.send("POST", ACTIVATION, headers={"Signature": ""}),
            await server.send("POST", ACTIVATION, headers={"Content-Digest": ""}),
            await server.send("POST", ACTIVATION, body, headers=good),
            await server.send("POST", ACTIVATION, now=now_ms() - 302_000),
            await server.send("POST", ACTIVATION, now=now_ms() + 305_000),
            await server.send("POST", ACTIVATION, private_key=other.pair.private_key),
            await server.send("POST", ACTIVATION, private_key=fasp.new_pair().private_key),
            await server.send("DELETE", ACTIVATION, headers=good),
            await server.send("POST", ACTIVATION + "?x", headers=good),
        ]
        other.server_id = server.server_id
        refused.append(await other.send("POST", ACTIVATION))
        server.server_id = "nobody"
        refused.append(await server.send("POST", ACTIVATION))
        server.server_id = ""
        refused.append(await server.send("POST", ACTIVATION))
        assert [answer[0] for answer in refused] == [401] * len(refused)
        assert all("signature" not in answer[1] for answer in refused)
        assert await rig.network.db.fetch_value("SELECT count(*) FROM hub_capabilities") == 0


async def test_a_call_is_taken_once(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await admitted(rig.network, server)
        now = now_ms()
        path = "/debug/v0/callback/logs"
        answers = [await server.send("POST", path, b"{}", now=now) for _ in range(3)]
        assert [answer[0] for answer in answers] == [201, 401, 401]
        assert (await server.send("POST", path, b"{}", now=now + 1000))[0] == 201
        member = await members.get(rig.network, server.host)
        assert len(await callbacks.of_member(rig.network, member)) == 2
        # Reading is not refused: two people may look for the same within a second.
        reads = [await server.send("GET", INFO, now=now) for _ in range(2)]
        assert [answer[0] for answer in reads] == [200, 200]


async def test_calls_are_forgotten_when_their_signatures_are_too_old(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await admitted(rig.network, server)
        await server.send("POST", ACTIVATION)
        await maintenance.clean_up(rig.network, CleanUp())
        count = "SELECT count(*) FROM fasp_replays"
        assert await rig.network.db.fetch_value(count) == 1
        past = {"past": now_ms() - 1}
        await rig.network.db.execute("UPDATE fasp_replays SET expires_at = :past", past)
        await maintenance.clean_up(rig.network, CleanUp())
        assert await rig.network.db.fetch_value(count) == 0


async def test_trying_the_connection_calls_back_with_the_same(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        await rig.work()
        body = '{"chào": [1, 2.5]}'.encode()
        answer = await server.send("POST", "/debug/v0/callback/logs", body)
        assert answer[0] == 201
        checked(server, answer)
        logged = await callbacks.of_member(rig.network, member)
        assert [(one.body, one.address) for one in logged] == [(body.decode(), "127.0.0.1")]
        await rig.work()
        assert server.calls == [("POST", "/api/fasp/debug/v0/callback/responses", json.loads(body))]
        for number in range(25):
            await server.send("POST", "/debug/v0/callback/logs", str(number).encode())
        assert len(await callbacks.of_member(rig.network, member)) == callbacks.KEPT
        big = b'"' + b"x" * callbacks.MAX_BODY_BYTES + b'"'
        assert (await server.send("POST", "/debug/v0/callback/logs", big))[0] == 422


async def test_too_much_is_refused() -> None:
    async with testrig.hub("sqlite", rate_limits=True) as rig, strange() as server:
        await admitted(rig.network, server)
        assert (await server.send("POST", ACTIVATION, b"x" * 1_100_000))[0] == 413
        server.server_id = "nobody"
        statuses: set[int] = set()
        for _ in range(302):
            status, headers, _ = await server.send("GET", INFO)
            statuses.add(status)
            if status == 429:
                assert int(headers["retry-after"]) > 0
        assert statuses == {401, 429}
