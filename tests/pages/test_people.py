"""Accounts and texts on their way into pages."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import testrig
from noi.models.statuses import CustomEmoji
from noi.pages.people import initials, with_emojis, with_own_links
from noi.text.sanitize import sanitize_html

ORIGIN = "https://lang.example"
KNOWN = frozenset({("https://dalat.example/@mai?a=1&b=2", "/@mai@dalat.example")})
WAVE = CustomEmoji(2, "chao", "", "emojis/b", "emojis/b", "", True)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mai Ánh", "MÁ"),
        ("Nguyễn Văn Ơn", "NƠ"),
        ("lan", "L"),
        ("🌻 Hoa", "H"),
        ("", "?"),
        ("…", "?"),
        ("ບຸນມີ", "ບ"),
    ],
)
def test_letters_in_place_of_a_picture(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("given_html", "made"),
    [
        (
            '<a href="https://dalat.example/@mai?a=1&amp;b=2" class="u" target="_blank">x</a>',
            '<a href="/@mai@dalat.example" class="u">x</a>',
        ),
        (
            '<a href="https://lang.example/tags/a?b=1&amp;c=2" target="_blank">#a</a>',
            '<a href="/tags/a?b=1&amp;c=2">#a</a>',
        ),
        (
            '<a href="https://lang.example.evil/x" target="_blank">x</a>',
            '<a href="https://lang.example.evil/x" target="_blank">x</a>',
        ),
        (
            '<a href="https://lang.example//evil.example" rel="x">x</a>',
            '<a href="https://lang.example//evil.example" rel="x">x</a>',
        ),
        ("<p>không có liên kết</p>", "<p>không có liên kết</p>"),
    ],
)
def test_own_links_stay_on_the_network(given_html: str, made: str) -> None:
    assert with_own_links(given_html, ORIGIN, KNOWN) == made


async def test_emojis_are_drawn_in_texts_only() -> None:
    async with testrig.services("sqlite") as rig:
        made = with_emojis(rig.network, '<a href="/:chao:">:chao: :khác:</a>', [WAVE])
        assert made.startswith('<a href="/:chao:"><img class="emoji" src="')
        assert made.endswith(":khác:</a>")


def tags(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The tags of a text with their attributes, as a browser reads them."""
    found: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Reader().feed(html)
    return found


@pytest.mark.parametrize(
    "trap",
    [
        '<p><a href="https://x.example/a>:chao:<script>alert(1)</script>">b</a></p>',
        "<p><a href='https://x.example/a>:chao:<img src=x onerror=y>'>b</a></p>",
        '<p title="a>:chao:<script>">b</p>',
    ],
)
async def test_emojis_cannot_break_out_of_an_attribute(trap: str) -> None:
    async with testrig.services("sqlite") as rig:
        for html in (trap, sanitize_html(trap)):
            drawn = with_emojis(rig.network, html, [WAVE])
            assert tags(drawn) == tags(html)


@given(st.text(max_size=80))
def test_any_name_has_letters(name: str) -> None:
    assert 1 <= len(initials(name)) <= 6
