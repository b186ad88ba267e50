"""Markup that many readers share, with slots for what is one reader's or the moment's own.

Templates print a `slot` where such a thing belongs; `shared` makes of their output a text that is
kept, and `Filling` knows what each slot holds for one page.
"""

import re
import secrets

from noi.ui import dates
from noi.ui.html import Html, escape

# Drawn anew in every process, so that nobody can write a slot into a text.
_MARK = f"slot{secrets.token_hex(8)}"
_SLOT = re.compile(_MARK + r"([a-z]+[0-9]*)_")
_AGO = "ago"


def slot(name: str) -> Html:
    """The place of something; `name` is of small letters."""
    return Html(f"{_MARK}{name}_")


def ago_slot(ms: int) -> Html:
    """The place of how long ago a moment was."""
    return slot(f"{_AGO}{ms}")


def shared(markup: str) -> str:
    """What a template printed with slots, as a format of `%`, to be filled by a `Filling`."""
    return _SLOT.sub(r"%(\1)s", markup.replace("%", "%%"))


class Filling(dict[str, str]):
    """What the slots hold on one page; `now` in ms. `Html(kept % filling)` is the markup."""

    def __init__(self, now: int, locale: str, zone: str, **texts: str) -> None:
        super().__init__((name, _escaped(text)) for name, text in texts.items())
        self._now, self._locale, self._zone = now, locale, zone

    def __missing__(self, name: str) -> str:
        if not name.startswith(_AGO):
            raise KeyError(name)
        return _escaped(dates.ago(int(name[len(_AGO) :]), self._now, self._locale, self._zone))


def _escaped(text: str) -> str:
    # As the templates' engine does it, so that a page is the same whichever way it was made.
    return escape(text).replace("/", "&#x2f;")
