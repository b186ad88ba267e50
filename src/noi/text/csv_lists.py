"""Reading lists that people bring: CSV as Mastodon, its relatives and spreadsheets write it.

Each line stands for itself, so that an odd one spoils no other.
"""

import codecs
import csv
import re
from collections.abc import Sequence

import msgspec

from noi.models.data_lists import MAX_LINES, ListKind, Reason
from noi.models.errors import Invalid
from noi.text.language import valid_language

MAX_BYTES = 5 * 1024 * 1024
MAX_LINE = 2048
_KEPT_OF_REFUSED = 200
_COLUMNS: dict[ListKind, tuple[str, ...]] = {
    ListKind.FOLLOWING: ("account address", "show boosts", "notify on new posts", "languages"),
    ListKind.LISTS: ("list name", "account address"),
    ListKind.BLOCKS: ("account address",),
    ListKind.MUTES: ("account address", "hide notifications"),
    ListKind.DOMAINS: ("#domain",),
    ListKind.BOOKMARKS: ("#uri",),
}
_NEEDED = {ListKind.LISTS: 2}
_HEADINGS = frozenset({"account address", "list name", "#domain", "domain", "#uri", "uri"})
_FLAGS = {ListKind.FOLLOWING: (1, 2), ListKind.MUTES: (1,)}
_HANDLE = re.compile(
    r"[^\s@/?#:&<>\"'\\=+()-][^\s@/?#:&<>\"'\\=()]{0,254}(?:@[^\s@/?#&<>\"'\\=()]{1,260})?"
)
_DOMAIN = re.compile(r"[^\s@/?#&<>\"'\\=+()*-][^\s@/?#&<>\"'\\=+()*]{0,259}")
_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,2000}")
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false", "": ""}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _(message: str) -> str:
    """Marks what is translated where it is shown."""
    return message


class ReadLine(msgspec.Struct, frozen=True):
    """A line by its number in the file: all cells of its kind, or the reason why it has none.

    Flags are `true`, `false` or empty; languages are codes with commas between them.
    """

    number: int
    cells: list[str]
    reason: Reason | None = None


class _Layout(msgspec.Struct, frozen=True):
    kind: ListKind
    delimiter: str
    positions: Sequence[int]


def read_list(data: bytes, kind: ListKind) -> list[ReadLine]:
    """The lines of a list, each once. Raises Invalid for files that are too long, hold no text,
    or no line that could be used.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("The file is too large", field="file")
    numbered = [
        (number, line)
        for number, line in enumerate(_text(data).split("\n"), 1)
        if line.strip(" \t\r,;")
    ]
    layout, has_heading = _layout(numbered[0][1] if numbered else "", kind)
    numbered = numbered[int(has_heading) :]
    if len(numbered) > MAX_LINES:
        raise Invalid("A list can have {count} lines at most", count=MAX_LINES, field="file")
    lines: list[ReadLine] = []
    seen = set[tuple[str, ...]]()
    for number, line in numbered:
        read = _read_line(number, line.rstrip("\r"), layout)
        key = _key(read, kind)
        if read.reason is not None or key not in seen:
            lines.append(read)
            seen.add(key)
    if all(line.reason is not None for line in lines):
        raise Invalid("There is no line of this kind of list in the file", field="file")
    return lines


def heading(kind: ListKind) -> list[str]:
    """The names of the columns, as Mastodon writes them."""
    return [name[0].upper() + name[1:] for name in _COLUMNS[kind]]


def _text(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    text = data.decode("utf-8", "replace")
    if "\0" in text[:4096]:
        raise Invalid("The file holds no text", field="file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _layout(first: str, kind: ListKind) -> tuple[_Layout, bool]:
    """Where the columns are, and whether the first line is their heading."""
    # Spreadsheets of many countries, Vietnam among them, write semicolons.
    delimiter = max(",;\t", key=first.count)
    names = [cell.strip().lower() for cell in first.replace('"', "").split(delimiter)]
    wanted = _COLUMNS[kind]
    if not _HEADINGS.intersection(names):
        return _Layout(kind, delimiter, range(len(wanted))), False
    positions = [
        next((names.index(name) for name in (one, one.lstrip("#")) if name in names), -1)
        for one in wanted
    ]
    if min(positions[: _NEEDED.get(kind, 1)]) < 0:
        raise Invalid("The file is of another kind of list", field="file")
    return _Layout(kind, delimiter, positions), True


def _read_line(number: int, line: str, layout: _Layout) -> ReadLine:
    if len(line) > MAX_LINE:
        return _refused(number, line, _("The line is too long"))
    if "\ufffd" in line or any(ord(one) < 32 and one != "\t" for one in line):
        return _refused(number, line, _("The line holds characters that are no text"))
    try:
        (found,) = csv.reader([line], delimiter=layout.delimiter, strict=True)
    except (csv.Error, ValueError):
        return _refused(number, line, _("The quotation marks do not match"))
    cells = [
        found[position].strip() if 0 <= position < len(found) else ""
        for position in layout.positions
    ]
    if not all(cells[: _NEEDED.get(layout.kind, 1)]):
        return _refused(number, line, _("There are too few columns"))
    return _checked(number, line, cells, layout.kind)


def _checked(number: int, line: str, cells: list[str], kind: ListKind) -> ReadLine:
    for column in _FLAGS.get(kind, ()):
        flag = _BOOLEANS.get(cells[column].lower())
        if flag is None:
            message = _("“{text}” is neither true nor false")
            return _refused(number, line, message, cells[column][:50])
        cells[column] = flag
    if kind is ListKind.FOLLOWING:
        codes = cells[3].replace(",", " ").split()
        cells[3] = ",".join(code for code in codes if valid_language(code))
    named = 1 if kind is ListKind.LISTS else 0
    cells[named] = _plain(cells[named])
    if not _LOOKS_RIGHT[kind](cells[named]):
        return _refused(number, line, _WANTED[kind], cells[named][:50])
    return ReadLine(number, cells)


def _plain(text: str) -> str:
    """Without the apostrophe that keeps spreadsheets from calculating, and without `acct:@`."""
    return text.removeprefix("'").strip().removeprefix("acct:").removeprefix("@")


def _is_handle(text: str) -> bool:
    return _HANDLE.fullmatch(text) is not None


def _is_domain(text: str) -> bool:
    return _DOMAIN.fullmatch(text) is not None


def _is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


_LOOKS_RIGHT = {
    **dict.fromkeys(ListKind, _is_handle),
    ListKind.DOMAINS: _is_domain,
    ListKind.BOOKMARKS: _is_address,
}
_WANTED = {
    **dict.fromkeys(ListKind, _("“{text}” is not the address of an account")),
    ListKind.DOMAINS: _("“{text}” is not a domain"),
    ListKind.BOOKMARKS: _("“{text}” is not the address of a post"),
}


def _key(line: ReadLine, kind: ListKind) -> tuple[str, ...]:
    """What makes two lines the same."""
    cells = line.cells[: _NEEDED.get(kind, 1)]
    return tuple(cells) if kind is ListKind.BOOKMARKS else tuple(one.lower() for one in cells)


def _refused(number: int, line: str, message: str, text: str = "") -> ReadLine:
    reason = Reason(message, {"text": text} if text else {})
    return ReadLine(number, [line[:_KEPT_OF_REFUSED]], reason)
