"""Who looks after a network: its owners, admins and moderators."""

from noi.db import accounts, erasure, locks, users
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Role, Viewer
from noi.models.errors import Conflict, Forbidden, NotFound
from noi.services.network import Network

_EVERY_ROLE_CHANGE = 0
"""What a change of roles locks, so that two owners never step down at once."""


async def team(network: Network) -> list[tuple[Account, Role]]:
    """Everyone who is more than a member, owners first, then by name."""
    ids = await users.staff(network.db)
    roles = await users.roles(network.db, ids)
    people = await accounts.get_many(network.db, ids)
    found = [(people[id_], roles[id_]) for id_ in ids]
    return sorted(found, key=lambda one: (-one[1].rank, one[0].username))


async def set_role(network: Network, owner: Viewer | None, account_id: int, role: Role) -> None:
    """Make someone member, moderator, admin or owner; `owner` is None at the command line.

    Raises Forbidden for anyone but owners, NotFound for accounts that nobody signs in to, and
    Conflict where the network would be left without an owner.
    """
    if owner is not None and owner.role is not Role.OWNER:
        raise Forbidden("Only owners of the network give out roles")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, _EVERY_ROLE_CHANGE)
        user, account = await users.get(tx, account_id), await accounts.get(tx, account_id)
        if user is None or account is None or account.state is AccountState.DELETED:
            raise NotFound
        steps_down = user.role is Role.OWNER and role is not Role.OWNER
        if steps_down and not await erasure.other_owners(tx, account_id):
            raise Conflict("Make someone else owner of the network first")
        await users.set_role(tx, account_id, role)

    await network.db.transaction(work)
