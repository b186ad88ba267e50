"""HTML from elsewhere, made safe to show: the allow-list of Mastodon's API.

https://docs.joinmastodon.org/spec/activitypub/#sanitization
"""

import html
import re

import nh3

from noi.text.characters import nfc
from noi.text.clean import clean_text

_TAGS = {
    *("p", "br", "span", "a", "pre", "blockquote", "code", "ul", "ol", "li", "ruby", "rt", "rp"),
    *("b", "strong", "u", "i", "em", "s", "del"),
}
SCHEMES = frozenset(
    ("http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini")
)
"""Schemes a link may have."""
_ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href", "class", "translate"},
    "span": {"class", "translate"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_CLASS = re.compile(r"(?:h|p|u|dt|e)-.*|mention|hashtag|ellipsis|invisible|quote-inline")
_VALUES = {
    "lang": re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"),
    "translate": re.compile("no"),
    "start": re.compile(r"-?\d{1,6}"),
    "value": re.compile(r"-?\d{1,6}"),
}


def _filter_attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "class":
        kept = [word for word in value.split() if _CLASS.fullmatch(word)]
        return " ".join(kept) or None
    pattern = _VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


def _cleaner(attributes: dict[str, set[str]], link_rel: str | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags={"script", "style", "svg", "title", "template"},
        attributes=attributes,
        attribute_filter=_filter_attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}} if link_rel else None,
        link_rel=link_rel,
        url_schemes=set(SCHEMES),
        url_relative="deny",
    )


_FOREIGN = _cleaner(_ATTRIBUTES, "nofollow noopener")
_OWN = _cleaner({**_ATTRIBUTES, "a": {*_ATTRIBUTES["a"], "rel", "target"}}, None)
_TEXT_ONLY = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style", "svg", "template"})

_OTHER_TAG = re.compile(f"<(?!/?(?:{'|'.join(sorted(_TAGS))})(?![\\w-]))[a-z!?/]", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h[1-6](?![\w-])[^<>]*>", re.IGNORECASE)
_MATH = re.compile(r"<math(?![\w-])", re.IGNORECASE)
_MATH_END = re.compile(r"</math\s*>", re.IGNORECASE)
_TEX = re.compile(
    r"<annotation\s[^<>]*encoding=[\"']application/x-tex[\"'][^<>]*>([^<]*)</annotation",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br(?![\w-])[^<>]*|/(?:li|tr)\s*)>", re.IGNORECASE)
_BLOCK_END = re.compile(r"</(?:p|div|blockquote|pre|h[1-6]|table|ul|ol)\s*>", re.IGNORECASE)
# As nh3 writes tags: their attributes in double quotes.
_TAG = re.compile(r"<[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*>")
_MANY_BREAKS = re.compile(r"\n{3,}")
_SLASHED_TAG = re.compile(r"(<[a-z/][^<>]*>)\u0338+", re.IGNORECASE)
# Paragraphs of text, as most posts are: what comes out of the parser is what went in.
_PLAIN = re.compile(r"[^<>&\xa0]*(?:<p>[^<>&\xa0]*</p>[^<>&\xa0]*)*")


def sanitize_html(source: str) -> str:
    """`source` with only what the allow-list allows; headings become bold paragraphs, MathML TeX.

    Every link gets `rel="nofollow noopener"` and `target="_blank"`. Idempotent.
    """
    text = _unified(source)
    if _PLAIN.fullmatch(text.replace("<br>", "\n")):
        return text
    if "<" in text:
        text = _HEADING.sub(_bold_paragraph, _math_as_tex(text))
    clean = _FOREIGN.clean(text)
    # Without the tables and the like that HTML's parsing rules made room for, nesting may differ;
    # and what was written as references may not be as it is stored.
    unified = _unified(clean)
    return _FOREIGN.clean(unified) if unified != clean or _OTHER_TAG.search(text) else clean


def sanitize_own_html(source: str) -> str:
    """The same for HTML made here from Markdown, whose links carry the right `rel` already."""
    return _OWN.clean(source)


def strip_html(source: str) -> str:
    """The text of `source`, with line breaks where its blocks and `<br>` end."""
    text = _unified(source)
    if "<" in text:
        text = _BLOCK_END.sub(r"\g<0>" + "\n\n", _BREAK.sub(r"\n\g<0>", text))
        text = _TEXT_ONLY.clean(text)
    return _MANY_BREAKS.sub("\n\n", clean_text(html.unescape(text))).strip()


def text_of(safe: str) -> str:
    """The text of what `sanitize_html` or `sanitize_own_html` made, as `strip_html` has it."""
    if "<" in safe:
        safe = _BLOCK_END.sub("\n\n", _BREAK.sub("\n", safe))
        safe = _TAG.sub("", safe)
    plain = clean_text(html.unescape(safe)) if "&" in safe else nfc(safe)
    return _MANY_BREAKS.sub("\n\n", plain).strip()


def _unified(source: str) -> str:
    """`clean_text` for HTML, where a mark makes no other character of a tag's end."""
    return clean_text(_SLASHED_TAG.sub(r"\1", source) if "\u0338" in source else source)


def _bold_paragraph(match: re.Match[str]) -> str:
    return "</strong></p>" if match[1] else "<p><strong>"


def _math_as_tex(source: str) -> str:
    """Replace each `<math>` by its TeX annotation; without one nh3 leaves its bare text."""
    first, *rest = _MATH.split(source)
    parts = [first]
    for part in rest:
        end = _MATH_END.search(part)
        tex = _TEX.search(part, 0, end.start()) if end else None
        if end is None or tex is None:
            parts.append(f"<math{part}")
            continue
        block = re.match(r"[^<>]*display=[\"']block", part, re.IGNORECASE)
        dollars = "$$" if block else "$"
        parts.append(f"{dollars}{tex[1]}{dollars}{part[end.end() :]}")
    return "".join(parts)
