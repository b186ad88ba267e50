"""New versions of a charter: learnt, told, compared, agreed to; or not."""

import json

import pytest
from tests.transport.postbox import postbox

import people
import testrig
from allied import both, join, settle
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, NotFound
from noi.services import alliance, charter_versions
from noi.services.charter_versions import Part, parts
from noi.services.hub import charters, members

OLD = "## Mục đích\n\nTìm thấy nhau.\n\n## Rời đi\n\nBất cứ lúc nào."
NEW = "## Mục đích\n\nTìm thấy nhau, và giúp nhau.\n\n## Rời đi\n\nBất cứ lúc nào.\n\nThêm."


def test_texts_are_compared_by_paragraphs() -> None:
    assert parts(OLD, NEW) == [
        Part("same", "## Mục đích"),
        Part("old", "Tìm thấy nhau."),
        Part("new", "Tìm thấy nhau, và giúp nhau."),
        Part("same", "## Rời đi"),
        Part("same", "Bất cứ lúc nào."),
        Part("new", "Thêm."),
    ]
    assert parts("", "a\r\n\r\nb") == [Part("new", "a"), Part("new", "b")]
    assert parts("a", "a") == [Part("same", "a")]
    assert parts("", "") == []
    many = parts("a\n\n" * 20_000, "a\n\n" * 20_000)  # at once
    assert [part.kind for part in many] == ["old", "new"]


async def test_a_new_version_is_learnt_compared_and_agreed_to(engine: str) -> None:
    async with both(engine) as (rig, hub):
        await charters.publish(hub.network, {"vi": OLD}, None)
        provider_id = await join(rig, hub)
        host = rig.network.settings.host
        await charter_versions.agree(rig.network, None, provider_id, 2)
        await settle(rig, hub, provider_id)
        assert (await members.get(hub.network, host)).charter_version == 2
        assert await charter_versions.pending(rig.network) == {}
        await charters.publish(hub.network, {"vi": NEW, "en": "## Purpose"}, None)
        await settle(rig, hub, provider_id)
        assert await charter_versions.pending(rig.network) == {provider_id: 3}
        found = await charter_versions.compare(rig.network, None, provider_id, "vi")
        assert (found.agreed, found.newest, found.parts) == (2, 3, parts(OLD, NEW))
        # A language that only the new version has, and one that neither has.
        english = await charter_versions.compare(rig.network, None, provider_id, "en")
        assert english.parts == [Part("new", "## Purpose")]
        lao = await charter_versions.compare(rig.network, None, provider_id, "lo")
        assert (lao.language, lao.parts) == ("vi", found.parts)
        # Until it is agreed to, the hub knows of the earlier one only.
        assert (await members.get(hub.network, host)).charter_version == 2
        member = await people.join(rig.network, "lan")
        with pytest.raises(Forbidden):
            await charter_versions.agree(rig.network, member, provider_id, 3)
        with pytest.raises(Forbidden):
            await charter_versions.compare(rig.network, member, provider_id, "vi")
        for version in (2, 4):
            with pytest.raises(Conflict):
                await charter_versions.agree(rig.network, None, provider_id, version)
        with pytest.raises(NotFound):
            await charter_versions.agree(rig.network, None, 77, 1)
        await charter_versions.agree(rig.network, None, provider_id, 3)
        await settle(rig, hub, provider_id)
        assert await charter_versions.pending(rig.network) == {}
        assert (await members.get(hub.network, host)).charter_version == 3
        kept = await rig.network.db.fetch_all("SELECT document FROM fasp_charters")
        assert all(json.loads(row[0])["signature"] for row in kept)
        # Left and forgotten, nothing stays.
        await alliance.leave(rig.network, None, provider_id)
        await settle(rig, hub, provider_id)
        await alliance.forget(rig.network, None, provider_id)
        assert await rig.network.db.fetch_all("SELECT document FROM fasp_charters") == []


async def test_owners_get_one_letter_for_each_version() -> None:
    async with (
        postbox() as box,
        testrig.network("sqlite", smtp=f"smtp://127.0.0.1:{box.port}") as rig,
        testrig.hub("sqlite") as hub,
    ):
        await charters.publish(hub.network, {"vi": OLD}, None)
        await people.join(rig.network, "chu", Role.OWNER, "chu@lang.example")
        await people.join(rig.network, "mod", Role.MODERATOR, "mod@lang.example")
        provider_id = await join(rig, hub)
        before = len(box.messages)
        await charters.publish(hub.network, {"vi": NEW}, None)
        await settle(rig, hub, provider_id)
        (letter,) = box.messages[before:]
        assert letter["To"] == "chu@lang.example"
        assert f"/owner/alliance/{provider_id}/charter" in letter.get_content()


async def test_what_the_hub_has_not_signed_is_passed_over() -> None:
    async with both("sqlite") as (rig, hub):
        provider_id = await join(rig, hub)
        await charters.publish(hub.network, {"vi": NEW}, None)
        await hub.network.db.execute('UPDATE hub_charters SET texts = \'{"vi": "Khác"}\'')
        await settle(rig, hub, provider_id)
        assert await charter_versions.pending(rig.network) == {}


async def test_the_longest_charter_is_learnt() -> None:
    async with both("sqlite") as (rig, hub):
        provider_id = await join(rig, hub)
        text = "ພັນທະມິດ " * (charters.MAX_CHARACTERS // 9)
        await charters.publish(hub.network, dict.fromkeys(("vi", "en", "lo", "fr"), text), None)
        await settle(rig, hub, provider_id)
        assert await charter_versions.pending(rig.network) == {provider_id: 2}
        found = await charter_versions.compare(rig.network, None, provider_id, "lo")
        assert found.parts[-1].text == text.strip()
