import asyncio
import json
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import testrig
from consenting import person, post
from noi.app import jobs as app_jobs
from noi.db import alliance as provider_table
from noi.db import sharing as table
from noi.jobs.worker import Handlers, drain
from noi.models.alliance import Category
from noi.models.composition import Composition
from noi.models.ids import now_ms
from noi.models.jobs import ShareWith, TendProviders
from noi.models.moderation import EnforcementAction
from noi.services import (
    alliance,
    announcing,
    enforcements,
    erasure,
    favourites,
    policy_decisions,
    profiles,
    provider_calls,
    providers,
    reblogs,
    statuses,
)
from noi.services.profiles import Profile
from noi.transport.errors import Busy, Unreachable
from played_provider import Got, PlayedProvider, providing, subscribe, use
from testrig import PASSWORD, Rig

BACKFILLS = "/data_sharing/v0/backfill_requests"


def uri(rig: Rig, name: str, status_id: int = 0) -> str:
    home = f"{rig.network.settings.origin}/users/{name}"
    return f"{home}/statuses/{status_id}" if status_id else home


def held(played: PlayedProvider) -> set[str]:
    """What a provider that believes each announcement has."""
    there: set[str] = set()
    for _, event, address in played.events():
        (there.discard if event == "delete" else there.add)(address)
    return there


async def test_what_begins_changes_and_ends_is_announced_byte_by_byte(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        await use(rig, played)
        content = await subscribe(rig, played, "content")
        account = await subscribe(rig, played, "account")
        lan = await person(rig, "lan")
        await rig.work()
        first = await post(rig, lan)
        second = await post(rig, lan, "Hai")
        await rig.work()
        await statuses.edit(rig.network, lan, first, Composition(text="Chào lại"))
        await statuses.delete(rig.network, lan, second)
        await rig.work()
        one, two = uri(rig, "lan", first), uri(rig, "lan", second)
        source = f'{{"source":{{"subscription":{{"id":"{content}"}}}},"category":"content",'
        bodies = [got.body for got in played.calls if got.path.endswith("/announcements")]
        assert bodies == [
            f'{{"source":{{"subscription":{{"id":"{account}"}}}},"category":"account",'
            f'"eventType":"new","objectUris":["{uri(rig, "lan")}"]}}'.encode(),
            f'{source}"eventType":"new","objectUris":["{one}","{two}"]}}'.encode(),
            # Withdrawals go before everything else.
            f'{source}"eventType":"delete","objectUris":["{two}"]}}'.encode(),
            f'{source}"eventType":"update","objectUris":["{one}"]}}'.encode(),
        ]
        assert played.wrong == []
        counted = await alliance.volumes(rig.network, int(played.fasp_id), "2000-01-01")
        assert [(one.category.value, one.event, one.count) for one in counted] == [
            ("account", "new", 1),
            ("content", "delete", 1),
            ("content", "new", 2),
            ("content", "update", 1),
        ]


async def test_only_what_people_consented_to_leaves(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        await use(rig, played)
        for category in ("content", "account"):
            await subscribe(rig, played, category)
        wanted: set[str] = set()
        visibilities = ("public", "unlisted", "private", "direct")
        for number, (found, indexed) in enumerate(product((True, False), repeat=2)):
            name = f"nguoi{number}"
            author = await person(rig, name, discoverable=found, indexable=indexed)
            wanted |= {uri(rig, name)} if found else set[str]()
            for visibility, local_only in product(visibilities, (False, True)):
                made = await post(rig, author, visibility=visibility, local_only=local_only)
                if indexed and visibility == "public" and not local_only:
                    wanted.add(uri(rig, name, made))
                    await reblogs.reblog(rig.network, author, made)
        await rig.work()
        assert held(played) == wanted
        assert {event for _, event, _ in played.events()} <= {"new", "update"}
        # The same with what is asked for afterwards.
        before = len(played.announced)
        for category in ("content", "account"):
            await played.call(rig, "POST", BACKFILLS, {"category": category, "maxCount": 100})
        await rig.work()
        filled = {address for said in played.announced[before:] for address in said["objectUris"]}
        assert filled == wanted


class _World:
    """What a random history does, by the first letters of its steps."""

    def __init__(self, rig: Rig, played: PlayedProvider, people: list[int]) -> None:
        self.rig, self.played, self.people = rig, played, people
        self.posts: list[tuple[int, int]] = []

    async def step(self, kind: str, who: int, which: int) -> None:
        network, account = self.rig.network, self.people[who % len(self.people)]
        match kind:
            case "post":
                visibility = ("public", "unlisted", "private", "direct")[which % 4]
                self.posts.append((account, await post(self.rig, account, visibility=visibility)))
            case "public":
                self.posts.append((account, await post(self.rig, account)))
            case "index":
                await profiles.update(network, account, Profile(indexable=bool(which % 2)))
            case "find":
                await profiles.update(network, account, Profile(discoverable=bool(which % 2)))
            case "delete" if self.posts:
                author, status_id = self.posts.pop(which % len(self.posts))
                await statuses.delete(network, author, status_id)
            case "hide" if self.posts:
                author, status_id = self.posts.pop(which % len(self.posts))
                await enforcements.enforce(
                    network,
                    None,
                    EnforcementAction.HIDE_STATUS,
                    account_id=author,
                    status_id=status_id,
                    rule="Luật",
                    reason="Vì thế",
                )
            case "work":
                await self.rig.work()
            case "dead":
                self.played.answer = lambda got: (503, b"")
            case "alive":
                await self.come_back()
            case _:
                pass

    async def come_back(self) -> None:
        self.played.answer = lambda got: None
        await alliance.try_again(self.rig.network, None, int(self.played.fasp_id))
        await self.rig.work()

    async def consented(self) -> set[str]:
        db, all_of_them = self.rig.network.db, set[str]()
        for category in Category:
            found = await table.earlier(db, category, (1 << 63) - 1, 1000)
            all_of_them |= {one.uri for one in found}
        return all_of_them


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["post", "public", "index", "find", "delete", "hide", "work", "work", "dead", "alive"]
        ),
        st.integers(0, 2),
        st.integers(0, 9),
    ),
    max_size=25,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_STEPS)
def test_whatever_happens_a_provider_has_what_is_consented_to_and_no_more(
    steps: list[tuple[str, int, int]],
) -> None:
    async def history() -> None:
        async with testrig.network("sqlite") as rig, providing() as played:
            await use(rig, played)
            for category in ("content", "account"):
                await subscribe(rig, played, category, 3)
            people = [await person(rig, f"nguoi{n}", indexable=n > 0) for n in range(3)]
            world = _World(rig, played, people)
            for kind, who, which in steps:
                await world.step(kind, who, which)
            await world.come_back()
            said = [json.loads(got.body) for got in played.calls if "announce" in got.path]
            assert all(len(one["objectUris"]) <= 3 for one in said)
            assert held(played) == await world.consented()

    asyncio.run(history())


async def test_withdrawn_while_it_waits_is_never_announced() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        await subscribe(rig, played, "content")
        lan = await person(rig, "lan")
        await rig.work()
        played.answer = lambda got: (503, b"")
        made = await post(rig, lan)
        await rig.work()
        await profiles.update(rig.network, lan, Profile(indexable=False))
        told = len(played.calls)
        played.answer = lambda got: None
        await alliance.try_again(rig.network, None, int(played.fasp_id))
        await rig.work()
        after = [got.json for got in played.calls[told:] if "announcements" in got.path]
        assert [one["eventType"] for one in after] == ["delete"]
        assert after[0]["objectUris"] == [uri(rig, "lan", made)]


async def test_what_moderators_end_and_who_goes_is_taken_back(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        await use(rig, played)
        for category in ("content", "account"):
            await subscribe(rig, played, category)
        lan, mai, tu = [await person(rig, name) for name in ("lan", "mai", "tu")]
        made = [await post(rig, author) for author in (lan, mai, tu)]
        await rig.work()
        assert len(held(played)) == 6
        act = EnforcementAction
        limited = await enforcements.enforce(
            rig.network, None, act.LIMIT, account_id=lan, rule="Luật", reason="Vì thế"
        )
        await enforcements.enforce(
            rig.network,
            None,
            act.HIDE_STATUS,
            account_id=mai,
            status_id=made[1],
            rule="Luật",
            reason="Vì thế",
        )
        await erasure.delete_own(rig.network, tu, PASSWORD)
        await rig.work()
        assert held(played) == {uri(rig, "mai")}
        await enforcements.reverse(rig.network, None, limited.id, "Nhầm")
        await rig.work()
        assert held(played) == {uri(rig, "mai"), uri(rig, "lan"), uri(rig, "lan", made[0])}


async def test_backfills_go_on_when_they_are_asked_to(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        lan = await person(rig, "lan")
        made = [await post(rig, lan) for _ in range(5)]
        await rig.work()
        await use(rig, played)
        wish = {"category": "content", "maxCount": 2}
        status, told = await played.call(rig, "POST", BACKFILLS, wish)
        id_ = told["backfillRequest"]["id"]
        assert status == 201
        for _ in range(3):
            await rig.work()
            status, _ = await played.call(rig, "POST", f"{BACKFILLS}/{id_}/continuation")
            assert status == 204
        addresses = [uri(rig, "lan", status_id) for status_id in reversed(made)]
        assert [said["objectUris"] for said in played.announced] == [
            addresses[:2],
            addresses[2:4],
            addresses[4:],
        ]
        bodies = [got.body for got in played.calls if got.path.endswith("/announcements")]
        assert (
            bodies[0]
            == (
                f'{{"source":{{"backfillRequest":{{"id":"{id_}"}}}},"category":"content",'
                f'"objectUris":["{addresses[0]}","{addresses[1]}"],"moreObjectsAvailable":true}}'
            ).encode()
        )
        assert [said["moreObjectsAvailable"] for said in played.announced] == [True, True, False]
        assert (await played.call(rig, "POST", f"{BACKFILLS}/1/continuation"))[0] == 404
        # What was told so is taken back like everything else, to who listens.
        await subscribe(rig, played, "content")
        await statuses.delete(rig.network, lan, made[0])
        await rig.work()
        assert played.announced[-1]["eventType"] == "delete"


async def test_the_owner_ends_and_begins_sharing_by_category() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        provider_id = await use(rig, played)
        for category in ("content", "account"):
            await subscribe(rig, played, category)
        lan = await person(rig, "lan")
        made = await post(rig, lan)
        await rig.work()
        both = {uri(rig, "lan"), uri(rig, "lan", made)}
        assert held(played) == both
        await alliance.set_sharing(rig.network, None, provider_id, content=False, accounts=True)
        hidden = await post(rig, lan)
        await rig.work()
        assert held(played) == {uri(rig, "lan")}
        assert await alliance.shared(rig.network, provider_id) == {Category.ACCOUNT: 1}
        await alliance.set_sharing(rig.network, None, provider_id, content=True, accounts=True)
        await rig.work()
        assert held(played) == both | {uri(rig, "lan", hidden)}
        # Ending it all ends what it subscribed to: the provider is told so, and hears no more.
        await alliance.set_sharing(rig.network, None, provider_id, content=False, accounts=False)
        await post(rig, lan)
        told = len(played.announced)
        await rig.work()
        last = played.calls[-1]
        assert (last.method, last.path) == ("DELETE", "/capabilities/data_sharing/0/activation")
        assert len(played.announced) == told
        assert await alliance.shared(rig.network, provider_id) == {}
        wish = {"category": "content", "subscriptionType": "lifecycle"}
        path = "/data_sharing/v0/event_subscriptions"
        assert (await played.call(rig, "POST", path, wish))[0] == 403


async def test_what_many_talk_about_is_announced_once_in_a_while(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        await use(rig, played)
        least = {"timeframe": 15, "shares": 2, "likes": 3, "replies": 2}
        wish = {"category": "content", "subscriptionType": "trends", "threshold": least}
        path = "/data_sharing/v0/event_subscriptions"
        assert (await played.call(rig, "POST", path, wish))[0] == 201
        lan = await person(rig, "lan")
        shy = await person(rig, "mai", indexable=False)
        others = [await person(rig, f"nguoi{n}") for n in range(3)]
        liked, shared, answered, quiet, hers = [
            await post(rig, author) for author in (lan, lan, lan, lan, shy)
        ]
        for number, other in enumerate(others):
            for status_id in (liked, hers):
                await favourites.favourite(rig.network, other, status_id)
            if number < 2:
                await reblogs.reblog(rig.network, other, shared)
                await post(rig, other, in_reply_to_id=answered)
                await favourites.favourite(rig.network, other, quiet)
        for _ in range(2):
            await providers.tend(rig.network, TendProviders())
            await rig.work()
        expected = {uri(rig, "lan", status_id) for status_id in (liked, shared, answered)}
        assert {address for _, _, address in played.events()} == expected
        assert [event for _, event, _ in played.events()] == ["trending"] * 3


async def test_a_dead_provider_is_left_alone_and_hears_all_later(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as dead, providing() as alive:
        dead_id = await use(rig, dead)
        await use(rig, alive)
        for played in (dead, alive):
            await subscribe(rig, played, "content")
        lan = await person(rig, "lan")
        await rig.work()
        dead.answer = lambda got: (500, b"")
        made = [await post(rig, lan) for _ in range(3)]
        await rig.work()
        tried = len(dead.calls)
        made += [await post(rig, lan) for _ in range(3)]
        await rig.work()
        await providers.tend(rig.network, TendProviders())
        await rig.work()
        assert len(dead.calls) == tried
        assert held(alive) == {uri(rig, "lan", status_id) for status_id in made}
        view = await alliance.get(rig.network, None, dead_id)
        assert (view.pending, len(view.errors)) == (6, 1)
        assert view.errors[0].retry_at > now_ms()
        dead.answer = lambda got: None
        # As much later: the next round finds that it may be called again.
        changes = {"p": dead_id}
        sql = "UPDATE fasp_capabilities SET retry_at = 0 WHERE provider_id = :p"
        await rig.network.db.execute(sql, changes)
        await providers.tend(rig.network, TendProviders())
        await rig.work()
        told = [address for _, _, address in dead.events()]
        assert told[-6:] == [uri(rig, "lan", status_id) for status_id in made]
        view = await alliance.get(rig.network, None, dead_id)
        assert (view.pending, view.errors) == (0, [])


async def test_what_changes_while_it_is_sent_is_sent_again() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await use(rig, played)
        await subscribe(rig, played, "content")
        lan = await person(rig, "lan")
        made = await post(rig, lan)
        seen = asyncio.Event()

        def slow(got: Got) -> None:
            seen.set()

        played.answer = slow
        working = asyncio.create_task(rig.work())
        await seen.wait()
        await statuses.delete(rig.network, lan, made)
        await working
        await rig.work()
        assert held(played) == set()
        assert played.events()[-1][1] == "delete"


async def test_nothing_goes_to_a_host_that_is_blocked() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        played.origin = played.origin.replace("localhost", "127.0.0.1")
        await use(rig, played)
        await subscribe(rig, played, "content")
        lan = await person(rig, "lan")
        await rig.work()
        await _block(rig, "127.0.0.1")
        before = len(played.calls)
        await post(rig, lan)
        await rig.work()
        assert len(played.calls) == before


async def _block(rig: Rig, domain: str) -> None:
    from noi.models.federation import Severity
    from noi.models.policies import Proposal

    proposal = Proposal(domain=domain, severity=Severity.BLOCK, rule="Luật", reason="Vì thế")
    await policy_decisions.decide(rig.network, None, proposal)


@pytest.mark.parametrize("kind", ["leave", "refuse"])
async def test_leaving_ends_everything_at_once(kind: str) -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        if kind == "refuse":
            await played.register(rig)
            await alliance.refuse(rig.network, None, int(played.fasp_id))
            assert (await played.register(rig))[0] == 403
            assert (await played.call(rig, "POST", BACKFILLS, {"category": "content"}))[0] == 401
            return
        provider_id = await use(rig, played)
        await subscribe(rig, played, "content")
        lan = await person(rig, "lan")
        await post(rig, lan)
        await alliance.leave(rig.network, None, provider_id)
        await rig.work()
        assert played.announced == []
        gone = {got.path for got in played.calls if got.method == "DELETE"}
        assert len(gone) == 5
        view = await alliance.get(rig.network, None, provider_id)
        assert (view.provider.state, view.provider.private_key) == ("left", "")
        assert (await played.call(rig, "POST", BACKFILLS, {"category": "content"}))[0] == 401
        # It may be joined again.
        assert (await played.register(rig))[0] == 201


async def test_what_was_being_sent_when_a_process_died_is_sent_again(engine: str) -> None:
    async with testrig.network(engine) as rig, providing() as played:
        await use(rig, played)
        await subscribe(rig, played, "content", 1)
        lan = await person(rig, "lan")
        made = [await post(rig, lan) for _ in range(3)]
        while await rig.network.db.fetch_value("SELECT count(*) FROM fasp_announcements") < 3:
            await drain(rig.network.db, _only_indexing(rig))
        seen, died = asyncio.Event(), asyncio.Event()

        def asked(_got: Got) -> None:
            seen.set()

        played.answer = asked
        played.delay = 1.0

        async def announce() -> None:
            try:
                await announcing.share(rig.network, ShareWith(int(played.fasp_id)))
            finally:
                died.set()

        working = asyncio.create_task(announce())
        await seen.wait()
        working.cancel()
        await died.wait()
        played.answer = lambda got: None
        played.delay = 0.0
        await providers.tend(rig.network, TendProviders())
        await rig.work()
        told = [address for _, _, address in played.events()]
        wanted = [uri(rig, "lan", status_id) for status_id in made]
        assert told == [wanted[0], *wanted]


def _only_indexing(rig: Rig) -> Handlers:
    """All jobs are done, but for those that speak with a provider."""

    async def nothing(_job: object) -> None:
        return

    return {**app_jobs.handlers(rig.network), ShareWith: nothing}


async def test_a_slow_provider_is_waited_for_once() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        provider_id = await use(rig, played)
        provider = await provider_table.get(rig.network.db, provider_id)
        assert provider is not None
        played.delay = 1.0
        path = "/account_search/v0/search?term=lan"
        with pytest.raises(Unreachable):
            await provider_calls.call(
                rig.network, provider, "account_search", "GET", path, seconds=0.1
            )
        count = len(played.calls)
        with pytest.raises(Busy):
            await provider_calls.call(rig.network, provider, "account_search", "GET", path)
        assert len(played.calls) == count
        # Its other services are tried for themselves.
        played.delay = 0.0
        answer = await provider_calls.call(
            rig.network, provider, "trends", "GET", "/trends/v0/content?maxCount=5"
        )
        assert answer.status == 200
