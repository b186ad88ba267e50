"""What follows from decisions about domains: accounts, follows, files and queued mail.

All of it is done in batches, and may be done again: nobody is told twice.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from noi.activitypub.uris import authority_of
from noi.db import deliveries, follows, jobs, locks, remote_files
from noi.db import policies as policy_table
from noi.db import policy_effects as table
from noi.db import severances as severance_table
from noi.db.database import Transaction
from noi.db.follows import FollowTerms
from noi.db.policy_effects import Concerned
from noi.models.accounts import AccountState
from noi.models.federation import Severity
from noi.models.jobs import ApplyPolicies, Notify
from noi.models.notifications import NotificationKind
from noi.models.policies import DISALLOWED, PolicyDecision
from noi.services import policies, settings
from noi.services.enforcements import state_by
from noi.services.follows import sever
from noi.services.network import Network

_ACCOUNTS_AT_ONCE = 200
_FOLLOWS_AT_ONCE = 50
_FILES_AT_ONCE = 100
_DECISIONS = 20


async def apply(network: Network, job: ApplyPolicies) -> None:
    """Bring everything under these domains to what is decided about it now."""
    policies.forget(network)
    known = await table.known_hosts(network.db)
    hosts = sorted(host for host in known if _under_any(host, job.domains))
    for host in hosts:
        standing = await policies.of(network, host)
        as_links = standing.policy is not None and standing.policy.reject_media
        async for batch in _accounts(network, host):
            await network.db.transaction(lambda tx, batch=batch: _set_states(tx, batch))
            if as_links:
                ids = [account.id for account in batch]
                await network.db.transaction(lambda tx, ids=ids: table.bare_attachments(tx, ids))
            await _sever(network, batch, job.domains)
        if standing.blocked:
            await network.db.transaction(lambda tx, host=host: deliveries.drop_host(tx, host))
        if standing.rejects_media:
            await _remove_files(network, host)


def _under_any(host: str, domains: Sequence[str]) -> bool:
    return not set(policies.names(host)).isdisjoint(domains)


async def _accounts(network: Network, host: str) -> AsyncGenerator[list[Concerned]]:
    for by_inbox in (False, True):
        after = 0
        while batch := await table.accounts_of(
            network.db, host, by_inbox=by_inbox, after=after, limit=_ACCOUNTS_AT_ONCE
        ):
            yield batch
            after = batch[-1].id


async def _set_states(tx: Transaction, batch: Sequence[Concerned]) -> None:
    ids = [account.id for account in batch]
    await table.lock(tx, ids)
    enforced = await table.enforced(tx, ids)
    by_server: dict[tuple[str, str], AccountState] = {}
    wanted: dict[AccountState, list[int]] = {}
    for account in batch:
        server = (account.domain, authority_of(account.uri))
        if server not in by_server:
            by_server[server] = await policies.state_of(tx, account.domain, account.uri)
        state = max(by_server[server], state_by(enforced.get(account.id, ())))
        if account.suspended:
            state = AccountState.DISABLED
        wanted.setdefault(state, []).append(account.id)
    for state, some in wanted.items():
        await table.set_states(tx, some, state)


async def _sever(network: Network, batch: Sequence[Concerned], domains: Sequence[str]) -> None:
    """End all follows, and requests to follow, of those accounts whose server is blocked, or one
    of the domains that are allowed no more."""
    by_decision: dict[tuple[str, str], list[int]] = {}
    for account in batch:
        standing = await policies.of_actor(network, account.domain, account.uri)
        policy = standing.policy
        if policy is not None and policy.severity is Severity.BLOCK:
            by_decision.setdefault((policy.domain, Severity.BLOCK), []).append(account.id)
        elif standing.blocked:
            lies_in = {*policies.names(account.domain), *policies.names(authority_of(account.uri))}
            for domain in lies_in & set(domains):
                by_decision.setdefault((domain, DISALLOWED), []).append(account.id)
    told_by = (await settings.get(network)).contact_account_id
    for (domain, severity), ids in by_decision.items():
        decision = await _decision(network, domain, severity)
        if decision is not None:
            while await network.db.transaction(
                lambda tx, ids=ids, decision=decision: _part(tx, decision, ids, told_by)
            ):
                pass


async def _decision(network: Network, domain: str, severity: str) -> PolicyDecision | None:
    """The decision by which a domain is blocked, or is allowed no more."""
    found = await policy_table.history(network.db, domain, _DECISIONS)
    return next((one for one in found if one.severity == severity), None)


async def _part(
    tx: Transaction, decision: PolicyDecision, ids: Sequence[int], told_by: int | None
) -> int:
    """End some follows and requests of these accounts; answers how many."""
    pairs = await table.pairs(tx, "follows", ids, _FOLLOWS_AT_ONCE)
    asked = await table.pairs(tx, "follow_requests", ids, _FOLLOWS_AT_ONCE)
    here = await table.local_ones(tx, sorted({id_ for pair in pairs for id_ in pair}))
    lost: list[tuple[int, int, bool, FollowTerms]] = []
    for account_id, target_id in pairs:
        await locks.pair(tx, account_id, target_id)
        terms = await follows.get(tx, "follows", account_id, target_id)
        if terms is None:
            continue
        if account_id in here:
            lost.append((account_id, target_id, False, terms))
        if target_id in here:
            lost.append((target_id, account_id, True, terms))
    for account_id, target_id in {*pairs, *asked}:
        await sever(tx, account_id, target_id)
    if lost:
        await severance_table.insert(tx, decision)
        await severance_table.add(tx, decision.id, lost)
    for account_id in sorted({account_id for account_id, *_ in lost}):
        notice = Notify(
            account_id=account_id,
            kind=NotificationKind.SEVERED_RELATIONSHIPS,
            from_account_id=told_by or account_id,
            subject_id=decision.id,
        )
        await jobs.enqueue(tx, notice, unique=True)
    return len(pairs) + len(asked)


async def _remove_files(network: Network, host: str) -> None:
    while files := await remote_files.stored_of(network.db, host, _FILES_AT_ONCE):
        for file in files:
            for key in {file.file, file.small} - {""}:
                with suppress(FileNotFoundError):
                    await network.storage.delete(key)
            await remote_files.forget(network.db, file.key)
