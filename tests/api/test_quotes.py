"""Quotes as apps see them: https://docs.joinmastodon.org/entities/Quote/"""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

import testrig
from testrig import Rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.network(engine) as rig:
        yield rig


async def post(client: aiohttp.ClientSession, code: int = 200, **form: Any) -> dict[str, Any]:
    async with client.post("/api/v1/statuses", json={"status": "Xin chào", **form}) as answer:
        assert answer.status == code, await answer.text()
        return await answer.json()


async def call(
    client: aiohttp.ClientSession, path: str, method: str = "GET", code: int = 200, **form: Any
) -> Any:
    async with client.request(method, f"/api/v1/{path}", json=form or None) as answer:
        assert answer.status == code, await answer.text()
        return await answer.json()


async def test_quoting_revoking_and_who_may(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai, rig.client() as stranger:
        original = await post(as_lan, status="Huế đẹp")
        assert original["quote"] is None
        assert original["quote_approval"] == {
            "automatic": ["public"], "manual": [], "current_user": "automatic",
        }  # fmt: skip
        quoting = await post(as_mai, status="Đúng", quoted_status_id=original["id"])
        assert quoting["quote"]["state"] == "accepted"
        assert quoting["quote"]["quoted_status"]["id"] == original["id"]
        assert quoting["quote"]["quoted_status"]["favourited"] is False
        assert '<p class="quote-inline">RE: <a href=' in quoting["content"]
        third = await post(as_lan, quoted_status_id=quoting["id"])
        inner = third["quote"]["quoted_status"]
        assert inner["quote"] == {"state": "accepted", "quoted_status_id": original["id"]}

        await call(as_lan, f"statuses/{original['id']}/favourite", "POST")
        shown = await call(as_lan, f"statuses/{quoting['id']}")
        assert shown["quote"]["quoted_status"]["favourited"] is True
        assert shown["quote"]["quoted_status"]["quotes_count"] == 1
        shown = await call(stranger, f"statuses/{quoting['id']}")
        assert "favourited" not in shown["quote"]["quoted_status"]
        assert shown["quote_approval"]["current_user"] == "denied"
        listed = await call(as_lan, f"statuses/{original['id']}/quotes")
        assert [status["id"] for status in listed] == [quoting["id"]]
        await rig.work()
        told = await call(as_lan, "notifications")
        assert {("quote", quoting["id"])} <= {
            (line["type"], line.get("status", {}).get("id")) for line in told
        }

        revoke = f"statuses/{original['id']}/quotes/{quoting['id']}/revoke"
        await call(as_mai, revoke, "POST", 403)
        revoked = await call(as_lan, revoke, "POST")
        assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
        assert (await call(as_lan, f"statuses/{original['id']}"))["quotes_count"] == 0
        assert await call(as_lan, f"statuses/{original['id']}/quotes") == []

        policy = f"statuses/{original['id']}/interaction_policy"
        await call(as_lan, policy, "PUT", 422, quote_approval_policy="whoever")
        await call(as_mai, policy, "PUT", 404, quote_approval_policy="public")
        closed = await call(as_lan, policy, "PUT", quote_approval_policy="nobody")
        assert closed["quote_approval"]["automatic"] == []
        await post(as_mai, 404, quoted_status_id=original["id"])
        await post(as_lan, quoted_status_id=original["id"])
        followers = await call(as_lan, policy, "PUT", quote_approval_policy="followers")
        assert followers["quote_approval"]["automatic"] == ["followers"]
        await post(as_mai, 404, quoted_status_id=original["id"])
        await call(as_mai, f"accounts/{original['account']['id']}/follow", "POST")
        shown = await call(as_mai, f"statuses/{original['id']}")
        assert shown["quote_approval"]["current_user"] == "automatic"
        await post(as_mai, quoted_status_id=original["id"])


async def test_what_each_reader_sees_of_what_is_quoted(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    ha = await rig.create_account("ha")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai, rig.client(ha) as as_ha:
        own = await post(as_lan, status="Riêng bạn bè", visibility="private")
        kept = await post(as_lan, quoted_status_id=own["id"], visibility="public")
        assert kept["visibility"] == "private"
        await post(as_mai, 404, quoted_status_id=own["id"])

        original = await post(as_lan, status="Ai cũng xem được")
        quoting = await post(as_mai, quoted_status_id=original["id"])
        path, author = f"statuses/{quoting['id']}", original["account"]["id"]

        async def state() -> tuple[str, bool]:
            quote = (await call(as_ha, path))["quote"]
            return quote["state"], quote["quoted_status"] is not None

        assert await state() == ("accepted", True)
        await call(as_ha, f"accounts/{author}/mute", "POST")
        assert await state() == ("muted_account", True)
        await call(as_ha, f"accounts/{author}/unmute", "POST")
        await call(as_ha, f"accounts/{author}/block", "POST")
        assert await state() == ("blocked_account", False)
        await call(as_ha, f"accounts/{author}/unblock", "POST")
        blocker = quoting["account"]["id"]
        ha_id = (await call(as_ha, "accounts/verify_credentials"))["id"]
        await call(as_lan, f"accounts/{ha_id}/block", "POST")
        assert blocker and await state() == ("unauthorized", False)
        await call(as_lan, f"accounts/{ha_id}/unblock", "POST")
        await call(as_lan, f"statuses/{original['id']}", "DELETE")
        assert await state() == ("deleted", False)


async def test_defaults_schedules_and_edits(rig: Rig) -> None:
    lan = await rig.create_account("lan")
    async with rig.client(lan) as client:
        assert (await call(client, "preferences"))["posting:default:quote_policy"] == "public"
        changed = await call(
            client, "accounts/update_credentials", "PATCH", source={"quote_policy": "nobody"}
        )
        assert changed["source"]["quote_policy"] == "nobody"
        original = await post(client)
        assert original["quote_approval"]["automatic"] == []
        at = "2099-01-01T00:00:00Z"
        planned = await post(
            client, scheduled_at=at, quoted_status_id=original["id"], quote_approval_policy="public"
        )
        assert planned["params"]["quoted_status_id"] == original["id"]
        assert planned["params"]["quote_approval_policy"] == "public"
        quoting = await post(client, status="", quoted_status_id=original["id"])
        edited = await call(
            client, f"statuses/{quoting['id']}", "PUT", status="Thêm lời",
            quote_approval_policy="followers",
        )  # fmt: skip
        assert edited["quote"]["quoted_status"]["id"] == original["id"]
        assert edited["quote_approval"]["automatic"] == ["followers"]
        history = await call(client, f"statuses/{quoting['id']}/history")
        assert history[0]["quote"]["state"] == "accepted"
        await call(client, f"statuses/{quoting['id']}", "DELETE")
        assert (await call(client, f"statuses/{original['id']}"))["quotes_count"] == 0


async def test_messages_quote_nobody_behind_their_back(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai:
        original = await post(as_lan)
        await post(as_mai, 422, quoted_status_id=original["id"], visibility="direct")
        await post(as_mai, status="@lan này", quoted_status_id=original["id"], visibility="direct")
        message = await post(as_lan, status="@mai riêng", visibility="direct")
        await post(as_mai, 404, quoted_status_id=message["id"])


async def test_websites_that_may_name_one_as_author(rig: Rig) -> None:
    lan = await rig.create_account("lan")
    async with rig.client(lan) as client:
        path = "accounts/update_credentials"
        own = await call(client, path, "PATCH", attribution_domains=["Báo.example", "a.example"])
        assert own["source"]["attribution_domains"] == ["xn--bo-mia.example", "a.example"]
        await call(client, path, "PATCH", 422, attribution_domains=["không phải"])
        own = await call(client, path, "PATCH", attribution_domains=[""])
        assert own["source"]["attribution_domains"] == []


async def test_who_quoted_learns_of_an_edit(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai:
        original = await post(as_lan)
        quoting = await post(as_mai, quoted_status_id=original["id"])
        await call(as_lan, f"statuses/{original['id']}", "PUT", status="Khác rồi")
        await rig.work()
        told = await call(as_mai, "notifications")
        assert [(line["type"], line["status"]["id"]) for line in told] == [
            ("quoted_update", quoting["id"])
        ]
