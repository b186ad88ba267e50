"""What readers do with a status and take back, also once they may see it no more."""

import aiohttp
import pytest

import shapes
import testrig
from calling import answer, call, code

UNDO = {"favourite": "unfavourite", "bookmark": "unbookmark", "reblog": "unreblog"}


async def post(app: aiohttp.ClientSession, text: str, **more: str) -> str:
    status = await call(app, "POST", "/api/v1/statuses", data={"status": text, **more})
    return f"/api/v1/statuses/{status['id']}"


@pytest.mark.parametrize("verb", UNDO)
async def test_ones_own_act_is_taken_back_after_a_block(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession, verb: str
) -> None:
    path = await post(an, "Chào", spoiler_text="Nhạy cảm")
    acted = await call(binh, "POST", f"{path}/{verb}")
    await call(an, "POST", f"/api/v1/accounts/{await rig.account_id('binh')}/block")
    assert await code(binh, "GET", path) == 404
    # A reblog is undone by its own id as well as by that of what it reblogs.
    undo = f"/api/v1/statuses/{acted['id']}/{UNDO[verb]}"
    undone = await call(binh, "POST", undo)
    shapes.check(undone, shapes.OWN_STATUS)
    assert undone["id"] == path.rpartition("/")[2]
    assert (undone["content"], undone["spoiler_text"]) == ("", "")
    assert await code(binh, "POST", f"{path}/{UNDO[verb]}") == 404
    await rig.work()
    shown = await call(an, "GET", path)
    assert (shown["favourites_count"], shown["reblogs_count"]) == (0, 0)
    assert await call(an, "GET", "/api/v1/notifications") == []


@pytest.mark.parametrize("verb", UNDO)
async def test_what_is_hidden_takes_no_acts(
    an: aiohttp.ClientSession, binh: aiohttp.ClientSession, verb: str
) -> None:
    path = await post(an, "Thư riêng", visibility="direct")
    for act in (verb, UNDO[verb], "pin", "unpin"):
        assert await code(binh, "POST", f"{path}/{act}") == 404, act


async def test_only_ones_own_statuses_are_pinned(
    an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    path = await post(an, "Của An")
    assert (await call(an, "POST", f"{path}/pin"))["pinned"]
    status, body = await answer(binh, "POST", f"{path}/pin")
    assert status == 422
    assert body["error"] == "Validation failed: Someone else's post cannot be pinned"
    assert not (await call(binh, "POST", f"{path}/unpin"))["pinned"]
    assert (await call(an, "GET", path))["pinned"]
    reblog = (await call(an, "POST", f"{path}/reblog"))["id"]
    assert await code(an, "POST", f"/api/v1/statuses/{reblog}/pin") == 422
    assert await code(an, "POST", f"{await post(an, 'Riêng', visibility='direct')}/pin") == 422
    assert not (await call(an, "POST", f"{path}/unpin"))["pinned"]
