from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.moderation import EnforcementAction, ReportCategory
from noi.models.paging import Page
from noi.services import enforcements, reports, rules

one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def test_staff_is_told_and_answers(rig: testrig.Rig) -> None:
    network = rig.network
    owner = await people.join(network, "owner", Role.OWNER)
    moderator = await people.join(network, "mod", Role.MODERATOR)
    lan, binh = await people.join(network, "lan"), await people.join(network, "binh")
    rule = await rules.create(network, owner, "Không quảng cáo")
    status_id = await people.write(network, binh)
    report = await reports.create(
        network, lan, binh.account_id, status_ids=[status_id], rule_ids=[rule.id], comment=" Rác "
    )
    assert (report.category, report.comment) == (ReportCategory.VIOLATION, "Rác")
    told = {job["account_id"] for job in await people.jobs_named(network, "Notify")}
    assert told == {owner.account_id, moderator.account_id}
    (view,) = await reports.fetch_page(network, moderator, Page())
    assert (view.reporter.username, view.target.username) == ("lan", "binh")
    assert (view.status_ids, [rule.text for rule in view.rules]) == (
        [status_id],
        ["Không quảng cáo"],
    )
    await enforcements.enforce(
        network,
        moderator,
        EnforcementAction.HIDE_STATUS,
        account_id=binh.account_id,
        status_id=status_id,
        rule=rule.id,
        reason="Quảng cáo",
        report_id=report.id,
    )
    await reports.resolve(network, moderator, report.id, "Đã ẩn")
    with pytest.raises(Conflict):
        await reports.resolve(network, moderator, report.id, "Đã ẩn")
    assert await reports.count_open(network) == 0
    assert await reports.fetch_page(network, moderator, Page()) == []
    (closed,) = await reports.fetch_page(network, moderator, Page(), only_open=False)
    assert closed.report.resolution == "Đã ẩn"
    await reports.reopen(network, moderator, report.id)
    assert await reports.count_open(network) == 1


@one_engine
async def test_what_cannot_be_reported(rig: testrig.Rig) -> None:
    network = rig.network
    lan, binh = await people.join(network, "lan"), await people.join(network, "binh")
    own = await people.write(network, lan)
    with pytest.raises(Invalid):
        await reports.create(network, lan, lan.account_id)
    with pytest.raises(NotFound):
        await reports.create(network, lan, 12345)
    with pytest.raises(NotFound):
        await reports.create(network, lan, binh.account_id, status_ids=[own])
    with pytest.raises(Invalid):
        await reports.create(network, lan, binh.account_id, rule_ids=[1])
    with pytest.raises(Invalid):
        await reports.create(network, lan, binh.account_id, comment="x" * 1001)
    with pytest.raises(Invalid):
        await reports.create(network, lan, binh.account_id, category="bad")


@one_engine
async def test_members_read_no_reports(rig: testrig.Rig) -> None:
    network = rig.network
    lan, binh = await people.join(network, "lan"), await people.join(network, "binh")
    report = await reports.create(network, lan, binh.account_id)
    assert report.category == ReportCategory.OTHER
    for attempt in (
        reports.fetch_page(network, lan, Page()),
        reports.get(network, lan, report.id),
        reports.resolve(network, lan, report.id, "x"),
        reports.reopen(network, lan, report.id),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_rules_are_kept_in_order(rig: testrig.Rig) -> None:
    network = rig.network
    owner = await people.join(network, "owner", Role.OWNER)
    moderator = await people.join(network, "mod", Role.MODERATOR)
    one = await rules.create(network, owner, "Một")
    two = await rules.create(network, owner, "Hai", " Thêm ")
    assert two.hint == "Thêm"
    assert [rule.text for rule in await rules.reorder(network, owner, [two.id, one.id])] == [
        "Hai",
        "Một",
    ]
    changed = await rules.update(network, owner, one.id, "Một nữa")
    assert msgspec.structs.replace(one, text="Một nữa", position=2) == changed
    await rules.delete(network, owner, two.id)
    await rules.delete(network, owner, two.id)
    assert [rule.id for rule in await rules.fetch_all(network)] == [one.id]
    with pytest.raises(NotFound):
        await rules.update(network, owner, two.id, "Hai")
    with pytest.raises(Invalid):
        await rules.create(network, owner, " ")
    with pytest.raises(Forbidden):
        await rules.create(network, moderator, "Ba")
