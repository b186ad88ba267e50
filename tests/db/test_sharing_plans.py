"""What may be shared is found by an index, however much there is."""

from typing import Any

import testrig
from noi.db import (
    alliance,
    alliance_networks,
    charter_versions,
    hidden_trends,
    sharing,
    trends,
)
from noi.models.alliance import Category, Event, Kind, Subscription
from noi.models.paging import MAX_ID, Page
from plans import NUMBERS, Planner

_FILL = (
    f"""{NUMBERS} INSERT INTO accounts (id, username, username_key, domain, uri, url, indexable,
    discoverable, created_at, updated_at)
SELECT i, 'n' || i, 'n' || i, CASE WHEN i % 500 = 0 THEN '' ELSE 'xa.example' END,
    'https://xa.example/' || i, '', 1, 1, 0, 0 FROM n""",
    f"""{NUMBERS} INSERT INTO users (account_id, email, password_hash, confirmed_at, approved_at,
    created_at) SELECT i, '', '', 1, 1, 0 FROM n WHERE i % 500 = 0""",
    f"""{NUMBERS} INSERT INTO statuses (id, account_id, uri, url, visibility, local,
    conversation_id, created_at)
SELECT i, i, 'https://xa.example/s/' || i, '', i % 4, CASE WHEN i % 500 = 0 THEN 1 ELSE 0 END, i, 0
FROM n""",
    f"""{NUMBERS} INSERT INTO fasp_shared (provider_id, category, object_id, shared_at)
SELECT i % 3, 'content', i, 0 FROM n""",
    f"""{NUMBERS} INSERT INTO fasp_announcements (provider_id, subscription_id, object_id, event,
    created_at, uri) SELECT i % 3, i % 3, i, 'new', 0, 'x' FROM n""",
)


async def test_nothing_is_scanned(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        for sql in _FILL:
            await db.execute(sql, {})
        if engine == "postgresql":
            await db.execute("ANALYZE", {})
        planner: Any = Planner(db)
        to = Subscription(1, 1, Category.CONTENT, Kind.LIFECYCLE, 50, 0, 0, 0, 0, 0)
        ids = list(range(100, 110))
        for category in Category:
            await sharing.objects(planner, category, ids)
            await sharing.earlier(planner, category, MAX_ID, 100)
            await sharing.shared_among(planner, 1, category, ids)
            await sharing.some_shared(planner, 1, category, 100)
            await sharing.subscriptions(planner, category, Kind.LIFECYCLE)
        await sharing.waiting(planner, 1, 100)
        await sharing.due(planner, 0)
        await sharing.ready_backfill(planner, 1)
        await sharing.put(planner, to, [sharing.Object(1, "x")], Event.NEW)
        await sharing.mark(planner, 1, Category.CONTENT, ids)
        await alliance.offering(planner, "trends")
        found = [step for step in planner.steps if _scans(step)]
        assert not found, f"{found}"


_MORE = (
    f"""{NUMBERS} INSERT INTO hidden_trends (id, kind, object_id, name, rule_text, reason,
    created_at)
SELECT i, CASE WHEN i % 2 = 0 THEN 'tag' ELSE 'link' END, i, '', '', '', 0 FROM n""",
    f"""{NUMBERS} INSERT INTO enforcements (id, account_id, status_id, action, rule_text, reason,
    created_at)
SELECT i, i, i, CASE WHEN i % 9 = 0 THEN 'hide_trend' ELSE 'hide_status' END, '', '', 0 FROM n""",
    f"""{NUMBERS} INSERT INTO trends (provider_id, kind, place, object_id, counted_at)
SELECT i % 3, 'tag', i, i, 0 FROM n WHERE i < 60""",
    f"""{NUMBERS} INSERT INTO fasp_charters (provider_id, version, document, fetched_at)
SELECT i % 5, i, '', 0 FROM n""",
    f"""{NUMBERS} INSERT INTO alliance_networks (provider_id, place, host, name, description, url,
    registrations, subjects, languages)
SELECT i % 5, i, '', '', '', '', '', '', '' FROM n WHERE i < 2500""",
    """INSERT INTO fasp_providers (id, base_url, state, hub, asked_at)
VALUES (1, 'https://hub.example', 'confirmed', 1, 0)""",
)


async def test_what_is_felt_of_the_alliance_is_not_scanned_for(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        for sql in _MORE:
            await db.execute(sql, {})
        if engine == "postgresql":
            await db.execute("ANALYZE", {})
        planner: Any = Planner(db)
        for kind in ("tag", "link", "status"):
            await trends.places(planner, kind, 0)
        await hidden_trends.page(planner, Page(limit=20))
        await charter_versions.newest(planner, 1)
        await charter_versions.get(planner, 1, 2)
        await alliance_networks.first(planner, 6)
        found = [step for step in planner.steps if _scans(step)]
        assert planner.steps and not found, f"{found}"


_LARGE = {
    *("hidden_trends", "h", "enforcements", "e", "fasp_charters", "alliance_networks", "n"),
    *("statuses", "s", "accounts", "a", "own", "fasp_shared", "w"),
}


def _scans(step: str) -> bool:
    """Whether a step reads a whole large table, and not just an index in its order."""
    words = step.split()
    return words[0] == "SCAN" and words[1] in _LARGE and "USING" not in words
