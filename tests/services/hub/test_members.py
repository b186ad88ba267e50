"""How networks ask, are admitted, refused, suspended and leave."""

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import web

import testrig
from noi.activitypub import fasp
from noi.db.hub import capabilities as capability_table
from noi.models.accounts import Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NoiError, NotFound, RateLimited
from noi.models.hub import MemberState
from noi.models.jobs import SendMail
from noi.services.hub import members
from noi.services.network import Network
from strange_networks import admitted, confirmed, publish_charter, strange

STEWARD = Viewer(1, Role.MODERATOR, "vi", 0)
MEMBER = Viewer(2, Role.MEMBER, "vi", 0)
TOLD = {"rule": "Không thư rác", "reason": "Ba nghìn bài một giờ"}


async def waiting(network: Network) -> list[str]:
    """The names of the jobs that wait, in order."""
    return [row[0] for row in await network.db.fetch_all("SELECT name FROM jobs ORDER BY id")]


async def test_a_network_is_asked_and_answers_with_its_key(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        with pytest.raises(Conflict):
            await members.ask(rig.network, server.host)
        await publish_charter(rig.network)
        member = await members.ask(rig.network, f" HTTP://{server.host.upper()}/about ")
        assert (member.host, member.state) == (server.host, MemberState.ASKED)
        assert member.public_key == server.pair.public_key
        assert member.completion_uri == f"{server.origin}/admin/fasp/providers/17"
        assert server.registered == [
            {
                "name": "Nối",
                "baseUrl": rig.url,
                "serverId": member.server_id,
                "publicKey": members.keys_of(member).ours,
            }
        ]
        keys = members.keys_of(member)
        assert keys.their_fingerprint == fasp.fingerprint(server.pair.public_key)
        assert keys.our_fingerprint == fasp.fingerprint(server.provider_key)
        assert await members.by_server_id(rig.network, member.server_id) == member


async def test_asking_again_renews_until_the_network_has_called(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await publish_charter(rig.network)
        first = await members.ask(rig.network, server.host)
        again = await members.ask(rig.network, server.host)
        assert again.id == first.id
        assert again.server_id != first.server_id
        assert len(server.registered) == 2
        assert (await server.send("GET", "/provider_info"))[0] == 200
        third = await members.ask(rig.network, server.host)
        assert third.server_id == again.server_id
        assert len(server.registered) == 2
        assert await members.counts(rig.network) == {MemberState.ASKED: 1}


@pytest.mark.parametrize("state", ["admitted", "suspended", "leaving"])
async def test_strangers_do_not_touch_a_member(state: str) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        before = await admitted(rig.network, server)
        if state == "suspended":
            before = await members.suspend(rig.network, None, server.host, **TOLD)
        elif state == "leaving":
            before = await members.leave(rig.network, server.host)
        assert await members.ask(rig.network, server.host) == before
        assert len(server.registered) == 1


@pytest.mark.parametrize(
    "host", ["", "không phải", "a b.example", "https://", "x@y.example", "a.example:99999", "/"]
)
async def test_no_address(host: str) -> None:
    async with testrig.services("sqlite") as rig:
        with pytest.raises(Invalid):
            await members.ask(rig.network, host)


async def test_the_hub_itself_is_no_member() -> None:
    async with testrig.hub("sqlite") as rig:
        await publish_charter(rig.network)
        with pytest.raises(Forbidden):
            await members.ask(rig.network, rig.network.settings.host)


async def test_servers_that_the_hub_shuts_out_are_no_members() -> None:
    async with testrig.hub("sqlite", federation_allow_list=True) as rig, strange() as server:
        await publish_charter(rig.network)
        with pytest.raises(Forbidden):
            await members.ask(rig.network, server.host)
        assert not server.registered


async def slow(request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def huge(request: web.Request) -> web.Response:
    return web.Response(body=b'"' + b"x" * 300_000 + b'"')


async def redirect(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "http://localhost:1/api/fasp"})


async def broken(request: web.Request) -> web.Response:
    return web.Response(body=b"{")


async def refusing(request: web.Request) -> web.Response:
    return web.Response(status=500)


REGISTRATION = "/api/fasp/registration"


@pytest.mark.parametrize("path", [REGISTRATION, "/.well-known/nodeinfo", "/nodeinfo/2.0"])
@pytest.mark.parametrize("answer", [huge, redirect, broken, refusing])
async def test_hostile_answers_leave_nothing_behind(path: str, answer: Any) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)
        server.answers[path] = answer
        with pytest.raises(Invalid) as raised:
            await members.ask(rig.network, server.host)
        assert raised.value.field == "host"
        with pytest.raises(NotFound):
            await members.get(rig.network, server.host)


async def test_a_slow_network_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)
        server.answers["/.well-known/nodeinfo"] = slow
        monkeypatch.setattr(rig.network.client, "_total_timeout", 0.05)
        with pytest.raises(Invalid, match="in time"):
            await members.ask(rig.network, server.host)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"faspId": "1"},
        {"publicKey": fasp.new_pair().public_key},
        {"faspId": "1", "publicKey": "AAAA"},
        {"faspId": 'a"b', "publicKey": fasp.new_pair().public_key},
        {"faspId": [], "publicKey": fasp.new_pair().public_key},
        [],
        "x",
        None,
    ],
)
async def test_answers_that_are_no_registration(answer: object) -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)

        async def other(request: web.Request) -> web.Response:
            return web.json_response(answer)

        server.answers[REGISTRATION] = other
        with pytest.raises(Invalid, match="as FASP says"):
            await members.ask(rig.network, server.host)


async def test_a_numeric_name_and_a_completion_elsewhere() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await publish_charter(rig.network)

        async def other(request: web.Request) -> web.Response:
            answer = {
                "faspId": 17,
                "publicKey": server.pair.public_key,
                "registrationCompletionUri": "https://phishing.example/",
            }
            return web.json_response(answer, status=201)

        server.answers[REGISTRATION] = other
        member = await members.ask(rig.network, server.host)
        assert (member.fasp_id, member.completion_uri) == ("17", "")


async def test_only_its_own_host_is_registered_with() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server, strange() as victim:
        await publish_charter(rig.network)
        for url in (f"{victim.origin}/api/fasp", "http://127.0.0.1:1/x", "ftp://x", "", None, 7):
            server.metadata["faspBaseUrl"] = url
            with pytest.raises(Invalid):
                await members.ask(rig.network, server.host)
        assert not victim.registered


async def test_private_addresses_are_not_asked() -> None:
    async with testrig.hub("sqlite", federation_private_peers="") as rig:
        await publish_charter(rig.network)
        for host in ("localhost:9", "127.0.0.1:9", "10.0.0.1", "[::1]", "169.254.169.254"):
            with pytest.raises(Invalid):
                await members.ask(rig.network, host)


async def test_asking_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    async with testrig.hub("sqlite", rate_limits=True) as rig, strange() as server:
        await publish_charter(rig.network)
        for _ in range(members.ASKS_OF_HOST.amount):
            await members.ask(rig.network, server.host)
        with pytest.raises(RateLimited):
            await members.ask(rig.network, server.host)
        for _ in range(members.ASKS_BY_ADDRESS.amount):
            with pytest.raises(NoiError):
                await members.ask(rig.network, "no.such.host.invalid:1", address="192.0.2.7")
        with pytest.raises(RateLimited):
            await members.ask(rig.network, "other.invalid", address="192.0.2.7")
    async with testrig.hub("sqlite") as rig, strange() as first, strange() as second:
        monkeypatch.setattr(members, "MOST_WAITING", 1)
        await publish_charter(rig.network)
        await members.ask(rig.network, first.host)
        with pytest.raises(RateLimited):
            await members.ask(rig.network, second.host)


async def test_decisions_are_on_record_with_rule_and_reason(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        assert (member.charter_version, member.reason) == (1, "")
        member = await members.suspend(rig.network, STEWARD, server.host, **TOLD)
        assert (member.state, member.rule_text, member.reason) == (
            MemberState.SUSPENDED,
            TOLD["rule"],
            TOLD["reason"],
        )
        since = member.admitted_at
        member = await members.readmit(rig.network, STEWARD, server.host)
        assert (member.state, member.reason) == (MemberState.ADMITTED, "")
        assert member.admitted_at == since
        decided = await members.decisions(rig.network, member.id)
        assert [(one.state, one.reason, one.steward_id) for one in decided] == [
            (MemberState.ADMITTED, "", 1),
            (MemberState.SUSPENDED, TOLD["reason"], 1),
            (MemberState.ADMITTED, "", None),
        ]


async def test_no_decision_without_a_reason_and_none_by_members() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        await admitted(rig.network, server)
        for missing in ({**TOLD, "rule": " "}, {**TOLD, "reason": ""}):
            with pytest.raises(Invalid):
                await members.suspend(rig.network, STEWARD, server.host, **missing)
        with pytest.raises(Forbidden):
            await members.suspend(rig.network, MEMBER, server.host, **TOLD)
        with pytest.raises(Forbidden):
            await members.leave(rig.network, server.host, MEMBER)
        for verb in (members.admit, members.readmit):
            with pytest.raises(Conflict):
                await verb(rig.network, STEWARD, server.host)
        with pytest.raises(Conflict):
            await members.refuse(rig.network, STEWARD, server.host, **TOLD)
        with pytest.raises(NotFound):
            await members.admit(rig.network, STEWARD, "nowhere.example")


async def test_who_was_refused_may_be_admitted_or_ask_again(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await publish_charter(rig.network)
        await confirmed(rig.network, server)
        refused = await members.refuse(rig.network, STEWARD, server.host, **TOLD)
        again = await members.ask(rig.network, server.host)
        assert (again.id, again.state, again.reason) == (refused.id, MemberState.ASKED, "")
        with pytest.raises(Conflict, match="has not confirmed"):
            await members.admit(rig.network, STEWARD, server.host)
        await members.heard(rig.network, again)
        await members.refuse(rig.network, STEWARD, server.host, **TOLD)
        member = await members.admit(rig.network, STEWARD, server.host)
        assert member.state is MemberState.ADMITTED
        assert len(await members.decisions(rig.network, member.id)) == 3


async def test_decisions_cause_work_in_order(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await publish_charter(rig.network)
        await members.ask(rig.network, server.host)
        await server.send("POST", "/capabilities/data_sharing/0/activation")
        assert await waiting(rig.network) == ["DescribeMember"]
        await members.admit(rig.network, None, server.host)
        await members.suspend(rig.network, None, server.host, **TOLD)
        await members.readmit(rig.network, None, server.host)
        assert [name for name in await waiting(rig.network) if name != "DescribeMember"] == [
            "SubscribeMember",
            "ForgetMember",
            "SubscribeMember",
        ]
        await server.send("DELETE", "/capabilities/data_sharing/0/activation")
        await rig.network.db.execute("DELETE FROM fasp_replays")
        await server.send("POST", "/capabilities/data_sharing/0/activation")
        assert (await waiting(rig.network))[-2:] == ["ForgetMember", "SubscribeMember"]
        member = await members.get(rig.network, server.host)
        assert await capability_table.of_member(rig.network.db, member.id) == ["data_sharing"]


async def test_a_member_is_told_by_mail_where_there_is_mail() -> None:
    async with testrig.hub("sqlite", smtp="smtp://127.0.0.1:9", mail_from="hub@x.example") as rig:
        async with strange() as server:
            member = await admitted(rig.network, server)
            row = {"contact": "chu@lang.example", "id": member.id}
            await rig.network.db.execute(
                "UPDATE hub_members SET contact = :contact WHERE id = :id", row
            )
            await members.suspend(rig.network, STEWARD, server.host, **TOLD)
        sent = await rig.network.db.fetch_all("SELECT payload FROM jobs WHERE name = 'SendMail'")
        mails = [msgspec.json.decode(row[0], type=SendMail) for row in sent]
        assert [mail.to for mail in mails] == ["chu@lang.example"]
        assert TOLD["rule"] in mails[0].body
        assert TOLD["reason"] in mails[0].body
        assert server.host in mails[0].body


async def test_two_stewards_at_once_decide_once(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        await publish_charter(rig.network)
        await confirmed(rig.network, server)
        results = await asyncio.gather(
            members.admit(rig.network, STEWARD, server.host),
            members.refuse(rig.network, STEWARD, server.host, **TOLD),
            members.admit(rig.network, STEWARD, server.host),
            return_exceptions=True,
        )
        member = await members.get(rig.network, server.host)
        decided = await members.decisions(rig.network, member.id)
        done = [one for one in results if not isinstance(one, BaseException)]
        assert len(decided) == len(done)
        assert decided[0].state is member.state
