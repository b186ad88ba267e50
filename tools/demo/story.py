"""What people of the demonstration do: write, follow, answer, like, pass on."""

import asyncio
from typing import Any

from noi.models.composition import Composition
from noi.models.paging import Page
from noi.services import (
    favourites,
    follows,
    reblogs,
    relationships,
    remote_accounts,
    statuses,
    timelines,
    views,
)
from noi.services.network import Network

People = dict[str, int]
"""The accounts of a network's people, by their names."""

_ARRIVAL_SECONDS = 60.0


async def tell(
    networks: dict[str, Network], people: dict[str, People], told: dict[str, dict[str, Any]]
) -> None:
    """Let everybody follow somebody, write, and answer what others wrote."""
    for key, network in told.items():
        await _follow(networks, people, key, network["people"])
    await _follow_at_home(networks, people, told)
    rounds = max(len(person["posts"]) for one in told.values() for person in one["people"])
    for turn in range(rounds):
        for key, network in told.items():
            for person in network["people"]:
                if turn < len(person["posts"]):
                    text, language = person["posts"][turn], person.get("language", "vi")
                    author = people[key][person["name"]]
                    composed = Composition(text=text, language=language)
                    await statuses.create(networks[key], author, composed)
    for key in told:
        await _answer(networks[key], people[key])


async def _follow(
    networks: dict[str, Network],
    people: dict[str, People],
    key: str,
    persons: list[dict[str, Any]],
) -> None:
    """Those who name somebody elsewhere follow them there."""
    for person in persons:
        for named in person.get("follows", ()):
            name, _, there = named.partition("@")
            handle = f"{name}@{networks[there].settings.host}"
            found = await remote_accounts.by_handle(networks[key], handle)
            follower = people[key][person["name"]]
            await follows.follow(networks[key], follower, found.id)
            await _accepted(networks[key], follower, found.id)


async def _accepted(network: Network, follower: int, target: int) -> None:
    """Wait until a follow is let in, so that what is written from now on arrives."""
    async with asyncio.timeout(_ARRIVAL_SECONDS):
        while not (await relationships.load_one(network, follower, target)).following:
            await asyncio.sleep(0.1)


async def _follow_at_home(
    networks: dict[str, Network], people: dict[str, People], told: dict[str, dict[str, Any]]
) -> None:
    """In each network everybody follows its owner, and the next of its people."""
    for key, network in told.items():
        names = [person["name"] for person in network["people"]]
        for place, name in enumerate(names):
            for other in {names[0], names[(place + 1) % len(names)]} - {name}:
                ids = people[key]
                await follows.follow(networks[key], ids[name], ids[other])


async def _answer(network: Network, people: People) -> None:
    """The owner likes and passes on what came from elsewhere, and answers it."""
    owner = next(iter(people.values()))
    async with asyncio.timeout(_ARRIVAL_SECONDS):
        while True:
            refs = await timelines.public(network, owner, Page(limit=40), remote=True)
            if refs:
                break
            await asyncio.sleep(0.5)
    loaded = await views.load(network, [ref.id for ref in refs])
    foreign = list(loaded.values())
    for view in foreign[:2]:
        await favourites.favourite(network, owner, view.status.id)
    await reblogs.reblog(network, owner, foreign[0].status.id)
    handle = foreign[0].account.handle
    text = f"@{handle} Cảm ơn tin của bạn, chúng tôi đăng lại cho bà con cùng đọc."
    answer = Composition(text=text, in_reply_to_id=foreign[0].status.id)
    await statuses.create(network, owner, answer)
