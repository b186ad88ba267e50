"""Reports, decisions and scheduled statuses as apps meet them."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import testrig
from noi.models.accounts import Role, Viewer
from noi.models.moderation import EnforcementAction
from noi.services import accounts, enforcements, settings

one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    settings.forget()
    async with testrig.network(engine) as rig:
        yield rig


async def call(
    rig: testrig.Rig, token: str, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    async with rig.client(token) as client, client.request(method, path, **options) as answer:
        return answer.status, await answer.json()


async def viewer(rig: testrig.Rig, name: str, role: Role) -> Viewer:
    account = await accounts.get_by_handle(rig.network, name)
    return Viewer(account.id, role, "vi", 0)


async def test_report_reaches_the_moderator(rig: testrig.Rig) -> None:
    lan, binh = await rig.create_account("lan"), await rig.create_account("binh")
    moderator = await rig.create_account("mod", "moderator")
    _, status = await call(rig, binh, "POST", "/api/v1/statuses", data={"status": "Mua ngay"})
    form = {
        "account_id": status["account"]["id"],
        "status_ids[]": status["id"],
        "comment": "Quảng cáo",
        "category": "spam",
    }
    code, report = await call(rig, lan, "POST", "/api/v1/reports", data=form)
    assert code == 200
    assert (report["category"], report["status_ids"]) == ("spam", [status["id"]])
    assert report["target_account"]["username"] == "binh"
    assert (report["action_taken"], report["rule_ids"]) == (False, None)
    await rig.work()
    _, told = await call(rig, moderator, "GET", "/api/v1/notifications")
    assert [(item["type"], item["report"]["id"]) for item in told] == [
        ("admin.report", report["id"])
    ]
    code, _ = await call(rig, lan, "POST", "/api/v1/reports", data={})
    assert code == 422
    code, _ = await call(rig, lan, "POST", "/api/v1/reports", data={"account_id": "77"})
    assert code == 404


@one_engine
async def test_disabled_people_are_told_and_kept_out(rig: testrig.Rig) -> None:
    lan = await rig.create_account("lan")
    await rig.create_account("mod", "moderator")
    moderator = await viewer(rig, "mod", Role.MODERATOR)
    person = await viewer(rig, "lan", Role.MEMBER)
    _, status = await call(rig, lan, "POST", "/api/v1/statuses", data={"status": "Chào"})
    done = await enforcements.enforce(
        rig.network,
        moderator,
        EnforcementAction.LIMIT,
        account_id=person.account_id,
        rule="Luật",
        reason="Vì sao",
    )
    await rig.work()
    _, told = await call(rig, lan, "GET", "/api/v1/notifications")
    (warning,) = [item["moderation_warning"] for item in told]
    assert (warning["id"], warning["action"]) == (str(done.id), "silence")
    assert "Luật" in warning["text"] and "Vì sao" in warning["text"]
    await enforcements.enforce(
        rig.network,
        moderator,
        EnforcementAction.DISABLE,
        account_id=person.account_id,
        rule="Luật",
        reason="Vì sao",
    )
    code, _ = await call(rig, lan, "GET", "/api/v1/accounts/verify_credentials")
    assert code == 403
    code, _ = await call(rig, "", "GET", f"/api/v1/statuses/{status['id']}")
    assert code == 404


async def test_scheduled_status_is_shown_moved_and_deleted(rig: testrig.Rig) -> None:
    lan = await rig.create_account("lan")
    at = datetime.now(UTC) + timedelta(hours=3)
    form = {"status": "Mai", "scheduled_at": at.isoformat(), "visibility": "private"}
    code, made = await call(rig, lan, "POST", "/api/v1/statuses", json=form)
    assert code == 200
    assert (made["params"]["text"], made["params"]["visibility"]) == ("Mai", "private")
    assert made["media_attachments"] == []
    assert made["scheduled_at"] == f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    path = f"/api/v1/scheduled_statuses/{made['id']}"
    assert await call(rig, lan, "GET", path) == (200, made)
    assert await call(rig, lan, "GET", "/api/v1/scheduled_statuses") == (200, [made])
    later = (at + timedelta(hours=1)).isoformat()
    code, moved = await call(rig, lan, "PUT", path, data={"scheduled_at": later})
    assert code == 200 and moved["scheduled_at"] > made["scheduled_at"]
    code, _ = await call(rig, lan, "PUT", path, data={"scheduled_at": "2001-01-01"})
    assert code == 422
    assert await call(rig, lan, "DELETE", path) == (200, {})
    assert (await call(rig, lan, "GET", path))[0] == 404


@one_engine
async def test_directory_and_announcements(rig: testrig.Rig) -> None:
    lan = await rig.create_account("lan")
    await rig.create_account("binh")
    assert await call(rig, lan, "GET", "/api/v1/announcements") == (200, [])
    assert await call(rig, "", "GET", "/api/v1/directory") == (200, [])
    form = {"discoverable": "true"}
    await call(rig, lan, "PATCH", "/api/v1/accounts/update_credentials", data=form)
    for order in ("active", "new"):
        code, found = await call(rig, "", "GET", f"/api/v1/directory?local=true&order={order}")
        assert (code, [account["username"] for account in found]) == (200, ["lan"])
    assert (await call(rig, "", "GET", "/api/v1/directory?limit=-1"))[0] == 400
    # Whom somebody has blocked is not shown to them, nor they to whom they have blocked.
    binh, mai = await rig.create_account("binh2"), await rig.create_account("mai")
    lan_id = (await call(rig, lan, "GET", "/api/v1/accounts/verify_credentials"))[1]["id"]
    assert (await call(rig, binh, "POST", f"/api/v1/accounts/{lan_id}/block"))[0] == 200
    assert (await call(rig, mai, "POST", f"/api/v1/accounts/{lan_id}/mute"))[0] == 200
    for token in (binh, mai):
        assert await call(rig, token, "GET", "/api/v1/directory") == (200, [])
    assert len((await call(rig, lan, "GET", "/api/v1/directory"))[1]) == 1
