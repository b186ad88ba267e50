"""Markdown by mistune; links, mentions and hashtags are found by the pattern of plain text."""

import re
from typing import Any

import mistune
from mistune.core import BlockState, InlineState
from mistune.inline_parser import InlineParser

from noi.text.entities import PATTERN, Entity, EntityKind, entity_at
from noi.text.format import EntityWriter
from noi.text.sanitize import SCHEMES, strip_html

_GROUP = re.compile(r"(?<!\\)\((?!\?)")


def render_markdown(source: str, writer: EntityWriter) -> str:
    """HTML of `source`, raw HTML in it escaped; entities outside code go through `writer`.

    The result still has to be sanitised: link targets are only escaped here.
    """
    tokens, state = _PARSER.parse(source)
    if isinstance(tokens, str):
        return tokens
    return _Renderer(writer).render_tokens(tokens, state)


def _parse_entity(inline: InlineParser, match: re.Match[str], state: InlineState) -> int | None:
    entity = entity_at(state.src, match.start())
    if entity is None:
        return None
    end = entity.end
    if entity.kind is EntityKind.URL:
        end = _end_of_url(state, entity)
    raw = state.src[entity.start : end]
    if state.in_link:
        inline.process_text(raw, state)
    else:
        # In a link's text mistune puts "_autolink" in the place of the token.
        state.append_token({"type": "entity", "raw": raw, "_autolink": raw})
    return end


def _end_of_url(state: InlineState, entity: Entity) -> int:
    """Markdown's own marks after a URL are not part of it."""
    url = state.src[entity.start : entity.end]
    if state.brackets and "]" in url:
        url = url[: url.index("]")]
    return entity.start + len(url.rstrip("_*~"))


def _entities(md: mistune.Markdown) -> None:
    # Only the start has to match here, so the groups, which mistune uses itself, can go.
    md.inline.register("entity", _GROUP.sub("(?:", PATTERN), _parse_entity, before="escape")


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, writer: EntityWriter) -> None:
        super().__init__(escape=True, allow_harmful_protocols=True)
        self._writer = writer

    def entity(self, raw: str) -> str:
        return self._writer.text(raw)

    def strikethrough(self, text: str) -> str:
        return f"<del>{text}</del>"

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return f"<p><strong>{text}</strong></p>"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        scheme = url.partition(":")[0].lower()
        if scheme not in SCHEMES:
            return text
        self._writer.remember_link(url)
        attributes = self.render_attrs({"href": url})
        return f'<a{attributes} target="_blank" rel="nofollow noopener">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return self.link(self.text(strip_html(text) or url), url)

    def thematic_break(self) -> str:
        return "<br>"

    def softbreak(self) -> str:
        return "<br>"

    def linebreak(self) -> str:
        return "<br>"

    def paragraph(self, text: str) -> str:
        return f"<p>{text}</p>"

    def block_quote(self, text: str) -> str:
        return f"<blockquote>{text}</blockquote>"

    def list(self, text: str, ordered: bool, **attrs: Any) -> str:
        start = self.render_attrs({"start": attrs.get("start")}) if ordered else ""
        name = "ol" if ordered else "ul"
        return f"<{name}{start}>{text}</{name}>"

    def list_item(self, text: str) -> str:
        return f"<li>{text}</li>"

    def __call__(self, tokens: Any, state: BlockState) -> str:
        return self.render_tokens(tokens, state)


_PARSER = mistune.create_markdown(
    renderer=None, hard_wrap=True, plugins=["strikethrough", _entities]
)
