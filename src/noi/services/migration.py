"""Moving to another account, or here from one: both have to say that they are the same person.

The move itself and its receiving side are in services/moves.
"""

from urllib.parse import urlsplit

import msgspec

from noi.activitypub import outgoing
from noi.activitypub.uris import authority_of
from noi.auth import limits
from noi.db import accounts, jobs, locks, moves
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState
from noi.models.errors import Conflict, Invalid, NoiError, NotFound, RateLimited, Unavailable
from noi.models.ids import now_ms
from noi.models.jobs import IndexAccount, MoveFollowers
from noi.services import delivery, passwords, publishing, remote_accounts
from noi.services.moves import COOLDOWN_MS
from noi.services.network import Network
from noi.services.resolution import RESOLVES
from noi.transport.errors import TransportError, Unreachable

MAX_ALIASES = 10


class Standing(msgspec.Struct, frozen=True):
    """Where an account has moved to, when it may move next (ms; None for now), and its aliases by
    address, each with the account where that is known.
    """

    moved_to: Account | None
    may_move_at: int | None
    aliases: dict[str, Account | None]


async def standing(network: Network, account_id: int) -> Standing:
    """How things stand with someone's moves. Raises NotFound."""
    account = await _own(network, account_id)
    uris = await accounts.also_known_as(network.db, account_id)
    known = await accounts.get_many_by_uri(network.db, uris)
    target = await accounts.get(network.db, account.moved_to_id) if account.moved_to_id else None
    moved_at = await moves.moved_at(network.db, account_id)
    again = moved_at + COOLDOWN_MS if moved_at else 0
    return Standing(
        moved_to=target,
        may_move_at=again if again > now_ms() else None,
        aliases={uri: known.get(uri) for uri in uris},
    )


async def add_alias(network: Network, account_id: int, text: str) -> Account:
    """Say that the account of a handle or an address is one's own too, so that it may move here.

    Raises Invalid where there is none, or too many.
    """
    other = await _named(network, account_id, text)
    if other.id == account_id:
        raise Invalid("This is the account you are using", field="alias")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        uris = await accounts.also_known_as(tx, account_id)
        if other.uri in uris:
            return
        if len(uris) >= MAX_ALIASES:
            raise Invalid("There can be {count} at most", count=MAX_ALIASES, field="alias")
        await moves.set_aliases(tx, account_id, [*uris, other.uri])
        await publishing.actor_changed(tx, account_id)

    await network.db.transaction(work)
    return other


async def remove_alias(network: Network, account_id: int, uri: str) -> None:
    """Say no more that an account is one's own too."""

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        uris = await accounts.also_known_as(tx, account_id)
        if uri in uris:
            await moves.set_aliases(tx, account_id, [one for one in uris if one != uri])
            await publishing.actor_changed(tx, account_id)

    await network.db.transaction(work)


async def move(network: Network, account_id: int, handle: str, password: str) -> Account:
    """Go on as another account, which has to name this one among its own: followers are told.

    Raises Forbidden for a wrong password, RateLimited, Invalid for an account that cannot be
    moved to, and Conflict within a week of the last move.
    """
    await passwords.require(network, account_id, password)
    account = await _own(network, account_id)
    target = await _destination(network, account, handle)

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        now = now_ms()
        if not await moves.set_moved(tx, account_id, target.id, before=now - COOLDOWN_MS):
            raise Conflict("You can move once in seven days")
        activity = outgoing.move(account.uri, target.uri, network.ids.next())
        # Who blocks this account wants to block the next one too.
        shunned_by = await moves.remote_blockers(tx, account_id)
        await delivery.send_to_followers(tx, account_id, activity, also=shunned_by)
        await delivery.send_to_relays(tx, account_id, activity)
        await publishing.actor_changed(tx, account_id)
        await jobs.enqueue_all(tx, [IndexAccount(account_id), MoveFollowers(account_id, target.id)])

    await network.db.transaction(work)
    return target


async def take_back(network: Network, account_id: int) -> None:
    """Point to the other account no more; who has followed it there stays there."""

    async def work(tx: Transaction) -> None:
        if await moves.clear_moved(tx, account_id):
            await publishing.actor_changed(tx, account_id)
            await jobs.enqueue(tx, IndexAccount(account_id))

    await network.db.transaction(work)


async def _own(network: Network, account_id: int) -> Account:
    account = await accounts.get(network.db, account_id)
    if account is None or not account.local:
        raise NotFound
    return account


async def _destination(network: Network, account: Account, handle: str) -> Account:
    """The account to move to, as its own server describes it now."""
    target = await _named(network, account.id, handle, field="handle", refresh=True)
    if target.id == account.id:
        raise Invalid("This is the account you are using", field="handle")
    if target.state > AccountState.LIMITED or target.moved_to_id is not None:
        raise Invalid("Nobody can move to this account", field="handle")
    if account.uri not in await accounts.also_known_as(network.db, target.id):
        raise Invalid(
            "{name} does not say yet that this account is theirs too",
            name=f"@{target.handle}",
            field="handle",
        )
    return target


async def _named(
    network: Network, asker_id: int, text: str, *, field: str = "alias", refresh: bool = False
) -> Account:
    """The account of a handle or an address. Raises Invalid where none is found, RateLimited."""
    limits.check(network.settings, RESOLVES, asker_id)
    wanted = text.strip()
    try:
        account = await _look_up(network, wanted)
        if refresh and not account.local:
            account = await remote_accounts.by_uri(network, account.uri, refresh=True)
        return account
    except (RateLimited, Unavailable):
        raise
    except Unreachable:
        host = authority_of(wanted) or wanted.rpartition("@")[2]
        raise Invalid("{host} did not answer", host=host, field=field) from None
    except (NoiError, TransportError):
        raise Invalid("There is no such account", field=field) from None


async def _look_up(network: Network, wanted: str) -> Account:
    own = network.settings.origin
    if wanted.startswith((f"{own}/@", f"{own}/users/")):
        wanted = urlsplit(wanted).path.removeprefix("/users").strip("/")
    elif wanted.startswith(("https://", "http://")):
        return await remote_accounts.by_uri(network, wanted)
    wanted = wanted.removeprefix("@")
    full = wanted if "@" in wanted else f"{wanted}@{network.settings.host}"
    return await remote_accounts.by_handle(network, full)
