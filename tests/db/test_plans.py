"""Hot queries walk their indexes in order, however much is stored, with and without statistics."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

import pytest

import testrig
from noi.db import (
    conversations,
    distribution,
    featured_tags,
    jobs,
    listings,
    participants,
    quotes,
    reactions,
    search,
    sessions,
    statuses,
    streams,
    tags,
    timelines,
    tokens,
)
from noi.db.database import Database
from noi.models.paging import Page
from noi.models.statuses import Status
from plans import NUMBERS, Planner, scans

ME = 7
PAGE = Page(limit=20, max_id=19_000)
FIRST = Page(limit=20)
UP = Page(limit=20, min_id=10)

_FILL = (
    """accounts (id, username, username_key, uri, url, created_at, updated_at)
    SELECT i, 'u' || i, 'u' || i, 'u' || i, '', 0, 0 FROM n""",
    """users (account_id, email, password_hash, created_at, home_built_at)
    SELECT i, i || '@x', '', 0, 1 FROM n WHERE i < 2000""",
    """statuses (id, account_id, uri, url, local, visibility, conversation_id, created_at,
        in_reply_to_id, in_reply_to_account_id, reblog_of_id, reblog_of_account_id, has_tags,
        has_media, card_id)
    SELECT i, CASE WHEN i % 4 = 0 THEN 3 ELSE i % 1000 END, 's' || i, '', i % 2,
        CASE WHEN i % 20 = 0 THEN 3 ELSE 0 END, i / 3, i,
        CASE WHEN i % 3 = 0 THEN i - 1 END, CASE WHEN i % 3 = 0 THEN (i - 1) % 1000 END,
        CASE WHEN i % 5 = 1 THEN i / 2 END, CASE WHEN i % 5 = 1 THEN (i / 2) % 1000 END, i % 2,
        i % 4 / 3, CASE WHEN i % 7 = 0 THEN i % 50 END FROM n""",
    """follows (id, account_id, target_id, created_at)
    SELECT i, i % 1000, i / 20 % 1000, 0 FROM n WHERE i <= 20000""",
    "blocks (id, account_id, target_id, created_at) SELECT i, i % 40, i, 0 FROM n WHERE i < 4000",
    "mutes (id, account_id, target_id, created_at) SELECT i, i % 40, i, 0 FROM n WHERE i < 4000",
    """timeline_entries (owner_id, status_id)
    SELECT i % 20, i FROM n""",
    """mentions (status_id, account_id)
    SELECT i, i % 300 FROM n WHERE i % 2 = 0""",
    """status_tags (tag_id, status_id, family, name)
    SELECT i % 9, i, 'f' || i % 9, 'n' FROM n WHERE i % 2 = 1""",
    """user_domain_blocks (id, account_id, domain, created_at)
    SELECT i, i % 500, 'x' || i, 0 FROM n""",
    """conversation_mutes (account_id, conversation_id) SELECT i % 500, i FROM n""",
    """followed_tags (id, account_id, tag_id, created_at) SELECT i, i % 900, i, 0 FROM n""",
    """pins (account_id, status_id, created_at) SELECT i % 900, i, 0 FROM n""",
    """tags (id, key, family, name, created_at)
    SELECT i, 'k' || i, 'f' || i, 'n', 0 FROM n""",
    """featured_tags (id, account_id, tag_id, name, created_at)
    SELECT i, i / 5, i % 9, 'n', 0 FROM n""",
    """favourites (id, account_id, status_id, created_at)
    SELECT i, i % 90, i / 2, 0 FROM n""",
    """quotes (status_id, account_id, quoted_id, quoted_account_id, quoted_uri, state,
        authorization_uri, created_at, updated_at)
    SELECT i, i % 1000, CASE WHEN i % 9 <> 0 THEN i / 30 END, i / 30 % 1000, 's' || i / 30,
        CASE WHEN i % 5 = 0 THEN 'pending' ELSE 'accepted' END, 'q' || i, 0, 0 FROM n""",
    """reactions (id, account_id, status_id, name, uri, created_at)
    SELECT i, i % 90, i / 9, 'e' || i % 7, 'r' || i, 0 FROM n""",
    """bookmarks (id, account_id, status_id, created_at)
    SELECT i, i % 90, i / 2, 0 FROM n""",
    """account_conversations (id, account_id, conversation_id, participants, last_status_id)
    SELECT i, i % 200, i, '[]', i FROM n""",
    """media_attachments (id, account_id, status_id, kind, state, created_at)
    SELECT i, i % 1000, i, 'image', 'ready', 0 FROM n WHERE i % 4 = 3""",
    """preview_cards (id, url) SELECT i, 'https://x/' || i FROM n""",
    """lists (id, account_id, title, created_at)
    SELECT i, i % 500, 't', 0 FROM n""",
    """list_accounts (id, list_id, account_id) SELECT i, i / 40, i % 1000 FROM n""",
    """jobs (id, name, payload, ordering_key, state, run_at, created_at)
    SELECT i, 'Job', '{{}}', CASE WHEN i % 2 = 0 THEN 'k' || i % 5000 END,
        CASE WHEN i % 4 = 1 THEN 'dead' ELSE 'ready' END, i, 0 FROM n""",
    """access_tokens (id, token_hash, app_id, account_id, scopes, created_at)
    SELECT i, CAST('t' || i AS BYTEA), 1, i, '', 0 FROM n""",
    """sessions (id_hash, account_id, created_at, last_used_at, expires_at)
    SELECT CAST('s' || i AS BYTEA), i, 0, 0, 0 FROM n""",
)


@pytest.fixture(scope="module", params=["sqlite", "sqlite analysed", "postgresql analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    engine, _, analysed = request.param.partition(" ")
    async with testrig.services(engine) as rig:
        db = rig.network.db
        for rows in _FILL:
            table, _, rest = rows.partition("SELECT")
            bytea = "BLOB" if engine == "sqlite" else "BYTEA"
            sql = f"INSERT INTO {table} {NUMBERS} SELECT {rest}".replace("BYTEA", bytea)
            await db.execute(sql.replace("{{}}", "{}"))
        if analysed:
            await db.execute("ANALYZE")
        yield db


Query = Callable[[Any], Awaitable[object]]
_PAGES: dict[str, Query] = {
    "home": lambda db: timelines.stored(db, ME, ME, PAGE),
    "home from its top": lambda db: timelines.stored(db, ME, ME, FIRST),
    "home upwards": lambda db: timelines.stored(db, ME, ME, UP),
    "public": lambda db: timelines.public(db, ME, PAGE),
    "public for strangers": lambda db: timelines.public(db, 0, FIRST),
    "local": lambda db: timelines.public(db, ME, PAGE, local=True),
    "media of others": lambda db: timelines.public(db, ME, PAGE, remote=True, only_media=True),
    "tag": lambda db: timelines.tagged(db, ME, PAGE, family="f3"),
    "tag and others": lambda db: timelines.tagged(
        db, ME, PAGE, family="f3", all_of=["f1"], none_of=["f2"]
    ),
    "exact tag": lambda db: timelines.tagged(db, ME, PAGE, tag_id=3),
    "account": lambda db: timelines.by_account(db, ME, 3, PAGE),
    "account upwards": lambda db: timelines.by_account(db, ME, 3, UP),
    "account, narrowed": lambda db: timelines.by_account(
        db, ME, 3, PAGE, only_media=True, exclude_replies=True, exclude_reblogs=True, tag_key="k3"
    ),
    "favourites": lambda db: timelines.favourited(db, ME, PAGE),
    "bookmarks": lambda db: timelines.bookmarked(db, ME, PAGE),
    "links": lambda db: timelines.with_link(db, ME, "https://x/7", PAGE),
    "conversations": lambda db: conversations.page(db, ME, PAGE),
    "rebloggers": lambda db: participants.rebloggers(db, ME, 500, PAGE),
    "favouriters": lambda db: participants.favouriters(db, ME, 500, PAGE),
    "outbox": lambda db: listings.outbox(db, 3, PAGE),
    "outbox from its end": lambda db: listings.outbox(db, 3, UP),
    "followers elsewhere": lambda db: listings.followers(db, 3, PAGE),
    "followed elsewhere": lambda db: listings.following(db, 3, PAGE),
    "replies elsewhere": lambda db: listings.replies(db, 500, 3, own=False, after=5, limit=40),
    "own replies": lambda db: listings.replies(db, 500, 3, own=True, after=0, limit=5),
    "context": lambda db: listings.conversation(db, 500, after=5, limit=100),
    "quotes": lambda db: quotes.page(db, ME, 500, PAGE),
    "quotes upwards": lambda db: quotes.page(db, ME, 500, UP),
    "quoters here": lambda db: quotes.local_quoters(db, 500, after=5, limit=500),
    "due jobs": jobs.next_due,
}
# Here PostgreSQL weighs how many rows there are, and reads a small table whole.
_WEIGHED = frozenset({"fan-out", "leaving", "tag and others"})
_OTHERS: dict[str, Query] = {
    "direct": lambda db: timelines.direct(db, ME, PAGE),
    "pinned": lambda db: timelines.pinned(db, ME, 3),
    "some statuses": lambda db: timelines.by_ids(db, ME, [1, 2, 3]),
    "one status": lambda db: statuses.get_visible(db, 500, ME),
    "one status for many": lambda db: timelines.for_viewers(db, [500, 501], [1, 2, 3]),
    "homes with it": lambda db: timelines.owners_with(db, [500, 501], [1, 2, 3]),
    "homes losing it": lambda db: streams.homes_losing(db, 500, [1, 2, 3]),
    "ancestors": lambda db: timelines.ancestors(db, ME, 500, most=40),
    "descendants": lambda db: timelines.descendants(db, ME, 500, most=60, depth=20),
    "found statuses": lambda db: search.visible_statuses(db, ME, [1, 2, 3]),
    "found accounts": lambda db: search.visible_accounts(db, ME, [1, 2, 3]),
    "tags by prefix": lambda db: search.tags(db, "f33", 20),
    "fan-out": lambda db: distribution.to_homes_and_lists(db, _status()),
    "followers to tell": lambda db: distribution.notified_followers(db, 3, after=0, limit=500),
    "merging": lambda db: distribution.merge_recent(db, ME, 3, limit=20),
    "leaving": lambda db: timelines.remove_posts(db, ME, 3),
    "trimming": lambda db: timelines.trim(db, ME),
    "claiming jobs": lambda db: jobs.claim(db, "w", now=5, lease_until=9, limit=16),
    "tokens": lambda db: tokens.authenticate(db, b"t7"),
    "sessions": lambda db: sessions.signed_in(db, b"s7"),
    "counting": lambda db: statuses.count(db, 500, "favourites_count", 1),
    "featured tags": lambda db: featured_tags.all_of(db, ME),
    "featured tags counted": lambda db: featured_tags.count_status(db, _status(), 1),
    "featuring": lambda db: db.execute(
        featured_tags._COUNT_EARLIER,  # pyright: ignore[reportPrivateUsage]
        {"account_id": ME, "tag_id": 3},
    ),
    "pins elsewhere": lambda db: listings.featured(db, 3),
    "shown quotes": lambda db: quotes.views(db, [1, 2, 3]),
    "quoted ones": lambda db: quotes.standings(db, ME, [1, 2, 3]),
    "quotes that wait": lambda db: quotes.waiting_for(db, "s7"),
    "quote by its stamp": lambda db: quotes.by_authorization(db, "q7"),
    "quote by its address": lambda db: quotes.by_status_uri(db, "s7"),
    "quotes above": lambda db: quotes.depth(db, 500),
    "followed authors": lambda db: quotes.followed(db, ME, [1, 2, 3]),
    "reactions": lambda db: reactions.counts(db, [1, 2, 3]),
    "own reactions": lambda db: reactions.own(db, ME, [1, 2, 3]),
    "reactors": lambda db: reactions.reactors(db, ME, 500, "e3", limit=80),
    "reaction of an activity": lambda db: reactions.delete_by_uri(db, ME, "r7"),
    "reactions of one": lambda db: reactions.count(db, ME, 500),
    "detaching tags": lambda db: tags.detach_all(db, 500),
}


def _status() -> Status:
    values: dict[str, object] = dict.fromkeys(Status.__struct_fields__, 0)
    texts = ("uri", "url", "text", "content", "spoiler_text", "language")
    values |= dict.fromkeys(texts, "") | {"id": 501, "account_id": 3, "has_tags": True}
    values |= {"hidden_at": None, "reblog_of_id": None}
    return Status(**cast(Any, values))


async def steps(db: Database, query: Query) -> list[str]:
    planner = Planner(db)
    await query(planner)
    assert planner.steps
    return planner.steps


@pytest.mark.parametrize("name", [*_PAGES, *_OTHERS])
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    found = await steps(filled, (_PAGES | _OTHERS)[name])
    if filled.dialect == "postgresql" and name in _WEIGHED:
        return
    assert not scans(found), (scans(found), found)


@pytest.mark.parametrize("name", _PAGES)
async def test_pages_come_sorted_out_of_an_index(filled: Database, name: str) -> None:
    found = await steps(filled, _PAGES[name])
    if filled.dialect == "postgresql" and name in _WEIGHED:
        return
    assert not [step for step in found if "ORDER BY" in step], found
