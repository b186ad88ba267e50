"""Accounts of other servers: found, fetched, kept fresh, and given up when they are gone.

An account is believed where its actor comes from its own host and where the host of its handle
says that the handle is that actor's. Neither address nor handle can thus be taken over.
"""

from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.key_documents import read_key
from noi.activitypub.normalize import Document, compact
from noi.activitypub.uris import authority_of
from noi.db import accounts, emojis, jobs, remote_accounts, remote_files
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState
from noi.models.errors import BadDocument, Conflict, Forbidden, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import IndexAccount, RefreshAccount
from noi.services import departures, policies, remote_documents
from noi.services.network import Network
from noi.services.policies import Standing
from noi.services.remote_profiles import Described, describe
from noi.transport import webfinger
from noi.transport.errors import Gone, Refused
from noi.transport.webfinger import parse_handle

FRESH_MS = 24 * 3_600_000
BACK_AFTER_MS = 10 * 60_000
"""How long an account that was deleted stays so, whatever its server says: what was of it goes."""
_OWN_SERVERS = frozenset({"Application", "Service"})


async def by_uri(network: Network, uri: str, *, refresh: bool = False) -> Account:
    """The account of an actor, fetched where it is not known or with `refresh`.

    One that is older than a day is answered as it is, and fetched anew by a job; one that was
    deleted comes back only by `refresh`. Raises NotFound for local addresses that are nobody's and
    for accounts that are gone, Forbidden for servers that this network does not speak with,
    BadDocument, Conflict, and TransportError.
    """
    known = await accounts.get_by_uri(network.db, uri)
    if known is not None and (known.local or not refresh):
        if known.state is AccountState.DELETED:
            raise NotFound
        if not known.local:
            await _keep_fresh(network, known)
        return known
    return await remote_documents.once(network, f"actor {uri}", lambda: _fetch(network, uri))


async def by_handle(network: Network, handle: str) -> Account:
    """The account `name@host`, looked up where it is not known. Raises as `by_uri` does."""
    named = parse_handle(handle)
    if named is None:
        raise NotFound
    username, domain = named
    own = domain == network.settings.host
    known = await accounts.get_by_handle(network.db, username, "" if own else domain)
    if known is not None and known.state is not AccountState.DELETED:
        if not known.local:
            await _keep_fresh(network, known)
        return known
    if own:
        raise NotFound
    await remote_documents.check_host(network, f"https://{domain}/")
    name = f"handle {username.lower()}@{domain}"
    return await remote_documents.once(
        network, name, lambda: _look_up(network, f"{username}@{domain}")
    )


async def by_key_id(network: Network, key_id: str) -> Account:
    """The account whose key has this id, fetched anew; its actor has to claim the key.

    Raises as `by_uri` does.
    """
    return await remote_documents.once(
        network, f"key {key_id}", lambda: _fetch_owner(network, key_id)
    )


async def upsert(
    tx: Transaction,
    network: Network,
    actor: Actor,
    domain: str,
    standing: Standing,
    *,
    username: str = "",
) -> int:
    """Write an actor that may be believed, new or changed; answers the account's id.

    `domain` is that of its handle, and `standing` how this network stands to it
    (`policies.of_actor`).
    A known account keeps its handle unless `username` gives the one that WebFinger has just
    confirmed. Raises Conflict where another account has the handle, NotFound for accounts that
    are gone.
    """
    known = await remote_accounts.known(tx, actor.id)
    if known is None or username:
        name = username or actor.username
    else:
        name, domain = known.username, known.domain
    moved_to_id = await _moved_to(tx, actor) if actor.moved_to else None
    described = describe(
        network,
        actor,
        name,
        domain,
        with_media=not standing.rejects_media,
        moved_to_id=moved_to_id,
    )
    if known is None or username:
        await _take_handle(tx, described, confirmed=bool(username))
    await _write_files(tx, described)
    if known is not None and known.state is AccountState.DELETED and username:
        await remote_accounts.revive(tx, known.id, before=now_ms() - BACK_AFTER_MS)
    if known is not None:
        return await _update(tx, network, known, described, standing)
    new_id = network.ids.next()
    state = _state(described, standing)
    created_at = min(described.published or now_ms(), now_ms())
    if await remote_accounts.insert(
        tx, new_id, actor.id, described.profile, state=state, created_at=created_at
    ):
        if not network.hub:
            await jobs.enqueue(tx, IndexAccount(new_id))
        return new_id
    # Another process was faster by a moment.
    known = await remote_accounts.known(tx, actor.id)
    if known is None:
        raise Conflict("Another account has this handle")
    return await _update(tx, network, known, described, standing)


async def learn(network: Network, document: Document) -> Account:
    """Check the handle of an actor that was fetched from its own host, and write it."""
    actor = read_actor(document)
    if network.hub:
        actor = _sender(actor)
    username, domain = await _confirmed(network, actor)
    standing = await policies.of_actor(network, domain, actor.id)
    if standing.blocked:
        raise Forbidden("This network does not speak with {host}", host=domain)

    async def work(tx: Transaction) -> int:
        return await upsert(tx, network, actor, domain, standing, username=username)

    account = await accounts.get(network.db, await network.db.transaction(work))
    if account is None:
        raise NotFound
    return account


async def mark_gone(network: Network, uri: str) -> None:
    """Turn an account whose server says that it is gone for good into a tombstone."""
    known = await accounts.get_by_uri(network.db, uri)
    if known is not None and not known.local:
        await network.db.transaction(lambda tx: departures.bury(tx, known.id))


async def refresh(network: Network, job: RefreshAccount) -> None:
    """Fetch an account anew; one that is gone for good becomes a tombstone."""
    account = await accounts.get(network.db, job.account_id)
    if account is None or account.local or account.state is AccountState.DELETED:
        return
    try:
        await by_uri(network, account.uri, refresh=True)
    except (Refused, BadDocument, Forbidden, NotFound, Conflict):
        # What is known stays, and is not asked for again before tomorrow.
        await network.db.transaction(lambda tx: remote_accounts.mark_fetched(tx, account.id))


async def _fetch(network: Network, uri: str) -> Account:
    try:
        return await learn(network, await remote_documents.fetch(network, uri))
    except Gone as gone:
        if gone.for_good:
            await mark_gone(network, uri)
        raise


async def _look_up(network: Network, handle: str) -> Account:
    uri = (await webfinger.look_up(network.client, handle)).actor_uri
    known = await accounts.get_by_uri(network.db, uri)
    gone = known is not None and known.state is AccountState.DELETED
    return await by_uri(network, uri, refresh=gone)


async def _fetch_owner(network: Network, key_id: str) -> Account:
    document = await remote_documents.fetch(network, key_id)
    key = read_key(document, key_id)
    if "inbox" in compact(document):
        return await learn(network, document)
    # The key alone: its owner has to name it too.
    owner = await remote_documents.fetch(network, key.owner)
    read_key(owner, key_id)
    return await learn(network, owner)


def _sender(actor: Actor) -> Actor:
    """What verifying and answering an actor takes, and what it has agreed to: nothing else."""
    return Actor(
        id=actor.id,
        type=actor.type,
        username=actor.username,
        webfinger=actor.webfinger,
        inbox=actor.inbox,
        shared_inbox=actor.shared_inbox,
        keys=actor.keys,
        discoverable=actor.discoverable,
        indexable=actor.indexable,
        suspended=actor.suspended,
    )


async def _confirmed(network: Network, actor: Actor) -> tuple[str, str]:
    """Name and domain of an actor's handle, as its host confirms them."""
    try:
        found = await webfinger.confirm(network.client, actor.id, actor.username, actor.webfinger)
    except Gone:
        # Relays and servers' own actors are often known under no handle.
        if actor.type not in _OWN_SERVERS:
            raise
        return actor.username, authority_of(actor.id)
    return actor.username, found.domain


async def _moved_to(tx: Transaction, actor: Actor) -> int | None:
    """The known account that an actor has moved to, if that one says so as well."""
    target = await accounts.get_by_uri(tx, actor.moved_to)
    if target is None or target.state > AccountState.LIMITED:
        return None
    return target.id if actor.id in await accounts.also_known_as(tx, target.id) else None


async def _keep_fresh(network: Network, account: Account) -> None:
    fetched = await remote_accounts.fetched_at(network.db, account.id)
    if fetched is None or fetched + FRESH_MS < now_ms():
        job = RefreshAccount(account.id)
        await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))


async def _take_handle(tx: Transaction, described: Described, *, confirmed: bool) -> None:
    profile = described.profile
    holder = await remote_accounts.other_holder(tx, profile.username, profile.domain, described.uri)
    if holder is None:
        return
    if not confirmed:
        raise Conflict("Another account has this handle")
    # The domain itself says that the handle belongs to another actor now.
    await remote_accounts.give_up_handle(tx, holder)
    await departures.bury(tx, holder)


async def _write_files(tx: Transaction, described: Described) -> None:
    await remote_files.put(tx, described.files)
    await emojis.put_remote(tx, described.emojis.rows, described.emojis.uris)


async def _update(
    tx: Transaction,
    network: Network,
    known: remote_accounts.Known,
    described: Described,
    standing: Standing,
) -> int:
    if not await remote_accounts.update(tx, known.id, described.profile):
        raise NotFound
    await remote_accounts.set_origin_state(tx, known.id, _state(described, standing))
    if network.hub:
        return known.id
    statuses_after = 0 if described.profile.indexable != known.indexable else None
    await jobs.enqueue(tx, IndexAccount(known.id, statuses_after), unique=True)
    return known.id


def _state(described: Described, standing: Standing) -> AccountState:
    return AccountState.DISABLED if described.profile.suspended else standing.state
