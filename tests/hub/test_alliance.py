"""The alliance's own protocol: what the hub signs for good, asking, membership, leaving."""

import asyncio
import json
from typing import Any

import pytest

import testrig
from noi.activitypub import fasp, signed_documents
from noi.activitypub.signatures import BadSignature, Response
from noi.db.hub import received
from noi.models.accounts import Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.services import keys
from noi.services.hub import charters, identity, members
from strange_networks import Strange, admitted, publish_charter, strange
from testrig import Rig

TOLD = {"rule": "Không thư rác", "reason": "Ba nghìn bài một giờ"}


async def read(rig: Rig, path: str, status: int = 200) -> dict[str, Any]:
    async with rig.client() as client, client.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def signed(server: Strange, answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    status, headers, body = answer
    fasp.check_response(Response(status, headers, body), server.provider_key, now_ms())
    return json.loads(body)


async def test_the_hub_introduces_itself_and_signs_it() -> None:
    async with testrig.hub("sqlite") as rig:
        hub = await read(rig, "/alliance/v0")
        assert hub["charterVersion"] is None
        await publish_charter(rig.network)
        hub = await read(rig, "/alliance/v0")
        signed_documents.check(hub, hub["publicKey"])
        assert hub["fingerprint"] == fasp.fingerprint(hub["publicKey"])
        assert (hub["type"], hub["origin"], hub["charterVersion"]) == ("Hub", rig.url, 1)
        assert {"id": "post_search", "version": "0.1"} in hub["capabilities"]
        for change in ({"name": "Khác"}, {"charterVersion": 2}, {"signature": ""}, {"more": 1}):
            with pytest.raises(BadSignature):
                signed_documents.check({**hub, **change}, hub["publicKey"])
        with pytest.raises(BadSignature):
            signed_documents.check(hub, fasp.new_pair().public_key)


async def test_every_version_of_the_charter_stays(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        await read(rig, "/alliance/v0/charter", 404)
        texts = {"vi": "## Mục đích\n\nTìm thấy nhau.\u0000", "en": "", "lo": "ຈຸດປະສົງ"}
        first = await charters.publish(rig.network, texts, None)
        assert first.texts == {"vi": "## Mục đích\n\nTìm thấy nhau.", "lo": "ຈຸດປະສົງ"}
        again = await charters.publish(rig.network, texts, None)
        assert again.version == 1
        await charters.publish(rig.network, {"vi": "Khác"}, Viewer(7, Role.OWNER, "vi", 0))
        key = (await identity.get(rig.network)).public_key
        newest = await read(rig, "/alliance/v0/charter")
        oldest = await read(rig, "/alliance/v0/charter/1")
        for document, version in ((newest, 2), (oldest, 1)):
            signed_documents.check(document, key)
            assert document["version"] == version
            assert document["hub"] == rig.url
        assert oldest["texts"] == first.texts
        assert [charter.version for charter in await charters.fetch_all(rig.network)] == [2, 1]
        for missing in ("0", "3", "x", "-1", "9" * 30):
            await read(rig, f"/alliance/v0/charter/{missing}", 404)


async def test_what_is_no_charter() -> None:
    async with testrig.hub("sqlite") as rig:
        wrong: list[dict[str, str]] = [
            {},
            {"vi": " \n"},
            {"tiếng Việt": "x"},
            {"vi": "x" * (charters.MAX_CHARACTERS + 1)},
        ]
        for texts in wrong:
            with pytest.raises(Invalid):
                await charters.publish(rig.network, texts, None)
        for role in (Role.MEMBER, Role.MODERATOR):
            with pytest.raises(Forbidden):
                await charters.publish(rig.network, {"vi": "x"}, Viewer(1, role, "vi", 0))
        with pytest.raises(NotFound):
            await charters.get(rig.network, 1)
        assert await charters.current(rig.network) is None


async def test_charters_stay_true_with_keys_that_are_read_anew() -> None:
    async with testrig.hub("sqlite") as rig:
        await publish_charter(rig.network)
        document = await charters.signed_document(rig.network, 1)
        key = (await keys.instance_key(rig.network)).ed25519_private_key
        again = signed_documents.sign(document, key)
        assert again["signature"] == document["signature"]


async def test_asking_tells_the_key_that_the_hub_has_for_a_network() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server, rig.client() as client:
        await publish_charter(rig.network)
        async with client.post("/alliance/v0/requests", json={"host": server.host}) as answer:
            assert answer.status == 202
            request = await answer.json()
        hub = await read(rig, "/alliance/v0")
        signed_documents.check(request, hub["publicKey"])
        assert request["publicKey"] == server.registered[0]["publicKey"]
        assert request["fingerprint"] == fasp.fingerprint(server.provider_key)
        assert request["theirFingerprint"] == fasp.fingerprint(server.pair.public_key)
        assert (request["host"], request["state"]) == (server.host, "asked")
        assert request["registrationCompletionUri"].startswith(server.origin)
        assert await read(rig, f"/alliance/v0/requests/{server.host}") == request
        await read(rig, "/alliance/v0/requests/nowhere.example", 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("{}", 400),
        ('{"host": 7}', 400),
        ('{"host": ""}', 422),
        ('{"host": "localhost:1"}', 422),
        ('{"host": "' + "x" * 20_000 + '"}', 413),
        ("[" * 10_000, 400),
    ],
)
async def test_requests_that_are_none(body: str, status: int) -> None:
    async with testrig.hub("sqlite") as rig, rig.client() as client:
        await publish_charter(rig.network)
        async with client.post("/alliance/v0/requests", data=body) as answer:
            assert answer.status == status
            assert (await answer.json())["error"]


async def test_a_network_sees_how_it_stands(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        await server.send("POST", "/capabilities/trends/0/activation")

        async def count(tx: Any) -> None:
            await received.add(tx, "2999-01-01", {(member.id, "content"): 3})
            await received.add(tx, "2000-01-01", {(member.id, "content"): 3})

        await rig.network.db.transaction(count)
        told = signed(server, await server.send("GET", "/alliance/v0/membership"))
        assert told.pop("since") <= identity.day_and_time(now_ms())
        assert told == {
            "host": server.host,
            "state": "admitted",
            "rule": "",
            "reason": "",
            "charterVersion": 1,
            "capabilities": ["trends"],
            "received": [{"day": "2999-01-01", "category": "content", "amount": 3}],
        }
        await members.suspend(rig.network, None, server.host, **TOLD)
        told = signed(server, await server.send("GET", "/alliance/v0/membership"))
        assert (told["state"], told["rule"], told["reason"]) == ("suspended", *TOLD.values())
        async with rig.client() as client, client.get("/alliance/v0/membership") as answer:
            assert answer.status == 401


@pytest.mark.parametrize("suspended", [False, True])
async def test_a_network_leaves_and_gets_a_receipt(engine: str, suspended: bool) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await admitted(rig.network, server)
        if suspended:
            await members.suspend(rig.network, None, server.host, **TOLD)
        path = f"/alliance/v0/receipts/{server.host}"
        answer = await server.send("DELETE", "/alliance/v0/membership")
        assert answer[0] == 202
        assert signed(server, answer) == {"state": "leaving", "receipt": rig.url + path}
        await read(rig, path, 404)
        told = signed(server, await server.send("GET", "/alliance/v0/membership"))
        assert told["state"] == "leaving"
        await rig.work()
        receipt = await read(rig, path)
        signed_documents.check(receipt, (await identity.get(rig.network)).public_key)
        assert (receipt["hub"], receipt["host"]) == (rig.url, server.host)
        assert receipt["leaving"] <= receipt["erased"]
        told = signed(server, await server.send("GET", "/alliance/v0/membership"))
        assert told["state"] == "left"
        again = await server.send("DELETE", "/alliance/v0/membership", now=now_ms() + 2000)
        assert (again[0], signed(server, again)["state"]) == (202, "left")
        assert (await server.send("GET", "/provider_info"))[0] == 403
        member = await members.get(rig.network, server.host)
        assert (member.state, member.contact, member.name) == ("left", "", "")
        states = [one.state for one in await members.decisions(rig.network, member.id)]
        assert states[:2] == ["left", "leaving"]
        again = await members.ask(rig.network, server.host)
        assert (again.id, again.state) == (member.id, "asked")


async def test_two_versions_at_once_are_one(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        results = await asyncio.gather(
            *(charters.publish(rig.network, {"vi": f"Bản {n}"}, None) for n in range(4)),
            return_exceptions=True,
        )
        errors = [one for one in results if isinstance(one, BaseException)]
        assert all(isinstance(error, Conflict) for error in errors)
        known = await charters.fetch_all(rig.network)
        assert len(known) == 4 - len(errors)
        assert [one.version for one in known] == list(range(len(known), 0, -1))
