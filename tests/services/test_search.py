from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

import people
import testrig
from noi.db import accounts
from noi.db import jobs as queue
from noi.db import search as index
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Viewer
from noi.models.composition import Composition, NewPoll
from noi.models.jobs import IndexAccount
from noi.models.search import SearchKind
from noi.services import blocks, follows, mutes, statuses
from noi.services.search import search


class Town(msgspec.Struct):
    """A network with three people; Lan's public statuses may be searched."""

    rig: testrig.Rig
    lan: Viewer
    minh: Viewer
    kham: Viewer

    async def post(self, author: Viewer, text: str, **composition: object) -> int:
        composed = msgspec.convert({"text": text, **composition}, Composition)
        view = await statuses.create(self.rig.network, author.account_id, composed)
        await self.rig.work()
        return view.status.id

    async def change(self, who: Viewer, **changes: object) -> None:
        async def work(tx: Transaction) -> None:
            await accounts.update_profile(tx, who.account_id, changes)
            await queue.enqueue(tx, IndexAccount(who.account_id, 0))

        await self.rig.network.db.transaction(work)
        await self.rig.work()

    async def found(self, viewer: Viewer | None, query: str, **narrowed: Any) -> list[int]:
        kinds = [SearchKind.STATUSES]
        results = await search(self.rig.network, viewer, query, kinds=kinds, **narrowed)
        return [ref.id for ref in results.statuses]

    async def people(self, viewer: Viewer | None, query: str, **more: bool) -> list[str]:
        kinds = [SearchKind.ACCOUNTS]
        results = await search(self.rig.network, viewer, query, kinds=kinds, **more)
        return [account.username for account in results.accounts]

    async def tags(self, query: str) -> list[str]:
        kinds = [SearchKind.HASHTAGS]
        results = await search(self.rig.network, None, query, kinds=kinds)
        return [tag.name for tag in results.tags]


@pytest.fixture
async def town(engine: str) -> AsyncGenerator[Town]:
    async with testrig.services(engine) as rig:
        names = ["lan", "minh", "kham"]
        town = Town(rig, *[await people.join(rig.network, name) for name in names])
        await town.change(town.lan, display_name="Nguyễn Thị Lan", indexable=True)
        await town.change(town.minh, display_name="Trần Bình Minh")
        await town.change(town.kham, display_name="ຄຳແພງ")
        yield town


async def test_without_marks_every_spelling_is_found_newest_first(town: Town) -> None:
    ids = [await town.post(town.lan, text) for text in ["Hà Nội đẹp", "ha noi", "hạ nỗi buồn"]]
    await town.post(town.lan, "Huế")
    assert await town.found(None, "ha noi") == ids[::-1]


async def test_tones_are_matched_exactly_unless_nothing_has_them(town: Town) -> None:
    ha_noi = await town.post(town.lan, "Ở Hà Nội")
    other = await town.post(town.lan, "hạ nỗi buồn")
    assert await town.found(None, "HÀ NỘI") == [ha_noi]
    assert set(await town.found(None, "há nói")) == {ha_noi, other}


async def test_the_place_of_the_tone_does_not_matter(town: Town) -> None:
    id_ = await town.post(town.lan, "Hòa bình")
    assert await town.found(None, "hoà") == [id_]


async def test_exact_comes_before_words_whose_marks_are_free(town: Town) -> None:
    exact = await town.post(town.lan, "cảm ơn")
    await town.post(town.lan, "cám ơn")
    free = await town.post(town.lan, "cảm ỡn")
    assert await town.found(None, "cảm ơn") == [exact, free]
    marked = await town.post(town.lan, "đông")
    newer = await town.post(town.lan, "động dong")
    assert await town.found(None, "đông") == [marked, newer]


async def test_phrases_exclusions_and_authors(town: Town) -> None:
    first = await town.post(town.lan, "phở bò tái ngon")
    second = await town.post(town.lan, "bò ăn phở")
    assert await town.found(None, '"phở bò"') == [first]
    assert await town.found(None, "pho bo") == [second, first]
    assert await town.found(None, "phở -tái") == [second]
    assert await town.found(None, 'phở -"bò tái"') == [second]
    assert await town.found(None, "pho from:lan") == [second, first]
    assert await town.found(None, "from:@lan@localhost:8000") == [second, first]
    assert await town.found(town.minh, "pho from:me") == []
    assert await town.found(None, "pho from:nobody") == []


async def test_lao_is_found_by_words_and_parts(town: Town) -> None:
    id_ = await town.post(town.lan, "ສະບາຍດີທຸກຄົນໃນປະເທດລາວ")
    await town.post(town.lan, "ຂ່າວ")
    assert await town.found(None, "ປະເທດລາວ") == [id_]
    assert await town.found(None, "ບາຍດີ") == [id_]
    assert await town.found(None, "ຂ່າ") != [id_]


async def test_warnings_tags_and_polls_are_searched(town: Town) -> None:
    tagged = await town.post(town.lan, "Đi #ĐàNẵng")
    warned = await town.post(town.lan, "x", spoiler_text="Chuyện phim")
    asked = await town.post(town.lan, "?", poll=NewPoll(["bún chả", "cơm"], 3600))
    written = await town.post(town.lan, "**đậm** `mã`", content_type="text/markdown")
    assert await town.found(None, "đà nẵng") == [tagged]
    assert await town.found(None, "chuyen phim") == [warned]
    assert await town.found(None, "bún chả") == [asked]
    assert await town.found(None, "đậm mã") == [written]


async def test_who_may_find_what(town: Town) -> None:
    public = await town.post(town.lan, "chè một")
    await town.post(town.lan, "chè hai", visibility="unlisted")
    secret = await town.post(town.lan, "@minh chè ba", visibility="direct")
    unindexed = await town.post(town.minh, "chè bốn")
    assert await town.found(None, "chè") == [public]
    assert await town.found(town.kham, "chè") == [public]
    assert await town.found(town.minh, "chè") == [unindexed, secret, public]
    assert len(await town.found(town.lan, "chè")) == 3


async def test_local_only_statuses_are_for_members(town: Town) -> None:
    id_ = await town.post(town.lan, "nội bộ", local_only=True)
    assert await town.found(None, "nội bộ") == []
    assert await town.found(town.kham, "nội bộ") == [id_]


async def test_edits_and_deletions_reach_the_index(town: Town) -> None:
    id_ = await town.post(town.lan, "sáng nay")
    await statuses.edit(town.rig.network, town.lan.account_id, id_, Composition(text="chiều nay"))
    await town.rig.work()
    assert await town.found(None, "sáng") == []
    assert await town.found(None, "chiều") == [id_]
    await statuses.delete(town.rig.network, town.lan.account_id, id_)
    assert await town.found(None, "chiều") == []
    await town.rig.work()
    query = index.Query((index.Words(("chieu",), exact=False),))
    assert await index.find(town.rig.network.db, "status_search", query, limit=9) == []


async def test_withdrawing_consent_holds_at_once_and_in_the_index(town: Town) -> None:
    id_ = await town.post(town.lan, "mưa rào")

    async def withdraw(tx: Transaction) -> None:
        await accounts.update_profile(tx, town.lan.account_id, {"indexable": False})

    await town.rig.network.db.transaction(withdraw)
    assert await town.found(None, "mưa") == []
    await town.change(town.lan, indexable=False)
    query = index.Query((), scopes=(("p",),))
    assert await index.find(town.rig.network.db, "status_search", query, limit=9) == []
    assert await town.found(town.lan, "mưa") == [id_]


async def test_blocks_mutes_and_enforcement_hide_results(town: Town) -> None:
    await town.post(town.lan, "nắng hè")
    db = town.rig.network.db

    async def state(state: AccountState) -> None:
        await db.transaction(lambda tx: accounts.set_state(tx, town.lan.account_id, state))

    for hidden in (AccountState.LIMITED, AccountState.DISABLED, AccountState.DELETED):
        await state(hidden)
        assert await town.found(town.kham, "nắng") == []
    await state(AccountState.ACTIVE)
    assert len(await town.found(town.kham, "nắng")) == 1
    await mutes.mute(town.rig.network, town.minh.account_id, town.lan.account_id)
    assert await town.found(town.minh, "nắng") == []
    await blocks.block(town.rig.network, town.lan.account_id, town.kham.account_id)
    assert await town.found(town.kham, "nắng") == []
    assert await town.people(town.kham, "nguyen") == []


async def test_followed_people_come_first(town: Town) -> None:
    await town.change(town.minh, display_name="Nguyễn Minh", discoverable=False)
    assert await town.people(town.kham, "nguyen") == ["lan"]
    await follows.follow(town.rig.network, town.kham.account_id, town.minh.account_id)
    assert await town.people(town.kham, "nguyen") == ["minh", "lan"]
    assert await town.people(town.kham, "nguyen", following=True) == ["minh"]


async def test_paging_and_narrowing(town: Town) -> None:
    ids = [await town.post(town.lan, f"bài {number}") for number in range(5)]
    newest = ids[::-1]
    assert await town.found(None, "bài", limit=2) == newest[:2]
    assert await town.found(None, "bài", limit=2, offset=2) == newest[2:4]
    assert await town.found(None, "bài", max_id=ids[2]) == newest[3:]
    assert await town.found(None, "bài", min_id=ids[2]) == newest[:2]
    assert await town.found(None, "bài", account_id=town.minh.account_id) == []


async def test_people_are_found_by_name_and_handle(town: Town) -> None:
    assert await town.people(None, "nguyen") == ["lan"]
    assert await town.people(None, "Nguyễn Th") == ["lan"]
    assert await town.people(None, "binh mi") == ["minh"]
    assert await town.people(None, "@MINH") == ["minh"]
    assert await town.people(None, "kham@localhost:8000") == ["kham"]
    assert await town.people(None, "ຄຳແພງ") == ["kham"]
    assert await town.people(None, "nobody") == []


async def test_tones_of_names(town: Town) -> None:
    await town.change(town.kham, display_name="Trần Bỉnh")
    assert await town.people(None, "Trần Bình") == ["minh"]
    assert set(await town.people(None, "tran binh")) == {"minh", "kham"}


async def test_undiscoverable_people_are_found_by_whole_handle_only(town: Town) -> None:
    await town.change(town.minh, discoverable=False)
    assert await town.people(town.lan, "binh") == []
    assert await town.people(town.lan, "min") == []
    assert await town.people(town.lan, "minh") == ["minh"]
    assert await town.people(town.minh, "binh") == ["minh"]


async def test_hashtags(town: Town) -> None:
    for text in ["#HàNội", "#hanoi", "#HàNội #Huế", "#HàNam"]:
        await town.post(town.lan, text)
    assert await town.tags("hanoi") == ["HàNội", "hanoi"]
    assert await town.tags("#hà nội") == ["HàNội"]
    assert await town.tags("ha") == ["HàNội", "hanoi", "HàNam"]
    assert await town.tags("xyz") == await town.tags("#") == []


async def test_addresses_find_what_they_name(town: Town) -> None:
    origin = town.rig.network.settings.origin
    id_ = await town.post(town.lan, "trăng")
    assert await town.found(None, f"{origin}/@lan/{id_}") == [id_]
    assert await town.found(None, f"{origin}/users/lan/statuses/{id_}") == [id_]
    assert await town.found(None, f"{origin}/@lan/123") == []
    assert await town.people(None, f"{origin}/@lan") == ["lan"]
    assert await town.people(None, "https://elsewhere.example/@lan") == []


_ODD = ["", " ", '"', "-", "'", "!!!", "a:b*", "NEAR(", "\\ ' | & !", "^x", '-"', "from:", "-a -b"]


async def test_odd_queries_find_nothing_and_break_nothing(town: Town) -> None:
    await town.post(town.lan, "trời")
    for query in _ODD:
        results = await search(town.rig.network, town.lan, query)
        assert not results.statuses, query


async def test_searching_uses_indexes_and_sorts_nothing() -> None:
    async with testrig.services("sqlite") as rig:
        plans = [
            "SELECT rowid FROM status_search WHERE status_search MATCH 'a' AND rowid < 9"
            " ORDER BY rowid DESC LIMIT 500",
            "SELECT id FROM tags WHERE family >= 'ha' AND family < 'hb' LIMIT 2000",
        ]
        for sql in plans:
            rows = await rig.network.db.fetch_all(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(row[3] for row in rows)
            assert "INDEX" in plan and "B-TREE" not in plan, plan
