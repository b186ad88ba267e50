"""Searching posts: Vietnamese rules, Lao words, filters, order, pages, and who is left out."""

from collections import Counter

import pytest

import found
import testrig
from noi.db.database import Transaction
from noi.db.hub import posts
from noi.models.errors import Invalid
from noi.models.ids import now_ms
from noi.services.hub import indexing, post_search
from noi.services.network import Network


async def texts(network: Network, term: str, **options: object) -> list[str]:
    page = await post_search.find(network, term, **options)  # pyright: ignore[reportArgumentType]
    return [hit.post.excerpt for hit in page.posts]


async def test_tones_are_found_as_typed_or_every_way(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        for text in ("Má đi chợ", "mà đi chợ", "ma đi chợ", "Hòa bình", "hoà bình", "hoa nở"):
            await found.post(net, lan, text)
        assert await texts(net, "má") == ["Má đi chợ"]
        assert set(await texts(net, "ma")) == {"Má đi chợ", "mà đi chợ", "ma đi chợ"}
        assert (await texts(net, "ma"))[0] == "ma đi chợ"
        assert set(await texts(net, "hoà")) == {"Hòa bình", "hoà bình"}
        assert set(await texts(net, "hoa")) == {"Hòa bình", "hoà bình", "hoa nở"}
        # No post has these tones, so every spelling is shown.
        assert set(await texts(net, "mạ")) == {"Má đi chợ", "mà đi chợ", "ma đi chợ"}


async def test_phrases_words_left_out_and_hashtags(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        together = "Mùa thu Hà Nội rất đẹp"
        apart = "Nội tôi thích hà mã mùa này, thu đi"
        await found.post(net, lan, together)
        await found.post(net, lan, apart)
        tagged = await found.post(net, lan, "Cà phê #SàiGòn", tags=["SàiGòn"])
        assert await texts(net, '"hà nội"') == [together]
        assert await texts(net, '"ha noi"') == [together]
        assert await texts(net, '"ha nội"') == [together]
        assert await texts(net, '"thu ha noi rat"') == [together]
        assert await texts(net, '"noi thu"') == []
        assert await texts(net, "hà nội") == [together, apart]
        assert await texts(net, "hà nội -đẹp") == [apart]
        assert await texts(net, 'hà nội -"hà mã"') == [together]
        assert await texts(net, "sài gòn") == [tagged.excerpt]
        assert await texts(net, "#SàiGòn") == [tagged.excerpt]
        for odd in ("", "   ", '"', "-", '-"hà', "\x00", "*", "a:b", "NEAR(", "'", "\\"):
            await texts(net, odd)
        for syntax in ("OR", "AND NOT", 'x"y', "folded:hà", "hà* | nội", "<-> !hà"):
            await texts(net, syntax)


async def test_lao_is_found_by_its_words_and_their_parts(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        kham = await found.person(net, "kham@lao.la", language="lo")
        greeting = "ສະບາຍດີທຸກຄົນໃນປະເທດລາວ"
        await found.post(net, kham, greeting, language="lo")
        await found.post(net, kham, "ຂ່າວມື້ນີ້", language="lo")
        for term in ("ສະບາຍດີ", "ປະເທດລາວ", "ປະເທດ", "ທຸກຄົນ"):
            assert await texts(net, term) == [greeting], term
        assert await texts(net, "ຂ່າວ") == ["ຂ່າວມື້ນີ້"]


async def test_language_network_and_time_narrow(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        minh = await found.person(net, "minh@lang.vn:8443")
        await found.post(net, lan, "xin chào một", language="vi", hours_ago=1)
        await found.post(net, lan, "xin chào hai", language="zh-TW", hours_ago=50)
        await found.post(net, minh, "xin chào ba", language="zh", hours_ago=100)
        assert set(await texts(net, "xin chào", language="zh")) == {"xin chào hai", "xin chào ba"}
        assert await texts(net, "xin chào", language="zh-TW") == ["xin chào hai"]
        assert await texts(net, "xin chào", host="lang.vn:8443") == ["xin chào ba"]
        assert await texts(net, "xin chào", host="lang.vn") == []
        day_ago = now_ms() - found.DAY_MS
        assert await texts(net, "xin chào", since=day_ago) == ["xin chào một"]
        three_days = day_ago - 2 * found.DAY_MS
        assert await texts(net, "xin chào", since=three_days, until=day_ago) == ["xin chào hai"]


async def test_pages_are_new_first_and_nobody_fills_them(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        loud = await found.person(net, "loud@bao.vn")
        quiet = [await found.person(net, f"quiet{n}@bao.vn") for n in range(4)]
        for n in range(9):
            await found.post(net, loud, f"cà phê {n}", hours_ago=n)
        for n, author in enumerate(quiet):
            await found.post(net, author, f"cà phê của {n}", hours_ago=100 + n)
        first = await post_search.find(net, "cà phê", limit=5)
        counts = Counter(hit.account.username for hit in first.posts)
        assert counts["loud"] == post_search.OF_ONE_AUTHOR and len(first.posts) == 5
        assert [hit.post.excerpt for hit in first.posts][:3] == ["cà phê 0", "cà phê 1", "cà phê 2"]
        # What is written while somebody reads does not shift the pages.
        await found.post(net, quiet[0], "cà phê mới", hours_ago=0)
        seen = [hit.post.id for hit in first.posts]
        page = first
        while page.next:
            page = await post_search.find(net, "cà phê", limit=5, after=page.next)
            counts = Counter(hit.account.username for hit in page.posts)
            assert counts["loud"] <= post_search.OF_ONE_AUTHOR
            seen += [hit.post.id for hit in page.posts]
        assert len(seen) == len(set(seen)) == 13
        for wrong in ("x", "1", "1.x", "99999999999999999999.1"):
            with pytest.raises(Invalid):
                await post_search.find(net, "cà phê", after=wrong)


async def test_who_withdraws_or_is_of_a_suspended_member_is_gone_at_once(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        bao = await found.member(net, "bao.vn")
        lan = await found.person(net, "lan@bao.vn", member_id=bao)
        minh = await found.person(net, "minh@lang.vn")
        mine = await found.post(net, lan, "tin của Lan")
        await found.post(net, minh, "tin của Minh")
        assert len(await texts(net, "tin")) == 2
        for state in ("refused", "suspended", "leaving", "left"):
            await found.suspend(net, "bao.vn", state)
            assert await texts(net, "tin") == ["tin của Minh"], state
        await found.suspend(net, "bao.vn", "admitted")
        await found.change(net, minh, indexable=False)
        assert await texts(net, "tin") == ["tin của Lan"]

        async def work(tx: Transaction) -> None:
            await posts.delete(tx, mine.id, lan.id)
            await indexing.remove_post(tx, mine.id)

        await net.db.transaction(work)
        assert await texts(net, "tin") == []


async def test_an_edit_is_found_by_its_new_words_alone(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        lan = await found.person(net, "lan@bao.vn")
        post = await found.post(net, lan, "trước đây", tags=["cũ"], links=["https://a.vn/x"])
        by = indexing.found_by("bây giờ", "vi", post.host, ["mới"], ["https://b.vn/y"])
        await net.db.transaction(lambda tx: indexing.put_posts(tx, [(post, by)], new=False))
        assert await texts(net, "trước") == []
        assert len(await texts(net, "bây giờ")) == 1
        assert await net.db.fetch_all("SELECT family FROM hub_post_tags") == [("moi",)]
        assert await net.db.fetch_all("SELECT url FROM hub_post_links") == [("https://b.vn/y",)]


def test_links_are_counted_in_their_plain_form() -> None:
    plain = indexing.plain_link
    assert plain("HTTPS://Bao.VN/tin?id=1&utm_source=x&fbclid=2#top") == "https://bao.vn/tin?id=1"
    assert plain("https://bao.vn") == "https://bao.vn/"
    assert plain("https://u:p@bao.vn:8443/a?b") == "https://bao.vn:8443/a?b"
    assert plain("http://[::1]:80/x") == "http://[::1]:80/x"
    for none in (
        "",
        "mailto:a@b",
        "https://",
        "javascript:alert(1)",
        "http://[",
        "http://x:99999/",
    ):
        assert plain(none) == "", none
    assert plain("https://bao.vn/" + "x" * 3000) == ""
