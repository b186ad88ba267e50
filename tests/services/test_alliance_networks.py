"""The networks of an alliance: listed by its hub, signed, kept by its members, shown to people."""

import pytest

import found
import testrig
from allied import both, join, settle
from noi.activitypub import signed_documents
from noi.hub import alliance as door
from noi.services import alliance_networks
from noi.services.hub import identity
from visitor import visiting


async def hosts(rig: testrig.Rig, limit: int = 100) -> list[str]:
    listed = await alliance_networks.first(rig.network, limit)
    return [one.host for some in listed.values() for one in some]


async def test_members_that_want_to_be_listed_are_told_in_signed_pages(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with testrig.hub(engine) as hub:
        for n in range(5):
            await found.member(
                hub.network, f"lang{n}.example", name=f"Làng {n}", languages='["vi"]', people=50
            )
        await found.member(hub.network, "an.example", listed=0)
        for state in ("asked", "suspended", "left"):
            await found.member(hub.network, f"{state}.example", state)
        key = (await identity.get(hub.network)).public_key
        seen: list[str] = []
        monkeypatch.setattr(door, "PAGE", 2)
        path = "/alliance/v0/networks"
        pages = 0
        async with hub.client() as client:
            while path:
                async with client.get(path) as answer:
                    document = await answer.json()
                    assert (answer.status, document["type"]) == (200, "Networks")
                signed_documents.check(document, key)
                seen += [one["host"] for one in document["networks"]]
                path = (document["next"] or "").removeprefix(hub.url)
                pages += 1
            async with client.get("/alliance/v0/networks?after=x") as answer:
                assert answer.status == 400
        assert (seen, pages) == ([f"lang{n}.example" for n in range(5)], 4)


async def test_a_member_shows_the_other_networks_of_its_alliance(engine: str) -> None:
    async with both(engine) as (rig, hub):
        provider_id = await join(rig, hub)
        assert await hosts(rig) == []  # its own is not among them
        await found.member(
            hub.network,
            "lang.example",
            name="Làng Bên",
            description="Chuyện làng, mùa màng.",
            subjects='["Địa phương"]',
            languages='["vi"]',
            registrations="approval",
        )
        await found.member(hub.network, "truong.example", name="Trường")
        await settle(rig, hub, provider_id)
        assert await hosts(rig) == ["lang.example", "truong.example"]
        assert await hosts(rig, 1) == ["lang.example"]
        async with visiting(rig) as guest:
            page = await guest.get("/search")
            for words in ("Làng Bên", "Chuyện làng, mùa màng.", "Địa phương", "Tiếng Việt"):
                assert words in page.plain, words
            assert f"{hub.url}/networks" in page.plain
            assert 'href="https://lang.example/"' in page.plain
            # What the hub has not signed is not taken; what was known stays.
            await rig.network.db.execute("UPDATE fasp_providers SET hub_key = 'AAAA'")
            await found.suspend(hub.network, "lang.example")
            await settle(rig, hub, provider_id)
            assert await hosts(rig) == ["lang.example", "truong.example"]
            # Whoever is suspended there shows nothing of it any more.
            await rig.network.db.execute("UPDATE fasp_providers SET membership = 'suspended'")
            assert await hosts(rig) == []
            assert "Làng Bên" not in (await guest.get("/search")).plain
