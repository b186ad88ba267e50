"""Invitations: whom a member brings along. The code is shown once and stored as a hash."""

import msgspec

from noi.auth import secrets
from noi.db import accounts, users
from noi.db import invitations as table
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.services import settings
from noi.services.network import Network

MAX_LISTED = 100
MAX_USES = 1000
MAX_DAYS = 365
_MAX_NOTE = 200


class NewInvitation(msgspec.Struct, frozen=True):
    """An invitation with its code, in clear for the only time."""

    invitation: table.Invitation
    code: str


class Welcome(msgspec.Struct, frozen=True):
    """A usable invitation; `by_staff` ones need no approval."""

    id: int
    inviter: Account
    by_staff: bool


async def create(
    network: Network, viewer: Viewer, *, max_uses: int | None, days: int | None, note: str = ""
) -> NewInvitation:
    """Make an invitation for so many people and days (None: any number, for ever).

    Raises Forbidden where the network takes nobody, Invalid.
    """
    if (await settings.get(network)).registrations is settings.Registrations.CLOSED:
        raise Forbidden("This network is not taking new members at the moment.")
    if max_uses is not None and not 1 <= max_uses <= MAX_USES:
        raise Invalid("Choose a number from 1 to {limit}", field="uses", limit=MAX_USES)
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise Invalid("Choose a number from 1 to {limit}", field="days", limit=MAX_DAYS)
    now = now_ms()
    row = table.Invitation(
        id=network.ids.next(),
        account_id=viewer.account_id,
        note=note.strip()[:_MAX_NOTE],
        max_uses=max_uses,
        uses=0,
        created_at=now,
        expires_at=None if days is None else now + days * 86_400_000,
        revoked_at=None,
    )
    code = secrets.new_token()[:22]
    await network.db.transaction(lambda tx: table.insert(tx, row, secrets.token_hash(code)))
    return NewInvitation(row, code)


async def by_account(network: Network, account_id: int) -> list[table.Invitation]:
    """Someone's invitations, newest first."""
    return await table.by_account(network.db, account_id, MAX_LISTED)


async def revoke(network: Network, account_id: int, invitation_id: int) -> None:
    """End an invitation; raises NotFound."""
    if not await network.db.transaction(lambda tx: table.revoke(tx, account_id, invitation_id)):
        raise NotFound


async def check(network: Network, code: str) -> Welcome | None:
    """Who invites with this code; None when it lets nobody in (any more)."""
    found = await table.get_usable(network.db, secrets.token_hash(code.strip()))
    if found is None or found.role != Role.MEMBER:
        return None
    inviter = await accounts.get(network.db, found.account_id)
    user = await users.get(network.db, found.account_id)
    if inviter is None or user is None or inviter.state is not AccountState.ACTIVE:
        return None
    return Welcome(found.id, inviter, user.role.rank >= Role.MODERATOR.rank)


async def use(tx: Transaction, welcome: Welcome) -> None:
    """Count one use within the sign-up's transaction; raises Invalid when it was the last."""
    if not await table.use(tx, welcome.id):
        raise Invalid("This invitation cannot be used any more", field="invitation")
