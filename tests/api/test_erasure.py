"""What others see of an account that is erased, and what it leaves with them."""

import aiohttp
import pytest

import testrig
from calling import call, code
from noi.db import polls
from noi.services import departures, erasure


async def erase(rig: testrig.Rig, name: str) -> int:
    account_id = await rig.account_id(name)
    await rig.network.db.transaction(lambda tx: departures.bury(tx, account_id))
    return await rig.work()


async def ask(app: aiohttp.ClientSession) -> str:
    poll = {"options": ["Phở", "Bún", "Cơm"], "expires_in": 600, "multiple": True}
    posted = await call(app, "POST", "/api/v1/statuses", json={"status": "?", "poll": poll})
    return posted["poll"]["id"]


async def counts(app: aiohttp.ClientSession, poll_id: str) -> tuple[list[int], int, int]:
    poll = await call(app, "GET", f"/api/v1/polls/{poll_id}")
    votes = [option["votes_count"] for option in poll["options"]]
    return votes, poll["votes_count"], poll["voters_count"]


async def test_votes_are_withdrawn_and_results_stay(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    going_on, closed = [await ask(an) for _ in range(2)]
    async with rig.client(await rig.create_account("chi")) as chi:
        for poll_id in (going_on, closed):
            path = f"/api/v1/polls/{poll_id}/votes"
            await call(binh, "POST", path, json={"choices": ["0", "2"]})
            await call(chi, "POST", path, json={"choices": ["2"]})
    await rig.network.db.transaction(lambda tx: polls.close(tx, int(closed)))
    assert await counts(an, going_on) == ([1, 0, 2], 3, 2)
    await erase(rig, "binh")
    assert await counts(an, going_on) == ([0, 0, 1], 1, 1)
    assert await counts(an, closed) == ([1, 0, 2], 3, 2)
    assert await rig.network.db.fetch_value("SELECT count(*) FROM poll_votes") == 2


async def test_statuses_leave_the_filters_of_others(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    posted = await call(an, "POST", "/api/v1/statuses", data={"status": "Chào"})
    made = await call(binh, "POST", "/api/v2/filters", json={"title": "Thôi", "context": ["home"]})
    path = f"/api/v2/filters/{made['id']}/statuses"
    await call(binh, "POST", path, json={"status_id": posted["id"]})
    await erase(rig, "an")
    assert await call(binh, "GET", path) == []


async def test_what_takes_long_goes_on_in_a_fresh_job(
    rig: testrig.Rig,
    an: aiohttp.ClientSession,
    binh: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted = await call(an, "POST", "/api/v1/statuses", data={"status": "Chào"})
    await call(an, "POST", f"/api/v1/accounts/{await rig.account_id('binh')}/follow")
    await call(an, "POST", "/api/v1/lists", data={"title": "Bạn"})
    await rig.work()
    monkeypatch.setattr(erasure, "_SECONDS", -1.0)
    # One for each batch: of statuses, follows, lists, timelines; then one finds nothing more.
    assert await erase(rig, "an") >= 5
    assert await code(binh, "GET", f"/api/v1/statuses/{posted['id']}") == 404
    me = await call(binh, "GET", "/api/v1/accounts/verify_credentials")
    assert me["followers_count"] == 0
    assert await rig.network.db.fetch_value("SELECT count(*) FROM lists") == 0
    assert await rig.network.db.fetch_value("SELECT count(*) FROM jobs") == 0
