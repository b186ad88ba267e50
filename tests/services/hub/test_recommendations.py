"""Recommendations: friends of friends, hashtags, words, newcomers; never only the most followed."""

from collections import Counter

import found
import testrig
from noi.db.hub.recommendations import POPULAR
from noi.models.hub_finding import Recommendation
from noi.models.hub_records import HubAccount
from noi.models.ids import first_id_at, now_ms
from noi.services.hub import recommendations
from noi.services.network import Network


async def old(
    network: Network, handle: str, name: str = "", bio: str = "", **fields: object
) -> HubAccount:
    """Somebody who came long ago, so that they are no newcomers."""
    early = first_id_at(now_ms() - 300 * found.DAY_MS) + network.ids.next() % 60_000_000
    return await found.person(network, handle, name, bio, **{"id": early, **fields})


def names(found_: list[Recommendation]) -> list[str]:
    return [one.account.username for one in found_]


async def test_whom_those_one_follows_follow_with_the_reason(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me, lan, minh = [await old(net, f"{n}@bao.vn", n.title()) for n in ("me", "lan", "minh")]
        hoa, mai = [await old(net, f"{n}@lang.vn") for n in ("hoa", "mai")]
        await found.follow(net, me, lan, minh)
        await found.follow(net, lan, hoa, mai, me, minh)
        await found.follow(net, minh, hoa)
        got = await recommendations.for_account(net, me.uri)
        assert names(got) == ["hoa", "mai"]
        assert [one.kind for one in got] == ["followed_by", "followed_by"]
        assert got[0].params["n"] == 1 and got[0].params["name"] in ("Lan", "Minh")
        assert got[1].reason.format(**got[1].params) == "Followed by Lan, whom you follow"
        # Who does not want to be found is not named either.
        await found.change(net, lan, discoverable=False)
        await found.change(net, minh, discoverable=False)
        got = await recommendations.for_account(net, me.uri)
        assert got[0].params == {"n": 2} and got[1].params == {"n": 1}
        await found.change(net, hoa, discoverable=False)
        assert names(await recommendations.for_account(net, me.uri)) == ["mai"]


async def test_hashtags_and_words_in_common(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me = await old(net, "me@bao.vn", bio="Yêu nhiếp ảnh, hay viết về #HàNội")
        tag = await old(net, "tag@lang.vn", bio="Người #hanoi", last_post_at=None)
        words = await old(net, "words@xa.vn", bio="Dạy nhiếp ảnh", last_post_at=None)
        writes = await old(net, "writes@xom.vn", last_post_at=None)
        other = await old(net, "other@xom.vn", bio="Chẳng có gì chung", last_post_at=None)
        await found.post(net, me, "x", tags=["Cờ"])
        await found.post(net, writes, "x", tags=["cờ"])
        got = {one.account.id: one for one in await recommendations.for_account(net, me.uri)}
        assert set(got) == {tag.id, words.id, writes.id} and other.id not in got
        assert (got[tag.id].kind, got[tag.id].params) == ("tag", {"tag": "HàNội"})
        assert (got[writes.id].kind, got[writes.id].params) == ("tag", {"tag": "Cờ"})
        assert (got[words.id].kind, got[words.id].params) == ("topic", {"words": "nhiếp ảnh"})


async def test_the_famous_do_not_fill_the_list_and_newcomers_are_in_it(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me = await old(net, "me@bao.vn")
        friends = [await old(net, f"friend{n}@bao.vn") for n in range(10)]
        famous = [await old(net, f"famous{n}@big{n}.vn") for n in range(12)]
        quiet = [await old(net, f"quiet{n}@q{n}.vn") for n in range(12)]
        await found.person(net, "moi@lang.vn")
        await found.follow(net, me, *friends)
        for friend in friends:
            await found.follow(net, friend, *famous)
        for number, one in enumerate(quiet):
            await found.follow(net, friends[number % 10], one)
        for number in range(POPULAR):
            rows = [{"a": 10**9 + number, "b": one.id} for one in famous]
            for row in rows:
                sql = "INSERT INTO hub_follows (account_id, target_id) VALUES (:a, :b)"
                await net.db.execute(sql, row)
        got = names(await recommendations.for_account(net, me.uri, limit=12))
        kinds = Counter(name.rstrip("0123456789") for name in got)
        assert kinds["famous"] <= 3 and kinds["moi"] == 1 and kinds["quiet"] >= 8


async def test_a_stranger_gets_people_of_the_language_of_many_networks(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        for number in range(12):
            await old(net, f"vi{number}@big.vn", language="vi")
        for number in range(4):
            await old(net, f"vi{number}@small{number}.vn", language="vi")
            await old(net, f"lo{number}@lao{number}.la", language="lo")
            await old(net, f"cu{number}@cu{number}.vn", language="vi", last_post_at=1)
        got = await recommendations.for_account(net, "https://new.vn/users/x", "vi", limit=9)
        assert {one.account.language for one in got} == {"vi"}
        hosts = Counter(one.account.host for one in got)
        assert hosts["big.vn"] <= 3 and len(hosts) == 5
        assert all(one.kind == "language" for one in got)
        again = await recommendations.for_account(net, "https://new.vn/users/x", "vi", limit=9)
        assert names(again) == names(got)
        lao = await recommendations.for_account(net, "https://new.vn/users/x", "lo")
        assert len(lao) == 4
        anything = await recommendations.for_account(net, "https://new.vn/users/x")
        assert {one.account.language for one in anything} == {"vi", "lo"}


async def test_a_suspended_network_and_other_languages_stay_away(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me, lan = [await old(net, f"{n}@bao.vn") for n in ("me", "lan")]
        await found.member(net, "lang.vn", "suspended")
        gone, english, vietnamese = [
            await old(net, handle, language=language)
            for handle, language in (("a@lang.vn", "vi"), ("b@en.org", "en"), ("c@xa.vn", "vi"))
        ]
        await found.follow(net, me, lan)
        await found.follow(net, lan, gone, english, vietnamese)
        assert names(await recommendations.for_account(net, me.uri)) == ["c", "b"]
        for language in ("vi", "vi-VN"):
            assert names(await recommendations.for_account(net, me.uri, language)) == ["c"]


async def test_regions_of_a_language_are_no_other_language(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me, lan = [await old(net, f"{n}@bao.vn") for n in ("me", "lan")]
        here = await old(net, "here@lang.vn", language="vi-VN", last_post_at=None)
        there = await old(net, "there@xa.vn", language="vi", last_post_at=None)
        away = await old(net, "away@en.org", language="en-GB", last_post_at=None)
        await found.follow(net, me, lan)
        await found.follow(net, lan, here, there, away)
        for language in ("vi", "vi-VN", "vi_US"):
            got = await recommendations.for_account(net, me.uri, language)
            assert set(names(got)) == {"here", "there"}, language
        stranger = await recommendations.for_account(net, "https://x.example/a", "vi-VN")
        assert {one.account.language for one in stranger} <= {"vi", "vi-VN"}
        assert stranger


async def test_groups_have_a_sixth_of_the_places_and_no_more(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        me, lan = [await old(net, f"{n}@bao.vn") for n in ("me", "lan")]
        await found.follow(net, me, lan)
        for number in range(30):
            other = await old(net, f"p{number}@lang{number % 9}.vn")
            await found.follow(net, lan, other)
            language = ("vi", "", "en")[number % 3]
            handle = f"nhom{number}@xa{number % 9}.vn"
            await old(net, handle, kind="group", language=language, last_post_at=None)
        got = await recommendations.for_account(net, me.uri, "vi", 24)
        groups = [place for place, one in enumerate(got) if one.account.kind == "group"]
        assert groups == [5, 11, 17, 23]
        assert {got[place].kind for place in groups} == {"group"}
        assert {got[place].account.language for place in groups} <= {"vi", ""}
        # Where there is nobody else, a stranger gets groups too.
        await net.db.execute("UPDATE hub_accounts SET discoverable = 0 WHERE kind <> 'group'")
        got = await recommendations.for_account(net, "https://x.example/a", "vi", 24)
        assert {one.account.kind for one in got} == {"group"}
