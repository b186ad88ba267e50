"""Requests that make no sense get a refusal, never a failure."""

from collections.abc import AsyncGenerator

import pytest
from yarl import URL

import people
import testrig

ACCEPT = {"Accept": "application/activity+json"}


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await people.join(rig.network, "lan")
        yield rig


async def test_names_and_ids(rig: testrig.Rig) -> None:
    names = ("%00", "%ff%fe", "%F0%9F%98%80", "a%00b", "..%2f..", "%20", "x" * 3000, "%0d%0a", "'")
    paths = [path for name in names for path in (f"/users/{name}", f"/@{name}", f"/@{name}/1")]
    paths += [f"/users/lan/statuses/{name}" for name in names]
    paths += [f"/contexts/{name}" for name in names]
    paths += [f"/users/lan/outbox?page=true&max_id={name}" for name in names]
    paths += [f"/.well-known/webfinger?resource={name}" for name in names]
    paths += [f"/.well-known/webfinger?resource=acct:{name}@localhost" for name in names]
    paths += [f"/nodeinfo/{name}" for name in names]
    async with rig.client() as client:
        for path in paths:
            url = URL(rig.url + path, encoded=True)
            async with client.get(url, headers=ACCEPT, allow_redirects=False) as answer:
                assert answer.status in (400, 404), (answer.status, path)


async def test_signatures(rig: testrig.Rig) -> None:
    values = (
        "",
        "x" * 7000,
        "keyId=",
        'keyId="a",signature="b"',
        'keyId="https://[::1",headers="(request-target)",signature="AAAA"',
        'keyId="http://localhost:1/x",algorithm="hs2019",headers="date",signature="AA=="',
        "sig1=:AAAA:, sig1=:BBBB:;x",
    )
    async with rig.client() as client:
        for value in values:
            for names in (("Signature",), ("Signature", "Signature-Input"), ("Signature-Input",)):
                headers = {**ACCEPT, **dict.fromkeys(names, value)}
                async with client.get("/users/lan", headers=headers) as answer:
                    assert answer.status == 200, (names, value)
                path = "/users/lan/followers_synchronization"
                async with client.get(path, headers=headers) as answer:
                    assert answer.status == 401, (names, value)
