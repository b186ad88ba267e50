"""Pages and fragments: minijinja templates, escaped by default, each compiled once.

Every template can use `_("…", name=…)`, `ngettext`, `icon`, `static_url`, and the filters `ago`,
`moment`, `day`, `duration`, `iso`, `number`, `compact`. A name that is missing is an error.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from minijinja import Environment, pass_state
from minijinja._lowlevel import State

from noi.models.ids import now_ms
from noi.ui import dates, translation
from noi.ui.html import Html
from noi.ui.slots import ago_slot
from noi.ui.static_files import static_url

FOLDER = Path(__file__).with_name("templates")

# A page has hundreds of these, and each is a call from the engine into Python.
_ICON = re.compile(r"\{\{ icon\(\"([a-z]+)\"\) \}\}")
_MESSAGE = re.compile(r"""\b_\((?:"((?:[^"\\]|\\.)*)"|'([^']*)')\)""")


def render(
    name: str,
    locale: str,
    context: Mapping[str, object],
    *,
    zone: str = dates.DEFAULT_ZONE,
    now: int | None = None,
) -> bytes:
    """The UTF-8 bytes of the template `name` (`home.html`, `parts/…`) in a language and time zone.

    Raises minijinja.TemplateError for a missing template or a missing name.
    """
    at = now_ms() if now is None else now
    environment = _environment(locale)
    page = environment.render_template(name, locale=locale, zone=zone, now=at, **context)
    return page.encode()


def render_shared(
    name: str, locale: str, context: Mapping[str, object], *, zone: str, now: int
) -> str:
    """The same with slots (`ui.slots`): for the tokens and addresses in `context`, and for `ago`.

    The answer still is to go through `slots.shared`. What else templates make of `now` is not
    to be kept.
    """
    environment = _environment(locale, slotted=True)
    return environment.render_template(name, locale=locale, zone=zone, now=now, **context)


@cache
def _environment(locale: str, *, slotted: bool = False) -> Environment:
    """The templates of one language: what never changes in them is filled in when they load."""
    made = Environment(
        loader=lambda name: _load(name, locale),
        undefined_behavior="strict",
        debug=False,
        auto_escape_callback=lambda _name: True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, value in _GLOBALS.items():
        made.add_global(name, value)
    for name, filter_ in _FILTERS.items():
        made.add_filter(name, filter_)
    if slotted:
        made.add_filter("ago", ago_slot)
    return made


def _load(name: str, locale: str) -> str | None:
    path = FOLDER / name
    if not path.is_file():
        return None

    def translated(match: re.Match[str]) -> str:
        message = json.loads(f'"{match[1]}"') if match[1] is not None else match[2]
        return json.dumps(translation.gettext(locale, message), ensure_ascii=False)

    source = _ICON.sub(lambda match: icon(match[1]), path.read_text("utf-8"))
    return _MESSAGE.sub(translated, source)


@pass_state
def _gettext(state: State, message: str, /, **params: object) -> str:
    return translation.gettext(state.lookup("locale"), message, **params)


@pass_state
def _ngettext(state: State, one: str, many: str = "", n: int = 0, /, **params: object) -> str:
    locale = state.lookup("locale")
    written = dates.number(n, locale)
    return translation.ngettext(locale, one, many, n, **{"n": written, **params})


@cache
def icon(name: str) -> Html:
    """A drawing from `static/icons.svg`, hidden from screen readers: its button names the act."""
    address = static_url("icons.svg")
    return Html(f'<svg class="icon" aria-hidden="true"><use href="{address}#{name}"/></svg>')


@pass_state
def _ago(state: State, ms: int, /) -> str:
    lookup = state.lookup
    return dates.ago(ms, lookup("now"), lookup("locale"), lookup("zone"))


@pass_state
def _moment(state: State, ms: int, /) -> str:
    return dates.moment(ms, state.lookup("locale"), state.lookup("zone"))


@pass_state
def _day(state: State, ms: int, /) -> str:
    return dates.day(ms, state.lookup("locale"), state.lookup("zone"))


@pass_state
def _duration(state: State, ms: int, /) -> str:
    return dates.duration(ms, state.lookup("locale"))


@pass_state
def _number(state: State, value: int, /) -> str:
    return dates.number(value, state.lookup("locale"))


@pass_state
def _compact(state: State, value: int, /) -> str:
    return dates.compact(value, state.lookup("locale"))


_GLOBALS = {
    "_": _gettext,
    "ngettext": _ngettext,
    "icon": icon,
    "static_url": static_url,
    "LOCALES": translation.LOCALES,
}
_FILTERS = {
    "ago": _ago,
    "moment": _moment,
    "day": _day,
    "duration": _duration,
    "iso": dates.iso,
    "number": _number,
    "compact": _compact,
}
