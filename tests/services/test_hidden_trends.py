"""Keeping something out of the trends: by a rule, for a reason, on record, and taken back."""

import pytest

import people
import testrig
from consenting import person, post
from noi.db import cards
from noi.models.accounts import Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.jobs import GatherTrends
from noi.models.moderation import EnforcementAction
from noi.models.paging import Page
from noi.services import enforcements, favourites, hidden_trends, rules, timelines, trends
from testrig import Rig


async def talk(rig: Rig) -> tuple[list[int], int]:
    """Ten people speak of one hashtag and like one post; who they are, and the post."""
    everyone = [await person(rig, f"p{n}") for n in range(trends.MIN_PEOPLE + 1)]
    for account_id in everyone:
        await post(rig, account_id, "Mùa rồi #mùagặt")
    liked = await post(rig, everyone[0], "Lúa chín")
    for account_id in everyone[1:]:
        await favourites.favourite(rig.network, account_id, liked)
    await trends.gather(rig.network, GatherTrends())
    return everyone, liked


async def tags(rig: Rig) -> list[str]:
    return [view.tag.name for view in await trends.hashtags(rig.network, 0, 20)]


async def test_a_hashtag_is_kept_out_and_let_in_again(engine: str) -> None:
    async with testrig.services(engine) as rig:
        await talk(rig)
        owner = await people.join(rig.network, "chu", Role.OWNER)
        mod = await people.join(rig.network, "mod", Role.MODERATOR)
        lan = await people.join(rig.network, "lan")
        rule = await rules.create(rig.network, owner, "Không quảng cáo")
        tag_id = (await trends.hashtags(rig.network, 0, 1))[0].tag.id

        async def hide(by: Viewer, rule: int | str, reason: str) -> int:
            done = await hidden_trends.hide(
                rig.network, by, "tag", tag_id, rule=rule, reason=reason
            )
            return done.id

        for by, words, reason, error in (
            (lan, "x", "y", Forbidden),
            (mod, " ", "y", Invalid),
            (mod, rule.id, " ", Invalid),
            (mod, 77, "y", Invalid),
        ):
            with pytest.raises(error):
                await hide(by, words, reason)
        with pytest.raises(NotFound):
            await hidden_trends.hide(rig.network, mod, "tag", 77, rule="x", reason="y")
        hidden_id = await hide(owner, rule.id, "Cả chiến dịch bán hàng")
        assert await tags(rig) == []
        with pytest.raises(Conflict):
            await hide(mod, rule.id, "Lần nữa")
        # Counting anew changes nothing, and it is still there to be searched for.
        await trends.gather(rig.network, GatherTrends())
        assert await tags(rig) == []
        with pytest.raises(Forbidden):
            await hidden_trends.show(rig.network, mod, hidden_id, "Thôi")
        with pytest.raises(Invalid):
            await hidden_trends.show(rig.network, owner, hidden_id, "")
        await hidden_trends.show(rig.network, owner, hidden_id, "Không phải quảng cáo")
        assert await tags(rig) == ["mùagặt"]
        with pytest.raises(Conflict):
            await hidden_trends.show(rig.network, owner, hidden_id, "Lần nữa")
        kept = await hidden_trends.fetch_page(rig.network, mod, Page(limit=10))
        assert [(one.name, one.rule_text, one.reason, one.shown_reason) for one in kept] == [
            ("mùagặt", "Không quảng cáo", "Cả chiến dịch bán hàng", "Không phải quảng cáo")
        ]
        await hide(mod, "Luật Báo chí", "Theo yêu cầu của toà")  # and again, by rule in words
        assert await tags(rig) == []


async def test_a_link_is_kept_out(engine: str) -> None:
    async with testrig.services(engine) as rig:
        mod = await people.join(rig.network, "mod", Role.MODERATOR)
        url, card_id = "https://tin.example/mot", rig.network.ids.next()
        await rig.network.db.transaction(lambda tx: cards.begin(tx, card_id, url))
        await rig.network.db.execute("UPDATE preview_cards SET state = 'ready', title = 'Một'")
        row = "INSERT INTO trends (provider_id, kind, place, object_id, counted_at)"
        now = "(SELECT max(created_at) FROM accounts)"
        await rig.network.db.execute(f"{row} VALUES (0, 'link', 0, :id, {now})", {"id": card_id})
        assert len(await trends.links(rig.network, 10)) == 1
        await hidden_trends.hide(rig.network, mod, "link", card_id, rule="x", reason="Lừa đảo")
        assert await trends.links(rig.network, 10) == []
        kept = await hidden_trends.fetch_page(rig.network, mod, Page(limit=10))
        assert [one.name for one in kept] == [url]


async def test_a_post_is_kept_out_by_an_enforcement_of_which_its_author_is_told(
    engine: str,
) -> None:
    async with testrig.services(engine) as rig:
        everyone, liked = await talk(rig)
        mod = await people.join(rig.network, "mod", Role.MODERATOR)
        assert [ref.id for ref in await trends.statuses(rig.network, 0, 9)] == [liked]
        done = await enforcements.enforce(
            rig.network,
            mod,
            EnforcementAction.HIDE_TREND,
            account_id=everyone[0],
            rule="Không quảng cáo",
            reason="Bán lúa",
            status_id=liked,
        )
        assert await trends.statuses(rig.network, 0, 9) == []
        # The post itself stays for everybody, and the author may appeal.
        assert [ref.id for ref in await timelines.by_ids(rig.network, 0, [liked])] == [liked]
        await rig.work()
        told = await rig.network.db.fetch_all(
            "SELECT kind, subject_id FROM notifications WHERE account_id = :id"
            " AND kind = 'moderation_warning'",
            {"id": everyone[0]},
        )
        assert told == [("moderation_warning", done.id)]
        kept = await enforcements.kept_out(rig.network, mod, 10)
        assert [view.enforcement.status_id for view in kept] == [liked]
        await enforcements.reverse(rig.network, mod, done.id, "Không phải quảng cáo")
        assert [ref.id for ref in await trends.statuses(rig.network, 0, 9)] == [liked]
        assert await enforcements.kept_out(rig.network, mod, 10) == []
