"""Looking up accounts; tombstones, and sign-ups that are not through, look like nobody."""

import re
from collections.abc import Sequence

import msgspec

from noi.config import host_name
from noi.db import accounts as table
from noi.db import emojis as emoji_table
from noi.db import users
from noi.models.accounts import Account, AccountState, Role, User
from noi.models.errors import NotFound
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.statuses import CustomEmoji
from noi.services.network import Network

_HANDLE = re.compile(r"@?([^@\s/]{1,200})(?:@([^@\s/]{1,253}))?")


class AccountView(msgspec.Struct):
    """An account with all that a reader sees, the same for everyone; `role` of local staff."""

    account: Account
    emojis: list[CustomEmoji] = []
    role: Role | None = None


class OwnAccount(msgspec.Struct):
    """One's own account, with what only oneself sees."""

    account: Account
    user: User
    emojis: list[CustomEmoji]
    follow_requests: int


async def get(network: Network, account_id: int) -> Account:
    """An account that others may see; raises NotFound."""
    return await _visible(network, await table.get(network.db, account_id))


async def get_by_handle(network: Network, handle: str) -> Account:
    """An account by `name`, `@name` or `name@domain`; raises NotFound."""
    match = _HANDLE.fullmatch(handle.strip())
    if match is None:
        raise NotFound
    domain = (match[2] or "").lower()
    host = network.settings.host
    if domain in (host, host_name(host)):
        domain = ""
    return await _visible(network, await table.get_by_handle(network.db, match[1], domain))


async def view(network: Network, account_id: int) -> AccountView:
    """An account that others may see, with its emojis and role; raises NotFound."""
    return await view_of(network, await get(network, account_id))


async def view_of(network: Network, account: Account) -> AccountView:
    """An account that was looked up already, with its emojis and role."""
    return (await _views(network, [account]))[account.id]


async def load(network: Network, ids: Sequence[int]) -> dict[int, AccountView]:
    """Views by id, in three reads at most; tombstones are left out."""
    found = await table.get_many(network.db, ids)
    return await _views(
        network,
        [account for account in found.values() if account.state < AccountState.DELETED],
    )


async def only_visible(network: Network, ids: Sequence[int]) -> list[int]:
    """Those of some ids that others may see, in their order."""
    found = await table.get_many(network.db, ids)
    waiting = await users.unfinished(network.db, list(found))
    return [
        id_
        for id_ in ids
        if id_ in found and found[id_].state < AccountState.DELETED and id_ not in waiting
    ]


async def own(network: Network, account_id: int) -> OwnAccount:
    """One's own account; raises NotFound when it is gone."""
    account = await table.get(network.db, account_id)
    user = await users.get(network.db, account_id)
    if account is None or user is None or account.state >= AccountState.DELETED:
        raise NotFound
    seen = await view_of(network, account)
    waiting = await table.follow_requests_count(network.db, account_id)
    return OwnAccount(account, user, seen.emojis, waiting)


async def _visible(network: Network, account: Account | None) -> Account:
    if account is None or account.state >= AccountState.DELETED:
        raise NotFound
    if account.id == INSTANCE_ACTOR_ID:
        raise NotFound
    if account.local and account.kind in ("person", "bot"):
        user = await users.get(network.db, account.id)
        if user is not None and (user.confirmed_at is None or user.approved_at is None):
            raise NotFound
    return account


async def _views(network: Network, found: Sequence[Account]) -> dict[int, AccountView]:
    views = {account.id: AccountView(account) for account in found}
    local = [account.id for account in found if account.local]
    for account_id, role in (await users.roles(network.db, local)).items():
        views[account_id].role = role
    codes = {
        account.id: msgspec.json.decode(account.emojis, type=list[str])
        for account in found
        if account.emojis != "[]"
    }
    if codes:
        names = {
            account_id: [(code, views[account_id].account.domain) for code in listed]
            for account_id, listed in codes.items()
        }
        by_name = await emoji_table.by_names(
            network.db, [name for listed in names.values() for name in listed]
        )
        for account_id, listed in names.items():
            views[account_id].emojis = [by_name[name] for name in listed if name in by_name]
    return views
