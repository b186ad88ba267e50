"""Trends: ten people of three networks at least, against each topic's own past, and consent."""

import found
import testrig
from noi.db.hub import trends as table
from noi.models.hub_jobs import CountTrends
from noi.models.hub_records import HubAccount
from noi.models.ids import now_ms
from noi.services.hub import trends
from noi.services.network import Network


async def crowd(network: Network, size: int, networks: int, prefix: str = "u") -> list[HubAccount]:
    """People of so many members."""
    for n in range(networks):
        await found.member(network, f"{prefix}{n}.vn")
    return [
        await found.person(network, f"{prefix}{n}@{prefix}{n % networks}.vn") for n in range(size)
    ]


async def names(network: Network, **options: object) -> list[str]:
    await trends.count(network, CountTrends())
    seen = await trends.hashtags(network, **options)  # pyright: ignore[reportArgumentType]
    return [trend.name for trend in seen]


async def test_ten_people_of_three_networks_make_a_trend_and_no_fewer(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = await crowd(net, 12, 4)
        two = await crowd(net, 10, 2, "hai")
        for number, person in enumerate(people[:10]):
            spelling = "HàNội" if number % 3 else "hanoi"
            link = f"https://bao.vn/tin?utm_source=n{number}"
            await found.post(net, person, "x", tags=[spelling], links=[link])
        for person in people[:9]:
            await found.post(net, person, "x", tags=["ChínNgười"])
        for person in two:
            await found.post(net, person, "x", tags=["HaiMạng"])
        for person in [people[0], people[4], people[8]] * 5:
            await found.post(net, person, "x", tags=["MộtMạng"])
        for _ in range(30):
            await found.post(net, people[0], "x", tags=["MộtNgười"])
        assert await names(net) == ["HàNội"]
        trend = (await trends.hashtags(net))[0]
        assert (trend.people, trend.networks) == (10, 4)
        assert 0 < trend.rank <= 100 and len(trend.hourly) == 24 and max(trend.hourly) == 100
        assert len(trend.examples) == 5
        assert len({hit.account.host for hit in trend.examples[:4]}) == 4
        link = (await trends.links(net))[0]
        assert link.name == "https://bao.vn/tin" and link.people == 10
        assert await trends.languages(net) == ["vi"]
        assert await names(net, language="vi") == ["HàNội"]
        assert await names(net, language="lo") == []


async def test_regions_of_a_language_are_counted_together(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        for number, one in enumerate(await crowd(net, 12, 4)):
            language = ("vi", "vi-VN", "vi-US")[number % 3]
            await found.post(net, one, "x", tags=["MùaGặt"], language=language)
        await names(net)
        for language in ("vi", "vi-VN", "VI", ""):
            assert await names(net, language=language) == ["MùaGặt"], language
        assert await names(net, language="zh-VN") == []
        assert await trends.languages(net) == ["vi"]


async def test_hosts_that_nobody_admitted_count_as_one_network(engine: str) -> None:
    """One who can name hosts at will makes no trend alone, not even as a member."""
    async with testrig.hub(engine) as rig:
        net = rig.network
        await found.member(net, "own.vn")
        await found.member(net, "asks.vn", "asked")
        hosts = ("own.vn", "a.own.vn", "b.own.vn", "own.vn:8443", "asks.vn")
        puppets = [await found.person(net, f"p{n}@{hosts[n % 5]}") for n in range(15)]
        for person in puppets:
            await found.post(net, person, "x", tags=["MuaVàng"], links=["https://ban.vn/vang"])
        assert await names(net) == []
        assert await trends.links(net) == []
        await found.member(net, "khac.vn")
        other = await found.person(net, "lan@khac.vn")
        await found.post(net, other, "x", tags=["MuaVàng"])
        assert await names(net) == ["MuaVàng"]
        assert (await trends.hashtags(net))[0].networks == 3


async def test_what_is_always_talked_about_is_no_trend(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = await crowd(net, 15, 5)
        for day in range(10):
            for person in people:
                await found.post(net, person, "x", tags=["chàobuổisáng"], hours_ago=24 * day + 1)
        for person in people:
            await found.post(net, person, "x", tags=["lũlụt"], hours_ago=2)
        assert await names(net, hours=24) == ["lũlụt"]


async def test_what_is_new_and_of_many_networks_is_stronger(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        wide, narrow = await crowd(net, 12, 12, "w"), await crowd(net, 12, 3, "n")
        for one, other in zip(wide, narrow, strict=True):
            await found.post(net, one, "x", tags=["rộng"], hours_ago=3)
            await found.post(net, other, "x", tags=["hẹp"], hours_ago=3)
            await found.post(net, one, "x", tags=["cũ"], hours_ago=20)
        assert await names(net, hours=24) == ["rộng", "cũ", "hẹp"]
        assert await names(net, hours=6) == ["rộng", "hẹp"]
        assert await names(net, hours=24, limit=1) == ["rộng"]
        ranks = [trend.rank for trend in await trends.hashtags(net)]
        assert ranks == sorted(ranks, reverse=True)


async def test_examples_vanish_with_consent_and_standing(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = await crowd(net, 12, 4)
        for person in people:
            await found.post(net, person, "x", tags=["lũlụt"])
        assert await names(net) == ["lũlụt"]
        await found.suspend(net, "u1.vn")
        gone = people[0]
        await found.change(net, gone, indexable=False)
        shown = (await trends.hashtags(net))[0].examples
        assert shown and all(hit.account.host != "u1.vn" for hit in shown)
        assert all(hit.account.id != gone.id for hit in shown)
        for person in people[1:]:
            await found.change(net, person, discoverable=False)
        assert await trends.hashtags(net) == []
        assert await names(net) == []


async def test_posts_trend_where_three_members_say_so(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        members = [await found.member(net, f"m{n}.vn") for n in range(4)]
        liked = [await found.post(net, lan, f"x{n}", likes=8, shares=5) for n in range(3)]
        few = await found.post(net, lan, "few", likes=5, shares=4)
        for post in (*liked, few):
            for member in members[:3]:
                await net.db.transaction(
                    lambda tx, p=post, m=member: table.announce(tx, [p.uri], m, now_ms())
                )
        two = await found.post(net, lan, "two", likes=100)
        for member in members[:2]:
            await net.db.transaction(
                lambda tx, m=member: table.announce(tx, [two.uri], m, now_ms())
            )
        await trends.count(net, CountTrends())
        seen = await trends.posts(net)
        # Of one author no more than two.
        assert len(seen) == 2 and {trend.name for trend in seen} < {post.uri for post in liked}
        await found.suspend(net, "m0.vn")
        await trends.count(net, CountTrends())
        assert await trends.posts(net) == []
