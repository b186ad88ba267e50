"""Two networks: somebody comes from a page of the other one, and finds what was on it."""

from urllib.parse import quote, unquote

import people
import testrig
from far_server import Answer, far_server
from media.samples import encoded, photo
from noi.db import accounts
from noi.models.accounts import Role, Viewer
from visitor import visiting


async def local(rig: testrig.Rig, name: str) -> Viewer:
    return Viewer(await rig.account_id(name), Role.MEMBER, "vi", 0)


async def test_who_comes_from_another_network_finds_the_same_page_here(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        for rig in (here, there):
            await rig.set_up()
        await there.create_account("lan")
        token = await here.create_account("an")
        status_id = await people.write(there.network, await local(there, "lan"), "Chào xóm")
        host = there.network.settings.host
        async with visiting(here, "an") as visitor:
            for uri in (f"{there.url}/users/lan", f"acct:lan@{host}", f"{there.url}/@lan"):
                page = await visitor.get(f"/authorize_interaction?uri={quote(uri)}")
                assert (page.status, page.location) == (303, quote(f"/@lan@{host}", safe="/@"))
            profile = await visitor.get(page.location)
            assert profile.status == 200 and f"@lan@{host}" in profile.plain
            page = await visitor.get(
                f"/authorize_interaction?uri={there.url}/users/lan/statuses/{status_id}"
            )
            assert unquote(page.location).startswith(f"/@lan@{host}/")
            assert "Chào xóm" in (await visitor.get(page.location)).plain
            unknown = await visitor.get(f"/authorize_interaction?uri={there.url}/nothing")
            assert unknown.location.startswith("/search?q=")
            own = await visitor.get(f"/authorize_interaction?uri={here.url}/@an")
            assert own.location == "/@an"
            search = await visitor.get(f"/search?q={quote(f'{there.url}/@lan/{status_id}')}")
            assert "Chào xóm" in search.plain
        async with here.client(token) as client:
            query = {"q": f"@lan@{host}", "resolve": "true"}
            async with client.get("/api/v2/search", params=query) as answer:
                [found] = (await answer.json())["accounts"]
            assert (found["acct"], found["uri"]) == (f"lan@{host}", f"{there.url}/users/lan")
            async with client.get("/api/v1/accounts/search", params=query) as answer:
                assert [one["id"] for one in await answer.json()] == [found["id"]]


async def test_pictures_of_others_are_shown_by_this_network(engine: str) -> None:
    async with far_server() as far, testrig.network(engine) as rig:
        for name in ("mai", "lan"):
            far.person(name, icon={"type": "Image", "url": f"{far.origin}/{name}.png"})
        far.answers["/mai.png"] = Answer(encoded("png", photo(500, 500)), "image/png")
        token = await rig.create_account("an")
        async with rig.client(token) as client:
            avatars: list[str] = []
            for name in ("mai", "lan"):
                query = {"q": f"@{name}@{far.domain}", "resolve": "true"}
                async with client.get("/api/v2/search", params=query) as answer:
                    [found] = (await answer.json())["accounts"]
                assert found["avatar"].startswith(f"{rig.url}/media/remote/")
                avatars.append(found["avatar"])
            assert far.count("/mai.png") == 0
            async with client.get(avatars[0]) as answer:
                assert (answer.status, answer.content_type) == (200, "image/png")
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert "immutable" in answer.headers["cache-control"]
            async with client.get(avatars[1], allow_redirects=False) as answer:
                assert answer.status == 302 and "avatar" in answer.headers["location"]
            async with client.get(avatars[0].replace(".any", "x.any")) as answer:
                assert answer.status == 404
        assert await accounts.get_by_handle(rig.network.db, "mai", far.domain) is not None
