"""Markup that many readers share, with slots for what is one reader's or the moment's own.

Templates print a `slot` where such a thing belongs; `shared` makes of their output what is kept,
and a `Filling` holds what one page has for each slot: `kept % filling` is the markup. The other
way round, a page is printed with slots for long markup, which need not pass through the engine.
"""

import re
import secrets
from collections.abc import Mapping

from noi.ui import dates
from noi.ui.html import Html, escape

# Drawn anew in every process, so that nobody can write a slot into a text.
_MARK = f"slot{secrets.token_hex(8)}"
_SLOT = re.compile(_MARK.encode() + rb"([a-z]+[0-9]*)_")
_AGO = b"ago"


def slot(name: str) -> Html:
    """The place of something; `name` is of small letters, digits may follow."""
    return Html(f"{_MARK}{name}_")


def ago_slot(ms: int) -> Html:
    """The place of how long ago a moment was."""
    return slot(f"{_AGO.decode()}{ms}")


def shared(markup: str) -> bytes:
    """What a template printed with slots, as a format of `%` to be filled by a `Filling`."""
    return _SLOT.sub(rb"%(\1)s", markup.encode().replace(b"%", b"%%"))


def fill(page: bytes, markup: Mapping[bytes, bytes]) -> bytes:
    """A page with markup in its slots, by their names."""
    return _SLOT.sub(lambda match: markup[match[1]], page)


class Filling(dict[bytes, bytes]):
    """What the slots of shared markup hold on one page, whose time is `now` in ms."""

    def __init__(self, now: int, locale: str, zone: str, **texts: str) -> None:
        super().__init__((name.encode(), _escaped(text)) for name, text in texts.items())
        self._now, self._locale, self._zone = now, locale, zone

    def __missing__(self, name: bytes) -> bytes:
        if not name.startswith(_AGO):
            raise KeyError(name)
        ms = int(name[len(_AGO) :])
        return _escaped(dates.ago(ms, self._now, self._locale, self._zone))


def _escaped(text: str) -> bytes:
    # As the templates' engine does it, so that a page is the same whichever way it was made.
    return escape(text).replace("/", "&#x2f;").encode()
