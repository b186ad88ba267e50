"""The languages of the interface: choosing one, and translating into it.

Messages are their own English; `locale/{vi,lo}/LC_MESSAGES/noi.mo` hold the others, made by
`python -m noi.ui.messages`. A catalogue is read when it is first needed.
"""

import gettext as _gettext
from functools import cache
from pathlib import Path

from noi.ui.html import Html, escape

LOCALES = {"vi": "Tiếng Việt", "en": "English", "lo": "ລາວ"}
DEFAULT_LOCALE = "vi"

FOLDER = Path(__file__).with_name("locale")


@cache
def _catalogue(locale: str) -> _gettext.NullTranslations:
    file = FOLDER / locale / "LC_MESSAGES" / "noi.mo"
    if not file.is_file():
        return _gettext.NullTranslations()
    with file.open("rb") as binary:
        return _gettext.GNUTranslations(binary)


def gettext(locale: str, message: str, /, **params: object) -> str:
    """`message` in `locale`, its `{names}` filled in.

    The answer is Html, with plain parameters escaped, as soon as one parameter is Html.
    """
    return _fill(_catalogue(locale).gettext(message) if message else "", params)


def ngettext(locale: str, one: str, many: str, n: int, /, **params: object) -> str:
    """The form of a message for `n` things; `{n}` is filled in unless `params` has its own."""
    return _fill(_catalogue(locale).ngettext(one, many, n), {"n": n, **params})


def _fill(message: str, params: dict[str, object]) -> str:
    if not params:
        return message
    if any(hasattr(value, "__html__") for value in params.values()):
        return Html(escape(message).format(**{k: escape(v) for k, v in params.items()}))
    return message.format(**params)


def negotiate(accept_language: str, chosen: str = "") -> str:
    """The interface's language: the one a person chose, else the browser's best, else Vietnamese.

    `accept_language` is the header as it came (RFC 9110, 12.5.4); what cannot be read is skipped.
    """
    if chosen in LOCALES:
        return chosen
    best, best_quality = DEFAULT_LOCALE, 0.0
    for part in accept_language.split(","):
        tag, _, options = part.partition(";")
        locale = tag.strip().lower().split("-")[0]
        if locale in LOCALES and (quality := _quality(options)) > best_quality:
            best, best_quality = locale, quality
    return best


def _quality(options: str) -> float:
    name, _, value = options.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
