"""What is asked for each post from elsewhere walks an index, with and without statistics."""

from collections.abc import AsyncGenerator

import pytest
from tests.db import planning
from tests.db.planning import Query, scans, steps

from noi.db import (
    emojis,
    remote_accounts,
    remote_files,
    remote_statuses,
    statuses,
    threads,
    withdrawn,
)
from noi.db.database import Database
from noi.models.statuses import Status, Visibility

_ROWS = (
    """INSERT INTO accounts (id, domain, username, username_key, uri, url, created_at, updated_at)
    {} SELECT i, 'd' || i % 90, 'u' || i, 'u' || i, 'a' || i, 'p' || i, 0, 0 FROM n""",
    """INSERT INTO statuses (id, account_id, uri, url, local, visibility, conversation_id,
        in_reply_to_id, in_reply_to_uri, created_at)
    {} SELECT i, i % 300, 's' || i, '', 0, 0, i, CASE WHEN i % 3 = 0 THEN i - 1 END,
        CASE WHEN i % 2 = 0 THEN 's' || (i + 9000) ELSE '' END, 0 FROM n""",
    """INSERT INTO conversations (id, uri, created_at)
    {} SELECT i, CASE WHEN i % 2 = 0 THEN 'c' || i ELSE '' END, 0 FROM n""",
    "INSERT INTO follows (id, account_id, target_id, created_at) {} SELECT i, i % 50, i, 0 FROM n",
    """INSERT INTO custom_emojis (id, shortcode, domain, image, image_static, created_at)
    {} SELECT i, 'e' || i % 40, 'd' || i, '', '', 0 FROM n""",
    """INSERT INTO remote_files (key, url, host, kind, state, used_at, created_at)
    {} SELECT 'k' || i, '', '', 'avatar', 'stored', i, 0 FROM n""",
)
_STATUS = Status(
    id=7, account_id=3, uri="s9007", url="", visibility=Visibility.PUBLIC, conversation_id=1,
    created_at=0,
)  # fmt: skip


@pytest.fixture(scope="module", params=["fresh", "analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    async with planning.filled(_ROWS, 4000, analysed=request.param == "analysed") as db:
        yield db


_QUERIES: dict[str, Query] = {
    "is known": lambda db: statuses.get_by_uri(db, "s5"),
    "is withdrawn": lambda db: withdrawn.has(db, "a5", "s5"),
    "answers that wait": lambda db: remote_statuses.adopt(db, _STATUS),
    "answers below": lambda db: threads.join(db, 5, 1, lambda: 1),
    "what moves with them": lambda db: threads.move(db, [5, 6], 1),
    "surroundings": lambda db: remote_statuses.surroundings(
        db, "u8", author_id=8, author_uri="a8", conversation_uri="c8"
    ),
    "known addresses": lambda db: remote_statuses.known_uris(db, ["s1", "s2"]),
    "replies due": lambda db: remote_statuses.replies_due(db, 5, before=1),
    "account": lambda db: remote_accounts.known(db, "a5"),
    "accounts": lambda db: remote_accounts.by_uris(db, ["a1", "a2"]),
    "page of an account": lambda db: remote_accounts.by_url(db, "p5"),
    "holder of a handle": lambda db: remote_accounts.other_holder(db, "u5", "d5", "a6"),
    "has followers": lambda db: remote_accounts.has_followers(db, 5),
    "emojis": lambda db: emojis.by_shortcodes(db, "d5", ["e1", "e2"]),
    "file": lambda db: remote_files.get(db, "k5"),
}


@pytest.mark.parametrize("name", _QUERIES)
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    found = await steps(filled, _QUERIES[name])
    # What was found so far of a thread is small.
    assert not scans(found, "SCAN b"), found


async def test_the_least_used_files_come_sorted_out_of_an_index(filled: Database) -> None:
    found = await steps(filled, lambda db: remote_files.least_used(db, 10))
    assert any("remote_files_used" in step for step in found), found
    assert not [step for step in found if "ORDER BY" in step], found
