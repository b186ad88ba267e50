"""What is kept out of the trends, on the moderators' pages."""

import re

import testrig
from consenting import person, post
from noi.models.accounts import Role
from noi.models.jobs import GatherTrends
from noi.services import favourites, rules, trends
from people import join as joined
from visitor import visiting


async def test_a_moderator_keeps_things_out_and_lets_them_in_again(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        people = [await person(rig, f"p{n}") for n in range(trends.MIN_PEOPLE + 1)]
        for account_id in people:
            await post(rig, account_id, "Mùa rồi #mùagặt")
        liked = await post(rig, people[0], "Lúa chín rồi")
        for account_id in people[1:]:
            await favourites.favourite(rig.network, account_id, liked)
        await trends.gather(rig.network, GatherTrends())
        await rig.create_account("mod", "moderator")
        owner = await joined(rig.network, "chu", Role.OWNER)
        async with visiting(rig, "p1") as guest:
            assert (await guest.get("/moderation/trends")).status == 404
        async with visiting(rig, "mod") as mod:
            tag_id = (await trends.hashtags(rig.network, 0, 1))[0].tag.id
            page = await mod.get("/moderation/trends?lang=en")
            tag_path = f"/moderation/trends/tag/{tag_id}"
            assert f'href="{tag_path}"' in page.text
            assert "Lúa chín rồi" in page.plain
            assert 'href="/owner/rules"' in (await mod.get(tag_path)).text
            rule = await rules.create(rig.network, owner, "Không quảng cáo")
            assert "Không quảng cáo" in (await mod.get(tag_path)).plain
            for fields in ({"reason": "x"}, {"rule": str(rule.id)}):
                assert (await mod.post(tag_path, fields)).status == 422
            fields = {"rule": str(rule.id), "reason": "Bán hàng cả ngày"}
            assert (await mod.post(tag_path, fields)).location == "/moderation/trends"
            assert (await mod.post(tag_path, fields)).status == 422
            page = await mod.get("/moderation/trends")
            assert "Không quảng cáo: Bán hàng cả ngày" in page.plain
            assert f'href="{tag_path}"' not in page.text
            assert "mùagặt" not in (await mod.get("/search")).plain
            post_path = f"/moderation/trends/status/{liked}"
            assert (await mod.post(post_path, fields)).location == "/moderation/trends"
            page = await mod.get("/moderation/trends")
            assert "Lúa chín rồi" not in page.plain
            assert f"/@p0/{liked}" in page.plain
            assert re.search(r"/moderation/decisions/\d+/reverse", page.plain)
            hidden_path = page.text.split('action="/moderation/trends/')[1].split('"')[0]
            done = await mod.post(f"/moderation/trends/{hidden_path}", {"reason": "Nhầm"})
            assert done.location == "/moderation/trends"
            assert f'href="{tag_path}"' in (await mod.get("/moderation/trends")).text
            for missing in ("tag/77", "status/77", "word/1", "tag/x"):
                assert (await mod.get(f"/moderation/trends/{missing}")).status == 404, missing
        async with visiting(rig, "p0") as author:
            assert "Không quảng cáo" in (await author.get("/decisions")).plain
