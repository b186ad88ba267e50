import asyncio
import re
from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from noi.db import accounts, users
from noi.models.accounts import Account, Role
from noi.models.errors import Forbidden, Invalid, InvalidFields, NotFound
from noi.models.jobs import SendMail
from noi.services import accounts as account_verbs
from noi.services import approvals, confirmations, invitations, mail, settings, sign_up

SMTP = "smtp://127.0.0.1:1"


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    settings.forget()


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        await rig.set_up()
        yield rig


@pytest.fixture
async def mailing(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine, smtp=SMTP) as rig:
        await rig.set_up()
        yield rig


def form(**changes: object) -> sign_up.SignUp:
    given = sign_up.SignUp(
        username="Lan_01",
        email="Lan@Example.org",
        password="một hai ba bốn",
        agreement=True,
        display_name="Nguyễn Thị Lan",
        locale="vi",
        time_zone="Asia/Vientiane",
    )
    return msgspec.structs.replace(given, **changes)


async def joined(rig: testrig.Rig, **changes: object) -> sign_up.Joined:
    return await sign_up.sign_up(rig.network, form(**changes), address="192.0.2.1")


async def letters(rig: testrig.Rig) -> list[dict[str, str]]:
    """The e-mails that wait, as they would go out now."""
    sql = "SELECT payload FROM jobs WHERE name = 'SendMail' ORDER BY id"
    rows = await rig.network.db.fetch_all(sql)
    jobs = [msgspec.json.decode(row[0], type=SendMail) for row in rows]
    return [{"to": job.to, "body": await mail.written(rig.network, job)} for job in jobs]


def code_in(letter: dict[str, str]) -> str:
    found = re.search(r"code=(\S+)", letter["body"])
    assert found, letter
    return found[1]


async def errors_of(rig: testrig.Rig, **changes: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refused:
        await joined(rig, **changes)
    return {(error.field, error.code) for error in refused.value.errors}


async def choose(rig: testrig.Rig, **changes: object) -> None:
    await settings.update(rig.network, None, changes)


async def test_open_network_takes_anyone(rig: testrig.Rig) -> None:
    result = await joined(rig)
    assert (result.needs_confirmation, result.needs_approval) == (False, False)
    account = await account_verbs.get_by_handle(rig.network, "@LAN_01")
    user = await users.get(rig.network.db, account.id)
    assert user is not None
    assert (account.username, account.display_name) == ("lan_01", "Nguyễn Thị Lan")
    assert account.uri == "http://localhost:8000/users/lan_01"
    assert (user.email, user.time_zone, user.role) == (
        "lan@example.org",
        "Asia/Vientiane",
        Role.MEMBER,
    )


async def test_every_field_at_fault_is_named(rig: testrig.Rig) -> None:
    assert await errors_of(
        rig, username="", email="x", password="short", agreement=False, reason="a" * 2001
    ) == {
        ("username", "ERR_BLANK"),
        ("email", "ERR_INVALID"),
        ("password", "ERR_TOO_SHORT"),
        ("agreement", "ERR_ACCEPTED"),
        ("reason", "ERR_TOO_LONG"),
    }
    assert await errors_of(rig, username="Ánh") == {("username", "ERR_INVALID")}
    assert await errors_of(rig, username="a" * 31) == {("username", "ERR_TOO_LONG")}
    assert await errors_of(rig, username="Admin") == {("username", "ERR_RESERVED")}


async def test_names_and_addresses_are_taken_once(rig: testrig.Rig) -> None:
    await joined(rig)
    assert await errors_of(rig, username="LAN_01", email="LAN@example.ORG") == {
        ("username", "ERR_TAKEN"),
        ("email", "ERR_TAKEN"),
    }


async def test_of_two_at_once_one_gets_the_name(rig: testrig.Rig) -> None:
    tries = [joined(rig, email=f"{n}@example.org") for n in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, sign_up.Joined) for result in results) == 1
    assert all(isinstance(result, sign_up.Joined | Invalid) for result in results)


async def test_closed_network_takes_nobody(rig: testrig.Rig) -> None:
    await choose(rig, registrations="closed")
    with pytest.raises(Forbidden):
        await joined(rig)


async def test_age_is_checked_and_not_kept(rig: testrig.Rig) -> None:
    await choose(rig, min_age=16)
    assert await errors_of(rig) == {("date_of_birth", "ERR_BLANK")}
    assert await errors_of(rig, date_of_birth="2020-01-01") == {
        ("date_of_birth", "ERR_BELOW_LIMIT")
    }
    assert await errors_of(rig, date_of_birth="gestern") == {("date_of_birth", "ERR_INVALID")}
    await joined(rig, date_of_birth="1990-02-28")


async def test_approval_hides_people_until_a_moderator_welcomes_them(rig: testrig.Rig) -> None:
    moderator = await people.join(rig.network, "mai", Role.MODERATOR)
    await choose(rig, registrations="approval")
    assert await errors_of(rig) == {("reason", "ERR_BLANK")}
    result = await joined(rig, reason="Tôi ở làng bên")
    assert result.needs_approval
    with pytest.raises(NotFound):
        await account_verbs.get(rig.network, result.account_id)
    assert await account_verbs.only_visible(rig.network, [result.account_id]) == []
    waiting = await approvals.waiting(rig.network, moderator)
    assert [(item.account.username, item.reason) for item in waiting] == [
        ("lan_01", "Tôi ở làng bên")
    ]
    await approvals.approve(rig.network, moderator, result.account_id)
    assert await account_verbs.get(rig.network, result.account_id)
    assert await approvals.waiting(rig.network, moderator) == []
    with pytest.raises(NotFound):
        await approvals.reject(rig.network, moderator, result.account_id, "too late")


async def test_turned_down_with_a_reason_and_forgotten(mailing: testrig.Rig) -> None:
    moderator = await people.join(mailing.network, "mai", Role.MODERATOR)
    member = await people.join(mailing.network, "nam")
    await choose(mailing, registrations="approval")
    result = await joined(mailing, reason="x")
    with pytest.raises(Forbidden):
        await approvals.reject(mailing.network, member, result.account_id, "no")
    with pytest.raises(Invalid):
        await approvals.reject(mailing.network, moderator, result.account_id, "  ")
    await approvals.reject(mailing.network, moderator, result.account_id, "Không ở trong làng")
    assert "Không ở trong làng" in (await letters(mailing))[-1]["body"]
    await joined(mailing, reason="once more")  # the name is free again


async def test_invitation_is_needed_and_counted(rig: testrig.Rig) -> None:
    member = await people.join(rig.network, "nam")
    await choose(rig, registrations="invitation")
    assert await errors_of(rig) == {("invitation", "ERR_BLANK")}
    new = await invitations.create(rig.network, member, max_uses=1, days=7)
    await joined(rig, invitation=f" {new.code} ")
    assert await errors_of(rig, username="b", email="b@b.b", invitation=new.code) == {
        ("invitation", "ERR_INVALID")
    }
    listed = await invitations.by_account(rig.network, member.account_id)
    assert [(item.uses, item.max_uses) for item in listed] == [(1, 1)]


async def test_invitation_for_one_lets_in_one_of_two(rig: testrig.Rig) -> None:
    member = await people.join(rig.network, "nam")
    await choose(rig, registrations="invitation")
    new = await invitations.create(rig.network, member, max_uses=1, days=None)
    tries = [
        joined(rig, username=f"p{n}", email=f"p{n}@b.b", invitation=new.code) for n in range(3)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, sign_up.Joined) for result in results) == 1


async def test_withdrawn_invitation_opens_nothing(rig: testrig.Rig) -> None:
    member = await people.join(rig.network, "nam")
    other = await people.join(rig.network, "hoa")
    new = await invitations.create(rig.network, member, max_uses=None, days=None)
    with pytest.raises(NotFound):
        await invitations.revoke(rig.network, other.account_id, new.invitation.id)
    assert await invitations.check(rig.network, new.code)
    await invitations.revoke(rig.network, member.account_id, new.invitation.id)
    assert await invitations.check(rig.network, new.code) is None


async def test_only_staff_vouches_for_whom_they_invite(rig: testrig.Rig) -> None:
    await choose(rig, registrations="approval")
    member = await people.join(rig.network, "nam")
    moderator = await people.join(rig.network, "mai", Role.MODERATOR)
    by_member = await invitations.create(rig.network, member, max_uses=5, days=7)
    by_staff = await invitations.create(rig.network, moderator, max_uses=5, days=7)
    first = await joined(rig, invitation=by_member.code, reason="x")
    second = await joined(rig, username="b", email="b@b.b", invitation=by_staff.code)
    assert (first.needs_approval, second.needs_approval) == (True, False)


async def test_address_is_confirmed_by_a_link(mailing: testrig.Rig) -> None:
    result = await joined(mailing)
    assert result.needs_confirmation
    with pytest.raises(NotFound):
        await account_verbs.get(mailing.network, result.account_id)
    (letter,) = await letters(mailing)
    assert letter["to"] == "lan@example.org"
    assert "http://localhost:8000/confirm?code=" in letter["body"]
    assert await confirmations.confirm(mailing.network, code_in(letter)) == result.account_id
    assert await account_verbs.get(mailing.network, result.account_id)
    with pytest.raises(Forbidden):
        await confirmations.confirm(mailing.network, code_in(letter))


async def test_link_is_sent_again_to_a_corrected_address(mailing: testrig.Rig) -> None:
    result = await joined(mailing)
    await confirmations.resend(mailing.network, result.account_id, "Lan@Right.org")
    first, second = await letters(mailing)
    assert second["to"] == "lan@right.org"
    with pytest.raises(Forbidden):
        await confirmations.confirm(mailing.network, code_in(first))
    await confirmations.confirm(mailing.network, code_in(second))
    user = await users.get(mailing.network.db, result.account_id)
    assert user is not None
    assert user.email == "lan@right.org"
    with pytest.raises(Forbidden):
        await confirmations.resend(mailing.network, result.account_id)


async def test_nobody_keeps_a_name_by_never_confirming(
    mailing: testrig.Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(mailing)
    assert ("email", "ERR_TAKEN") in await errors_of(mailing)
    await mailing.network.db.execute("UPDATE users SET created_at = created_at - 200000000")
    await joined(mailing, email="lan@example.org")
    assert await users.count(mailing.network.db) == 1


async def test_operator_makes_accounts_without_rules(rig: testrig.Rig) -> None:
    await choose(rig, registrations="closed")
    account = await sign_up.create_account(
        rig.network, username="Admin", email="", password="một hai ba bốn", role=Role.OWNER
    )
    assert isinstance(account, Account)
    assert await users.roles(rig.network.db, [account.id]) == {account.id: Role.OWNER}
    with pytest.raises(Invalid):
        await sign_up.create_account(
            rig.network, username="admin", email="", password="một hai ba bốn"
        )


async def test_deleted_names_are_never_given_again(rig: testrig.Rig) -> None:
    result = await joined(rig)
    await rig.network.db.transaction(lambda tx: accounts.bury(tx, result.account_id))
    await rig.network.db.execute("DELETE FROM users")
    assert await errors_of(rig) == {("username", "ERR_TAKEN")}


@pytest.mark.parametrize(
    "text",
    ["a", "@b.c", "a@", "a b@c.d", "a@b..c", "a@.b", "a@b,c@d", "<a@b.c>", "a@b.c\n", "a@-b.c"],
)
def test_what_is_no_address(text: str) -> None:
    if text == "a@b.c\n":
        assert confirmations.checked_email(text) == "a@b.c"
        return
    with pytest.raises(Invalid):
        confirmations.checked_email(text)
