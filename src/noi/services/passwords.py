"""Changing a password, and setting a new one when the old is forgotten."""

from noi.auth import limits, passwords, secrets
from noi.db import codes, locks, sessions, users
from noi.db.database import Transaction
from noi.models.accounts import User
from noi.models.errors import Forbidden, Invalid, NotFound, too_long
from noi.models.ids import now_ms
from noi.models.jobs import MailedCode
from noi.services import letters, oauth
from noi.services.network import Network

RESET = "password-reset"
RESET_LIFE_MS = 2 * 3_600_000


def check_new(password: str, *, field: str = "password") -> None:
    """Raise Invalid for a password that is too short, too long or blank."""
    if len(password) < passwords.MIN_LENGTH or not password.strip():
        raise Invalid(
            "Use at least {limit} characters",
            field=field,
            code="ERR_TOO_SHORT",
            limit=passwords.MIN_LENGTH,
        )
    if len(password) > passwords.MAX_LENGTH:
        raise too_long(field, passwords.MAX_LENGTH)


async def require(network: Network, account_id: int, password: str) -> User:
    """Ask for the password before something grave; raises Forbidden, RateLimited, NotFound."""
    limits.check(network.settings, limits.PASSWORD_CHECKS, account_id)
    user = await users.get(network.db, account_id)
    if user is None:
        raise NotFound
    if not await passwords.verify_password(user.password_hash, password[: passwords.MAX_LENGTH]):
        raise Forbidden("The password is wrong")
    return user


async def change(
    network: Network, account_id: int, *, current: str, new: str, session_token: str = ""
) -> None:
    """Set a new password and sign out every other device; apps stay.

    Raises Forbidden when `current` is wrong, Invalid, RateLimited.
    """
    check_new(new)
    user = await require(network, account_id, current)
    hashed = await passwords.hash_password(new)
    kept = secrets.token_hash(session_token)

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)  # who signs in with the old one at this moment waits
        await users.set_password(tx, account_id, hashed)
        await sessions.delete_all(tx, account_id, except_hash=kept)
        await _tell(network, tx, user)

    await network.db.transaction(work)


async def set_by_operator(network: Network, account_id: int, new: str) -> None:
    """Set a new password from the command line; signs out every device and app."""
    check_new(new)
    hashed = await passwords.hash_password(new)

    async def work(tx: Transaction) -> None:
        if await users.get(tx, account_id) is None:
            raise NotFound
        await _replace(tx, account_id, hashed)

    await network.db.transaction(work)


async def request_reset(network: Network, email: str, *, address: str) -> None:
    """Send a link for a new password, if someone has this address.

    The answer, and nearly the time it takes, are the same if nobody has it: something is written
    either way. Raises RateLimited.
    """
    email = email.strip().lower()
    settings = network.settings
    limits.check(settings, limits.RESETS_BY_ADDRESS, limits.address_subject(address))
    limits.check(settings, limits.RESETS_BY_NAME, email)
    expires_at = now_ms() + RESET_LIFE_MS

    async def work(tx: Transaction) -> None:
        user = await users.get_by_email(tx, email)
        if user is not None and network.mailer.configured:
            code = MailedCode(RESET, user.account_id, expires_at)
            await letters.send_password_reset(tx, settings, email, user.locale, code)
        else:
            unused = secrets.token_hash(secrets.new_token())
            await codes.insert(tx, unused, purpose="nobody", expires_at=expires_at)

    await network.db.transaction(work)


async def reset(network: Network, code: str, new: str) -> int:
    """Set the new password with a code from the e-mail, sign out every device and app.

    Answers the account. Raises Invalid for a bad password, Forbidden for a code that was used
    before, has expired, or went to an address that is not theirs any more.
    """
    check_new(new)
    code_hash = secrets.token_hash(code)
    if await codes.get(network.db, code_hash, RESET) is None:
        raise Forbidden("This link was used before or has expired")
    hashed = await passwords.hash_password(new)

    async def work(tx: Transaction) -> int:
        taken = await codes.take(tx, code_hash, RESET)
        user = await users.get(tx, taken.account_id) if taken and taken.account_id else None
        if taken is None or user is None or user.email != taken.subject:
            raise Forbidden("This link was used before or has expired")
        await _replace(tx, user.account_id, hashed)
        await users.confirm(tx, user.account_id, user.email)
        await _tell(network, tx, user)
        return user.account_id

    return await network.db.transaction(work)


async def _replace(tx: Transaction, account_id: int, hashed: str) -> None:
    await locks.owner(tx, account_id)
    await users.set_password(tx, account_id, hashed)
    await sessions.delete_all(tx, account_id)
    await oauth.revoke_all(tx, account_id)


async def _tell(network: Network, tx: Transaction, user: User) -> None:
    if user.email and network.mailer.configured:
        await letters.send_password_changed(tx, network.settings, user.email, user.locale)
