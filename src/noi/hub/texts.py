"""The alliance's own texts, in Markdown: their sections, and a charter to begin from."""

import re
from pathlib import Path

import msgspec

from noi.services import instance
from noi.services.network import Network
from noi.ui.html import Html

_FOLDER = Path(__file__).with_name("charters")
_HEADING = re.compile(r"^##?[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


class Section(msgspec.Struct, frozen=True):
    """A part of a text; what stands before the first heading has no title."""

    title: str
    anchor: str
    html: Html


def sections(network: Network, markdown: str) -> list[Section]:
    """A text cut at its headings, each part as HTML: posts have no headings, documents do."""
    first, *rest = _HEADING.split(markdown.replace("\r\n", "\n"))
    parts = [("", first), *zip(rest[::2], rest[1::2], strict=True)]
    return [
        Section(title.strip(), f"part-{n}", Html(instance.document(network, body.strip())))
        for n, (title, body) in enumerate(parts)
        if title or body.strip()
    ]


def proposal(language: str) -> str:
    """The charter that a new alliance may begin from."""
    return (_FOLDER / f"{language}.md").read_text("utf-8")
