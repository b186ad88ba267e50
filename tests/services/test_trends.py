"""What is talked about: counted here from ten people on, and put together from providers."""

import json
from collections.abc import Callable

import testrig
from consenting import person, post
from far_server import Answer as Answered
from far_server import far_server
from noi.models.jobs import GatherTrends
from noi.services import alliance, blocks, favourites, profiles, trends
from noi.services.profiles import Profile
from played_provider import Got, providing, use
from testrig import Rig

FLOOR = trends.MIN_PEOPLE
Answer = Callable[[Got], tuple[int, bytes] | None]


async def gather(rig: Rig) -> None:
    await trends.gather(rig.network, GatherTrends())


async def tag_names(rig: Rig) -> list[str]:
    return [view.tag.name for view in await trends.hashtags(rig.network, 0, 20)]


async def test_ten_people_make_a_trend_and_nobody_alone(engine: str) -> None:
    async with testrig.services(engine) as rig:
        people = [await person(rig, f"p{n}") for n in range(FLOOR)]
        shy = await person(rig, "shy", discoverable=False)
        for account_id in (*people[:-1], shy):
            await post(rig, account_id, "Mùa rồi #mùagặt")
        for _ in range(FLOOR + 5):
            await post(rig, people[0], "Mua đi #quảngcáo")
        liked = await post(rig, people[0], "Lúa chín")
        for account_id in people[1:]:
            await favourites.favourite(rig.network, account_id, liked)
        await gather(rig)
        assert await tag_names(rig) == []
        assert await trends.statuses(rig.network, 0, 20) == []
        await post(rig, people[-1], "Mùa rồi #mùagặt")
        await favourites.favourite(rig.network, shy, liked)
        await gather(rig)
        assert await tag_names(rig) == ["mùagặt"]
        assert [ref.id for ref in await trends.statuses(rig.network, 0, 20)] == [liked]
        history = (await trends.hashtags(rig.network, 0, 20))[0].history
        assert (history[0].uses, history[0].accounts) == (FLOOR + 1, FLOOR + 1)
        # Nobody is shown what they do not want to meet, nor who wants to be recommended no more.
        await blocks.block(rig.network, people[3], people[0])
        assert await trends.statuses(rig.network, people[3], 20) == []
        await profiles.update(rig.network, people[0], Profile(discoverable=False))
        assert await trends.statuses(rig.network, 0, 20) == []


def talking(tags: list[str], posts: list[str], links: list[str]) -> Answer:
    def answer(got: Got) -> tuple[int, bytes] | None:
        said: dict[str, object] = {}
        if got.path.startswith("/trends/v0/hashtags"):
            said = {"hashtags": [{"name": name, "rank": 100} for name in tags]}
        elif got.path.startswith("/trends/v0/content"):
            said = {"content": [{"uri": uri, "rank": 100} for uri in posts]}
        elif got.path.startswith("/trends/v0/links"):
            said = {"links": [{"url": url, "rank": 100} for url in links]}
        return (200, json.dumps(said).encode()) if said else None

    return answer


async def test_providers_are_put_together_and_none_fills_the_list(engine: str) -> None:
    async with (
        testrig.network(engine) as rig,
        providing() as one,
        providing() as two,
        far_server() as far,
    ):
        first = await use(rig, one)
        await use(rig, two)
        far.person("mai", discoverable=True, indexable=True)
        far.person("kin", indexable=True)
        notes = [far.note(name, 1)["id"] for name in ("mai", "kin")]
        spam = [f"#spam{n}" for n in range(500)]
        links = [f"{far.origin}/tin", "ftp://x", "http://10.1.1.1/"]
        one.answer = talking(["#chợ", *spam], notes, links)
        two.answer = talking(["#mùa gặt", "#gặt", "#chợ", "#" * 300], ["x"], [])
        page = b"<html><head><title>Tin trong v\xc3\xb9ng</title></head></html>"
        far.answers["/tin"] = Answered(page, "text/html")
        await gather(rig)
        names = await tag_names(rig)
        assert names[:2] == ["chợ", "gặt"]
        assert len(names) == 20
        refs = await trends.statuses(rig.network, 0, 20)
        assert len(refs) == 1
        assert [view.card.title for view in await trends.links(rig.network, 20)] == [
            "Tin trong vùng"
        ]
        # What is not used any more says nothing any more; what is away ages.
        await alliance.switch(rig.network, None, first, "trends", False)
        assert await tag_names(rig) == ["gặt", "chợ"]
        two.answer = lambda got: (200, b"nonsense") if "trends" in got.path else None
        await gather(rig)
        assert await tag_names(rig) == []


async def test_what_nobody_has_said_for_hours_is_over() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        played.answer = talking(["#chợ"], [], [])
        await gather(rig)
        played.answer = lambda got: (503, b"")
        await gather(rig)
        assert await tag_names(rig) == ["chợ"]
        await rig.network.db.execute("UPDATE trends SET counted_at = counted_at - 21700000")
        assert await tag_names(rig) == []
