"""`python -m noi.ui.messages`: bring the catalogues up to date (a tool for developers).

Collects the messages of templates, of `_()`, `gettext()` and `ngettext()` in code, and of the
errors in models/errors.py; merges them into `locale/*/LC_MESSAGES/noi.po` and compiles `noi.mo`.
"""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from noi.models import errors
from noi.ui.translation import DEFAULT_LOCALE, FOLDER, LOCALES

SOURCES = Path(__file__).parents[1]
TRANSLATED = [locale for locale in LOCALES if locale != "en"]

Message = str | tuple[str, str]

# A real date in the header would make every run a change.
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)}
_ONE = {"_", "gettext"} | _ERRORS


def template_messages() -> Iterator[tuple[str, Message]]:
    """Pairs of a place (`file`) and a message, or a singular and its plural, of all templates."""
    for path in sorted((SOURCES / "ui" / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for _, message, _, _ in extract("jinja2.ext:babel_extract", file):
                one, many = (message, "") if isinstance(message, str) else message[:2]
                yield path.relative_to(SOURCES).as_posix(), (one, many) if many else one


def code_messages() -> Iterator[tuple[str, Message]]:
    """The same for Python code; only calls whose message is a literal can be seen."""
    for path in sorted(SOURCES.rglob("*.py")):
        place = path.relative_to(SOURCES).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (message := _message(node)):
                yield place, message


def _message(call: ast.Call) -> Message | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [
        arg.value
        for arg in call.args
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
    if name == "ngettext" and len(texts) == 2:
        return texts[0], texts[1]
    return texts[0] if name in _ONE and len(texts) == 1 and texts[0] else None


def collect() -> Catalog:
    """A catalogue of every message, without translations."""
    catalogue = Catalog()
    for place, message in [*template_messages(), *code_messages()]:
        catalogue.add(message, locations=[(place, 0)])
    catalogue.add("Record not found", locations=[("models/errors.py", 0)])
    return catalogue


def po_path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "noi.po"


def read(locale: str) -> Catalog:
    """The catalogue of a language as it stands in its file; empty where there is none yet."""
    path = po_path(locale)
    return read_po(BytesIO(path.read_bytes() if path.is_file() else b""), locale=locale)


def missing(locale: str) -> list[str]:
    """The messages that `locale` has no translation for."""
    known = read(locale)
    return [
        str(message.id)
        for message in collect()
        if message.id and not ((found := known.get(message.id)) and _translated(found.string))
    ]


def _translated(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)  # type: ignore[arg-type]


def update(locale: str) -> None:
    """Merge what the sources say now into one language's files and compile them."""
    path = po_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read(locale)
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = ""
    catalogue.project, catalogue.version = "Nối", ""
    catalogue.creation_date = catalogue.revision_date = _EPOCH
    catalogue.fuzzy = False
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, omit_header=False, no_location=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    for language in [DEFAULT_LOCALE, *(set(TRANSLATED) - {DEFAULT_LOCALE})]:
        update(language)
        for text in missing(language):
            print(f"{language}: {text}")
