"""What networks say of themselves, however they say it."""

from typing import Any

import pytest
from aiohttp import web

import testrig
from noi.models.hub import Member
from noi.models.hub_jobs import DescribeMember, DescribeMembers
from noi.models.ids import now_ms
from noi.services.hub import describing, members
from noi.services.network import Network
from strange_networks import Strange, admitted, publish_charter, strange


async def described(network: Network, server: Strange) -> Member:
    member = await members.get(network, server.host)
    await describing.describe(network, DescribeMember(member.id))
    return await members.get(network, server.host)


async def test_a_network_is_described_when_it_asks(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await publish_charter(rig.network)
        server.metadata["alliance"] = {"subjects": ["làng", "Huế", "làng", 7, ""]}
        await members.ask(rig.network, server.host)
        await rig.work()
        member = await members.get(rig.network, server.host)
        assert (member.name, member.title) == ("Làng Chuồn", "Làng Chuồn")
        assert member.description == "Một làng bên phá Tam Giang"
        assert member.languages == ["vi", "en"]
        assert member.rules == ["Tôn trọng nhau"]
        assert member.subjects == ["làng", "Huế"]
        assert member.registrations == "approval"
        assert member.software == "mastodon 4.5.2"
        assert (member.people, member.size) == (50, "small")
        assert member.contact == "chu@lang.example"
        assert member.described_at is not None


def saying(document: object) -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(document)

    return answer


async def failing(request: web.Request) -> web.Response:
    return web.Response(status=500)


async def huge(request: web.Request) -> web.Response:
    return web.Response(body=b'"' + b"x" * 400_000 + b'"')


async def elsewhere(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})


@pytest.mark.parametrize(
    "answer",
    [
        failing,
        huge,
        elsewhere,
        saying(None),
        saying([]),
        saying({"title": 7, "languages": "vi", "rules": {"a": 1}}),
    ],
)
async def test_odd_answers_say_nothing(answer: Any) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        server.metadata["nodeName"] = "Tên \u202etừ NodeInfo"
        for path in ("/api/v2/instance", "/api/v1/instance/rules"):
            server.answers[path] = answer
        await admitted(rig.network, server)
        member = await described(rig.network, server)
        assert member.name == "Tên từ NodeInfo"
        assert (member.languages, member.rules, member.contact) == ([], [], "")
        assert member.registrations == "open"


async def test_texts_are_short_and_plain() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        server.answers["/api/v2/instance"] = saying(
            {
                "title": "<b>Tên</b>\u0000 " + "x" * 5000,
                "description": "<script>alert(1)</script><p>Chào</p>" + "y" * 90_000,
                "languages": ["vi"] * 500 + [7, "x" * 900],
                "contact": {"email": "a@b.example\r\nBcc: c@d.example"},
                "rules": [{"text": "Một"}] * 300 + [{}, 7, {"text": 7}],
            }
        )
        server.answers["/api/v1/instance/rules"] = failing
        await admitted(rig.network, server)
        member = await described(rig.network, server)
        assert member.name.startswith("Tên x")
        assert (len(member.name), len(member.description)) == (100, 500)
        assert "<" not in member.description
        assert (member.languages, member.rules) == (["vi"], ["Một"])
        assert "\n" not in member.contact


async def test_who_does_not_answer_keeps_what_was_known(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await admitted(rig.network, server)
        before = await described(rig.network, server)
        assert before.failing_since is None
        server.answers["/.well-known/nodeinfo"] = failing
        first = await described(rig.network, server)
        second = await described(rig.network, server)
        assert first.failing_since is not None
        assert second.failing_since == first.failing_since
        assert second.name == before.name
        del server.answers["/.well-known/nodeinfo"]
        assert (await described(rig.network, server)).failing_since is None


@pytest.mark.parametrize(
    ("people", "size"),
    [(0, ""), (1, "tiny"), (49, "tiny"), (50, "small"), (199, "small"), (200, "medium"),
     (1000, "large"), (5000, "huge"), (10**9, "huge"), (-1, ""), ("9", ""), (10**30, "")],
)  # fmt: skip
async def test_people_are_told_by_band_alone(people: object, size: str) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await admitted(rig.network, server)
        server.answers["/nodeinfo/2.0"] = saying(
            {"software": {"name": "noi"}, "usage": {"users": {"total": people}}}
        )
        assert (await described(rig.network, server)).size == size


async def test_all_are_described_within_the_hour_and_old_requests_forgotten(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server, strange() as silent:
        await admitted(rig.network, server)
        await members.ask(rig.network, silent.host)
        await rig.network.db.execute("DELETE FROM jobs")
        await describing.describe_all(rig.network, DescribeMembers())
        await describing.describe_all(rig.network, DescribeMembers())
        count = "SELECT count(*), max(run_at) FROM jobs WHERE name = 'DescribeMember'"
        number, latest = await rig.network.db.fetch_one(count) or (0, 0)
        assert number <= 4
        assert latest < now_ms() + 3_600_000
        old = {"old": now_ms() - describing.STALE_MS - 1}
        await rig.network.db.execute("UPDATE hub_members SET asked_at = :old", old)
        await describing.describe_all(rig.network, DescribeMembers())
        known = await members.fetch_all(rig.network, describing.DESCRIBED)
        assert [member.host for member in known] == [server.host]
