"""Invitations to look after a network or a hub: by its owners, each for one person, with a role.

The code is shown once and stored as a hash. It holds only while who made it is an owner.
"""

import msgspec

from noi.auth import limits, secrets
from noi.db import accounts, users
from noi.db import invitations as table
from noi.models.accounts import Account, AccountState, Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.ids import now_ms
from noi.services import sign_up
from noi.services.invitations import NewInvitation, Welcome
from noi.services.network import Network

DAYS = 7
_DAY_MS = 86_400_000
_LISTED = 100


class Offer(msgspec.Struct, frozen=True):
    """What somebody is invited to be, and by whom."""

    welcome: Welcome
    role: Role


async def create(network: Network, owner: Viewer, role: Role) -> NewInvitation:
    """Invite one person to a role, for seven days. Raises Forbidden below owners, Invalid."""
    _check(owner)
    if role is Role.MEMBER:
        raise Invalid("Choose a role", field="role")
    now = now_ms()
    row = table.Invitation(
        id=network.ids.next(),
        account_id=owner.account_id,
        note="",
        max_uses=1,
        uses=0,
        created_at=now,
        expires_at=now + DAYS * _DAY_MS,
        revoked_at=None,
        role=role.value,
    )
    code = secrets.new_token()[:22]
    await network.db.transaction(lambda tx: table.insert(tx, row, secrets.token_hash(code)))
    return NewInvitation(row, code)


async def waiting(network: Network) -> list[table.Invitation]:
    """Those that nobody has taken yet, newest first."""
    return await table.for_team(network.db, _LISTED)


async def revoke(network: Network, owner: Viewer, invitation_id: int) -> None:
    """End an invitation, whichever owner made it. Raises Forbidden, NotFound."""
    _check(owner)
    if not await network.db.transaction(lambda tx: table.revoke_for_team(tx, invitation_id)):
        raise NotFound


async def check(network: Network, code: str) -> Offer:
    """What a code invites to. Raises NotFound where it invites to nothing (any more)."""
    found = await table.get_usable(network.db, secrets.token_hash(code.strip()))
    if found is None or found.role == Role.MEMBER:
        raise NotFound
    inviter = await accounts.get(network.db, found.account_id)
    user = await users.get(network.db, found.account_id)
    active = inviter is not None and inviter.state is AccountState.ACTIVE
    if inviter is None or user is None or not active or user.role is not Role.OWNER:
        raise NotFound
    return Offer(Welcome(found.id, inviter, by_staff=True), Role(found.role))


async def accept(
    network: Network,
    code: str,
    *,
    username: str,
    email: str,
    password: str,
    display_name: str = "",
    locale: str = "",
    address: str,
) -> Account:
    """Make the account of who was invited. Raises NotFound, Invalid, RateLimited."""
    limits.check(network.settings, limits.SIGN_UPS, limits.address_subject(address))
    offer = await check(network, code)
    if not email.strip():
        raise Invalid("Enter your e-mail address", field="email", code="ERR_BLANK")
    return await sign_up.create_account(
        network,
        username=username,
        email=email,
        password=password,
        role=offer.role,
        display_name=display_name,
        locale=locale,
        invitation=offer.welcome,
    )


def _check(owner: Viewer) -> None:
    if owner.role is not Role.OWNER:
        raise Forbidden("Only owners of the network give out roles")
