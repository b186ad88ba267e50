"""The doors through which members search, and ask for recommendations and trends: shapes, paging,
refusals."""

import secrets
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

import found
import testrig
from noi.activitypub import fasp
from noi.models.hub_jobs import CountTrends
from noi.models.ids import now_ms
from noi.services.hub import trends
from noi.transport import fasp as calls
from noi.transport.errors import Denied, TransportError
from noi.transport.fasp import Answer, Peer
from testrig import Rig

CAPABILITIES = ("account_search", "post_search", "follow_recommendation", "trends")


async def joined(rig: Rig, *capabilities: str, state: str = "admitted") -> Peer:
    """A member that has switched these on, as it calls the hub."""
    ours, theirs = fasp.new_pair(), fasp.new_pair()
    server_id = secrets.token_hex(8)
    member_id = await found.member(
        rig.network,
        f"{server_id}.vn",
        state,
        server_id=server_id,
        fasp_id="hub",
        public_key=ours.public_key,
        private_key=theirs.private_key,
    )
    for capability in capabilities:
        params = {"id": member_id, "name": capability, "now": now_ms()}
        sql = """INSERT INTO hub_capabilities (member_id, capability, activated_at)
            VALUES (:id, :name, :now)"""
        await rig.network.db.execute(sql, params)
    return Peer(rig.url, server_id, ours.private_key, theirs.public_key)


async def ask(rig: Rig, peer: Peer, path: str, **params: object) -> Answer:
    query = f"?{urlencode(params)}" if params else ""
    return await calls.call(rig.network.client, peer, "GET", f"{path}{query}")


async def told(rig: Rig, peer: Peer, path: str, **params: object) -> Any:
    return msgspec.json.decode((await ask(rig, peer, path, **params)).body)


async def test_accounts_are_answered_as_addresses_and_paged_by_link(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        peer = await joined(rig, *CAPABILITIES)
        people = [await found.person(rig.network, f"lan{n}@bao.vn", "Thị Lan") for n in range(5)]
        path = "/account_search/v0/search"
        assert set(await told(rig, peer, path, term="thị lan")) == {one.uri for one in people}
        first = await ask(rig, peer, path, term="thị lan", limit=2)
        assert first.status == 200 and "content-encoding" not in first.headers
        seen = msgspec.json.decode(first.body, type=list[str])
        link = first.headers.get("link", "")
        while link:
            assert link.startswith(f"<{rig.url}{path}?") and link.endswith('>; rel="next"')
            answer = await calls.call(
                rig.network.client, peer, "GET", link[1 : link.index(">")].removeprefix(rig.url)
            )
            seen += msgspec.json.decode(answer.body, type=list[str])
            link = answer.headers.get("link", "")
        assert sorted(seen) == sorted(one.uri for one in people)
        assert await told(rig, peer, path, term="chẳng có") == []


async def test_posts_are_answered_as_addresses(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        peer = await joined(rig, *CAPABILITIES)
        lan = await found.person(rig.network, "lan@bao.vn")
        new = await found.post(rig.network, lan, "cà phê sáng", hours_ago=1)
        old = await found.post(rig.network, lan, "cà phê chiều", hours_ago=100)
        path = "/post_search/v0/search"
        assert await told(rig, peer, path, term="cà phê") == [new.uri, old.uri]
        assert await told(rig, peer, path, term="cà phê", language="lo") == []
        assert await told(rig, peer, path, term="cà phê", host="bao.vn", limit=1) == [new.uri]
        until = "2020-01-01T00:00:00Z"
        assert await told(rig, peer, path, term="cà phê", until=until) == []
        assert await told(rig, peer, path, term="cà phê", since="2020-01-01") == [new.uri, old.uri]


async def test_recommendations_and_their_reasons(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        peer = await joined(rig, *CAPABILITIES)
        me, lan, hoa = [
            await found.person(rig.network, f"{name}@bao.vn", name) for name in ("me", "lan", "hoa")
        ]
        await found.follow(rig.network, me, lan)
        await found.follow(rig.network, lan, hoa)
        path = "/follow_recommendation/v0"
        assert await told(rig, peer, f"{path}/accounts", accountUri=me.uri) == [hoa.uri]
        assert await told(rig, peer, f"{path}/accounts", actorUri=me.uri, language="vi") == [
            hoa.uri
        ]
        assert await told(rig, peer, f"{path}/accounts", accountUri=me.uri, language="lo") == []
        assert await told(rig, peer, f"{path}/reasons", accountUri=me.uri) == {
            "recommendations": [
                {
                    "uri": hoa.uri,
                    "kind": "followed_by",
                    "params": {"name": "lan"},
                    "text": "Followed by lan, whom you follow",
                }
            ]
        }


async def test_trends_have_ranks_examples_and_an_entry_for_each_hour(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        peer = await joined(rig, *CAPABILITIES)
        uris: set[str] = set()
        for number in range(3):
            await found.member(rig.network, f"m{number}.vn")
        for number in range(10):
            person = await found.person(rig.network, f"u{number}@m{number % 3}.vn")
            link = "https://bao.vn/tin"
            post = await found.post(rig.network, person, "x", tags=["LũLụt"], links=[link])
            uris.add(post.uri)
        await trends.count(rig.network, CountTrends())
        answer = await told(rig, peer, "/trends/v0/hashtags", withinLastHours=3, maxCount=5)
        (tag,) = answer["hashtags"]
        assert tag["name"] == "#LũLụt" and 0 < tag["rank"] <= 100
        assert tag["distribution"] == [0, 100, 0] or tag["distribution"] == [0, 0, 100]
        assert len(tag["examples"]) == 5 and set(tag["examples"]) < uris
        (linked,) = (await told(rig, peer, "/trends/v0/links"))["links"]
        assert linked["url"] == "https://bao.vn/tin" and len(linked["distribution"]) == 24
        assert await told(rig, peer, "/trends/v0/content") == {"content": []}
        assert await told(rig, peer, "/trends/v0/hashtags", language="en") == {"hashtags": []}
        huge = await told(rig, peer, "/trends/v0/hashtags", withinLastHours=1000, maxCount=1000)
        assert len(huge["hashtags"][0]["distribution"]) == 168


@pytest.mark.parametrize(
    "query",
    [
        "/account_search/v0/search",
        "/account_search/v0/search?term=%20",
        "/account_search/v0/search?term=a&limit=0",
        "/account_search/v0/search?term=a&limit=x",
        "/account_search/v0/search?term=a&limit=%C2%B2",
        "/account_search/v0/search?term=a&after=z",
        "/post_search/v0/search?language=vi",
        "/post_search/v0/search?term=a&since=gestern",
        "/follow_recommendation/v0/accounts",
        "/trends/v0/content?withinLastHours=-1",
    ],
)
async def test_what_cannot_be_read_is_answered_422(query: str) -> None:
    async with testrig.hub("sqlite") as rig:
        peer = await joined(rig, *CAPABILITIES)
        with pytest.raises(TransportError, match="422"):
            await calls.call(rig.network.client, peer, "GET", query)


async def test_only_members_that_switched_a_service_on_may_use_it() -> None:
    async with testrig.hub("sqlite") as rig:
        without = await joined(rig, "trends")
        waiting = await joined(rig, *CAPABILITIES, state="asked")
        suspended = await joined(rig, *CAPABILITIES, state="suspended")
        for peer in (without, waiting, suspended):
            with pytest.raises(Denied):
                await ask(rig, peer, "/account_search/v0/search", term="lan")
        async with rig.client() as client:
            assert (await client.get("/trends/v0/content")).status == 401
