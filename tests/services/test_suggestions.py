"""Whom people might follow: what is known here, what providers say, and who is told of whom."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

import testrig
from consenting import person, post
from far_server import far_server
from noi.db import suggestions as table
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.models.jobs import SuggestPeople
from noi.services import blocks, follows, mutes, preferences, profiles, suggestions
from noi.services.profiles import Profile
from noi.services.suggestions import Suggestion
from played_provider import Got, PlayedProvider, providing, use
from testrig import Rig


async def suggest(rig: Rig, account_id: int) -> dict[int, Suggestion]:
    await suggestions.suggest(rig.network, SuggestPeople(account_id))
    found = await suggestions.fetch(rig.network, account_id, 40)
    return {one.account_id: one for one in found}


def asked(played: PlayedProvider) -> list[dict[str, list[str]]]:
    return [
        parse_qs(urlsplit(got.path).query)
        for got in played.calls
        if got.path.startswith("/follow_recommendation/v0/accounts")
    ]


def recommending(uris: object) -> Callable[[Got], tuple[int, bytes] | None]:
    def answer(got: Got) -> tuple[int, bytes] | None:
        if "/follow_recommendation/v0/" in got.path:
            return 200, json.dumps(uris).encode()
        return None

    return answer


async def test_friends_of_friends_and_the_same_hashtags(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network = rig.network
        lan, mai, on, an, hidden = [
            await person(rig, name) for name in ("lan", "mai", "on", "an", "kin")
        ]
        shy = await person(rig, "shy", discoverable=False)
        await profiles.update(network, hidden, Profile(hide_collections=True))
        for follower, followed in ((lan, mai), (mai, on), (mai, shy), (lan, hidden), (hidden, an)):
            await follows.follow(network, follower, followed)
        await post(rig, lan, "Chợ phiên #chợ")
        await post(rig, an, "Mai họp #chợ")
        await rig.work()
        found = await suggest(rig, lan)
        assert {id_: (one.kind, one.params) for id_, one in found.items()} == {
            on: ("followed_by", {"name": "mai", "n": 0}),
            an: ("tag", {"tag": "chợ"}),
        }
        # Whoever is followed, dismissed, blocked or muted is suggested no more.
        await suggestions.dismiss(network, lan, on)
        assert set(await suggest(rig, lan)) == {an}
        await mutes.mute(network, lan, an)
        assert await suggest(rig, lan) == {}
        await mutes.unmute(network, lan, an)
        await blocks.block(network, an, lan)
        assert await suggest(rig, lan) == {}
        with pytest.raises(NotFound):
            await suggestions.dismiss(network, lan, 1)


async def test_a_day_is_kept_and_the_network_itself_fills_in() -> None:
    async with testrig.services("sqlite") as rig:
        lan, mai = await person(rig, "lan"), await person(rig, "mai")
        await post(rig, mai)
        first = await suggestions.fetch(rig.network, lan, 10)
        assert [(one.account_id, one.kind) for one in first] == [(mai, "here")]
        await suggestions.fetch(rig.network, lan, 10)
        assert await _waiting(rig) == 1
        await rig.work()
        await suggestions.fetch(rig.network, lan, 10)
        assert await _waiting(rig) == 0


async def _waiting(rig: Rig) -> int:
    sql = "SELECT count(*) FROM jobs WHERE name = 'SuggestPeople'"
    return await rig.network.db.fetch_value(sql, {})


async def test_providers_are_told_of_nobody_who_does_not_want_to_be_found(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played, far_server() as far:
        await use(rig, played)
        network = rig.network
        lan, shy = await person(rig, "lan"), await person(rig, "shy", discoverable=False)
        seen = far.person("mai", discoverable=True)["id"]
        hidden = far.person("kin")["id"]
        played.answer = recommending(
            [seen, hidden, "https://10.0.0.1/a", f"{rig.url}/users/shy", 5]
        )
        assert await suggest(rig, shy) == {lan: Suggestion(lan, "", "here", {})}
        uris = [one["accountUri"] for one in asked(played)]
        assert uris == [[f"{rig.url}/actor"]]
        played.answer = recommending([seen, hidden, "https://10.0.0.1/a", f"{rig.url}/users/shy"])
        found = await suggest(rig, lan)
        assert [one.provider for one in found.values()] == ["Tìm quanh"]
        assert asked(played)[-1]["accountUri"] == [f"{rig.url}/users/lan"]
        # What is away is asked again before the day is over.
        played.answer = lambda got: (503, b"")
        await suggestions.suggest(network, SuggestPeople(lan))
        made_at = await table.last_made(network.db, lan)
        assert made_at < now_ms() - suggestions.FRESH_MS / 2
        count = len(asked(played))
        await preferences.set_asks_alliance(network, lan, False)
        assert await suggest(rig, lan) == {}
        assert len(asked(played)) == count


@pytest.mark.parametrize("body", [b"[", b'{"a":1}', b'"x"', b"[" * 5000])
async def test_odd_recommendations_are_none(body: bytes) -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        lan = await person(rig, "lan")
        played.answer = lambda got: (200, body) if "follow_rec" in got.path else None
        assert await suggest(rig, lan) == {}
