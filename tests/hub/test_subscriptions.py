"""Asking members to announce: subscriptions, and what there was before."""

from typing import Any

import testrig
from hub.sharing import FarMember, far_member, held_uris
from noi.db import jobs
from noi.db.database import Transaction
from noi.db.hub import subscriptions as table
from noi.models.hub_jobs import SubscribeMember, TendBackfills
from noi.models.ids import now_ms
from noi.services.hub import subscriptions
from testrig import Rig


async def begin(hub: Rig, town: FarMember) -> None:
    job = SubscribeMember(town.id)
    await hub.network.db.transaction(lambda tx: jobs.enqueue(tx, job))
    await hub.work()


def backfill(number: str, category: str, *uris: str, more: bool) -> dict[str, Any]:
    return {
        "source": {"backfillRequest": {"id": number}},
        "category": category,
        "objectUris": list(uris),
        "moreObjectsAvailable": more,
    }


async def test_a_member_is_asked_once_for_everything(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub, subscribed=False)
        await begin(hub, town)
        await begin(hub, town)
        asked = [(method, path) for method, path, _ in town.called]
        subscribe, ask = ("POST", "/event_subscriptions"), ("POST", "/backfill_requests")
        assert asked == [subscribe] * 3 + [ask] * 2
        wanted = [(body["category"], body.get("subscriptionType")) for _, _, body in town.called]
        assert wanted == [
            ("account", "lifecycle"),
            ("content", "lifecycle"),
            ("content", "trends"),
            ("account", None),
            ("content", None),
        ]
        assert town.called[2][2]["threshold"] == {
            "timeframe": 15,
            "shares": 3,
            "likes": 3,
            "replies": 3,
        }
        town.consenting("lan")
        body = {**backfill("1", "content", more=False)}
        body |= {"source": {"subscription": {"id": "2"}}, "eventType": "new"}
        body["objectUris"] = [town.note("lan", 1)["id"]]
        assert await town.say(hub, body) == 204


async def test_a_backfill_goes_on_until_there_is_no_more(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub, subscribed=False)
        await begin(hub, town)
        town.consenting("lan")
        notes = [town.note("lan", number)["id"] for number in range(4)]
        town.called.clear()
        assert await town.say(hub, backfill("5", "content", *notes[:2], more=True)) == 204
        await hub.work()
        assert town.called == [("POST", "/backfill_requests/5/continuation", None)]
        # The member was away when it was to go on, for a week.
        town.fails = 503
        await town.say(hub, backfill("5", "content", notes[2], more=True))
        await hub.work()
        await _pass(hub)
        town.fails = 0
        town.called.clear()
        await subscriptions.tend(hub.network, TendBackfills())
        await hub.work()
        continued = [path for _, path, _ in town.called if path.endswith("/continuation")]
        assert sorted(continued) == [f"/backfill_requests/{n}/continuation" for n in (4, 5)]
        await town.say(hub, backfill("5", "content", notes[3], more=False))
        await town.say(hub, backfill("4", "account", more=False))
        await _pass(hub)
        town.called.clear()
        await subscriptions.tend(hub.network, TendBackfills())
        await hub.work()
        assert town.called == []
        assert await held_uris(hub) == set(notes)


async def test_a_member_that_is_away_is_asked_later(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub, subscribed=False)
        town.fails = 500
        await begin(hub, town)
        assert await table.of_member(hub.network.db, town.id) == []
        town.fails = 0
        await subscriptions.tend(hub.network, TendBackfills())
        await hub.work()
        assert len(await table.of_member(hub.network.db, town.id)) == 3


async def test_the_end_is_told_to_the_member(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub, subscribed=False)
        await begin(hub, town)
        town.called.clear()

        async def work(tx: Transaction) -> None:
            await subscriptions.end(tx, town.id)

        await hub.network.db.transaction(work)
        assert await town.announce(hub, f"{town.origin}/1") == 404
        await hub.work()
        ended = sorted(path for method, path, _ in town.called if method == "DELETE")
        assert ended == [f"/event_subscriptions/{number}" for number in (1, 2, 3)]


async def _pass(hub: Rig) -> None:
    sql = "UPDATE hub_backfills SET updated_at = :before"
    await hub.network.db.execute(sql, {"before": now_ms() - 7 * 86_400_000})
