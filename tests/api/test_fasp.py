import json
import time

import aiohttp
import pytest

import testrig
from noi.models.errors import Conflict
from noi.services import alliance
from played_provider import PlayedProvider, providing, subscribe, use
from testrig import Rig

SUBSCRIPTIONS = "/data_sharing/v0/event_subscriptions"
BACKFILLS = "/data_sharing/v0/backfill_requests"
WISH = {"category": "content", "subscriptionType": "lifecycle", "maxBatchSize": 10}


async def test_nodeinfo_says_where_to_register() -> None:
    async with testrig.network("sqlite") as rig, rig.client() as client:
        answer = await client.get("/nodeinfo/2.1")
        metadata = (await answer.json())["metadata"]
        assert metadata["faspBaseUrl"] == f"{rig.url}/api/fasp"
        assert metadata["alliance"] == {"subjects": []}


async def test_a_provider_registers_and_is_confirmed(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        status, told = await played.register(rig)
        assert status == 201
        assert set(told) == {"faspId", "publicKey", "registrationCompletionUri"}
        assert told["registrationCompletionUri"] == f"{rig.url}/owner/alliance/{told['faspId']}"
        # Before a person confirms it, it may do nothing.
        assert (await played.call(rig, "POST", SUBSCRIPTIONS, WISH))[0] == 403
        assert (await played.call(rig, "POST", BACKFILLS, {"category": "account"}))[0] == 403
        await rig.work()
        assert played.calls == []
        looked = await alliance.look(rig.network, None, int(played.fasp_id))
        assert (looked.theirs, looked.error) == (played.fingerprint, "")
        assert [got.path for got in played.calls] == ["/provider_info"]
        with pytest.raises(Conflict):
            await alliance.confirm(rig.network, None, int(played.fasp_id), fingerprint=looked.ours)
        await alliance.confirm(
            rig.network,
            None,
            int(played.fasp_id),
            fingerprint=looked.theirs,
            capabilities=["trends"],
        )
        await rig.work()
        assert [(got.method, got.path) for got in played.calls[2:]] == [
            ("POST", "/capabilities/trends/0/activation")
        ]
        assert played.wrong == []
        # Data are shared only where the owner has chosen so.
        assert (await played.call(rig, "POST", SUBSCRIPTIONS, WISH))[0] == 403
        await alliance.switch(rig.network, None, int(played.fasp_id), "trends", False)
        await rig.work()
        assert (played.calls[-1].method, played.calls[-1].path) == (
            "DELETE",
            "/capabilities/trends/0/activation",
        )


async def test_asking_again_renews_what_waits_and_never_what_is_confirmed() -> None:
    async with testrig.network("sqlite") as rig, providing() as played, providing() as thief:
        await played.register(rig)
        first = played.fasp_id
        thief.origin, at_home = played.origin, thief.origin
        assert (await thief.register(rig))[0] == 201
        assert thief.fasp_id == first
        # The owner sees another fingerprint than the one of the provider that asked first.
        looked = await alliance.look(rig.network, None, int(first))
        assert (looked.theirs, looked.error != "") == (thief.fingerprint, True)
        assert (await played.register(rig))[0] == 201
        with pytest.raises(Conflict):
            await alliance.confirm(
                rig.network, None, int(first), fingerprint=thief.fingerprint, content=True
            )
        await alliance.confirm(rig.network, None, int(first), fingerprint=played.fingerprint)
        assert (await thief.register(rig))[0] == 409
        # Its own answer may have been lost.
        key = played.their_key
        assert (await played.register(rig))[0] == 201
        assert played.their_key == key
        thief.origin = at_home
        assert (await thief.call(rig, "POST", SUBSCRIPTIONS, WISH))[0] == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"baseUrl": "ftp://timquanh.example"},
        {"baseUrl": "http://timquanh.example/?a=b"},
        {"baseUrl": "http://a:b@timquanh.example"},
        {"baseUrl": "http://timquanh.example"},
        {"serverId": 'x"y'},
        {"serverId": ""},
        {"publicKey": "AAAA"},
        {"publicKey": "nothing"},
        {"name": 7},
        {"publicKey": None},
    ],
)
async def test_odd_registrations_are_refused(changes: dict[str, object]) -> None:
    async with testrig.network("sqlite", host="mang.example", federation_private_peers="") as rig:
        status, told = await _registered(rig, changes)
        assert status in (400, 422), told
        assert told["error"]


async def _registered(rig: Rig, changes: dict[str, object]) -> tuple[int, dict[str, str]]:
    played = PlayedProvider()
    played.origin = "https://timquanh.example"
    return await played.register(rig, **changes)


async def test_only_so_many_may_wait() -> None:
    async with testrig.network("sqlite") as rig:
        played = PlayedProvider()
        for number in range(20):
            played.origin = f"http://localhost:{number + 1}"
            assert (await played.register(rig))[0] == 201
        played.origin = "http://localhost:99"
        assert (await played.register(rig))[0] == 429
        async with aiohttp.ClientSession() as client:
            body = b"x" * 20_000
            answer = await client.post(f"{rig.url}/api/fasp/registration", data=body)
            assert answer.status == 413


async def test_calls_are_taken_only_signed_fresh_whole_and_once(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played, providing() as other:
        await use(rig, played)
        await use(rig, other)
        url = f"{rig.url}/api/fasp{SUBSCRIPTIONS}"
        body = json.dumps(WISH).encode()
        good = played.headers("POST", url, body)
        now = int(time.time())
        bad = [
            {},
            {**good, "Content-Digest": played.headers("POST", url, b"{}")["Content-Digest"]},
            {name: value for name, value in good.items() if name != "Content-Digest"},
            played.headers("POST", url, body, created=now - 400),
            played.headers("POST", url, body, created=now + 400),
            played.headers("DELETE", url, body),
            played.headers("POST", f"{url}/1", body),
            played.headers("POST", url.replace(rig.url, "http://localhost:1"), body),
            {**good, "Signature-Input": good["Signature-Input"].replace(
                played.fasp_id, other.fasp_id)},
            {**good, "Signature": "sig1=:AAAA:"},
        ]  # fmt: skip
        for headers in bad:
            status, _ = await played.call(rig, "POST", SUBSCRIPTIONS, WISH, headers=headers)
            assert status == 401, headers
        assert (await played.call(rig, "POST", SUBSCRIPTIONS, WISH, headers=good))[0] == 201
        assert (await played.call(rig, "POST", SUBSCRIPTIONS, WISH, headers=good))[0] == 401
        # What belongs to another is not there.
        id_ = await subscribe(rig, other, "content", 7)
        assert (await played.call(rig, "DELETE", f"{SUBSCRIPTIONS}/{id_}"))[0] == 404
        assert (await other.call(rig, "DELETE", f"{SUBSCRIPTIONS}/{id_}"))[0] == 204


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        (SUBSCRIPTIONS, {**WISH, "category": "people"}),
        (SUBSCRIPTIONS, {**WISH, "subscriptionType": "all"}),
        (SUBSCRIPTIONS, {**WISH, "maxBatchSize": 0}),
        (SUBSCRIPTIONS, {**WISH, "maxBatchSize": "many"}),
        (SUBSCRIPTIONS, {"category": "account", "subscriptionType": "trends"}),
        (SUBSCRIPTIONS, {**WISH, "threshold": {"timeframe": 0}}),
        (SUBSCRIPTIONS, {**WISH, "threshold": {"shares": -1}}),
        (BACKFILLS, {"category": "content", "maxCount": 0}),
        (BACKFILLS, []),
    ],
)
async def test_odd_wishes_are_refused(path: str, wish: object) -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        status, told = await played.call(rig, "POST", path, wish)
        assert (status in (400, 422), bool(told["error"])) == (True, True)


async def test_the_same_wish_is_one_subscription_and_there_are_few() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        first = await subscribe(rig, played, "content", 1)
        for batch in range(2, 21):
            await subscribe(rig, played, "content", batch)
        again = {"category": "content", "subscriptionType": "lifecycle", "maxBatchSize": 99}
        assert (await played.call(rig, "POST", SUBSCRIPTIONS, again))[0] == 429
        # A second later, for the same within a second would be a replay.
        url = f"{rig.url}/api/fasp{SUBSCRIPTIONS}"
        body = json.dumps({**again, "maxBatchSize": 1}).encode()
        headers = played.headers("POST", url, body, created=int(time.time()) + 5)
        answer = await played.call(
            rig, "POST", SUBSCRIPTIONS, {**again, "maxBatchSize": 1}, headers=headers
        )
        assert answer == (201, {"subscription": {"id": first}})


async def test_a_provider_answers_to_a_test() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        provider_id = await use(rig, played)
        assert await alliance.test(rig.network, None, provider_id) == ""
        got = played.calls[-1]
        assert (got.method, got.path) == ("POST", "/debug/v0/callback/logs")
        path = "/debug/v0/callback/responses"
        assert (await played.call(rig, "POST", path, got.json))[0] == 201
        view = await alliance.get(rig.network, None, provider_id)
        assert any(one.capability == "callback" and one.succeeded_at for one in view.capabilities)


async def test_answers_signed_by_others_are_not_believed() -> None:
    async with testrig.network("sqlite") as rig, providing() as played, providing() as other:
        await played.register(rig)
        played.sign_with = other.key
        looked = await alliance.look(rig.network, None, int(played.fasp_id))
        assert "signed by another key" in looked.error
        assert looked.view.provider.contact_email == ""
