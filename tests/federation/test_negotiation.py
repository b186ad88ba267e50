"""One address for people and servers: who gets the page, who the document."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.federation.negotiation import wants_document, wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACTIVITY = "application/activity+json"
LINKED = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        yield rig


def test_only_one_of_the_two_is_wanted() -> None:
    for accept in (ACTIVITY, LINKED, f"{ACTIVITY}, {LINKED}", f"{ACTIVITY}, text/html;q=0.1"):
        assert wants_document(accept)
        assert not wants_page(accept)
    assert wants_page(BROWSER)
    assert not wants_document(BROWSER)
    for accept in ("", "*/*", "application/json"):
        assert not wants_document(accept)
        assert not wants_page(accept)


async def test_pages_for_browsers_and_documents_for_servers(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    id_ = await people.write(rig.network, lan)
    expected = {
        "/users/lan": ("/@lan", f"{rig.url}/users/lan"),
        "/@lan": ("", f"{rig.url}/users/lan"),
        f"/users/lan/statuses/{id_}": (f"/@lan/{id_}", f"{rig.url}/users/lan/statuses/{id_}"),
        f"/@lan/{id_}": ("", f"{rig.url}/users/lan/statuses/{id_}"),
        "/actor": ("/about", f"{rig.url}/actor"),
        "/users/lan/followers": ("/@lan/followers", f"{rig.url}/users/lan/followers"),
    }
    async with rig.client() as client:
        for path, (page, id_of_it) in expected.items():
            headers = {"Accept": BROWSER}
            async with client.get(path, headers=headers, allow_redirects=False) as answer:
                assert answer.status == (302 if page else 200)
                assert answer.headers.get("location", "") == page
            for accept in (ACTIVITY, LINKED):
                async with client.get(path, headers={"Accept": accept}) as answer:
                    assert answer.content_type == ACTIVITY
                    assert "accept" in answer.headers["vary"]
                    assert (await answer.json(content_type=None))["id"] == id_of_it
            async with client.head(path, headers={"Accept": ACTIVITY}) as answer:
                assert (answer.status, await answer.read()) == (200, b"")


async def test_ids_answer_those_who_ask_for_nothing_in_particular(rig: testrig.Rig) -> None:
    await people.join(rig.network, "lan")
    async with rig.client() as client, client.get("/users/lan") as answer:
        assert answer.content_type == ACTIVITY
        assert answer.headers["cache-control"] == "public, max-age=60"


async def test_what_is_not_there(rig: testrig.Rig) -> None:
    await people.join(rig.network, "lan")
    paths = (
        "/users/ai",
        "/users/lan%0d%0a",
        "/@ai",
        "/@lan@elsewhere.example",
        "/@lan/1/2",
        "/@",
        "/users/lan/statuses/0",
        "/users/lan/statuses/１２",
        "/users/lan/statuses/9999999999999999999",
        "/users/lan/statuses/123/activity",
        "/users/lan/quote_authorizations/1",
        "/emojis/1",
        f"/users/{rig.network.settings.host}",
    )
    async with rig.client() as client:
        for path in paths:
            async with client.get(path, headers={"Accept": ACTIVITY}) as answer:
                assert answer.status == 404, path
        async with client.post("/users/lan/followers") as answer:
            assert answer.status in (404, 405)
