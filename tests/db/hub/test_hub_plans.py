"""Hot queries of a hub walk their indexes, however much is stored, with and without statistics."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

import testrig
from noi.db import policies
from noi.db.database import Database
from noi.db.hub import (
    accounts,
    hidden_trends,
    members,
    posts,
    recommendations,
    statistics,
    trends,
    visible,
)
from noi.db.migrate import migrate
from noi.models.hub import MemberState
from plans import NUMBERS, Planner, scans

_IDS = [1, 2, 3]
_FILL = (
    """hub_members (id, host, state, base_url, server_id, private_key, asked_at)
    SELECT i, 'm' || i, 'admitted', '', 's' || i, '', 0 FROM n WHERE i <= 500""",
    """hub_accounts (id, uri, host, member_id, username, domain, discoverable, indexable, language,
        check_at, checked_at, created_at, last_post_at)
    SELECT i, 'a' || i, 'm' || i % 500, i % 500, 'u' || i, 'm' || i % 500, 1, 1,
        'l' || i % 10, 0, 0, 0, i FROM n""",
    """hub_posts (id, uri, account_id, host, member_id, language, published_at, check_at,
        checked_at)
    SELECT i, 'p' || i, i % 1000, 'm' || i % 500, i % 500, 'l' || i % 10, i, 0, 0 FROM n""",
    """hub_post_tags (post_id, family, name, published_at)
    SELECT i, 't' || i % 300, 'n', i FROM n""",
    """hub_post_links (post_id, url, published_at) SELECT i, 'u' || i % 300, i FROM n""",
    """hub_account_tags (account_id, family, name) SELECT i, 't' || i % 300, 'n' FROM n""",
    """hub_follows (account_id, target_id) SELECT i % 1000, i FROM n""",
    """hub_post_trending (uri, member_id, announced_at) SELECT 'p' || i / 3, i, i FROM n""",
    """hub_trends (kind, language, hours, place, name, rank, people, networks, hourly, examples)
    SELECT 'hashtag', 'l' || i % 100, 24, i, '', 0, 0, 0, '', '' FROM n""",
    """hub_statistics (day, name, value) SELECT 'd' || i, 'n', 0 FROM n""",
    """hub_hidden_trends (id, kind, key, name, post_id, rule_text, reason, created_at, shown_at)
    SELECT i, CASE WHEN i % 3 = 0 THEN 'post' ELSE 'link' END, 'k' || i, '', i, '', '', 0,
        CASE WHEN i % 50 <> 0 THEN 1 END FROM n""",
    """hub_member_decisions (id, member_id, state, created_at)
    SELECT i, i % 500 + 1, 'admitted', 0 FROM n""",
    """policy_decisions (id, domain, severity, reject_media, reject_reports, rule_text, reason,
        source, created_at) SELECT i, 'd' || i, 'block', 0, 0, '', '', '', 0 FROM n""",
)


@pytest.fixture(scope="module", params=["sqlite", "sqlite analysed", "postgresql analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    engine, _, analysed = request.param.partition(" ")
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await migrate(db, hub=True)
        for rows in _FILL:
            table, _, rest = rows.partition("SELECT")
            await db.execute(f"INSERT INTO {table} {NUMBERS} SELECT {rest}")
        if analysed:
            await db.execute("ANALYZE")
        yield db


_NOW = {"since": 19_900, "now": 20_000}
_QUERIES: dict[str, Callable[[Any], Awaitable[object]]] = {
    "accounts": lambda db: visible.accounts(db, _IDS),
    "active accounts": lambda db: visible.active(db, _IDS),
    "posts with authors": lambda db: visible.written(db, _IDS),
    "posts": lambda db: visible.posts(db, _IDS),
    "examples": lambda db: visible.examples(db, _IDS),
    "authors": lambda db: visible.authors(db, _IDS),
    "handle": lambda db: visible.by_handle(db, "u5", "m5"),
    "handle without a domain": lambda db: visible.by_handle(db, "u5", ""),
    "followed": lambda db: recommendations.followed(db, 5),
    "friends": lambda db: recommendations.friends(db, _IDS),
    "followers": lambda db: recommendations.followers(db, _IDS),
    "topics": lambda db: recommendations.topics(db, 5),
    "with a topic": lambda db: recommendations.with_topic(db, "t5"),
    "active in a language": lambda db: recommendations.active(db, "l5", 19_000),
    "new in a language": lambda db: recommendations.new(db, "l5", 19_000),
    "trends": lambda db: trends.read(db, "hashtag", "l5", 24, 20),
    "widespread tags": lambda db: trends.widespread(db, "hashtag", people=2, networks=2, **_NOW),
    "uses of links": lambda db: trends.uses(db, "link", ["u5"], **_NOW),
    "earlier": lambda db: trends.earlier(db, "hashtag", ["t5"], from_time=0, since=19_900),
    "groups of a language": lambda db: recommendations.groups(db, "l5"),
    "hidden posts": lambda db: hidden_trends.keys(db, "post"),
    "hidden of some posts": lambda db: hidden_trends.of_posts(db, _IDS),
    "decisions about trends": lambda db: hidden_trends.fetch_page(db, before=9_000, limit=50),
    "decisions about servers": lambda db: policies.recent(db, before=9_000, limit=50),
    "decisions about members": lambda db: members.recent(
        db, [MemberState.ADMITTED], before=9_000, limit=50
    ),
    "posts of a day": lambda db: statistics.posts_by_language(db, 19_900, 20_000),
    "statistics": lambda db: statistics.read(db, "d9990"),
    "posts that are held": lambda db: posts.ids_of(db, ["p1", "p2"]),
    "ids that are taken": lambda db: posts.taken(db, _IDS),
    "posts read of late": lambda db: posts.checked_since(db, ["p1", "p2"], 0),
    "accounts read of late": lambda db: accounts.checked_since(db, ["a1", "a2"], 0),
}


@pytest.mark.parametrize("name", _QUERIES)
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    planner = Planner(filled)
    await _QUERIES[name](planner)
    # Members are few, and PostgreSQL knows it.
    found = [step for step in scans(planner.steps) if step != "SCAN hub_members"]
    assert planner.steps and not found, planner.steps
