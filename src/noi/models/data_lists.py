"""Lists that people take along and bring with them, as Mastodon's CSV files have them."""

from enum import StrEnum

import msgspec

MAX_LINES = 20_000
"""The longest list that can be brought."""


class ListKind(StrEnum):
    """What a list is of."""

    FOLLOWING = "following"
    LISTS = "lists"
    BLOCKS = "blocks"
    MUTES = "mutes"
    DOMAINS = "domains"
    BOOKMARKS = "bookmarks"


class ImportMode(StrEnum):
    """Whether what is not in the file stays or goes."""

    MERGE = "merge"
    OVERWRITE = "overwrite"


class ImportState(StrEnum):
    """How far an import is; `cancelled` ones stay as they are."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    """`failed` lines may be tried again, `refused` ones can never be used."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


class DataImport(msgspec.Struct, array_like=True, frozen=True):
    """A row of `data_imports`; `done` and `failed` count lines."""

    id: int
    account_id: int
    kind: ListKind
    mode: ImportMode
    state: ImportState
    total: int
    done: int
    failed: int
    created_at: int
    finished_at: int | None


class ImportLine(msgspec.Struct, array_like=True, frozen=True):
    """A row of `data_import_lines` without its import: `content` is a JSON array of its cells,
    `error` the JSON of a Reason, and `target_id` the account or status that it names, if known.
    """

    number: int
    content: str
    state: LineState
    error: str = ""
    target_id: int | None = None


class Reason(msgspec.Struct, frozen=True):
    """Why a line could not be used: an English message to be translated, and what fills it."""

    message: str
    params: dict[str, str] = {}
