import re
from typing import Any

import aiohttp
import pyvips
from tests.web.visitor import visiting

import testrig


def picture() -> bytes:
    image: Any = pyvips.Image.black(32, 32, bands=3)  # pyright: ignore
    return image.copy(interpretation="srgb").pngsave_buffer()


async def test_an_owner_adds_an_emoji_and_switches_it_off() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        token = await rig.create_account("lan", role="owner")
        async with visiting(rig, "lan") as owner, rig.client(token) as app:
            await owner.get("/owner/emojis")
            form = aiohttp.FormData({"csrf": owner.csrf, "shortcode": "nón_lá", "category": ""})
            form.add_field("picture", picture(), filename="a.png", content_type="image/png")
            async with owner.client.post("/owner/emojis", data=form) as answer:
                assert answer.status == 422, "only plain letters make a name"
            form = aiohttp.FormData({"csrf": owner.csrf, "shortcode": "non_la", "category": "Quê"})
            form.add_field("picture", picture(), filename="a.png", content_type="image/png")
            async with owner.client.post("/owner/emojis", data=form) as answer:
                assert answer.status == 200
                assert ":non_la:" in await answer.text()
            body = {"status": "Đội :non_la: đi chợ"}
            async with app.post("/api/v1/statuses", json=body) as answer:
                posted = await answer.json()
            assert [emoji["shortcode"] for emoji in posted["emojis"]] == ["non_la"]
            async with app.get("/api/v1/custom_emojis") as answer:
                assert [emoji["category"] for emoji in await answer.json()] == ["Quê"]
            page = await owner.get("/owner/emojis")
            found = re.search(r"/owner/emojis/(\d+)/disable", page.text)
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
