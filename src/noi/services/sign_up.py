"""Joining: open, with a moderator's approval, by invitation, or not at all."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from noi.auth import limits, passwords
from noi.db import accounts, codes, jobs, tokens, users
from noi.db.database import Duplicate, Transaction
from noi.models.accounts import Account, Role, User
from noi.models.errors import Forbidden, Invalid, InvalidFields, NotFound, too_long
from noi.models.ids import now_ms
from noi.models.jobs import SuggestPeople
from noi.services import confirmations, invitations, settings, welcomes
from noi.services import passwords as password_rules
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.text.handles import MAX_LENGTH, reserved_handle, valid_handle
from noi.text.sorting import sort_key
from noi.ui.translation import LOCALES

T = TypeVar("T")

MAX_DISPLAY_NAME = 100
DEFAULT_TIME_ZONE = "Asia/Ho_Chi_Minh"
MAX_REASON = 2000
UNCONFIRMED_LIFE_MS = 2 * 86_400_000


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What someone who wants to join fills in. `date_of_birth` is checked and never stored."""

    username: str
    email: str
    password: str
    agreement: bool
    display_name: str = ""
    reason: str = ""
    invitation: str = ""
    locale: str = ""
    time_zone: str = DEFAULT_TIME_ZONE
    date_of_birth: str = ""


class Joined(msgspec.Struct, frozen=True):
    """A new account, and what it still waits for."""

    account_id: int
    needs_confirmation: bool
    needs_approval: bool


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Checked facts of a new local account. Times are None where a step is still to come."""

    username: str
    email: str
    password_hash: str
    display_name: str = ""
    role: Role = Role.MEMBER
    locale: str = ""
    time_zone: str = DEFAULT_TIME_ZONE
    confirmed_at: int | None
    approved_at: int | None
    reason: str = ""
    invitation_id: int | None = None


async def sign_up(network: Network, form: SignUp, *, address: str) -> Joined:
    """Make an account by the network's rules for joining.

    Raises Forbidden when it is closed, InvalidFields with every field at fault, RateLimited.
    """
    rules = await settings.get(network)
    if rules.registrations is settings.Registrations.CLOSED or not rules.setup_done:
        raise Forbidden("This network is not taking new members at the moment.")
    limits.check(network.settings, limits.SIGN_UPS, limits.address_subject(address))
    welcome = await invitations.check(network, form.invitation) if form.invitation else None
    await _check(network, form, rules, welcome)
    waits = rules.registrations is settings.Registrations.APPROVAL and not (
        welcome and welcome.by_staff
    )
    now = now_ms()
    person = NewPerson(
        username=form.username.strip().lower(),
        email=confirmations.checked_email(form.email),
        password_hash=await passwords.hash_password(form.password),
        display_name=clean_name(form.display_name),
        locale=form.locale if form.locale in LOCALES else "",
        time_zone=_known_zone(form.time_zone),
        confirmed_at=None if network.mailer.configured else now,
        approved_at=None if waits else now,
        reason=clean_text(form.reason).strip(),
        invitation_id=welcome.id if welcome else None,
    )

    async def work(tx: Transaction) -> int:
        if welcome is not None:
            await invitations.use(tx, welcome)
        await _forget_unconfirmed(tx, person)
        account_id = await insert_person(tx, network, person)
        if person.confirmed_at is None:
            await confirmations.send(tx, network, account_id, person.email, person.locale)
        await welcomes.finish_step(tx, account_id)
        # So that there is somebody to choose from on the first day.
        await jobs.enqueue(tx, SuggestPeople(account_id), unique=True)
        return account_id

    account_id = await _unless_taken(network, work)
    return Joined(account_id, person.confirmed_at is None, waits)


async def create_account(
    network: Network,
    *,
    username: str,
    email: str,
    password: str,
    role: Role = Role.MEMBER,
    display_name: str = "",
    locale: str = "",
    invitation: invitations.Welcome | None = None,
) -> Account:
    """Make an account that may be used at once: the operator's way, without rules for joining, and
    that of who is invited to look after the network.

    Reserved usernames and an empty e-mail address are allowed. Raises Invalid, also where the
    `invitation` was taken meanwhile.
    """
    _check_handle(username, reserved=False)
    password_rules.check_new(password)
    now = now_ms()
    person = NewPerson(
        username=username.strip().lower(),
        email=confirmations.checked_email(email) if email.strip() else "",
        password_hash=await passwords.hash_password(password),
        display_name=clean_name(display_name)[:MAX_DISPLAY_NAME],
        role=role,
        locale=locale,
        confirmed_at=now,
        approved_at=now,
        invitation_id=invitation.id if invitation else None,
    )

    async def work(tx: Transaction) -> Account:
        if invitation is not None:
            await invitations.use(tx, invitation)
        account_id = await insert_person(tx, network, person)
        await welcomes.index(tx, account_id)
        account = await accounts.get(tx, account_id)
        if account is None:
            raise NotFound
        return account

    return await _unless_taken(network, work)


async def insert_person(tx: Transaction, network: Network, person: NewPerson) -> int:
    """Insert account and user within a transaction; answers the id.

    Raises Invalid (ERR_TAKEN) for a handle or an address in use, Duplicate where another
    transaction was faster.
    """
    # The network's own actor is named like its host.
    named_like_host = person.username == network.settings.host
    if named_like_host or await accounts.get_holder(tx, person.username) is not None:
        raise _name_taken()
    if person.email and await users.get_by_email(tx, person.email) is not None:
        raise _address_taken()
    account_id = network.ids.next()
    origin = network.settings.origin
    account = accounts.NewAccount(
        id=account_id,
        username=person.username,
        uri=f"{origin}/users/{person.username}",
        url=f"{origin}/@{person.username}",
        display_name=person.display_name,
        sort_key=sort_key(person.display_name or person.username, given_name_first=True),
    )
    await accounts.insert_local(tx, account)
    user = users.NewUser(
        account_id=account_id,
        email=person.email,
        password_hash=person.password_hash,
        role=person.role,
        locale=person.locale,
        time_zone=person.time_zone,
        confirmed_at=person.confirmed_at,
        approved_at=person.approved_at,
        signup_reason=person.reason,
        invitation_id=person.invitation_id,
    )
    await users.insert(tx, user)
    return account_id


async def _check(
    network: Network,
    form: SignUp,
    rules: settings.NetworkSettings,
    welcome: invitations.Welcome | None,
) -> None:
    errors: list[Invalid] = []
    checks = (
        lambda: _check_handle(form.username, reserved=True),
        lambda: _check_display_name(form.display_name),
        lambda: confirmations.checked_email(form.email),
        lambda: password_rules.check_new(form.password),
        lambda: _check_agreement(form.agreement),
        lambda: _check_reason(form.reason, rules, welcome),
        lambda: _check_invitation(form.invitation, rules, welcome),
        lambda: _check_age(form.date_of_birth, rules.min_age),
    )
    for check in checks:
        try:
            check()
        except Invalid as error:
            errors.append(error)
    at_fault = {error.field for error in errors}
    if "username" not in at_fault and await _holds(network, await _by_handle(network, form)):
        errors.append(_name_taken())
    if "email" not in at_fault:
        email = confirmations.checked_email(form.email)
        if await _holds(network, await users.get_by_email(network.db, email)):
            errors.append(_address_taken())
    if errors:
        raise InvalidFields(errors)


async def _by_handle(network: Network, form: SignUp) -> Account | None:
    return await accounts.get_holder(network.db, form.username.strip())


async def _holds(network: Network, holder: Account | User | None) -> bool:
    """Whether a username or address is in use; old sign-ups never confirmed hold nothing."""
    if isinstance(holder, Account):
        user = await users.get(network.db, holder.id)
        return user is None or not _stale(user)
    return holder is not None and not _stale(holder)


def _stale(user: User) -> bool:
    return user.confirmed_at is None and user.created_at < now_ms() - UNCONFIRMED_LIFE_MS


async def _forget_unconfirmed(tx: Transaction, person: NewPerson) -> None:
    """Make room where someone once typed this name or address, and never confirmed."""
    account = await accounts.get_holder(tx, person.username)
    holders = (
        await users.get(tx, account.id) if account else None,
        await users.get_by_email(tx, person.email),
    )
    for account_id in {user.account_id for user in holders if user and _stale(user)}:
        await forget_unseen(tx, account_id)


async def forget_unseen(tx: Transaction, account_id: int) -> bool:
    """Remove a sign-up that nobody else ever saw, so that the name is free again.

    False where it was finished, or removed, in the same moment.
    """
    if not await users.delete_unfinished(tx, account_id):
        return False
    await tokens.delete_of_account(tx, account_id)
    await codes.delete_of_account(tx, account_id)
    await accounts.delete_unseen(tx, account_id)
    return True


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return DEFAULT_TIME_ZONE


def _check_handle(username: str, *, reserved: bool) -> None:
    username = username.strip()
    if not username:
        raise Invalid("Choose a username", field="username", code="ERR_BLANK")
    if len(username) > MAX_LENGTH:
        raise too_long("username", MAX_LENGTH)
    if not valid_handle(username):
        raise Invalid("Use letters without marks, digits and _ only", field="username")
    if reserved and reserved_handle(username):
        raise Invalid("This username is reserved", field="username", code="ERR_RESERVED")


def _check_display_name(name: str) -> None:
    if len(clean_name(name)) > MAX_DISPLAY_NAME:
        raise too_long("display_name", MAX_DISPLAY_NAME)


def _check_agreement(agreement: bool) -> None:
    if not agreement:
        raise Invalid("Please agree to the rules", field="agreement", code="ERR_ACCEPTED")


def _check_reason(
    reason: str, rules: settings.NetworkSettings, welcome: invitations.Welcome | None
) -> None:
    needed = rules.registrations is settings.Registrations.APPROVAL
    if needed and not (welcome and welcome.by_staff) and not reason.strip():
        raise Invalid("Tell the moderators why you want to join", field="reason", code="ERR_BLANK")
    if len(reason) > MAX_REASON:
        raise too_long("reason", MAX_REASON)


def _check_invitation(
    code: str, rules: settings.NetworkSettings, welcome: invitations.Welcome | None
) -> None:
    if welcome is None and rules.registrations is settings.Registrations.INVITATION:
        if not code.strip():
            raise Invalid(
                "This network is joined by invitation.", field="invitation", code="ERR_BLANK"
            )
        raise Invalid("This invitation cannot be used any more", field="invitation")


def _check_age(date_of_birth: str, min_age: int) -> None:
    if not min_age:
        return
    if not date_of_birth.strip():
        raise Invalid("Enter your date of birth", field="date_of_birth", code="ERR_BLANK")
    try:
        born = date.fromisoformat(date_of_birth.strip())
    except ValueError:
        raise Invalid("This is not a date", field="date_of_birth") from None
    today = datetime.now(UTC).date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not min_age <= age < 150:
        raise Invalid(
            "Members are at least {limit} years old",
            field="date_of_birth",
            code="ERR_BELOW_LIMIT",
            limit=min_age,
        )


def _name_taken() -> Invalid:
    return Invalid("This username is taken", field="username", code="ERR_TAKEN")


def _address_taken() -> Invalid:
    return Invalid("This e-mail address is taken", field="email", code="ERR_TAKEN")


async def _unless_taken(network: Network, work: Callable[[Transaction], Awaitable[T]]) -> T:
    for _ in range(2):
        try:
            return await network.db.transaction(work)
        except Duplicate:
            # Someone else was faster; the second look says whether it is the name or the address.
            continue
    raise _name_taken()
