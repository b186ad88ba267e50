"""The hub's full-text indexes over the tokens of `text.fold`: FTS5 on SQLite, tsvector else.

A row has columns of tokens: words as written (`exact`) and without marks (`folded`), side by side
in the order of the text; `pairs` of folded words that follow one another; for accounts `names` and
`starts` of names and handles; and `scope`, which tells language and server.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from noi.db.database import Database, Transaction
from noi.models.paging import MAX_ID

Index = Literal["hub_post_search", "hub_account_search"]
Column = Literal["exact", "folded", "pairs", "names", "starts", "scope"]
Columns = Mapping[Column, Sequence[str]]


class Term(msgspec.Struct, frozen=True):
    """Keys that follow one another in a column; a single word is one key."""

    column: Column
    keys: tuple[str, ...]


class Query(msgspec.Struct, frozen=True):
    """All of `wanted`, none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


_COLUMNS: dict[Index, tuple[Column, ...]] = {
    "hub_post_search": ("exact", "folded", "pairs", "scope"),
    "hub_account_search": ("exact", "folded", "pairs", "names", "starts", "scope"),
}
# What keeps the columns apart in a vector, which has none.
_LETTERS: dict[Column, str] = {
    "exact": "e",
    "folded": "f",
    "pairs": "p",
    "names": "n",
    "starts": "b",
    "scope": "s",
}

_DELETE: dict[str, str] = {
    "sqlite": "DELETE FROM {index} WHERE rowid = :id",
    "postgresql": "DELETE FROM {index} WHERE id = :id",
}
_INSERT_FTS: dict[Index, str] = {
    index: f"INSERT INTO {index} (rowid, {', '.join(columns)}) "
    f"VALUES (:id, {', '.join(f':{column}' for column in columns)})"
    for index, columns in _COLUMNS.items()
}
_INSERT_VECTOR = """INSERT INTO {index} (id, tokens) VALUES (:id, CAST(:tokens AS tsvector))
ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens"""
_FIND: dict[str, str] = {
    "sqlite": """SELECT rowid FROM {index} WHERE {index} MATCH :query
AND rowid > :above AND rowid < :below ORDER BY rowid DESC LIMIT :limit""",
    "postgresql": """SELECT id FROM {index} WHERE tokens @@ CAST(:query AS tsquery)
AND id > :above AND id < :below ORDER BY id DESC LIMIT :limit""",
}


_FIND_TWICE = """SELECT rowid, leading_in({index}, 0, :many) FROM {index}
WHERE {index} MATCH :query AND rowid > :above AND rowid < :below
ORDER BY rowid DESC LIMIT :limit"""


async def put(
    tx: Transaction, index: Index, id_: int, columns: Columns, *, new: bool = False
) -> None:
    """Write the row of an account or post anew, at the end of the transaction; `new` says that
    there is none yet.
    """
    if tx.dialect == "postgresql":
        row: dict[str, object] = {"id": id_, "tokens": _vector(columns)}
        await tx.at_end(_INSERT_VECTOR.format(index=index), row)
        return
    if not new:
        await remove(tx, index, id_)
    await tx.at_end(_INSERT_FTS[index], fts_row(index, id_, columns))


def fts_row(index: Index, id_: int, columns: Columns) -> dict[str, object]:
    """The parameters of a row of FTS5."""
    texts = {column: " ".join(columns.get(column, ())) for column in _COLUMNS[index]}
    return {"id": id_, **texts}


async def remove(tx: Transaction, index: Index, id_: int) -> None:
    """Take an account or post out of its index."""
    await tx.at_end(_DELETE[tx.dialect].format(index=index), {"id": id_})


async def find(
    db: Database, index: Index, query: Query, *, above: int = -1, below: int = MAX_ID, limit: int
) -> list[int]:
    """The newest ids that match, between two ids."""
    params: dict[str, object] = {
        "query": _fts_query(query) if db.dialect == "sqlite" else _ts_query(query),
        "above": above,
        "below": below,
        "limit": limit,
    }
    # Frequent words that seldom stand together are looked for in long lists.
    sql = _FIND[db.dialect].format(index=index)
    return [row[0] for row in await db.fetch_all(sql, params, slow=True)]


async def find_twice(
    db: Database, index: Index, query: Query, exact: Query, *, above: int, below: int, limit: int
) -> tuple[list[int], set[int]]:
    """The newest ids that match, and those of them that match `exact`, which is narrower.

    FTS5 tells both at once where the words are the same, only in another column.
    """
    many = _same_words(query, exact)
    if db.dialect == "sqlite" and many:
        params: dict[str, object] = {
            "query": _fts_query(query, wider=many),
            "many": many,
            "above": above,
            "below": below,
            "limit": limit,
        }
        rows = await db.fetch_all(_FIND_TWICE.format(index=index), params, slow=True)
        return [row[0] for row in rows], {row[0] for row in rows if row[1]}
    ids = await find(db, index, query, above=above, below=below, limit=limit)
    if not ids:
        return [], set()
    as_typed = await find(db, index, exact, above=ids[-1] - 1, below=ids[0] + 1, limit=limit)
    return ids, set(as_typed)


def _same_words(query: Query, exact: Query) -> int:
    """How many leading words differ only in their column; 0 where anything else differs."""
    many = sum(term.column == "folded" for term in query.wanted)
    moved = tuple(Term("exact", term.keys) for term in query.wanted[:many])
    alike = exact.wanted == (*moved, *query.wanted[many:]) and exact.unwanted == query.unwanted
    return many if alike else 0


def _fts_query(query: Query, wider: int = 0) -> str:
    """The query for FTS5; its first `wider` words may stand in the column of exact ones too."""
    leading = [f"{{exact folded}} : {_fts_words(term)}" for term in query.wanted[:wider]]
    matched = " AND ".join([*leading, *map(_fts_term, query.wanted[wider:])])
    if not query.unwanted:
        return matched
    return f"({matched}) NOT ({' OR '.join(_fts_term(term) for term in query.unwanted)})"


def _fts_term(term: Term) -> str:
    return f"{term.column} : {_fts_words(term)}"


def _fts_words(term: Term) -> str:
    words = " ".join(term.keys).replace('"', "")
    return f'"{words}"'


def _vector(columns: Columns) -> str:
    return " ".join(
        _lexeme(column, key) + (f":{place}" if column != "scope" else "")
        for column, keys in columns.items()
        for place, key in enumerate(keys, start=1)
    )


def _ts_query(query: Query) -> str:
    parts = [_ts_term(term) for term in query.wanted]
    parts += [f"!{_ts_term(term)}" for term in query.unwanted]
    return " & ".join(parts)


def _ts_term(term: Term) -> str:
    return f"({' <-> '.join(_lexeme(term.column, key) for key in term.keys)})"


def _lexeme(column: Column, key: str) -> str:
    bare = key.replace("'", "").replace("\\", "")
    return f"'{_LETTERS[column]}:{bare}'"
