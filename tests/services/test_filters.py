from collections.abc import AsyncGenerator
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import people
import testrig
from noi.db import users
from noi.models.accounts import Viewer
from noi.models.errors import Invalid, NotFound
from noi.models.filters import Filter, FilterAction, FilterKeyword, FilterStatus, FilterView
from noi.models.ids import now_ms
from noi.services import filters
from noi.services.filter_matching import Matcher
from noi.services.filters import FilterChange, KeywordChange
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


_PLAIN = st.text(max_size=40).filter(lambda text: "</" not in text and "<br" not in text)


def view(*keywords: str, whole_word: bool = True, number: int = 1) -> FilterView:
    row = Filter(number, 7, "Lọc", "home,public", FilterAction.WARN, None)
    rows = [FilterKeyword(i, number, word, whole_word) for i, word in enumerate(keywords)]
    return FilterView(row, rows)


def matches(text: str, *keywords: str, whole_word: bool = True) -> list[str]:
    found = Matcher([view(*keywords, whole_word=whole_word)]).match("home", [text])
    return [word for result in found for word in result.keyword_matches]


@pytest.mark.parametrize(
    ("text", "keyword", "whole_word", "found"),
    [
        ("Bóng đá hôm nay", "bóng đá", True, True),
        ("BÓNG ĐÁ hôm nay", "bóng đá", True, True),
        ("Bo\u0301ng đa\u0301", "bóng đá", True, True),
        ("bong da", "bóng đá", True, False),
        ("ban đêm", "bạn", True, False),
        ("bạn", "ba\u0323n", True, True),
        ("bạn bè", "ban", True, False),
        ("Hòa Bình", "hoà", True, True),
        ("Thuý Kiều", "thúy", True, True),
        ("toàn dân", "toà", True, False),
        ("toàn dân", "toà", False, True),
        ("category", "cat", True, False),
        ("category", "cat", False, True),
        ("a cat.", "cat", True, True),
        ("(cat)", "cat", True, True),
        ("cat\u0301", "cat", True, False),
        ("cat_food", "cat", True, False),
        ("see #cat", "#cat", True, True),
        ("see #cats", "#cat", True, False),
        ("wow🎉now", "🎉", True, True),
        ("ສະບາຍດີຊາວໂລກ", "ຊາວ", True, True),
        ("c.t cat", "c.t", True, True),
        ("cat", "c.t", True, False),
        ("x (a|b)* y", "(a|b)*", True, True),
        ('<p>mưa<br>to <a href="/span"><span class="x">đây</span></a></p>', "span", False, False),
        ('<p>mưa<br>to <a href="/span"><span class="x">đây</span></a></p>', "mưa", True, True),
        ("<p>cà &amp; phê</p>", "cà & phê", True, True),
        ("1 < 2", "1 < 2", True, True),
    ],
)
def test_what_a_keyword_finds(text: str, keyword: str, whole_word: bool, found: bool) -> None:
    assert matches(text, keyword, whole_word=whole_word) == ([keyword] if found else [])


def test_keywords_inside_each_other_are_all_found() -> None:
    assert matches("bóng đá nữ", "bóng", "bóng đá nữ", "đá", "đá nữ", "nam") == [
        "bóng",
        "bóng đá nữ",
        "đá",
        "đá nữ",
    ]


def test_every_filter_answers_for_itself_and_in_its_contexts() -> None:
    first, second = view("mưa"), view("mưa", "nắng", number=2)
    listed = FilterView(
        Filter(3, 7, "Bài này", "thread", FilterAction.HIDE, None), [], [FilterStatus(1, 3, 44)]
    )
    matcher = Matcher([first, second, listed])
    found = matcher.match("home", ["Trời mưa", "rồi nắng"], 44)
    assert [(result.filter.id, result.keyword_matches) for result in found] == [
        (1, ["mưa"]),
        (2, ["mưa", "nắng"]),
    ]
    (result,) = matcher.match("thread", ["Trời mưa"], 44)
    assert (result.action, result.status_matches) == (FilterAction.HIDE, [44])
    assert matcher.match("account", ["Trời mưa"], 44) == []
    assert matcher and not Matcher([])


def test_a_filter_ends_in_time() -> None:
    ended, going = view("mưa"), view("mưa", number=2)
    ended = FilterView(replace(ended.filter, expires_at=now_ms() - 1), ended.keywords)
    going = FilterView(replace(going.filter, expires_at=now_ms() + 60_000), going.keywords)
    found = Matcher([ended, going]).match("home", ["mưa"])
    assert [result.filter.id for result in found] == [2]


@given(
    st.lists(_PLAIN.filter(bool), min_size=1, max_size=8),
    _PLAIN,
    st.booleans(),
)
def test_any_keyword_is_taken_literally(words: list[str], text: str, whole_word: bool) -> None:
    found = matches(text, *words, whole_word=whole_word)
    assert set(found) <= set(words)
    assert words[0] in matches(f"- {words[0]} -", *words, whole_word=whole_word)


def test_hostile_keywords_cost_little() -> None:
    hostile = [
        view(*("a" * (100 + i) + f"{number}" for i in range(100)), number=number)
        for number in range(100)
    ]
    started = perf_counter()
    matcher = Matcher(hostile)
    assert matcher.match("home", ["a" * 10_000]) == []
    assert perf_counter() - started < 5


async def viewer(network: Network, person: Viewer) -> Viewer:
    """The person as their next request will know them."""
    user = await users.get(network.db, person.account_id)
    assert user is not None
    return replace(person, filters_revision=user.filters_revision)


async def test_every_change_makes_a_new_matcher(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    me = an.account_id
    assert not await filters.matcher(rig.network, an)
    change = FilterChange(title="Mưa", contexts=["home"], keywords=[KeywordChange(keyword="mưa")])
    made = await filters.create(rig.network, me, change)

    async def found(text: str) -> bool:
        now = await viewer(rig.network, an)
        matcher = await filters.matcher(rig.network, now)
        assert await filters.matcher(rig.network, now) is matcher
        return bool(matcher.match("home", [text]))

    assert await found("trời mưa")
    word = await filters.add_keyword(rig.network, me, made.filter.id, "gió")
    assert await found("gió")
    await filters.update_keyword(rig.network, me, word.id, keyword="bão")
    assert await found("bão") and not await found("gió")
    await filters.delete_keyword(rig.network, me, word.id)
    assert not await found("bão")
    await filters.update(rig.network, me, made.filter.id, FilterChange(contexts=["thread"]))
    assert not await found("trời mưa")
    if rig.network.db.dialect == "sqlite":
        told = "SELECT count(*) FROM live_events WHERE event LIKE '%filters%'"
        assert await rig.network.db.fetch_value(told) == 5
    await filters.delete(rig.network, me, made.filter.id)
    assert await filters.all_of(rig.network, me) == []


async def test_parts_of_a_filter_change_alone(rig: testrig.Rig) -> None:
    me = (await people.join(rig.network, "an")).account_id
    other = (await people.join(rig.network, "binh")).account_id
    change = FilterChange(
        title="Thời tiết",
        contexts=["public", "home"],
        action="hide",
        expires_in=600,
        keywords=[KeywordChange(keyword="mưa"), KeywordChange(keyword="bão", whole_word=False)],
    )
    made = await filters.create(rig.network, me, change)
    assert made == await filters.get(rig.network, me, made.filter.id)
    assert made.filter.context_names == ["home", "public"]
    assert made.filter.expires_at and 0 < made.filter.expires_at - now_ms() <= 600_000
    rain, storm = made.keywords
    changed = await filters.update(
        rig.network,
        me,
        made.filter.id,
        FilterChange(
            title="Trời",
            expires_in=None,
            keywords=[
                KeywordChange(id=rain.id, remove=True),
                KeywordChange(id=storm.id, whole_word=True),
            ],
        ),
    )
    assert changed == await filters.get(rig.network, me, made.filter.id)
    assert (changed.filter.title, changed.filter.action) == ("Trời", "hide")
    assert changed.filter.expires_at is None
    assert [(row.keyword, row.whole_word) for row in changed.keywords] == [("bão", True)]
    for verb in (filters.get, filters.delete):
        with pytest.raises(NotFound):
            await verb(rig.network, other, made.filter.id)
    with pytest.raises(NotFound):
        await filters.get_keyword(rig.network, other, storm.id)


async def test_statuses_on_a_filter(rig: testrig.Rig) -> None:
    an, binh = await people.join(rig.network, "an"), await people.join(rig.network, "binh")
    status_id = await people.write(rig.network, binh)
    made = await filters.create(
        rig.network, an.account_id, FilterChange(title="Bài", contexts=["home"])
    )
    row = await filters.add_status(rig.network, an.account_id, made.filter.id, status_id)
    assert await filters.add_status(rig.network, an.account_id, made.filter.id, status_id) == row
    assert await filters.get_status(rig.network, an.account_id, row.id) == row
    with pytest.raises(NotFound):
        await filters.add_status(rig.network, an.account_id, made.filter.id, 5)
    with pytest.raises(NotFound):
        await filters.delete_status(rig.network, binh.account_id, row.id)
    assert await filters.delete_status(rig.network, an.account_id, row.id) == row
    assert (await filters.get(rig.network, an.account_id, made.filter.id)).statuses == []


@pytest.mark.parametrize(
    "wrong",
    [
        FilterChange(title="", contexts=["home"]),
        FilterChange(title="x" * 256, contexts=["home"]),
        FilterChange(title="x"),
        FilterChange(title="x", contexts=["home", "nowhere"]),
        FilterChange(title="x", contexts=["home"], action="delete"),
        FilterChange(title="x", contexts=["home"], expires_in=-1),
        FilterChange(title="x", contexts=["home"], keywords=[KeywordChange(keyword=" ")]),
        FilterChange(title="x", contexts=["home"], keywords=[KeywordChange(keyword="k" * 201)]),
        FilterChange(
            title="x",
            contexts=["home"],
            keywords=[KeywordChange(keyword=str(i)) for i in range(101)],
        ),
    ],
)
async def test_what_no_filter_can_be(wrong: FilterChange) -> None:
    async with testrig.services("sqlite") as rig:
        me = (await people.join(rig.network, "an")).account_id
        with pytest.raises(Invalid):
            await filters.create(rig.network, me, wrong)
        assert await filters.all_of(rig.network, me) == []
