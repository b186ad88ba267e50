"""Letting in, or turning down with a reason, who asked a network with approval."""

import msgspec

from noi.db import accounts, users
from noi.db.database import Transaction
from noi.models.accounts import Account, User, Viewer
from noi.models.errors import NotFound
from noi.services import enforcements, letters, sign_up, welcomes
from noi.services.network import Network


class Waiting(msgspec.Struct, frozen=True):
    """Someone who waits for approval."""

    account: Account
    email: str
    reason: str
    created_at: int


async def waiting(
    network: Network, moderator: Viewer, *, after: int = 0, limit: int = 40
) -> list[Waiting]:
    """Who waits, longest first, asked after a time in milliseconds; raises Forbidden."""
    enforcements.check_moderator(moderator)
    pending = await users.pending(network.db, after=after, limit=limit)
    found = await accounts.get_many(network.db, [user.account_id for user in pending])
    return [
        Waiting(found[user.account_id], user.email, user.signup_reason, user.created_at)
        for user in pending
        if user.account_id in found
    ]


async def approve(network: Network, moderator: Viewer, account_id: int) -> None:
    """Let someone in; a repeat does nothing. Raises Forbidden, NotFound."""
    enforcements.check_moderator(moderator)

    async def work(tx: Transaction) -> None:
        user = await _user(tx, account_id)
        if not await users.approve(tx, account_id):
            await _user(tx, account_id)  # who was turned down in the same moment is gone by now
            return
        if user.confirmed_at is not None:
            await welcomes.index(tx, account_id)
        if user.email and network.mailer.configured:
            await letters.send_welcome(tx, network.settings, user.email, user.locale)

    await network.db.transaction(work)


async def reject(network: Network, moderator: Viewer, account_id: int, reason: str) -> None:
    """Turn someone down and forget them; the reason goes to them by e-mail.

    Raises Forbidden, NotFound, Invalid without a reason.
    """
    enforcements.check_moderator(moderator)
    reason = enforcements.checked_reason(reason)

    async def work(tx: Transaction) -> None:
        user = await _user(tx, account_id)
        if user.approved_at is not None:
            raise NotFound
        if not await sign_up.forget_unseen(tx, account_id):
            raise NotFound
        if user.email and network.mailer.configured:
            await letters.send_declined(tx, network.settings, user.email, user.locale, reason)

    await network.db.transaction(work)


async def _user(tx: Transaction, account_id: int) -> User:
    user = await users.get(tx, account_id)
    if user is None:
        raise NotFound
    return user
