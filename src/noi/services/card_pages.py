"""What a web page says of itself: Open Graph, Twitter's tags, plain HTML, in that order.

https://ogp.me, https://developer.x.com/en/docs/x-for-websites/cards/overview/markup
"""

import codecs
import re
from contextlib import suppress
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import msgspec

from noi.text.clean import clean_name
from noi.text.language import valid_language

HEAD_BYTES = 256 * 1024
MAX_TITLE = 300
MAX_DESCRIPTION = 1000
MAX_NAME = 200
MAX_URL = 2048

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Page(msgspec.Struct, frozen=True):
    """A page's description, cleaned and cut; empty where it says nothing."""

    title: str
    description: str
    site: str
    author: str
    image: str
    image_description: str
    language: str
    published_at: int | None


def read_page(body: bytes, charset: str, url: str) -> Page:
    """Read the head of an HTML page of that address; `charset` is what HTTP said, or empty.

    At most 256 KiB are read. Never raises: odd pages say less.
    """
    parser = _Head()
    # What the parser cannot read, as broken declarations, ends the reading there.
    with suppress(_Done, AssertionError, ValueError):
        parser.feed(decode(body[:HEAD_BYTES], charset))
    return Page(
        title=parser.first(MAX_TITLE, "og:title", "twitter:title") or parser.title(),
        description=parser.first(
            MAX_DESCRIPTION, "og:description", "twitter:description", "description"
        ),
        site=parser.first(MAX_NAME, "og:site_name", "application-name"),
        author=_name(parser.first(MAX_NAME, "author", "article:author", "dc.creator")),
        image=_address(parser, url),
        image_description=parser.first(MAX_DESCRIPTION, "og:image:alt", "twitter:image:alt"),
        language=_language(parser.language or parser.first(20, "og:locale")),
        published_at=_time(parser.first(40, "article:published_time", "datepublished")),
    )


def decode(body: bytes, charset: str) -> str:
    """Bytes as text, by byte order mark, HTTP's charset, the page's own, else UTF-8."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    declared = _META_CHARSET.search(body[:4096])
    for name in (charset, declared.group(1).decode("ascii", "replace") if declared else ""):
        with suppress(LookupError, ValueError):
            if name:
                return body.decode(name, errors="replace")
    return body.decode(errors="replace")


class _Done(Exception):
    """The head is over."""


class _Head(HTMLParser):
    """Collects what stands in the head; fed once and never closed, which keeps it linear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._metas: dict[str, str] = {}
        self._title: list[str] = []
        self._in_title = False
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = values.get("lang", "")[:20]
        elif tag == "meta":
            name = values.get("property") or values.get("name") or values.get("itemprop") or ""
            if value := values.get("content", "").strip():
                self._metas.setdefault(name.strip().lower()[:60], value[:10_000])
        elif tag == "title":
            self._in_title = not self._title
        elif tag == "body":
            raise _Done

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "head":
            raise _Done

    def handle_data(self, data: str) -> None:
        if self._in_title and len(self._title) < 100:
            self._title.append(data[: 4 * MAX_TITLE])

    def title(self) -> str:
        """The text of the first `<title>`."""
        return _cut("".join(self._title), MAX_TITLE)

    def first(self, limit: int, *names: str) -> str:
        """The first of these tags that says something, cleaned and cut."""
        found = (_cut(self._metas.get(name, ""), limit) for name in names)
        return next(filter(None, found), "")

    def raw(self, *names: str) -> str:
        """The first of these tags that is there, as it stands."""
        return next((self._metas[name] for name in names if name in self._metas), "")


def _cut(text: str, limit: int) -> str:
    cleaned = clean_name(text[: 4 * limit])
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def _name(text: str) -> str:
    """An author; some pages name their profile's address instead."""
    return "" if text.startswith(("http://", "https://")) else text


def _address(parser: _Head, base: str) -> str:
    raw = parser.raw(
        "og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"
    )
    with suppress(ValueError):
        url = urljoin(base, raw) if raw else ""
        if len(url) <= MAX_URL and urlsplit(url).scheme in ("http", "https"):
            return url
    return ""


def _language(code: str) -> str:
    short = re.split("[-_]", code.strip().lower())[0]
    return short if valid_language(short) else ""


def _time(text: str) -> int | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0, round(aware.timestamp() * 1000)) or None
    return None
