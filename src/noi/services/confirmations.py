"""Showing that an e-mail address is one's own, at sign-up and when changing it."""

import re
import unicodedata
from collections.abc import Awaitable, Callable
from typing import TypeVar

from noi.auth import limits, secrets
from noi.db import codes, users
from noi.db.database import Duplicate, Transaction
from noi.models.accounts import User
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import MailedCode
from noi.services import letters, passwords, welcomes
from noi.services.network import Network

T = TypeVar("T")

PURPOSE = "confirmation"
LIFE_MS = 3 * 86_400_000
_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^@\s,;:<>()\[\]\"\\]{1,189}")


def checked_email(text: str) -> str:
    """An address as it is stored: NFC, lower case; raises Invalid for what cannot be one."""
    email = unicodedata.normalize("NFC", text.strip()).lower()
    if not email:
        raise Invalid("Enter an e-mail address", field="email", code="ERR_BLANK")
    domain = email.rpartition("@")[2]
    if not _EMAIL.fullmatch(email) or not email.isprintable() or ".." in domain:
        raise Invalid("This is not an e-mail address", field="email")
    if domain.startswith((".", "-")) or domain.endswith((".", "-")):
        raise Invalid("This is not an e-mail address", field="email")
    return email


async def send(tx: Transaction, network: Network, account_id: int, email: str, locale: str) -> None:
    """Send a link that confirms an address, within a transaction; it ends earlier ones."""
    code = MailedCode(PURPOSE, account_id, now_ms() + LIFE_MS)
    await letters.send_confirmation(tx, network.settings, email, locale, code)


async def resend(network: Network, account_id: int, email: str = "") -> None:
    """Send the link again, to a corrected address if one is given.

    Raises Forbidden when nothing is left to confirm, Invalid (also ERR_TAKEN), RateLimited.
    """
    corrected = checked_email(email) if email else ""
    limits.check(network.settings, limits.CONFIRMATIONS, account_id)

    async def work(tx: Transaction) -> None:
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        if user.confirmed_at is not None:
            raise Forbidden("This e-mail address is confirmed already")
        if corrected and corrected != user.email:
            await users.set_email(tx, account_id, corrected)
        await send(tx, network, account_id, corrected or user.email, user.locale)

    if not network.mailer.configured:
        raise Forbidden("This network cannot send e-mail")
    await _unless_taken(network, work)


async def confirm(network: Network, code: str) -> int:
    """Confirm an address with the code of a link; answers the account.

    Raises Forbidden for a code that was used before or has expired, Invalid (ERR_TAKEN).
    """
    code_hash = secrets.token_hash(code)

    async def work(tx: Transaction) -> int:
        taken = await codes.take(tx, code_hash, PURPOSE)
        user = await users.get(tx, taken.account_id) if taken and taken.account_id else None
        if taken is None or user is None:
            raise Forbidden("This link was used before or has expired")
        await users.confirm(tx, user.account_id, taken.subject)
        if user.confirmed_at is None:
            await welcomes.finish_step(tx, user.account_id)
        else:
            await _tell_old_address(tx, network, user, taken.subject)
        return user.account_id

    return await _unless_taken(network, work)


async def request_change(network: Network, account_id: int, *, email: str, password: str) -> bool:
    """Ask to change the address: a link goes to the new one, which counts once it is opened.

    True when a link was sent; without a mail server the address changes at once. Raises Forbidden
    for a wrong password, Invalid (also ERR_TAKEN), RateLimited.
    """
    new = checked_email(email)
    user = await passwords.require(network, account_id, password)
    if new == user.email:
        raise Invalid("This is your address already", field="email")
    limits.check(network.settings, limits.CONFIRMATIONS, account_id)

    async def work(tx: Transaction) -> bool:
        if await users.get_by_email(tx, new) is not None:
            raise Invalid("This e-mail address is taken", field="email", code="ERR_TAKEN")
        if network.mailer.configured:
            await send(tx, network, account_id, new, user.locale)
        else:
            await users.set_email(tx, account_id, new)
        return network.mailer.configured

    return await _unless_taken(network, work)


async def is_confirmed(network: Network, account_id: int) -> bool:
    """Whether someone's address is confirmed."""
    user = await users.get(network.db, account_id)
    return user is not None and user.confirmed_at is not None


async def _tell_old_address(tx: Transaction, network: Network, user: User, new: str) -> None:
    if user.email and user.email != new and network.mailer.configured:
        await letters.send_email_changed(tx, network.settings, user.email, user.locale, new)


async def _unless_taken(network: Network, work: Callable[[Transaction], Awaitable[T]]) -> T:
    try:
        return await network.db.transaction(work)
    except Duplicate:
        raise Invalid("This e-mail address is taken", field="email", code="ERR_TAKEN") from None
