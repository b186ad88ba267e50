"""Signing in with a name or an e-mail address and a password."""

from enum import StrEnum

import msgspec

from noi.auth import limits, passwords
from noi.db import accounts, locks, users
from noi.db.database import Transaction
from noi.models.accounts import AccountState, User
from noi.models.errors import Unauthorized
from noi.services import sessions
from noi.services.network import Network


class Standing(StrEnum):
    """How far someone with the right password may go."""

    ACTIVE = "active"
    DISABLED = "disabled"
    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"


class SignIn(msgspec.Struct, frozen=True):
    """Who signed in; there is no session while the sign-up is unconfirmed or pending."""

    account_id: int
    standing: Standing
    session: sessions.NewSession | None


async def sign_in(
    network: Network, login: str, password: str, *, address: str, user_agent: str = ""
) -> SignIn:
    """Check a password and start a session. `login` is a username or an e-mail address.

    Unknown logins take as long as wrong passwords and are answered alike. Raises Unauthorized,
    RateLimited, models.errors.Unavailable.
    """
    login = login.strip().removeprefix("@").lower()
    settings = network.settings
    limits.check(settings, limits.SIGN_INS_BY_ADDRESS, limits.address_subject(address))
    limits.check(settings, limits.SIGN_INS_BY_NAME, login)
    user = await _find(network, login)
    password = password[: passwords.MAX_LENGTH]
    right = await passwords.verify_password(user.password_hash if user else "", password)
    account = await accounts.get(network.db, user.account_id) if user and right else None
    if user is None or account is None or account.state >= AccountState.DELETED:
        raise Unauthorized("The name or the password is wrong")
    standing = _standing(user, account.state)
    if standing in (Standing.UNCONFIRMED, Standing.PENDING):
        return SignIn(user.account_id, standing, None)
    stronger = ""
    if passwords.needs_rehash(user.password_hash):
        stronger = await passwords.hash_password(password)

    async def work(tx: Transaction) -> sessions.NewSession:
        await locks.owner(tx, user.account_id)
        now = await users.get(tx, user.account_id)
        if now is None or now.password_hash != user.password_hash:
            raise Unauthorized("The name or the password is wrong")
        if stronger:
            await users.set_password(tx, user.account_id, stronger)
        return await sessions.create(tx, user.account_id, user_agent)

    return SignIn(user.account_id, standing, await network.db.transaction(work))


def _standing(user: User, state: AccountState) -> Standing:
    if user.confirmed_at is None:
        return Standing.UNCONFIRMED
    if user.approved_at is None:
        return Standing.PENDING
    return Standing.DISABLED if state >= AccountState.DISABLED else Standing.ACTIVE


async def _find(network: Network, login: str) -> User | None:
    if "@" in login:
        return await users.get_by_email(network.db, login)
    account = await accounts.get_holder(network.db, login)
    return await users.get(network.db, account.id) if account else None
