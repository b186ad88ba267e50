"""Searching people: by handle, name, bio and hashtags; as typed first; only who wants it."""

import found
import testrig
from noi.models.ids import now_ms
from noi.services.hub import account_search
from noi.services.network import Network


async def handles(network: Network, term: str, **options: object) -> list[str]:
    page = await account_search.find(network, term, **options)  # pyright: ignore[reportArgumentType]
    return [account.username for account in page.accounts]


async def test_handles_names_beginnings_and_bios_in_this_order(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        await found.person(net, "ngoc", "Bích Ngọc", "Yêu hoa lan")
        await found.person(net, "hoalan@bao.vn", "Vườn hoa", "Trồng #HoaHồng ở Đà Lạt")
        await found.person(net, "lan@bao.vn", "Nguyễn Thị Lan")
        await found.person(net, "lan@lang.vn", "Bà Lân")
        await found.person(net, "langthang@bao.vn", "Lãng Thang")
        names = await handles(net, "lan")
        assert names[:3] == ["lan", "lan", "langthang"] and names[3:] == ["ngoc"]
        assert await handles(net, "@lan@lang.vn") == ["lan"]
        assert await handles(net, "nguy") == ["lan"]
        assert await handles(net, "nguyễn lan") == ["lan"]
        assert await handles(net, "hoa hồng") == ["hoalan"]
        assert await handles(net, "#hoahong") == ["hoalan"]
        assert await handles(net, '"yêu hoa"') == ["ngoc"]
        assert await handles(net, "da lat") == ["hoalan"]
        assert await handles(net, "hoa -vườn") == ["ngoc"]
        assert set(await handles(net, "bao.vn")) == {"lan", "hoalan", "langthang"}
        for odd in ("", " ", "@", "@@", '"', "-", "\x00", "*", "OR", "a" * 2000):
            await handles(net, odd)


async def test_tones_are_compared_where_they_are_typed(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        for name, handle in (("Lân", "a@x.vn"), ("Lan", "b@x.vn"), ("Lận", "c@x.vn")):
            await found.person(net, handle, name)
        assert await handles(net, "lận") == ["c"]
        assert (await handles(net, "lan"))[0] == "b"
        assert set(await handles(net, "lan")) == {"a", "b", "c"}
        assert set(await handles(net, "lẳn")) == {"a", "b", "c"}


async def test_lao_names_are_found(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        await found.person(net, "kham@lao.la", "ຄຳ ພອນ", "ຂ່າວຈາກປະເທດລາວ", language="lo")
        assert await handles(net, "ພອນ") == ["kham"]
        assert await handles(net, "ປະເທດລາວ") == ["kham"]


async def test_only_the_discoverable_of_networks_in_good_standing(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        bao = await found.member(net, "bao.vn")
        lan = await found.person(net, "lan@bao.vn", "Lan", member_id=bao)
        await found.person(net, "lan@lang.vn", "Lan Làng")
        await found.person(net, "lan@kin.vn", "Lan Kín", discoverable=False)
        assert len(await handles(net, "lan")) == 2
        await found.suspend(net, "bao.vn")
        page = await account_search.find(net, "lan@bao.vn")
        assert page.accounts == []
        assert len(await handles(net, "lan")) == 1
        await found.suspend(net, "bao.vn", "admitted")
        await found.change(net, lan, discoverable=False)
        assert len(await handles(net, "lan")) == 1
        rows = await net.db.fetch_value("SELECT count(*) FROM hub_account_search")
        assert engine == "sqlite" or rows == 1


async def test_pages_hold_everybody_once_and_the_active_first(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        now = now_ms()
        for n in range(23):
            last = now - n * found.HOUR_MS if n % 5 else None
            await found.person(net, f"lan{n}@bao.vn", "Thị Lan", last_post_at=last)
        page = await account_search.find(net, "lan", limit=5)
        assert [account.username for account in page.accounts][:3] == ["lan1", "lan2", "lan3"]
        seen = [account.username for account in page.accounts]
        await found.person(net, "lanmoi@bao.vn", "Thị Lan")
        while page.next:
            page = await account_search.find(net, "lan", limit=5, after=page.next)
            seen += [account.username for account in page.accounts]
        assert sorted(seen) == sorted(f"lan{n}" for n in range(23))


async def test_language_and_network_narrow(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        await found.person(net, "lan@bao.vn", "Lan", language="vi")
        await found.person(net, "lan@en.org", "Lan", language="en")
        english = await account_search.find(net, "lan", language="en")
        assert [account.host for account in english.accounts] == ["en.org"]
        here = await account_search.find(net, "lan", host="BAO.vn")
        assert [account.host for account in here.accounts] == ["bao.vn"]
