"""The hot queries about relations walk their indexes, with and without SQLite's statistics."""

from collections.abc import AsyncGenerator

import pytest
from tests.db import planning
from tests.db.planning import Query, scans, steps

from noi.db import (
    blocks,
    endorsements,
    featured_tags,
    filters,
    followed_tags,
    follows,
    lists,
    mutes,
    notifications,
    relationships,
)
from noi.db.database import Database
from noi.models.ids import first_id_at
from noi.models.notifications import NotificationKind
from noi.models.paging import Page

ME = 7
PAGE = Page(limit=40, max_id=5000)
UP = Page(limit=40, min_id=10)

_ROWS = (
    """INSERT INTO accounts (id, username, username_key, uri, url, created_at, updated_at)
    {} SELECT i, 'u' || i, 'u' || i, 'u' || i, '', 0, 0 FROM n""",
    """INSERT INTO follows (id, account_id, target_id, created_at)
    {} SELECT i, i % 50, i, 0 FROM n""",
    """INSERT INTO notifications
        (id, account_id, kind, from_account_id, status_id, dedup_key, created_at)
    {} SELECT i, i % 20, 'mention', i % 700, i, 'k' || i, 0 FROM n""",
    """INSERT INTO statuses (id, account_id, uri, url, local, visibility, conversation_id,
        created_at)
    {} SELECT i, i % 300, 's' || i, '', 1, 0, i, 0 FROM n""",
    """INSERT INTO status_tags (tag_id, status_id, family, name)
    {} SELECT i % 9, i, 'f', 'n' FROM n""",
    "INSERT INTO blocks (id, account_id, target_id, created_at) {} SELECT i, i % 40, i, 0 FROM n",
    "INSERT INTO mutes (id, account_id, target_id, created_at) {} SELECT i, i % 40, i, 0 FROM n",
    """INSERT INTO list_accounts (id, list_id, account_id)
    {} SELECT i, i % 90, i FROM n""",
    """INSERT INTO filter_keywords (id, filter_id, keyword)
    {} SELECT i, i % 500, 'k' FROM n""",
    """INSERT INTO filters (id, account_id, title, contexts, created_at)
    {} SELECT i, i % 1000, 't', 'home', 0 FROM n""",
)


@pytest.fixture(scope="module", params=["fresh", "analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    async with planning.filled(_ROWS, 3000, analysed=request.param == "analysed") as db:
        yield db


_HARMLESS = ("SCAN (subquery", "SCAN recent", "SCAN unread")
_PAGES: dict[str, Query] = {
    "followers": lambda db: follows.page(db, "followers", 9, ME, PAGE),
    "followers upwards": lambda db: follows.page(db, "followers", 9, ME, UP),
    "following": lambda db: follows.page(db, "following", 9, ME, PAGE),
    "requests": lambda db: follows.requests(db, ME, PAGE),
    "blocks": lambda db: blocks.page(db, ME, PAGE),
    "mutes": lambda db: mutes.page(db, ME, PAGE),
    "list members": lambda db: lists.members(db, ME, PAGE),
    "notifications": lambda db: notifications.page(db, ME, PAGE),
    "notifications upwards": lambda db: notifications.page(db, ME, UP),
    "notifications of kinds": lambda db: notifications.page(
        db, ME, PAGE, kinds=[NotificationKind.MENTION]
    ),
    "notifications from someone": lambda db: notifications.page(db, ME, PAGE, from_account_id=3),
    "unread": lambda db: notifications.count_unread(db, ME, 100),
}
_OTHERS: dict[str, Query] = {
    "relationships": lambda db: relationships.load(db, ME, [1, 2, 3]),
    "circumstances": lambda db: notifications.circumstances(db, ME, 3, 5),
    "endorsements": lambda db: endorsements.page(db, ME, 0, PAGE),
    "filters": lambda db: filters.load(db, ME),
    "lists of a member": lambda db: lists.with_member(db, ME, 3),
    "familiar followers": lambda db: follows.familiar(db, ME, [1, 2]),
    "followed tags": lambda db: followed_tags.page(db, ME, PAGE),
    "uses of tags": lambda db: followed_tags.uses(db, [1, 2], first_id_at(1)),
    "most used tags": lambda db: featured_tags.most_used(db, ME, 10),
}


@pytest.mark.parametrize("name", [*_PAGES, *_OTHERS])
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    found = await steps(filled, (_PAGES | _OTHERS)[name])
    assert not scans(found, *_HARMLESS), found


@pytest.mark.parametrize("name", _PAGES)
async def test_pages_come_sorted_out_of_an_index(filled: Database, name: str) -> None:
    found = await steps(filled, _PAGES[name])
    assert not [step for step in found if "ORDER BY" in step], found
