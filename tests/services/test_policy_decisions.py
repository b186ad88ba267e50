"""Deciding about other servers: who may, what it takes, and what stays on record."""

from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.models.accounts import AccountState, Role
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.federation import Severity
from noi.models.policies import DISALLOWED, Effect, Proposal
from noi.services import policies, policy_decisions, rules
from noi.services.network import Network
from strangers import arrive, follow_back

pytestmark = pytest.mark.anyio


@pytest.fixture
async def network(engine: str) -> AsyncGenerator[Network]:
    async with testrig.services(engine) as rig:
        yield rig.network


def block(domain: str, /, **more: object) -> Proposal:
    values: dict[str, object] = {
        "domain": domain,
        "severity": Severity.BLOCK,
        "rule": "Không gửi thư rác",
        "reason": "Thư rác hằng ngày",
    }
    return Proposal(**{**values, **more})  # pyright: ignore[reportArgumentType]


async def test_a_policy_holds_for_all_names_under_a_domain(network: Network) -> None:
    await policy_decisions.decide(network, None, block("spam.example"))
    for host in ("spam.example", "a.spam.example", "a.b.spam.example:8443", "SPAM.example"):
        standing = await policies.of(network, host)
        assert standing.blocked, host
        assert standing.state is AccountState.DISABLED
        assert standing.rejects_media
    for host in ("example", "notspam.example", "spam.example.org"):
        assert not (await policies.of(network, host)).blocked, host


async def test_the_nearest_policy_wins(network: Network) -> None:
    await policy_decisions.decide(network, None, block("spam.example"))
    kind = block("kind.spam.example", severity=Severity.NONE, reject_reports=True)
    await policy_decisions.decide(network, None, kind)
    standing = await policies.of(network, "a.kind.spam.example")
    assert not standing.blocked
    assert standing.rejects_reports
    assert not standing.rejects_media


async def test_an_actor_is_judged_by_its_handle_and_by_its_address(network: Network) -> None:
    await policy_decisions.decide(network, None, block("hosts.example", severity=Severity.LIMIT))
    standing = await policies.of_actor(network, "fine.example", "https://hosts.example/u/1")
    assert standing.state is AccountState.LIMITED
    assert not standing.blocked
    standing = await policies.of_actor(network, "hosts.example", "https://fine.example/u/1")
    assert standing.state is AccountState.LIMITED


async def test_a_decision_takes_rule_and_reason_and_is_kept(network: Network) -> None:
    admin = await people.join(network, "lan", Role.ADMIN)
    rule = await rules.create(network, None, "Tôn trọng nhau")
    for wrong in ({"reason": " "}, {"rule": ""}, {"rule": 17}, {"domain": "no domain"}):
        with pytest.raises(Invalid):
            await policy_decisions.decide(network, admin, block("bad.example", **wrong))
    decided = await policy_decisions.decide(network, admin, block("Bad.Example", rule=rule.id))
    assert (decided.domain, decided.rule_text) == ("bad.example", "Tôn trọng nhau")
    eased = block("bad.example", severity=Severity.LIMIT, reason="Đã bớt")
    await policy_decisions.decide(network, admin, eased)
    with pytest.raises(Invalid):
        await policy_decisions.lift(network, admin, "bad.example", "")
    await policy_decisions.lift(network, admin, "bad.example", "Đã sửa mình")
    assert not (await policies.of(network, "bad.example")).policy
    history = await policy_decisions.history(network, "bad.example")
    assert [(one.severity, one.reason) for one in history] == [
        ("", "Đã sửa mình"),
        ("limit", "Đã bớt"),
        ("block", "Thư rác hằng ngày"),
    ]
    assert {one.moderator_id for one in history} == {admin.account_id}
    with pytest.raises(NotFound):
        await policy_decisions.lift(network, admin, "bad.example", "again")


async def test_only_admins_decide(network: Network) -> None:
    moderator = await people.join(network, "mai", Role.MODERATOR)
    with pytest.raises(Forbidden):
        await policy_decisions.decide(network, moderator, block("bad.example"))
    with pytest.raises(Forbidden):
        await policy_decisions.lift(network, moderator, "bad.example", "why")
    with pytest.raises(Forbidden):
        await policy_decisions.allow(network, moderator, "bad.example")


async def test_nobody_blocks_their_own_network_or_decides_nothing(engine: str) -> None:
    async with testrig.services(engine, host="mang.lang.example") as rig:
        for domain in ("mang.lang.example", "lang.example", "example"):
            with pytest.raises(Invalid):
                await policy_decisions.decide(rig.network, None, block(domain))
        nothing = block("other.example", severity=Severity.NONE)
        with pytest.raises(Invalid):
            await policy_decisions.decide(rig.network, None, nothing)
        await policy_decisions.decide(rig.network, None, block("other.lang.example"))


async def test_the_effect_is_known_beforehand(network: Network) -> None:
    lan, mai = await people.join(network, "lan"), await people.join(network, "mai")
    a = await arrive(network, "a", "bad.example")
    b = await arrive(network, "b", "sub.bad.example")
    other = await arrive(network, "c", "good.example")
    for here in (lan, mai):
        await follow_back(network, a, here.account_id)
    await follow_back(network, lan.account_id, b)
    await follow_back(network, mai.account_id, other)
    effect = await policy_decisions.preview(network, "bad.example")
    assert effect == Effect(accounts=2, followers=2, following=1, people=2)
    assert effect.severs
    assert await policy_decisions.preview(network, "unknown.example") == Effect()


async def test_a_list_of_allowed_domains_shuts_out_all_others(engine: str) -> None:
    async with testrig.services(engine, federation_allow_list=True) as rig:
        network = rig.network
        assert (await policies.of(network, "friend.example")).blocked
        await policy_decisions.allow(network, None, "Friend.example")
        assert not (await policies.of(network, "a.friend.example")).blocked
        assert [one.domain for one in await policy_decisions.allowed(network)] == ["friend.example"]
        for rule, reason in (("", "Thư rác"), ("Luật", " ")):
            with pytest.raises(Invalid):
                await policy_decisions.disallow(
                    network, None, "friend.example", rule=rule, reason=reason
                )
        why = {"rule": "Luật", "reason": "Thư rác"}
        await policy_decisions.disallow(network, None, "friend.example", **why)
        (decision,) = await policy_decisions.history(network, "friend.example")
        assert (decision.severity, decision.rule_text) == (DISALLOWED, "Luật")
        assert (await policies.of(network, "friend.example")).blocked
        with pytest.raises(NotFound):
            await policy_decisions.disallow(network, None, "friend.example", **why)
