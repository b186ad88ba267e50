"""The network's public face, through HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

import people
import testrig
from noi.models.accounts import Role
from noi.services import emojis, rules, settings


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    settings.forget()
    async with testrig.network("sqlite") as rig:
        yield rig


async def get(rig: testrig.Rig, path: str, **options: Any) -> tuple[aiohttp.ClientResponse, Any]:
    async with rig.client() as client, client.get(path, **options) as answer:
        body = await answer.json(content_type=None) if "json" in answer.content_type else None
        return answer, body if body is not None else await answer.text()


async def test_instance_v2_has_every_key(rig: testrig.Rig) -> None:
    owner = await people.join(rig.network, "lan", Role.OWNER)
    await settings.update(
        rig.network,
        owner,
        {
            "name": "Làng",
            "short_description": "Tin làng",
            "registrations": "approval",
            "contact_account_id": owner.account_id,
            "contact_email": "lan@example.com",
        },
    )
    await rules.create(rig.network, owner, "Không quảng cáo", "Kể cả trong tên")
    answer, body = await get(rig, "/api/v2/instance")
    assert answer.status == 200
    host = rig.network.settings.host
    assert (body["domain"], body["title"], body["description"]) == (host, "Làng", "Tin làng")
    assert body["version"].startswith("4.6.5 (compatible; Noi ")
    assert body["api_versions"]["mastodon"] == 9
    assert body["configuration"]["statuses"]["max_characters"] == 10_000
    assert body["configuration"]["urls"]["streaming"] == f"ws://{host}"
    assert "image/jpeg" in body["configuration"]["media_attachments"]["supported_mime_types"]
    assert body["registrations"] == {
        "enabled": True,
        "approval_required": True,
        "reason_required": True,
        "message": None,
        "min_age": None,
        "url": None,
    }
    assert body["contact"]["account"]["username"] == "lan"
    (rule,) = body["rules"]
    assert (rule["text"], rule["hint"]) == ("Không quảng cáo", "Kể cả trong tên")
    assert body["thumbnail"]["url"].startswith("http")
    for key in ("source_url", "usage", "icon", "languages"):
        assert key in body


async def test_instance_v1_for_older_apps(rig: testrig.Rig) -> None:
    _, body = await get(rig, "/api/v1/instance")
    assert body["uri"] == rig.network.settings.host
    assert body["urls"]["streaming_api"].startswith("ws://")
    assert set(body["stats"]) == {"user_count", "status_count", "domain_count"}
    assert body["max_toot_chars"] == 10_000
    assert (body["contact_account"], body["registrations"]) == (None, False)


async def test_texts(rig: testrig.Rig) -> None:
    answer, _ = await get(rig, "/api/v1/instance/terms_of_service")
    assert answer.status == 404
    await settings.update(
        rig.network, None, {"terms": "**Điều** <script>x</script>", "description": "Về _làng_"}
    )
    _, terms = await get(rig, "/api/v1/instance/terms_of_service")
    assert "<strong>Điều</strong>" in terms["content"] and "<script" not in terms["content"]
    dated = f"/api/v1/instance/terms_of_service/{terms['effective_date']}"
    assert (await get(rig, dated))[1] == terms
    assert (await get(rig, "/api/v1/instance/terms_of_service/2001-01-01"))[0].status == 404
    _, about = await get(rig, "/api/v1/instance/extended_description")
    assert "<em>làng</em>" in about["content"]
    _, privacy = await get(rig, "/api/v1/instance/privacy_policy")
    assert privacy["content"].startswith("<p>") and privacy["updated_at"].endswith("Z")


async def test_empty_lists(rig: testrig.Rig) -> None:
    for path in (
        "/api/v1/instance/rules",
        "/api/v1/instance/peers",
        "/api/v1/peers/search",
        "/api/v1/instance/domain_blocks",
        "/api/v1/custom_emojis",
    ):
        assert (await get(rig, path))[1] == []
    assert (await get(rig, "/api/v1/instance/translation_languages"))[1] == {}
    _, languages = await get(rig, "/api/v1/instance/languages")
    assert languages == [{"code": "vi", "name": "Tiếng Việt"}]


async def test_activity_counts_this_week(rig: testrig.Rig) -> None:
    await people.join(rig.network, "lan")
    _, weeks = await get(rig, "/api/v1/instance/activity")
    assert len(weeks) == 12
    assert (weeks[0]["registrations"], weeks[1]["registrations"]) == ("1", "0")
    assert int(weeks[0]["week"]) - int(weeks[1]["week"]) == 7 * 86_400


async def test_disabled_emoji_goes_from_shown_statuses(rig: testrig.Rig, tmp_path: Path) -> None:
    path = tmp_path / "lotus.png"
    Image.new("RGB", (20, 20), "red").save(path)
    emoji = await emojis.create(rig.network, None, "sen", path)
    lan = await people.join(rig.network, "lan")
    status_id = await people.write(rig.network, lan, "Hoa :sen:")
    (listed,) = (await get(rig, "/api/v1/custom_emojis"))[1]
    assert listed["shortcode"] == "sen"
    _, shown = await get(rig, f"/api/v1/statuses/{status_id}")
    assert shown["emojis"] == [listed]
    await emojis.update(rig.network, None, emoji.id, category="", visible=True, disabled=True)
    async with asyncio.timeout(10):
        while shown["emojis"]:
            await asyncio.sleep(0.01)
            _, shown = await get(rig, f"/api/v1/statuses/{status_id}")
    assert (await get(rig, "/api/v1/custom_emojis"))[1] == []
