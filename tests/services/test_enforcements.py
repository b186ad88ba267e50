import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

import noi
import people
import testrig
from noi.db import accounts, statuses
from noi.models.accounts import AccountState, Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.moderation import EnforcementAction
from noi.models.paging import Page
from noi.services import appeals, enforcements, rules
from noi.services.network import Network

_SOURCES = Path(noi.__file__).parent
_WAYS = {
    r"\bset_state\(": {"db/accounts.py", "services/enforcements.py"},
    r"\bset_hidden\(": {"db/enforcements.py", "services/enforcements.py"},
    r"UPDATE accounts SET[^;\"]*\bstate = ": {
        "db/accounts.py",
        "db/policy_effects.py",
        "db/remote_accounts.py",
    },
    r"UPDATE statuses SET[^;\"]*\bhidden_at = ": {"db/enforcements.py"},
}
"""What changes a state or hides a status, and the only modules that may have it."""

LIMIT, DISABLE = EnforcementAction.LIMIT, EnforcementAction.DISABLE
HIDE, DELETE = EnforcementAction.HIDE_STATUS, EnforcementAction.DELETE_STATUS


one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def state_of(network: Network, person: Viewer) -> AccountState:
    account = await accounts.get(network.db, person.account_id)
    assert account is not None
    return account.state


async def test_disabling_names_its_rule_and_tells_the_person(rig: testrig.Rig) -> None:
    network = rig.network
    owner = await people.join(network, "owner", Role.OWNER)
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    rule = await rules.create(network, owner, "Không quảng cáo")
    done = await enforcements.enforce(
        network, moderator, DISABLE, account_id=person.account_id, rule=rule.id, reason=" Mười lần "
    )
    assert (done.rule_text, done.reason) == ("Không quảng cáo", "Mười lần")
    assert await state_of(network, person) == AccountState.DISABLED
    (notice,) = await people.jobs_named(network, "Notify")
    assert notice["kind"] == "moderation_warning"
    assert (notice["account_id"], notice["subject_id"]) == (person.account_id, done.id)
    (view,) = await enforcements.of_account(network, person.account_id, Page())
    assert (view.enforcement.id, view.account.username, view.appeal) == (done.id, "lan", None)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [("", "vì sao"), ("  ", "vì sao"), ("luật", " "), ("luật", "x" * 2001), (7, "a")],
)
async def test_nothing_happens_without_rule_and_reason(rule: int | str, reason: str) -> None:
    async with testrig.services("sqlite") as rig:
        moderator = await people.join(rig.network, "mod", Role.MODERATOR)
        person = await people.join(rig.network, "lan")
        with pytest.raises(Invalid):
            await enforcements.enforce(
                rig.network,
                moderator,
                LIMIT,
                account_id=person.account_id,
                rule=rule,
                reason=reason,
            )
        assert await state_of(rig.network, person) == AccountState.ACTIVE
        assert await people.jobs_named(rig.network, "Notify") == []


@pytest.mark.parametrize(
    ("actor", "target"),
    [
        (Role.MEMBER, Role.MEMBER),
        (Role.MODERATOR, Role.MODERATOR),
        (Role.MODERATOR, Role.ADMIN),
        (Role.ADMIN, Role.ADMIN),
        (Role.ADMIN, Role.OWNER),
        (Role.OWNER, Role.OWNER),
        (None, Role.OWNER),
    ],
)
async def test_ranks_are_respected(actor: Role | None, target: Role) -> None:
    async with testrig.services("sqlite") as rig:
        moderator = await people.join(rig.network, "an", actor) if actor else None
        person = await people.join(rig.network, "binh", target)
        with pytest.raises(Forbidden):
            await enforcements.enforce(
                rig.network,
                moderator,
                LIMIT,
                account_id=person.account_id,
                rule="luật",
                reason="vì sao",
            )
        assert await state_of(rig.network, person) == AccountState.ACTIVE


async def test_state_is_what_remains_in_force(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")

    async def act(action: EnforcementAction) -> int:
        done = await enforcements.enforce(
            network, moderator, action, account_id=person.account_id, rule="luật", reason="vì"
        )
        return done.id

    limit, disable = await act(LIMIT), await act(DISABLE)
    with pytest.raises(Conflict):
        await act(LIMIT)
    await enforcements.reverse(network, moderator, disable, "Nhầm người")
    assert await state_of(network, person) == AccountState.LIMITED
    with pytest.raises(Conflict):
        await enforcements.reverse(network, moderator, disable, "Nhầm người")
    await enforcements.reverse(network, moderator, limit, "Nhầm người")
    assert await state_of(network, person) == AccountState.ACTIVE


async def test_moderators_at_the_same_time_act_once(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    answers = await asyncio.gather(
        *(
            enforcements.enforce(
                network, moderator, LIMIT, account_id=person.account_id, rule="luật", reason="vì"
            )
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 4 + ["Enforcement"]


async def test_hidden_status_is_for_its_author_alone(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    status_id = await people.write(network, person)
    before = await statuses.get(network.db, status_id)
    done = await enforcements.enforce(
        network,
        moderator,
        HIDE,
        account_id=person.account_id,
        status_id=status_id,
        rule="luật",
        reason="vì",
    )
    hidden = await statuses.get(network.db, status_id)
    assert before is not None and hidden is not None
    assert hidden.hidden_at is not None and hidden.revision > before.revision
    assert await statuses.get_visible(network.db, status_id, 0) is None
    assert await statuses.get_visible(network.db, status_id, person.account_id) is not None
    await enforcements.reverse(network, moderator, done.id, "Xem lại")
    assert await statuses.get_visible(network.db, status_id, 0) is not None


async def test_deleted_status_leaves_counts_and_queues_cleaning(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    status_id = await people.write(network, person)
    await enforcements.enforce(
        network,
        moderator,
        DELETE,
        account_id=person.account_id,
        status_id=status_id,
        rule="luật",
        reason="vì",
    )
    account = await accounts.get(network.db, person.account_id)
    assert account is not None and account.statuses_count == 0
    assert await statuses.get_visible(network.db, status_id, person.account_id) is None
    assert await people.jobs_named(network, "CleanDeletedStatus") == [{"status_id": status_id}]


@one_engine
async def test_status_must_be_of_the_account(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person, other = await people.join(network, "lan"), await people.join(network, "binh")
    status_id = await people.write(network, other)
    with pytest.raises(NotFound):
        await enforcements.enforce(
            network,
            moderator,
            HIDE,
            account_id=person.account_id,
            status_id=status_id,
            rule="luật",
            reason="vì",
        )


async def test_appeal_is_made_once_and_accepted(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    admin = await people.join(network, "an", Role.ADMIN)
    person, other = await people.join(network, "lan"), await people.join(network, "binh")
    done = await enforcements.enforce(
        network, moderator, DISABLE, account_id=person.account_id, rule="luật", reason="vì"
    )
    with pytest.raises(NotFound):
        await appeals.appeal(network, other.account_id, done.id, "Tôi cũng vậy")
    asked = await appeals.appeal(network, person.account_id, done.id, "Không phải tôi")
    with pytest.raises(Conflict):
        await appeals.appeal(network, person.account_id, done.id, "Lần nữa")
    (waiting,) = await appeals.fetch_open(network, admin)
    assert waiting.appeal is not None and waiting.appeal.id == asked.id
    with pytest.raises(Invalid):
        await appeals.decide(network, admin, asked.id, accepted=True, answer="")
    decided = await appeals.decide(network, admin, asked.id, accepted=True, answer="Bạn đúng")
    assert (decided.accepted, decided.answer) == (True, "Bạn đúng")
    assert await state_of(network, person) == AccountState.ACTIVE
    assert await appeals.fetch_open(network, admin) == []
    with pytest.raises(Conflict):
        await appeals.decide(network, admin, asked.id, accepted=False, answer="Khác")


@one_engine
async def test_someone_else_answers_where_there_is_someone(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    other = await people.join(network, "binh", Role.MODERATOR)
    person = await people.join(network, "lan")
    done = await enforcements.enforce(
        network, moderator, LIMIT, account_id=person.account_id, rule="luật", reason="vì"
    )
    asked = await appeals.appeal(network, person.account_id, done.id, "Xin xem lại")
    with pytest.raises(Forbidden):
        await appeals.decide(network, moderator, asked.id, accepted=False, answer="Đã rõ")
    await appeals.decide(network, other, asked.id, accepted=False, answer="Đã rõ")


async def test_notices_go_by_mail_where_there_is_an_address() -> None:
    async with testrig.services("sqlite", smtp="smtp://127.0.0.1:1", mail_from="a@b.c") as rig:
        network = rig.network
        moderator = await people.join(network, "mod", Role.MODERATOR)
        person = await people.join(network, "lan", email="lan@example.com")
        done = await enforcements.enforce(
            network, moderator, LIMIT, account_id=person.account_id, rule="Luật 1", reason="Vì sao"
        )
        asked = await appeals.appeal(network, person.account_id, done.id, "Xin xem lại")
        await appeals.decide(network, moderator, asked.id, accepted=True, answer="Bạn đúng")
        again = await enforcements.enforce(
            network, moderator, LIMIT, account_id=person.account_id, rule="Luật 1", reason="Vì sao"
        )
        await enforcements.reverse(network, moderator, again.id, "Nhầm người")
        notice, answer, _, reversal = await people.jobs_named(network, "SendMail")
        assert {mail["to"] for mail in (notice, answer, reversal)} == {"lan@example.com"}
        body = str(notice["body"])
        assert "Luật 1" in body and "Vì sao" in body and f"/decisions/{done.id}" in body
        assert "Bạn đúng" in str(answer["body"])
        assert "Nhầm người" in str(reversal["body"])


@one_engine
async def test_refused_appeal_leaves_everything(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    done = await enforcements.enforce(
        network, moderator, LIMIT, account_id=person.account_id, rule="luật", reason="vì"
    )
    asked = await appeals.appeal(network, person.account_id, done.id, "Xin xem lại")
    await appeals.decide(network, moderator, asked.id, accepted=False, answer="Đã rõ")
    assert await state_of(network, person) == AccountState.LIMITED


@one_engine
async def test_superiors_decisions_stand(rig: testrig.Rig) -> None:
    network = rig.network
    admin = await people.join(network, "an", Role.ADMIN)
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person = await people.join(network, "lan")
    done = await enforcements.enforce(
        network, admin, LIMIT, account_id=person.account_id, rule="luật", reason="vì"
    )
    with pytest.raises(Forbidden):
        await enforcements.reverse(network, moderator, done.id, "Tôi nghĩ khác")
    with pytest.raises(Forbidden):
        await enforcements.reverse(network, person, done.id, "Tôi nghĩ khác")


@one_engine
async def test_only_the_person_and_moderators_read_it(rig: testrig.Rig) -> None:
    network = rig.network
    moderator = await people.join(network, "mod", Role.MODERATOR)
    person, other = await people.join(network, "lan"), await people.join(network, "binh")
    done = await enforcements.enforce(
        network, moderator, LIMIT, account_id=person.account_id, rule="luật", reason="vì"
    )
    for reader in (moderator, person):
        assert (await enforcements.get(network, reader, done.id)).enforcement.reason == "vì"
    with pytest.raises(NotFound):
        await enforcements.get(network, other, done.id)
    with pytest.raises(Forbidden):
        await enforcements.fetch_page(network, other, Page())
    assert len(await enforcements.fetch_page(network, moderator, Page())) == 1


@pytest.mark.parametrize("way", _WAYS)
def test_there_is_no_other_way(way: str) -> None:
    found = {
        path.relative_to(_SOURCES).as_posix()
        for path in _SOURCES.rglob("*.py")
        if re.search(way, path.read_text("utf-8"))
    }
    assert found == _WAYS[way]
