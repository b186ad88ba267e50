"""Parameters of a request, from the query, forms and JSON alike, in Rails' notation.

`a[]=1`, `a[b]=2`, `a[][b]=3` and `a[0][b]=4` mean what they mean to Mastodon; see
https://docs.joinmastodon.org/client/intro/#parameters
"""

import re
from collections.abc import Iterable, KeysView, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec
from litestar.datastructures import UploadFile

from noi.models.errors import BadRequest, Invalid
from noi.models.paging import MAX_ID, Page

Value = Any
MAX_FIELDS = 1000
MAX_DEPTH = 4

_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "off", "OFF", "False"})
_KEY = re.compile(r"\[([^\[\]]*)\]")
_INTEGER = re.compile(r"-?\d{1,19}")


class Params:
    """The merged parameters; later sources (the body) win over the query."""

    def __init__(self, values: dict[str, Value] | None = None) -> None:
        self._values = values if values is not None else {}

    def merge(self, values: Mapping[str, Value]) -> None:
        self._values.update(values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> KeysView[str]:
        """The names of all that was sent."""
        return self._values.keys()

    def raw(self, name: str) -> Value:
        """The value as it came: str, number, bool, list, dict, UploadFile or None."""
        return self._values.get(name)

    def text(self, name: str, default: str = "", *, max_length: int = 100_000) -> str:
        """A string; raises Invalid for lists and objects, or beyond `max_length` characters."""
        value = self.raw(name)
        if value is None:
            return default
        return _text(name, value, max_length)

    def optional_text(self, name: str, *, max_length: int = 100_000) -> str | None:
        """A string, or None where it was not sent."""
        return None if self.raw(name) is None else self.text(name, max_length=max_length)

    def required(self, name: str, *, max_length: int = 100_000) -> str:
        """A string that is not empty; raises BadRequest where it is missing."""
        value = self.text(name, max_length=max_length)
        if not value:
            raise BadRequest("Missing parameter: {name}", name=name)
        return value

    def boolean(self, name: str) -> bool | None:
        """Rails' booleans: `0 f false off` are false, absent or empty is None, all else true."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        return str(value) not in _FALSE

    def flag(self, name: str) -> bool:
        """A boolean that is false where absent."""
        return self.boolean(name) or False

    def integer(self, name: str) -> int | None:
        """A whole number, None where absent; raises Invalid."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        return _integer(name, value)

    def id(self, name: str) -> int | None:
        """An id; None where absent. One that cannot exist reads as 0, which nothing has."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        return parse_id(value)

    def texts(self, name: str, *, most: int = 100) -> list[str]:
        """A list of strings; a single value is a list of one. Raises Invalid beyond `most`."""
        value = self.raw(name)
        if value is None:
            return []
        values = _listed(value)
        if len(values) > most:
            raise Invalid("Too many values: {name}", name=name)
        return [_text(name, item, 100_000) for item in values if item is not None]

    def ids(self, name: str, *, most: int = 100) -> list[int]:
        """A list of ids."""
        return [parse_id(text) for text in self.texts(name, most=most)]

    def nested(self, name: str) -> "Params | None":
        """An object (`poll[expires_in]`), None where absent; raises Invalid for other values."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise Invalid("Not valid: {name}", name=name)
        return Params(cast("dict[str, Value]", value))

    def nested_list(self, name: str, *, most: int = 100) -> list["Params"]:
        """A list of objects, also as an object with numbers for keys."""
        value = self.raw(name)
        if value is None or value == "":
            return []
        items = _listed(value)
        if len(items) > most or not all(isinstance(item, dict) for item in items):
            raise Invalid("Not valid: {name}", name=name)
        return [Params(cast("dict[str, Value]", item)) for item in items]

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file, None where absent; raises Invalid for anything else."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        if not isinstance(value, UploadFile):
            raise Invalid("Not a file: {name}", name=name)
        return value

    def page(self, default: int = 20, most: int = 40) -> Page:
        """Cursor paging parameters; raises BadRequest for a negative limit."""
        limit = self.integer("limit")
        if limit is not None and limit < 0:
            raise BadRequest("limit must not be negative")
        return Page(
            limit=min(limit, most) if limit else default,
            max_id=self.id("max_id"),
            since_id=self.id("since_id"),
            min_id=self.id("min_id"),
        )

    def offset(self) -> int:
        """Offset paging; raises BadRequest for a negative one."""
        offset = self.integer("offset") or 0
        if offset < 0:
            raise BadRequest("offset must not be negative")
        return min(offset, 10_000)


def parse_id(value: object) -> int:
    """An id from its text; 0 for what cannot be one."""
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return 0
    return min(int(text), MAX_ID)


def parse_query(query: str) -> dict[str, Value]:
    """Read a query string or urlencoded body; raises BadRequest beyond MAX_FIELDS fields."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise BadRequest("Too many parameters") from None
    return nest(pairs)


def parse_json(body: bytes) -> dict[str, Value]:
    """Read a JSON body, which must be an object; raises BadRequest."""
    if not body.strip():
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadRequest("The request's JSON cannot be read") from None


def nest(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Make nested values of `a[b][]` names; raises BadRequest where they contradict."""
    values: dict[str, Value] = {}
    for key, value in pairs:
        name, bracket, rest = key.partition("[")
        path = _KEY.findall(bracket + rest)
        if len(path) > MAX_DEPTH:
            raise BadRequest("Parameters are nested too deeply")
        _insert(values, name, path, value)
    return values


def _insert(target: dict[str, Value], name: str, path: list[str], value: Value) -> None:
    if not path:
        target[name] = value
        return
    step, *rest = path
    if step:
        child = target.setdefault(name, {})
        if not isinstance(child, dict):
            raise BadRequest("Parameters contradict each other: {name}", name=name)
        _insert(cast("dict[str, Value]", child), step, rest, value)
        return
    items = target.setdefault(name, [])
    if not isinstance(items, list):
        raise BadRequest("Parameters contradict each other: {name}", name=name)
    _append(cast("list[Value]", items), rest, value)


def _append(items: list[Value], rest: list[str], value: Value) -> None:
    if not rest:
        items.append(value)
        return
    last = items[-1] if items else None
    # A key that the last object already has begins the next one, unless it is itself a list.
    if not isinstance(last, dict) or (rest[0] in last and rest[1:2] != [""]):
        last = {}
        items.append(last)
    _insert(cast("dict[str, Value]", last), rest[0], rest[1:], value)


def _listed(value: Value) -> list[Value]:
    if isinstance(value, list):
        return cast("list[Value]", value)
    if isinstance(value, dict):
        entries = cast("dict[str, Value]", value)
        if all(key.isdigit() for key in entries):
            return [entries[key] for key in sorted(entries, key=int)]
        return [entries]
    return [value]


def _text(name: str, value: Value, max_length: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Invalid("Not valid: {name}", name=name)
    text = str(value)
    if len(text) > max_length:
        raise Invalid("Too long: {name}", name=name, field=name, code="ERR_TOO_LONG")
    return text.replace("\0", "") if "\0" in text else text


def _integer(name: str, value: Value) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_ID:
        return int(value)
    if _INTEGER.fullmatch(str(value)) is None:
        raise Invalid("Not a number: {name}", name=name)
    return max(-MAX_ID, min(int(value), MAX_ID))
