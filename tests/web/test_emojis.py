import re
from typing import Any

import aiohttp
import pyvips

import testrig
from visitor import visiting


def picture() -> bytes:
    image: Any = pyvips.Image.black(32, 32, bands=3)  # pyright: ignore
    return image.copy(interpretation="srgb").pngsave_buffer()


async def test_an_owner_adds_an_emoji_and_switches_it_off() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        token = await rig.create_account("lan", role="owner")
        async with visiting(rig, "lan") as owner, rig.client(token) as app:
            await owner.get("/owner/emojis")
            form = aiohttp.FormData({"csrf": owner.token, "shortcode": "nón_lá", "category": ""})
            form.add_field("picture", picture(), filename="a.png", content_type="image/png")
            refused = await owner.ask("POST", "/owner/emojis", data=form)
            assert refused.status == 422, "only plain letters make a name"
            form = aiohttp.FormData({"csrf": owner.token, "shortcode": "non_la", "category": "Quê"})
            form.add_field("picture", picture(), filename="a.png", content_type="image/png")
            added = await owner.ask("POST", "/owner/emojis", data=form)
            assert added.status == 303
            assert ":non_la:" in (await owner.get("/owner/emojis")).text
            body = {"status": "Đội :non_la: đi chợ"}
            async with app.post("/api/v1/statuses", json=body) as answer:
                posted = await answer.json()
            assert [emoji["shortcode"] for emoji in posted["emojis"]] == ["non_la"]
            async with app.get("/api/v1/custom_emojis") as answer:
                assert [emoji["category"] for emoji in await answer.json()] == ["Quê"]
            page = await owner.get("/owner/emojis")
            found = re.search(r"/owner/emojis/(\d+)/disable", page.plain)
            assert found
            assert (await owner.post(found[0])).status == 303
            async with app.get("/api/v1/custom_emojis") as answer:
                assert await answer.json() == []


async def test_members_do_not_learn_of_the_page() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("mai")
        async with visiting(rig, "mai") as member:
            assert (await member.get("/owner/emojis")).status == 404
