"""What decisions about servers do to accounts, follows, files and queued mail."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from tests.services.test_policy_decisions import block

import people
import testrig
from noi.db import accounts, deliveries, follows, hosts, remote_files
from noi.db.database import Transaction
from noi.db.follows import FollowTerms
from noi.media.storage import new_key
from noi.models.accounts import AccountState, Role
from noi.models.errors import NotFound
from noi.models.federation import RemoteKind, Severity
from noi.models.jobs import ApplyPolicies
from noi.models.moderation import EnforcementAction
from noi.models.notifications import NotificationKind
from noi.models.paging import Page
from noi.services import (
    delivery,
    enforcements,
    notifications,
    policy_decisions,
    policy_effects,
    severances,
)
from noi.services.courier import Courier
from noi.services.network import Network
from strangers import arrive, follow_back, inbox
from testrig import Rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def state_of(network: Network, account_id: int) -> AccountState:
    account = await accounts.get(network.db, account_id)
    assert account
    return account.state


async def test_a_block_parts_people_and_tells_them_why(rig: Rig) -> None:
    network = rig.network
    lan, mai = await people.join(network, "lan"), await people.join(network, "mai")
    a = await arrive(network, "a", "bad.example")
    b = await arrive(network, "b", "sub.bad.example")
    other = await arrive(network, "c", "good.example")
    await follow_back(network, a, lan.account_id)
    await follow_back(network, lan.account_id, a)
    await follow_back(network, lan.account_id, b)
    await follow_back(network, mai.account_id, other)

    async def ask(tx: Transaction) -> None:
        terms = FollowTerms()
        new_id = network.ids.next()
        await follows.insert(tx, "follow_requests", new_id, b, mai.account_id, terms)

    await network.db.transaction(ask)
    await policy_decisions.decide(network, None, block("bad.example"))
    await rig.work()

    assert await state_of(network, a) is AccountState.DISABLED
    assert await state_of(network, b) is AccountState.DISABLED
    assert await state_of(network, other) is AccountState.ACTIVE
    assert await network.db.fetch_value("SELECT count(*) FROM follows") == 1
    assert await network.db.fetch_value("SELECT count(*) FROM follow_requests") == 0

    (told,) = await notifications.page(network, lan.account_id, Page())
    assert told.kind is NotificationKind.SEVERED_RELATIONSHIPS
    assert not await notifications.page(network, mai.account_id, Page())
    severance = await severances.get(network, lan.account_id, told.subject_id or 0)
    assert (severance.followers, severance.following) == (1, 2)
    assert (severance.domain, severance.reason) == ("bad.example", "Thư rác hằng ngày")
    assert severance.rule_text == "Không gửi thư rác"
    assert await severances.page(network, lan.account_id, Page()) == [severance]
    with pytest.raises(NotFound):
        await severances.get(network, mai.account_id, severance.id)

    following = await severances.export(network, lan.account_id, severance.id, "following")
    assert following.decode().splitlines() == [
        "Account address,Show boosts,Notify on new posts,Languages",
        "a@bad.example,true,false,",
        "b@sub.bad.example,true,false,",
    ]
    followers = await severances.export(network, lan.account_id, severance.id, "followers")
    assert followers.decode() == "Account address\na@bad.example\n"


async def test_doing_it_again_changes_nothing(rig: Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    await follow_back(network, lan.account_id, await arrive(network, "a", "bad.example"))
    await policy_decisions.decide(network, None, block("bad.example"))
    await rig.work()
    await policy_effects.apply(network, ApplyPolicies(("bad.example",)))
    await rig.work()
    assert len(await notifications.page(network, lan.account_id, Page())) == 1
    assert await network.db.fetch_value("SELECT count(*) FROM severances") == 1


async def test_counts_follow(rig: Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    for number in range(70):
        await follow_back(
            network, await arrive(network, f"a{number}", "bad.example"), lan.account_id
        )
    await network.db.execute("UPDATE accounts SET followers_count = 70 WHERE domain = ''")
    await policy_decisions.decide(network, None, block("bad.example"))
    await rig.work()
    account = await accounts.get(network.db, lan.account_id)
    assert account and account.followers_count == 0
    (severance,) = await severances.page(network, lan.account_id, Page())
    first = await severances.lost(network, lan.account_id, severance.id, "followers")
    rest = await severances.lost(
        network, lan.account_id, severance.id, "followers", after=first[-1].other_id
    )
    assert len({one.other for one in first + rest}) == 70


async def test_states_are_what_all_decisions_add_up_to(rig: Rig) -> None:
    network = rig.network
    admin = await people.join(network, "lan", Role.ADMIN)
    a, b = await arrive(network, "a", "bad.example"), await arrive(network, "b", "bad.example")
    disabled = await enforcements.enforce(
        network, admin, EnforcementAction.DISABLE, account_id=b, rule="Luật", reason="Thư rác"
    )
    await policy_decisions.decide(network, admin, block("bad.example", severity=Severity.LIMIT))
    await rig.work()
    assert await state_of(network, a) is AccountState.LIMITED
    assert await state_of(network, b) is AccountState.DISABLED
    await enforcements.reverse(network, admin, disabled.id, "Nhầm")
    assert await state_of(network, b) is AccountState.LIMITED
    await policy_decisions.lift(network, admin, "bad.example", "Đã sửa mình")
    await rig.work()
    assert await state_of(network, a) is AccountState.ACTIVE
    assert await state_of(network, b) is AccountState.ACTIVE


async def test_lifting_leaves_what_a_wider_policy_says(rig: Rig) -> None:
    network = rig.network
    a = await arrive(network, "a", "kind.bad.example")
    await policy_decisions.decide(network, None, block("bad.example", severity=Severity.LIMIT))
    narrow = block("kind.bad.example", severity=Severity.NONE, reject_media=True)
    await policy_decisions.decide(network, None, narrow)
    await rig.work()
    assert await state_of(network, a) is AccountState.ACTIVE
    await policy_decisions.lift(network, None, "kind.bad.example", "Không cần nữa")
    await rig.work()
    assert await state_of(network, a) is AccountState.LIMITED


async def test_queued_mail_and_stored_files_go(rig: Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    a = await arrive(network, "a", "bad.example")
    good = await arrive(network, "b", "good.example")
    file = remote_files.NewFile("http://bad.example/a.png", "bad.example", RemoteKind.AVATAR)
    key = new_key("remote", ".png")
    await network.storage.put_bytes(b"picture", key)

    async def work(tx: Transaction) -> None:
        activity: dict[str, object] = {"id": "http://localhost:8000/users/lan#1", "type": "Note"}
        await delivery.send(tx, lan.account_id, activity, to=[a, good])
        await remote_files.put(tx, [file])

    await network.db.transaction(work)
    await remote_files.stored(network.db, file.key, file=key, small="", file_size=7)
    media = block("bad.example", severity=Severity.NONE, reject_media=True)
    await policy_decisions.decide(network, None, media)
    await policy_effects.apply(network, ApplyPolicies(("bad.example",)))
    assert not network.storage.exists(key)
    stored = await remote_files.get(network.db, file.key)
    assert stored and stored.state == "unfetched"
    counts = await deliveries.counts(network.db, ["bad.example", "good.example"])
    assert counts == {"bad.example": 1, "good.example": 1}
    await policy_decisions.decide(network, None, block("bad.example"))
    await policy_effects.apply(network, ApplyPolicies(("bad.example",)))
    counts = await deliveries.counts(network.db, ["bad.example", "good.example"])
    assert counts == {"bad.example": 0, "good.example": 1}
    assert await hosts.get(network.db, "bad.example")


async def test_attachments_stand_as_links(rig: Rig) -> None:
    db = rig.network.db
    a = await arrive(rig.network, "a", "bad.example")
    status = """INSERT INTO statuses
        (id, account_id, uri, url, visibility, conversation_id, local, created_at, revision)
        VALUES (7, :a, 'http://bad.example/7', '', 0, 7, 0, 0, 1)"""
    await db.execute(status, {"a": a})
    media = """INSERT INTO media_attachments
        (id, account_id, status_id, kind, state, file, preview, remote_url, created_at)
        VALUES (8, :a, 7, 'image', 'ready', 'remote/a', 'remote/b', 'http://bad.example/8', 0)"""
    await db.execute(media, {"a": a})
    quiet = block("bad.example", severity=Severity.NONE, reject_media=True)
    await policy_decisions.decide(rig.network, None, quiet)
    await rig.work()
    row = await db.fetch_one("SELECT kind, file, preview, remote_url FROM media_attachments")
    assert row == ("unknown", "", "", "http://bad.example/8")
    assert await db.fetch_value("SELECT revision FROM statuses") == 2


async def test_nothing_goes_to_networks_off_the_list_of_allowed_ones(engine: str) -> None:
    async with testrig.services(engine, federation_allow_list=True) as rig, inbox() as box:
        network = rig.network
        lan = await people.join(network, "lan")
        a = await arrive(network, "a", box.domain)
        activity: dict[str, object] = {"id": "http://localhost:8000/users/lan#1", "type": "Note"}
        await network.db.transaction(lambda tx: delivery.send(tx, lan.account_id, activity, to=[a]))
        assert await Courier(network, "test").send_due() == 0
        assert await network.db.fetch_value("SELECT count(*) FROM deliveries") == 0
        await policy_decisions.allow(network, None, box.domain)
        await network.db.transaction(lambda tx: delivery.send(tx, lan.account_id, activity, to=[a]))
        assert await Courier(network, "test").send_due() == 1
        assert box.kinds == ["Note"]


async def test_who_is_allowed_no_more_is_parted_from_as_by_a_block(engine: str) -> None:
    async with testrig.services(engine, federation_allow_list=True) as rig:
        network = rig.network
        lan = await people.join(network, "lan")
        for domain in ("ban.example", "khac.example"):
            await policy_decisions.allow(network, None, domain)
        a, b = await arrive(network, "a", "ban.example"), await arrive(network, "b", "khac.example")
        for other in (a, b):
            await follow_back(network, lan.account_id, other)
            await follow_back(network, other, lan.account_id)
        await policy_decisions.disallow(
            network, None, "ban.example", rule="Luật", reason="Không còn ai trông"
        )
        await rig.work()
        left = await network.db.fetch_all("SELECT account_id, target_id FROM follows ORDER BY id")
        assert {id_ for row in left for id_ in row} == {lan.account_id, b}
        (severance,) = await severances.page(network, lan.account_id, Page())
        assert (severance.domain, severance.reason) == ("ban.example", "Không còn ai trông")
        assert (severance.followers, severance.following) == (1, 1)
        (told,) = await notifications.page(network, lan.account_id, Page())
        assert told.kind is NotificationKind.SEVERED_RELATIONSHIPS


async def test_who_was_suspended_elsewhere_stays_so(rig: Rig) -> None:
    network = rig.network
    admin = await people.join(network, "lan", Role.ADMIN)
    a = await arrive(network, "a", "bad.example")
    await network.db.execute("UPDATE accounts SET suspended = 1, state = 2 WHERE id = :a", {"a": a})
    await policy_decisions.decide(network, admin, block("bad.example", severity=Severity.LIMIT))
    await rig.work()
    assert await state_of(network, a) is AccountState.DISABLED
    await policy_decisions.lift(network, admin, "bad.example", "Đã sửa mình")
    await rig.work()
    assert await state_of(network, a) is AccountState.DISABLED
    limited = await enforcements.enforce(
        network, admin, EnforcementAction.LIMIT, account_id=a, rule="Luật", reason="Thư rác"
    )
    await enforcements.reverse(network, admin, limited.id, "Nhầm")
    assert await state_of(network, a) is AccountState.DISABLED


async def test_other_processes_hear_of_decisions(engine: str) -> None:
    from noi.services import policies

    async with testrig.network(engine) as rig, testrig.another_process(rig) as other:
        assert not (await policies.of(other.network, "bad.example")).blocked
        await policy_decisions.decide(rig.network, None, block("bad.example"))
        async with asyncio.timeout(5):
            while not (await policies.of(other.network, "bad.example")).blocked:
                await asyncio.sleep(0.01)
