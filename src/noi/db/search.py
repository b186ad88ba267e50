"""Full-text search over the tokens of `text.fold`: FTS5 on SQLite, tsvector on PostgreSQL.

A row has exact tokens, folded tokens and scope tokens, which say whose row it is and who may
find it, so that one look into the index finds only what a viewer may see.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from noi.db.database import Reader, Transaction
from noi.db.visibility import unlimited, viewpoint, visible, wanted
from noi.models.accounts import AccountState
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.paging import MAX_ID
from noi.models.statuses import Tag

Index = Literal["status_search", "account_search"]


class Words(msgspec.Struct, frozen=True):
    """Keys that must follow one another, compared exactly or folded; a single word is one key."""

    keys: tuple[str, ...]
    exact: bool
    prefix: bool = False


class Query(msgspec.Struct, frozen=True):
    """All of `wanted`, none of `unwanted`, and from each of `scopes` one token."""

    wanted: tuple[Words, ...]
    unwanted: tuple[Words, ...] = ()
    scopes: tuple[tuple[str, ...], ...] = ()


class AccountHit(msgspec.Struct, array_like=True, frozen=True):
    """A found account; `followed` by the viewer."""

    id: int
    username_key: str
    local: bool
    followed: bool
    followers_count: int


_DELETE: dict[str, str] = {
    "sqlite": "DELETE FROM {index} WHERE rowid = :id",
    "postgresql": "DELETE FROM {index} WHERE id = :id",
}
_INSERT_FTS = """INSERT INTO {index} (rowid, exact, folded, scope)
VALUES (:id, :exact, :folded, :scope)"""
_INSERT_VECTOR = """INSERT INTO {index} (id, tokens) VALUES (:id, CAST(:tokens AS tsvector))
ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens"""
_FIND: dict[str, str] = {
    "sqlite": """SELECT rowid FROM {index} WHERE {index} MATCH :query
AND rowid > :above AND rowid < :below ORDER BY rowid DESC LIMIT :limit""",
    "postgresql": """SELECT id FROM {index} WHERE tokens @@ CAST(:query AS tsquery)
AND id > :above AND id < :below ORDER BY id DESC LIMIT :limit""",
}

_MAY_FIND = """(s.account_id = :viewer OR s.visibility = 0 AND a.indexable = 1
    OR EXISTS (SELECT 1 FROM mentions named
        WHERE named.status_id = s.id AND named.account_id = :viewer))"""
_VISIBLE_STATUSES = f"""SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
WHERE s.id @in(:ids) AND {visible()} AND {wanted()} AND {unlimited()} AND {_MAY_FIND}"""

_FOLLOWS = """EXISTS (SELECT 1 FROM follows f
    WHERE f.account_id = :viewer AND f.target_id = a.id)"""
_VISIBLE_ACCOUNTS = f"""SELECT a.id, a.username_key, a.domain = '',
    {_FOLLOWS} AS followed, a.followers_count
FROM accounts a
WHERE a.id @in(:ids) AND NOT EXISTS (SELECT 1 FROM blocks
    WHERE account_id = :viewer AND target_id = a.id OR account_id = a.id AND target_id = :viewer)
    AND (a.id = :viewer OR {_FOLLOWS}
        OR a.state = {AccountState.ACTIVE:d} AND a.discoverable = 1)
    AND a.state <= {AccountState.LIMITED:d}"""
_BY_HANDLE = f"""SELECT id FROM accounts
WHERE username_key = :name AND domain = :domain AND state <= {AccountState.LIMITED:d}
    AND id <> {INSTANCE_ACTOR_ID}"""
_ACCOUNT_BY_URL = f"""SELECT id FROM accounts
WHERE (uri = :url OR url = :url) AND state <= {AccountState.LIMITED:d}
    AND id <> {INSTANCE_ACTOR_ID}
ORDER BY id LIMIT 1"""
_FOLLOWED = f"SELECT a.id FROM accounts a WHERE a.id @in(:ids) AND {_FOLLOWS}"

_TAGS = """SELECT id, key, family, name FROM (
    SELECT id, key, family, name, statuses_count FROM tags
    WHERE family {not_below} :prefix AND family {below} :end LIMIT 2000) AS candidates
WHERE statuses_count > 0
ORDER BY CASE WHEN family = :prefix THEN 0 ELSE 1 END, statuses_count DESC, id LIMIT :limit"""
_TAGS_BY_PREFIX: dict[str, str] = {
    "sqlite": _TAGS.format(not_below=">=", below="<"),
    "postgresql": _TAGS.format(not_below="~>=~", below="~<~"),
}
_ACCOUNT_STATUSES = """SELECT id FROM statuses
WHERE account_id = :account_id AND id > :after AND deleted_at IS NULL
ORDER BY id LIMIT :limit"""


async def put(
    tx: Transaction,
    index: Index,
    id_: int,
    *,
    exact: Sequence[str],
    folded: Sequence[str],
    scope: Sequence[str],
    new: bool = False,
) -> None:
    """Write a row, anew unless it is `new`; `exact` and `folded` stand side by side."""
    if tx.dialect == "postgresql":
        row = {"id": id_, "tokens": _vector(exact, folded, scope)}
        await tx.at_end(_INSERT_VECTOR.format(index=index), row)
        return
    if not new:
        await remove(tx, index, id_)
    row = {
        "id": id_,
        "exact": " ".join(exact),
        "folded": " ".join(folded),
        "scope": " ".join(scope),
    }
    await tx.at_end(_INSERT_FTS.format(index=index), row)


async def remove(tx: Transaction, index: Index, id_: int) -> None:
    """Take a status or account out of its index."""
    await tx.at_end(_DELETE[tx.dialect].format(index=index), {"id": id_})


async def find(
    reader: Reader,
    index: Index,
    query: Query,
    *,
    below: int | None = None,
    above: int | None = None,
    limit: int,
) -> list[int]:
    """The newest ids that match, between two ids if given."""
    text = _fts_query(query) if reader.dialect == "sqlite" else _ts_query(query)
    params: dict[str, object] = {
        "query": text,
        "below": MAX_ID if below is None else below,
        "above": -1 if above is None else above,
        "limit": limit,
    }
    rows = await reader.fetch_all(_FIND[reader.dialect].format(index=index), params)
    return [row[0] for row in rows]


async def visible_statuses(reader: Reader, viewer_id: int, ids: Sequence[int]) -> set[int]:
    """Those of some statuses that the viewer (0 for a stranger) may see and find."""
    params = viewpoint(viewer_id, ids=list(ids))
    return {row[0] for row in await reader.fetch_all(_VISIBLE_STATUSES, params)}


async def visible_accounts(
    reader: Reader, viewer_id: int, ids: Sequence[int]
) -> dict[int, AccountHit]:
    """Those of some accounts that the viewer may find: discoverable ones, or whom it follows."""
    params = {"ids": list(ids), "viewer": viewer_id}
    hits = await reader.fetch_all(_VISIBLE_ACCOUNTS, params, AccountHit)
    return {hit.id: hit for hit in hits}


async def account_by_handle(reader: Reader, username: str, domain: str) -> int | None:
    """The id of a live account by its whole handle; `domain` is empty for local ones."""
    params = {"name": username.lower(), "domain": domain.lower()}
    return await reader.fetch_value(_BY_HANDLE, params)


async def account_by_url(reader: Reader, url: str) -> int | None:
    """The id of a live account by the address of its page or its ActivityPub id."""
    return await reader.fetch_value(_ACCOUNT_BY_URL, {"url": url})


async def followed(reader: Reader, viewer_id: int, ids: Sequence[int]) -> set[int]:
    """Those of some accounts that the viewer follows."""
    params = {"ids": list(ids), "viewer": viewer_id}
    return {row[0] for row in await reader.fetch_all(_FOLLOWED, params)}


async def tags(reader: Reader, family_prefix: str, limit: int) -> list[Tag]:
    """Used hashtags whose folded key begins so; the whole key first, then the most used."""
    params = {"prefix": family_prefix, "end": f"{family_prefix}\U0010ffff", "limit": limit}
    return await reader.fetch_all(_TAGS_BY_PREFIX[reader.dialect], params, Tag)


async def statuses_of(reader: Reader, account_id: int, *, after: int, limit: int) -> list[int]:
    """Ids of an account's statuses above one, oldest first."""
    params = {"account_id": account_id, "after": after, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_ACCOUNT_STATUSES, params)]


def _fts_query(query: Query) -> str:
    parts = [_fts_words(words) for words in query.wanted]
    parts += [f"scope : ({' OR '.join(map(_quoted, tokens))})" for tokens in query.scopes]
    matched = " AND ".join(parts)
    if not query.unwanted:
        return matched
    return f"({matched}) NOT ({' OR '.join(_fts_words(words) for words in query.unwanted)})"


def _fts_words(words: Words) -> str:
    column = "exact" if words.exact else "folded"
    return f"{column} : {_quoted(' '.join(words.keys))}{' *' if words.prefix else ''}"


def _quoted(token: str) -> str:
    return '"' + token.replace('"', "") + '"'


def _vector(exact: Sequence[str], folded: Sequence[str], scope: Sequence[str]) -> str:
    tokens = [_lexeme("s", token) for token in scope]
    for position, key in enumerate(exact, start=1):
        tokens.append(f"{_lexeme('e', key)}:{position}")
    for position, key in enumerate(folded, start=1):
        tokens.append(f"{_lexeme('f', key)}:{position}")
    return " ".join(tokens)


def _ts_query(query: Query) -> str:
    parts = [_ts_words(words) for words in query.wanted]
    for tokens in query.scopes:
        parts += ["(" + " | ".join(_lexeme("s", token) for token in tokens) + ")"]
    parts += [f"!{_ts_words(words)}" for words in query.unwanted]
    return " & ".join(parts)


def _ts_words(words: Words) -> str:
    kind = "e" if words.exact else "f"
    lexemes = [_lexeme(kind, key) for key in words.keys]
    if words.prefix:
        lexemes[-1] += ":*"
    return f"({' <-> '.join(lexemes)})"


def _lexeme(kind: str, key: str) -> str:
    bare = key.replace("'", "").replace("\\", "")
    return f"'{kind}:{bare}'"
