"""One SQL text for both engines: named parameters, and fragments where they differ.

Fragments: `@id` (primary key), `@serial` (rising primary key), `@rowless` (clustered by its key),
`@in(:list)`, `@each(:ids)` and `@each_text(:names)` (a table with one column `value`),
`@skip_locked`, `@shared` (whoever changes the rows that were read waits). A parameter inside the
middle three is a Python list. `@rows(:a, :b)` stands for several rows; see `with_rows`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Dialect = Literal["sqlite", "postgresql"]

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_LISTS = re.compile(r"@(?:in|each|each_text)\(:([a-z_][a-z0-9_]*)\)")
_WRITTEN = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_ROWS = re.compile(r"@rows(\([^)]*\))")
_MOST_ROWS = 10

_FRAGMENTS: dict[Dialect, list[tuple[re.Pattern[str], str]]] = {
    "sqlite": [
        (re.compile(r"@in\((:\w+)\)"), r"IN (SELECT value FROM json_each(\1))"),
        (re.compile(r"@each(?:_text)?\((:\w+)\)"), r"(SELECT value FROM json_each(\1))"),
        (re.compile(r"@id\b"), "INTEGER PRIMARY KEY"),
        (re.compile(r"@serial\b"), "INTEGER PRIMARY KEY AUTOINCREMENT"),
        (re.compile(r"@rowless\b"), "WITHOUT ROWID"),
        (re.compile(r"@skip_locked\b"), ""),
        (re.compile(r"@shared\b"), ""),
    ],
    "postgresql": [
        (re.compile(r"@in\((:\w+)\)"), r"= ANY(\1)"),
        (re.compile(r"@each\((:\w+)\)"), r"(SELECT unnest(CAST(\1 AS bigint[])) AS value)"),
        (re.compile(r"@each_text\((:\w+)\)"), r"(SELECT unnest(CAST(\1 AS text[])) AS value)"),
        (re.compile(r"@id\b"), "BIGINT PRIMARY KEY"),
        (re.compile(r"@serial\b"), "BIGSERIAL PRIMARY KEY"),
        (re.compile(r"@rowless\b"), ""),
        (re.compile(r"@skip_locked\b"), "FOR UPDATE SKIP LOCKED"),
        (re.compile(r"@shared\b"), "FOR SHARE"),
    ],
}


class Compiled(NamedTuple):
    """SQL for one engine; `names` are its parameters in order, `lists` those that are lists."""

    sql: str
    names: tuple[str, ...]
    lists: tuple[str, ...]


def expand(sql: str, dialect: Dialect) -> str:
    """Replace the fragments by the engine's own words."""
    for pattern, replacement in _FRAGMENTS[dialect]:
        sql = pattern.sub(replacement, sql)
    return sql


@lru_cache(maxsize=2048)
def compile_sql(sql: str, dialect: Dialect) -> Compiled:
    """Expand fragments and, for PostgreSQL, number the parameters."""
    lists = tuple(dict.fromkeys(_LISTS.findall(sql)))
    expanded = expand(sql, dialect)
    names = tuple(dict.fromkeys(_PARAMETER.findall(expanded)))
    if dialect == "postgresql":
        number = {name: f"${position}" for position, name in enumerate(names, 1)}
        expanded = _PARAMETER.sub(lambda match: number[match[1]], expanded)
    return Compiled(expanded, names, lists)


@lru_cache(maxsize=2048)
def written_table(sql: str) -> str:
    """The table that a statement writes to."""
    match = _WRITTEN.match(sql)
    if match is None:
        raise ValueError(sql)
    return match[1]


@lru_cache(maxsize=512)
def merge_sql(texts: tuple[str, ...]) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """One statement of PostgreSQL that does several writes, and the parameters of each."""
    parts: list[str] = []
    names: list[tuple[str, ...]] = []
    count = 0
    for text in texts:
        expanded = expand(text, "postgresql")
        own = tuple(dict.fromkeys(_PARAMETER.findall(expanded)))
        number = {name: f"${count + position}" for position, name in enumerate(own, 1)}
        parts.append(_PARAMETER.sub(lambda match, n=number: n[match[1]], expanded))
        names.append(own)
        count += len(own)
    waiting = ", ".join(f"w{position} AS ({part})" for position, part in enumerate(parts[:-1]))
    return (f"WITH {waiting} {parts[-1]}" if waiting else parts[-1]), tuple(names)


def with_rows(
    sql: str, rows: Sequence[Mapping[str, object]]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Statements, with their parameters, in which `@rows(:a, :b)` stands for these rows.

    Some rows at a time, so that the statements are few which the engines keep prepared.
    """
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        params = {f"{name}_{n}": value for n, row in enumerate(some) for name, value in row.items()}
        yield _repeated(sql, len(some)), params


@lru_cache(maxsize=512)
def _repeated(sql: str, count: int) -> str:
    def rows(match: re.Match[str]) -> str:
        return ", ".join(_PARAMETER.sub(rf":\1_{n}", match[1]) for n in range(count))

    return _ROWS.sub(rows, sql)
