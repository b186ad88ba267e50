import html
import re
import time

import pytest
from hypothesis import given

from noi.text.clean import clean_text
from noi.text.format import Formatted, MentionTarget, format_bio, format_field_value, format_status
from noi.text.sanitize import sanitize_html, strip_html
from text.samples import HOSTILE, naughty_strings, texts


def _mention(user: str, domain: str | None) -> MentionTarget | None:
    if user == "nobody":
        return None
    return MentionTarget(len(user), user, f"https://{domain or 'noi.example'}/@{user}")


def _no_mention(user: str, domain: str | None) -> MentionTarget | None:
    return None


def _tag_url(name: str) -> str:
    return f"https://noi.example/tags/{name.lower()}"


def _plain(text: str) -> Formatted:
    return format_status(text, "text/plain", mention=_mention, tag_url=_tag_url)


def _markdown(text: str) -> Formatted:
    return format_status(text, "text/markdown", mention=_mention, tag_url=_tag_url)


_ANH = (
    '<span class="h-card" translate="no"><a href="https://noi.example/@anh" '
    'class="u-url mention">@<span>anh</span></a></span>'
)
_HANOI = (
    '<a href="https://noi.example/tags/hànội" class="mention hashtag" rel="tag">'
    "#<span>HàNội</span></a>"
)


def test_mentions_and_tags():
    result = _plain("Chào @anh ở #HàNội")
    assert result.html == f"<p>Chào {_ANH} ở {_HANOI}</p>"
    assert result.plain == "Chào @anh ở #HàNội"
    assert [target.name for target in result.mentions] == ["anh"]
    assert result.tags == ["HàNội"]


def test_links_are_three_spans():
    url = "https://www.example.org/a/very/long/path/to/some/page?a=1&b=2"
    result = _plain(url)
    assert result.links == [url]
    assert result.html == (
        f'<p><a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        '<span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.org/a/very/long/path/t</span>'
        '<span class="invisible">o/some/page?a=1&amp;b=2</span></a></p>'
    )
    assert '<span class="">x.org</span>' in _plain("https://x.org").html


def test_paragraphs_and_lines():
    assert _plain("a\r\nb\n \n\nc <i>\n").html == "<p>a<br>b</p><p>c &lt;i&gt;</p>"
    assert _plain(" \n ").html == ""


def test_unknown_mentions_and_emoji_stay_text():
    assert _plain("@nobody@x.org :pho:").html == "<p>@nobody@x.org :pho:</p>"


def test_markdown():
    result = _markdown("# Tin\n\n**@anh** *#HàNội*\n`@binh #x`\n\n- a\n- b\n\n~~c~~ <i>")
    assert result.html == (
        f"<p><strong>Tin</strong></p><p><strong>{_ANH}</strong> <em>{_HANOI}</em><br>"
        "<code>@binh #x</code></p><ul><li>a</li><li>b</li></ul><p><del>c</del> &lt;i&gt;</p>"
    )
    assert [target.name for target in result.mentions] == ["anh"]
    assert result.tags == ["HàNội"]
    assert result.plain == "Tin\n\n@anh #HàNội\n@binh #x\n\na\nb\n\nc <i>"


def test_markdown_links():
    result = _markdown(
        "[xem @anh](https://x.org/a) https://x.org/_b_/c [z](javascript:x) <https://y.org>"
    )
    assert result.links == ["https://x.org/a", "https://x.org/_b_/c", "https://y.org"]
    assert result.mentions == []
    assert (
        '<a href="https://x.org/a" target="_blank" rel="nofollow noopener">xem @anh</a>'
        in result.html
    )
    assert "javascript" not in result.html and "<em>" not in result.html


def test_markdown_link_in_bold_ends_before_the_stars():
    assert _markdown("**https://x.org/a**").links == ["https://x.org/a"]
    assert _markdown("[https://x.org/a](https://y.org/)").links == ["https://y.org/"]


def test_bio_and_fields():
    assert format_bio("#HàNội", mention=_mention, tag_url=_tag_url).html == f"<p>{_HANOI}</p>"
    value = format_field_value("https://x.org\n<b>", mention=_mention, tag_url=_tag_url)
    assert 'rel="nofollow noopener me"' in value and value.endswith("</a> &lt;b&gt;")


def _text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


@given(texts)
def test_plain_text_keeps_all_its_text(source: str):
    page = format_status(source, "text/plain", mention=_no_mention, tag_url=_tag_url).html
    assert "".join(_text_of(page).split()) == "".join(clean_text(source).split())


@given(texts)
def test_both_formats_write_clean_html(source: str):
    for result in (_plain(source), _markdown(source)):
        once = sanitize_html(result.html)
        assert sanitize_html(once) == once
        assert strip_html(once).split() == strip_html(result.html).split()


def test_naughty_strings():
    for text in naughty_strings():
        assert "<script" not in _plain(text).html
        assert "<script" not in _markdown(text).html


@pytest.mark.parametrize("piece", HOSTILE)
def test_linear_time(piece: str):
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    _plain(text)
    _markdown(text[:20_000])
    assert time.process_time() - start < 5
