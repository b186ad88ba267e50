"""What decisions about servers look up walks indexes, however much is stored."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

import pytest
from tests.db.planning import Planner

import testrig
from noi.db import policies, policy_effects, severances
from noi.db.database import Database
from noi.models.paging import Page

pytestmark = pytest.mark.anyio

_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
_ROWS = (
    """INSERT INTO accounts (id, username, username_key, uri, url, domain, inbox_host, created_at,
        updated_at)
    {} SELECT i, 'u' || i, 'u' || i, 'u' || i, '', i % 90 || '.example', i % 90 || '.example', 0, 0
    FROM n""",
    "INSERT INTO follows (id, account_id, target_id, created_at) {} SELECT i, i % 50, i, 0 FROM n",
    """INSERT INTO severed_follows (severance_id, account_id, other_id, incoming)
    {} SELECT i % 9, i % 50, i, 0 FROM n""",
    """INSERT INTO domain_policies (domain, rule_text, reason, created_at, updated_at)
    {} SELECT i || '.example', '', '', 0, 0 FROM n""",
)
IDS = [3, 4, 5]
QUERIES: dict[str, Callable[[Any], Awaitable[object]]] = {
    "nearest": lambda db: policies.nearest(db, ["a.7.example", "7.example", "example"]),
    "page": lambda db: policies.fetch_page(db, after="5.example", limit=50),
    "accounts": lambda db: policy_effects.accounts_of(
        db, "7.example", by_inbox=False, after=9, limit=200
    ),
    "by inbox": lambda db: policy_effects.accounts_of(
        db, "7.example", by_inbox=True, after=9, limit=200
    ),
    "enforced": lambda db: policy_effects.enforced(db, IDS),
    "pairs": lambda db: policy_effects.pairs(db, "follows", IDS, 50),
    "requests": lambda db: policy_effects.pairs(db, "follow_requests", IDS, 50),
    "severances": lambda db: severances.page(db, 7, Page()),
    "lost": lambda db: severances.follows(db, 7, 2, incoming=False, after=0, limit=40),
}


@pytest.fixture(scope="module", params=["fresh", "analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    async with testrig.services("sqlite") as rig:
        for sql in _ROWS:
            await rig.network.db.execute(sql.format(_NUMBERS))
        if request.param == "analysed":
            await rig.network.db.execute("ANALYZE")
        yield rig.network.db


@pytest.mark.parametrize("name", list(QUERIES))
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    planner = Planner(filled)
    await QUERIES[name](cast("Database", planner))
    assert planner.steps
    read = [step for step in planner.steps if step.startswith("SCAN") and "json_each" not in step]
    assert not [step for step in read if step.split()[1] not in ("v",)], planner.steps


async def test_the_effect_of_a_block_is_counted_from_its_accounts(filled: Database) -> None:
    planner = Planner(filled)
    with pytest.raises(ValueError, match="unpack"):
        await policy_effects.effect(cast("Database", planner), ["7.example"])
    assert not [step for step in planner.steps if step.startswith("SCAN f")], planner.steps
