import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.text.sanitize import sanitize_html, strip_html, text_of
from text.samples import HOSTILE, naughty_strings, texts

_LINK = 'target="_blank" rel="nofollow noopener"'
_A = f'<a href="https://x.org" {_LINK}>z</a>'

markup = st.lists(
    st.sampled_from(
        [
            *("<p>", "</p>", "<a href='https://a.b/?x>y'>", "<a>", "</a>", "<h2>", "</h2>", "<b>"),
            *("<math><semantics><annotation encoding='application/x-tex'>x</annotation></math>"),
            *(
                "<script>",
                "</script>",
                "<svg>",
                "<style>",
                "<!--",
                "-->",
                "<table>",
                "<td>",
                "<li>",
            ),
            *(
                "<ol start=3>",
                "&#1;",
                "&#769;",
                "\u0338",
                "e",
                "<span class='h-card x' translate=no>",
                "&lt;",
                "&",
                "x",
                "\n",
                "<br>",
            ),
            *("<a rel=tag href=javascript:x>", "<img src=x onerror=y>", "<ruby>", "<rt>", "<math>"),
        ]
    ),
    max_size=25,
).map("".join)


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("<p>a<br/>b</p>", "<p>a<br>b</p>"),
        ("<script>x</script><style>y</style>z<img src=x onerror=y>", "z"),
        ('<a href="https://x.org" onclick="y" rel="ugc">z</a>', _A),
        ('<a href="javascript:x">z</a>', f"<a {_LINK}>z</a>"),
        ('<a href="/x">z</a>', f"<a {_LINK}>z</a>"),
        ("<h1 id=a>T</h1><h6>u</h6>", "<p><strong>T</strong></p><p><strong>u</strong></p>"),
        ('<p class="h-card evil invisible" style="x">a</p>', '<p class="h-card invisible">a</p>'),
        ('<span translate="no" lang="vi">a</span>', '<span translate="no" lang="vi">a</span>'),
        ('<ol start="3"><li value="x">a</li></ol>', '<ol start="3"><li>a</li></ol>'),
        ("<ruby>漢<rp>(</rp><rt>Hán</rt></ruby>", "<ruby>漢<rp>(</rp><rt>Hán</rt></ruby>"),
        (
            '<math display="block"><semantics><mi>x</mi><annotation encoding="application/x-tex">'
            "x^2</annotation></semantics></math>",
            "$$x^2$$",
        ),
        ('<p class="quote-inline">RE: x</p>', '<p class="quote-inline">RE: x</p>'),
        ("<header>a</header>", "a"),
        ("a&#1;b&#x7f;c", "abc"),
        ("<p>e<x></x>\u0301</p>", "<p>é</p>"),
        ("<p>\u0338a</p><p>&#824;b =\u0338 c</p>", "<p>a</p><p>b ≠ c</p>"),
    ],
)
def test_sanitize(source: str, clean: str):
    assert sanitize_html(source) == clean


@given(st.one_of(texts, markup))
def test_output_is_clean_already(source: str):
    once = sanitize_html(source)
    assert sanitize_html(once) == once


_PIECES = ["<p>", "</p>", "<br>", "<br/>", "đá", "&amp;", '"', "a>b", "\n", "\r", " ", "\xa0"]


@given(st.lists(st.sampled_from(_PIECES)).map("".join) | texts)
def test_plain_paragraphs_are_as_the_parser_writes_them(source: str):
    parsed = sanitize_html(f"<u></u>{source}")
    assert parsed == f"<u></u>{sanitize_html(source)}"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>a<br>b &amp; c</p><p>d</p>", "a\nb & c\n\nd"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
        ("<script>x</script>a<style>b</style>", "a"),
        ('<a><span class="invisible">https://</span><span>x.org</span></a>', "https://x.org"),
        ("1 < 2 &lt;b&gt;", "1 < 2 <b>"),
    ],
)
def test_strip(source: str, text: str):
    assert strip_html(source) == text


def test_naughty_strings():
    for text in naughty_strings():
        clean = sanitize_html(text)
        assert "<script" not in clean and sanitize_html(clean) == clean
        strip_html(text)


@pytest.mark.parametrize("piece", HOSTILE)
def test_linear_time(piece: str):
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    sanitize_html(text)
    strip_html(text)
    assert time.process_time() - start < 2


@given(markup | texts)
def test_the_text_of_what_is_safe_is_that_of_any_html(source: str) -> None:
    safe = sanitize_html(source)
    assert text_of(safe) == strip_html(safe)
