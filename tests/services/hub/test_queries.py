"""What people type becomes queries that both engines take, whatever it is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

import found
import testrig
from noi.db.hub.search import Term
from noi.services.hub import account_search, indexing, post_search, queries
from noi.services.hub.queries import Match
from noi.text.fold import folded_key

_ODD = "\"'\\-*:()^{}|&!<>~+#@%_$;,.?/ \t\n\u0000\u200b\ufe0f👩‍👩‍👧ạẶđĐơກຂ່າวไทย漢字ＡＢ"


async def test_odd_queries_are_answered(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        lan = await found.person(rig.network, "lan@bao.vn", "Lan")
        await found.post(rig.network, lan, "một bài")
        odd = [_ODD, *(f'x{one}y {other}z "{one}{other}"' for one, other in pairwise(_ODD))]
        for term in (*odd, "NEAR(x y, 5)", "x OR y", '"' * 501, "- " * 300, "ạ" * 5000):
            await post_search.find(rig.network, term)
            await account_search.find(rig.network, term)


def test_words_phrases_and_what_is_left_out() -> None:
    parsed = queries.parse('hà "phố cổ" -mưa -"trời tối" "một"', "zh-TW", "Bao.VN")
    assert parsed.words == ["hà", "một"] and parsed.phrases == [["phố", "cổ"]]
    assert parsed.unwanted == [["mưa"], ["trời", "tối"]]
    query = queries.query(parsed, Match.FOLDED)
    assert query.wanted[:3] == (
        Term("folded", ("ha",)),
        Term("folded", ("mot",)),
        Term("pairs", ("pho_co",)),
    )
    assert {term.keys[0] for term in query.wanted[3:]} == {
        "l_zh_tw",
        indexing.host_token("bao.vn"),
    }
    assert queries.adjacent(queries.parse("một")) is None


@given(st.text(max_size=600))
def test_every_word_asked_for_is_a_key_without_spaces(text: str) -> None:
    parsed = queries.parse(text)
    for match in Match:
        query = queries.query(parsed, match)
        for term in (*query.wanted, *query.unwanted):
            assert term.keys and all(key and not key.isspace() for key in term.keys)


@given(st.lists(st.text("aăâđêôơưàáạ", min_size=1, max_size=8), max_size=30))
def test_pairs_follow_one_another(words: list[str]) -> None:
    keys = [folded_key(word) for word in words]
    assert indexing.pairs(keys) == [f"{one}_{two}" for one, two in pairwise(keys)]


@given(st.integers(0, 2**63 - 2), st.integers(0, 999))
def test_cursors_are_read_as_written(top: int, page: int) -> None:
    assert queries.read_cursor(queries.cursor(top, page)) == (top, page)
