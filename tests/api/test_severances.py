"""Decisions about other servers, as apps see them."""

import hashlib
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tests.services.test_policy_decisions import block

import testrig
from noi.models.federation import Severity
from noi.services import policy_decisions
from strangers import arrive, follow_back
from testrig import Rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.network(engine) as rig:
        yield rig


async def get(rig: Rig, path: str, token: str = "") -> Any:
    async with rig.client(token) as client, client.get(path) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_whoever_lost_follows_is_told_by_a_notification(rig: Rig) -> None:
    token = await rig.create_account("lan")
    lan = await rig.account_id("lan")
    stranger = await arrive(rig.network, "a", "bad.example")
    await follow_back(rig.network, lan, stranger)
    await policy_decisions.decide(rig.network, None, block("bad.example"))
    await rig.work()
    (told,) = await get(rig, "/api/v1/notifications", token)
    assert told["type"] == "severed_relationships"
    event = told["event"]
    assert event.pop("id").isdigit()
    assert event.pop("created_at").endswith("Z")
    assert event == {
        "type": "domain_block",
        "purged": False,
        "target_name": "bad.example",
        "followers_count": 0,
        "following_count": 1,
    }
    grouped = await get(rig, "/api/v2/notifications", token)
    assert grouped["notification_groups"][0]["event"]["target_name"] == "bad.example"


async def test_anyone_may_see_what_is_decided_about_servers(rig: Rig) -> None:
    network = rig.network
    await policy_decisions.decide(network, None, block("loud.example", severity=Severity.LIMIT))
    await policy_decisions.decide(network, None, block("very-bad.example", obfuscate=True))
    media = block("big.example", severity=Severity.NONE, reject_media=True)
    await policy_decisions.decide(network, None, media)
    assert await get(rig, "/api/v1/instance/domain_blocks") == [
        {
            "domain": "very****.***mple",
            "digest": hashlib.sha256(b"very-bad.example").hexdigest(),
            "severity": "suspend",
            "comment": "Thư rác hằng ngày",
        },
        {
            "domain": "loud.example",
            "digest": hashlib.sha256(b"loud.example").hexdigest(),
            "severity": "silence",
            "comment": "Thư rác hằng ngày",
        },
    ]


async def test_peers_are_the_servers_of_known_accounts(rig: Rig) -> None:
    for domain in ("bad.example", "ban.example", "dalat.example"):
        await arrive(rig.network, "a", domain)
    await policy_decisions.decide(rig.network, None, block("bad.example"))
    assert await get(rig, "/api/v1/instance/peers") == ["ban.example", "dalat.example"]
    assert await get(rig, "/api/v1/peers/search?q=Da") == ["dalat.example"]
