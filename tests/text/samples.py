"""Texts the tests of this floor share: hostile ones, real ones, and strategies for hypothesis."""

import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

_FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"

ALPHABET = (
    "aoeyuAOđĐươâêôăcnth \n\t.,:;/@#_-()[]<>&\"'*`~!?=012345"
    "\u0300\u0301\u0303\u0309\u0323\u0302ກາລວ່ຳ中😀\u200d\u200c\u200b\u202e\ufe0f"
)

texts = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=ALPHABET, max_size=200),
    st.lists(
        st.sampled_from(
            [
                "https://vi.example/đường?a=(b)&c",
                "http://localhost:80/",
                "@anh",
                "@ánh@example.org",
                "#HàNội",
                "#ຂ່າວ",
                "#2024",
                "`",
                "**",
                "_",
                "[a](https://b.example)",
                "<b>",
                "</p>",
                "\n\n",
                "\n",
                " ",
                "hoà",
                ".",
                ")",
                "> ",
                "- ",
                "\ud800",
                "\x00",
                "&amp;",
            ]
        ),
        max_size=30,
    ).map("".join),
)

HOSTILE = [
    *("@", "#", "[[[[", "![", "*", "_a ", ">", "`a", "[a](", "<", "**a ", "http://"),
    *(
        "http://a.b/",
        "[http://a.b/",
        "[@a",
        "@a@",
        "@a.",
        "<math>",
        "<h1 ",
        "<p>",
        "&#",
        "<a href='",
    ),
    *("a\u0301", "\u202e", "[a]: x\n", "\U0001f468\u200d", "#1_", "https://x.org/" + "(" * 50),
]


def naughty_strings() -> list[str]:
    path = _FIXTURES / "naughty-strings.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    return json.loads(path.read_text())


def vietnamese_sentences() -> list[str]:
    path = _FIXTURES / "vietnamese-sentences.tsv"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    return [line.split("\t")[2] for line in path.read_text().splitlines()]
