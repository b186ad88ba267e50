"""What may be shared is found by an index, however much there is."""

from typing import Any

import testrig
from noi.db import alliance, sharing
from noi.models.alliance import Category, Event, Kind, Subscription
from noi.models.paging import MAX_ID
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


_LARGE = {"statuses", "s", "accounts", "a", "own", "fasp_shared", "w"}


def _scans(step: str) -> bool:
    """Whether a step reads a whole large table, and not just an index in its order."""
    words = step.split()
    return words[0] == "SCAN" and words[1] in _LARGE and "USING" not in words
