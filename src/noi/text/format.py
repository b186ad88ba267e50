"""What people write, made into the HTML that readers and other servers get.

The markup is Mastodon's, because clients look for its classes: links in three spans, mentions
in an h-card, hashtags with `rel="tag"`. Custom emoji stay `:shortcode:`.
"""

import html
import re
from collections.abc import Callable

import msgspec

from noi.text.characters import MARK
from noi.text.clean import clean_text
from noi.text.entities import Entity, EntityKind, find_entities
from noi.text.fold import exact_key
from noi.text.sanitize import sanitize_own_html, strip_html

_LINK_REL = "nofollow noopener"
_SHOWN_LENGTH = 30
_PREFIX = re.compile(r"https?://(?:www\.)?|xmpp:", re.IGNORECASE)
_WEB = re.compile("https?://", re.IGNORECASE)
_MARKS = re.compile(f"(?:{MARK})*")


class MentionTarget(msgspec.Struct, frozen=True):
    """An account that a mention names: `name` is shown after the `@`."""

    id: int
    name: str
    url: str


class Formatted(msgspec.Struct):
    """`plain` is the text for search; `mentions`, `tags` (as typed) and web `links` once each."""

    html: str
    plain: str
    mentions: list[MentionTarget]
    tags: list[str]
    links: list[str]


FindMention = Callable[[str, str | None], MentionTarget | None]
"""From user and domain (None for this network), both as typed, to an account, if there is one."""
TagUrl = Callable[[str], str]
"""From a hashtag as typed (NFC, without `#`) to the address of its page."""


class EntityWriter:
    """Writes links, mentions and tags as HTML and remembers what it wrote."""

    def __init__(self, mention: FindMention, tag_url: TagUrl, *, rel: str = _LINK_REL) -> None:
        self._mention = mention
        self._tag_url = tag_url
        self._rel = rel
        self.mentions: dict[int, MentionTarget] = {}
        self.tags: dict[str, str] = {}
        self.links: dict[str, None] = {}

    def text(self, source: str) -> str:
        """`source` escaped, its entities marked up."""
        parts: list[str] = []
        end = 0
        for entity in find_entities(source):
            parts.append(html.escape(source[end : entity.start]))
            parts.append(self.entity(entity, source[entity.start : entity.end]))
            end = entity.end
        parts.append(html.escape(source[end:]))
        return "".join(parts)

    def entity(self, entity: Entity, source: str) -> str:
        """One entity, which stands as `source` in the text."""
        if entity.kind is EntityKind.URL:
            self.remember_link(entity.value)
            return self._link(entity.value)
        if entity.kind is EntityKind.TAG:
            self.tags.setdefault(exact_key(entity.value), entity.value)
            href = html.escape(self._tag_url(entity.value))
            name = html.escape(entity.value)
            return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
        target = self._mention(entity.value, entity.domain)
        if target is None:
            return html.escape(source)
        self.mentions.setdefault(target.id, target)
        return (
            f'<span class="h-card" translate="no"><a href="{html.escape(target.url)}" '
            f'class="u-url mention">@<span>{html.escape(target.name)}</span></a></span>'
        )

    def remember_link(self, url: str) -> None:
        """Note a link whose page can be fetched."""
        if _WEB.match(url):
            self.links.setdefault(url)

    def _link(self, url: str) -> str:
        prefix = _PREFIX.match(url)
        shown = prefix.end() if prefix else 0
        cut = shown + _SHOWN_LENGTH
        if marks := _MARKS.match(url, cut):
            cut = marks.end()
        kind = "ellipsis" if cut < len(url) else ""
        return (
            f'<a href="{html.escape(url)}" target="_blank" rel="{self._rel}" translate="no">'
            f'<span class="invisible">{html.escape(url[:shown])}</span>'
            f'<span class="{kind}">{html.escape(url[shown:cut])}</span>'
            f'<span class="invisible">{html.escape(url[cut:])}</span></a>'
        )

    def formatted(self, page: str, plain: str) -> Formatted:
        """Everything written so far, as the result for `page`."""
        return Formatted(
            page, plain, list(self.mentions.values()), list(self.tags.values()), list(self.links)
        )


def format_status(
    text: str, content_type: str, *, mention: FindMention, tag_url: TagUrl
) -> Formatted:
    """Format a status in `text/plain` or `text/markdown`; other types are taken as plain text."""
    source = clean_text(text).strip()
    writer = EntityWriter(mention, tag_url)
    if content_type == "text/markdown":
        # mistune takes 100 ms to import, and few statuses are Markdown.
        from noi.text.markdown import render_markdown

        page = sanitize_own_html(render_markdown(source, writer)).strip()
        return writer.formatted(page, strip_html(page))
    return writer.formatted(_paragraphs(writer.text(source)), source)


def format_bio(text: str, *, mention: FindMention, tag_url: TagUrl) -> Formatted:
    """Format the note of a profile: plain text, as in a status."""
    return format_status(text, "text/plain", mention=mention, tag_url=tag_url)


def format_field_value(text: str, *, mention: FindMention, tag_url: TagUrl) -> str:
    """HTML of a profile field's value: one line, its links marked `rel="me"` for verification."""
    writer = EntityWriter(mention, tag_url, rel=f"{_LINK_REL} me")
    return writer.text(" ".join(clean_text(text).split()))


def _paragraphs(page: str) -> str:
    """Divide escaped text into `<p>` at blank lines and `<br>` at line ends."""
    paragraphs: list[list[str]] = [[]]
    for line in page.split("\n"):
        if stripped := line.rstrip():
            paragraphs[-1].append(stripped)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "".join(f"<p>{'<br>'.join(lines)}</p>" for lines in paragraphs if lines)
