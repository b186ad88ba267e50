"""Nobody reaches what is another's or another role's, neither by pages nor by the API."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from litestar.routes import HTTPRoute
from tests.media.samples import encoded

import testrig
from noi.app import web
from noi.models.composition import Composition
from noi.models.ids import now_ms
from noi.services import drafts, scheduled
from visitor import visiting

STAFF = re.compile(r"/(moderation|owner)(/|$)")
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        for name, role in (("chu", "owner"), ("coi", "moderator"), ("ma", "member")):
            await rig.create_account(name, role)
        yield rig


def staff_routes() -> list[tuple[str, str]]:
    """Methods and paths of all pages for moderators and owners."""
    found: list[tuple[str, str]] = []
    for route in web.make_doors().routes:
        if isinstance(route, HTTPRoute) and STAFF.match(route.path):
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            found += [(method, path) for method in route.methods if method != "OPTIONS"]
    return sorted(found)


async def test_pages_of_staff_are_for_staff(rig: testrig.Rig) -> None:
    routes = staff_routes()
    assert len(routes) > 20
    async with visiting(rig, "ma") as member, visiting(rig, "coi") as moderator:
        for visitor, closed in ((member, "/"), (moderator, "/owner")):
            await visitor.get("/settings/profile")
            token = visitor.token
            for method, path in routes:
                if path.startswith(closed):
                    page = await visitor.ask(method, path, headers={"x-csrf-token": token})
                    assert page.status == 404, (method, path)
        assert (await moderator.get("/moderation")).status == 200
    async with visiting(rig) as stranger:
        for method, path in routes:
            page = await stranger.ask(method, path)
            expected = ("/sign-in",) if method == "GET" else ("",)
            assert page.location.startswith(expected), (method, path)
            assert page.status in (303, 401), (method, path)


async def belongings(rig: testrig.Rig) -> dict[str, str]:
    """One of each private thing that `chu` has, by what its id is called below."""
    network, chu = rig.network, await rig.account_id("chu")
    text = Composition(text="bí mật của chu")
    draft = await drafts.save(network, chu, text)
    later = await scheduled.schedule(network, chu, text, now_ms() + HOUR_MS)
    found = {"draft": str(draft.id), "scheduled": str(later.id)}
    async with visiting(rig, "chu") as visitor:
        await visitor.get("/invitations")
        await visitor.post("/invitations", {"uses": "5", "days": "7"})
        await visitor.get("/settings/export")
        await visitor.post("/settings/export")
        sessions = await network.db.fetch_all(
            "SELECT id_hash FROM sessions WHERE account_id = :chu", {"chu": chu}
        )
        found["session"] = bytes(sessions[0][0]).hex()
    await rig.work()
    for name, table in (("invitation", "invitations"), ("export", "exports")):
        sql = f"SELECT id FROM {table} WHERE account_id = :chu"
        found[name] = str(await network.db.fetch_value(sql, {"chu": chu}))
    tokens = "SELECT id FROM access_tokens WHERE account_id = :chu"
    found["token"] = str(await network.db.fetch_value(tokens, {"chu": chu}))
    return found


async def things(client: aiohttp.ClientSession) -> dict[str, str]:
    """What the API makes for its person."""

    async def made(path: str, **json: Any) -> str:
        async with client.post(path, json=json) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["id"])

    form = aiohttp.FormData()
    form.add_field("file", encoded("png"), filename="a.png")
    async with client.post("/api/v2/media", data=form) as answer:
        media = str((await answer.json())["id"])
    return {
        "list": await made("/api/v1/lists", title="bí mật của chu"),
        "filter": await made("/api/v2/filters", title="bí mật của chu", context=["home"]),
        "media": media,
        "private": await made("/api/v1/statuses", status="bí mật của chu", visibility="private"),
        "direct": await made("/api/v1/statuses", status="bí mật của chu", visibility="direct"),
    }


PAGES = """
GET /lists/{list}            GET /lists/{list}/edit        POST /lists/{list}/edit
POST /lists/{list}/delete    GET /settings/filters/{filter}  POST /settings/filters/{filter}
GET /compose?draft={draft}   POST /drafts/{draft}/delete   POST /scheduled/{scheduled}/delete
POST /invitations/{invitation}/delete                      GET /settings/export/{export}
POST /settings/sessions/{session}/end                      POST /settings/apps/{token}/revoke
GET /@chu/{private}          GET /@chu/{direct}            GET /statuses/{private}
GET /statuses/{direct}/edit  POST /statuses/{private}/edit POST /statuses/{private}/delete
POST /statuses/{direct}/redraft                            POST /statuses/{private}/favourite
POST /statuses/{private}/reblog                            POST /statuses/{direct}/bookmark
GET /@chu/{private}/history  GET /compose?reply={direct}   GET /report?status={direct}
"""
ENDPOINTS = """
GET /api/v1/lists/{list}       PUT /api/v1/lists/{list}       DELETE /api/v1/lists/{list}
GET /api/v1/lists/{list}/accounts                             GET /api/v1/timelines/list/{list}
GET /api/v2/filters/{filter}   PUT /api/v2/filters/{filter}   DELETE /api/v2/filters/{filter}
GET /api/v1/media/{media}      PUT /api/v1/media/{media}      DELETE /api/v1/media/{media}
GET /api/v1/scheduled_statuses/{scheduled}      PUT /api/v1/scheduled_statuses/{scheduled}
DELETE /api/v1/scheduled_statuses/{scheduled}   GET /api/v1/statuses/{private}
GET /api/v1/statuses/{direct}/context           GET /api/v1/statuses/{private}/source
GET /api/v1/statuses/{private}/history          GET /api/v1/statuses/{direct}/favourited_by
PUT /api/v1/statuses/{private}                  DELETE /api/v1/statuses/{direct}
POST /api/v1/statuses/{private}/favourite       POST /api/v1/statuses/{direct}/reblog
POST /api/v1/statuses/{private}/bookmark        POST /api/v1/statuses/{direct}/pin
POST /api/v1/statuses/{private}/mute
"""


def requests(table: str, ids: dict[str, str]) -> list[tuple[str, str]]:
    words = table.format(**ids).split()
    return list(zip(words[::2], words[1::2], strict=True))


async def test_what_is_anothers_is_not_there(rig: testrig.Rig) -> None:
    owner = await token_of(rig, "chu")
    async with rig.client(owner) as client:
        ids = {**await belongings(rig), **await things(client)}
    before = await stored(rig)
    async with visiting(rig, "ma") as visitor:
        await visitor.get("/settings/profile")
        headers = {"x-csrf-token": visitor.token}
        for method, path in requests(PAGES, ids):
            page = await visitor.ask(method, path, headers=headers)
            # A draft that is gone may be thrown away again.
            expected = 303 if path.startswith("/drafts/") else 404
            assert page.status == expected, (method, path)
            assert "bí mật" not in page.text, path
    body = {"status": "x", "title": "x", "scheduled_at": "2100-01-01T00:00:00Z"}
    async with rig.client(await token_of(rig, "ma")) as client:
        for method, path in requests(ENDPOINTS, ids):
            async with client.request(method, path, json=body) as answer:
                assert answer.status == 404, (method, path, await answer.text())
    assert await stored(rig) == before
    # The owner reaches all of it, so that the addresses above are right.
    async with rig.client(owner) as client:
        for method, path in requests(ENDPOINTS, ids):
            if method == "GET":
                async with client.get(path) as answer:
                    assert answer.status in (200, 206), path


async def token_of(rig: testrig.Rig, name: str) -> str:
    from noi.services import applications

    account_id = await rig.account_id(name)
    made = await applications.create_token(rig.network, account_id, "read write follow")
    return made.access_token


async def stored(rig: testrig.Rig) -> list[Any]:
    names = ("lists", "filters", "drafts", "scheduled_statuses", "invitations", "exports")
    names += ("media_attachments", "favourites", "bookmarks", "pins", "conversation_mutes")
    rows = [await rig.network.db.fetch_all(f"SELECT * FROM {name}") for name in names]
    statuses = "SELECT id, text, deleted_at FROM statuses"
    return [*rows, await rig.network.db.fetch_all(statuses)]
