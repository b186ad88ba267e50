"""Deciding what other servers may do here: by a rule, for a reason, and on record.

What follows from it (accounts, follows, files) is done by the job ApplyPolicies.
"""

from collections.abc import Sequence

import msgspec

from noi.config import host_name
from noi.db import jobs, live
from noi.db import policies as table
from noi.db import policy_effects as effects
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound, too_long
from noi.models.federation import DomainPolicy, Severity
from noi.models.ids import now_ms
from noi.models.jobs import ApplyPolicies
from noi.models.live import LiveEvent, LiveKind
from noi.models.policies import DISALLOWED, AllowedDomain, Effect, PolicyDecision, Proposal
from noi.services import policies
from noi.services.domain_blocks import normalised
from noi.services.enforcements import checked_reason, checked_rule_text, rule_text
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_NOTE = 2_000
_HISTORY = 50
_AT_ONCE = 100


async def decide(network: Network, actor: Viewer | None, proposal: Proposal) -> DomainPolicy:
    """Decide about a domain, in place of what was decided before.

    `actor` is None for the operator at the command line. Raises Forbidden below admins, Invalid
    for what is no domain or this network's own, without rule or reason, or where nothing is chosen.
    """
    return (await decide_all(network, actor, [proposal]))[0]


async def decide_all(
    network: Network, actor: Viewer | None, proposals: Sequence[Proposal]
) -> list[DomainPolicy]:
    """The same for many domains, some in one transaction at a time. Raises as `decide` does."""
    check_actor(actor)
    checked = [_checked(network, proposal) for proposal in proposals]
    decided: list[DomainPolicy] = []
    for start in range(0, len(checked), _AT_ONCE):
        some = checked[start : start + _AT_ONCE]
        decided += await network.db.transaction(
            lambda tx, some=some: _write_all(tx, network, actor, some)
        )
    policies.forget(network)
    return decided


async def lift(network: Network, actor: Viewer | None, domain: str, reason: str) -> None:
    """Take back what was decided about a domain. Follows that were ended stay so.

    Raises Forbidden, NotFound where nothing was decided, Invalid without a reason.
    """
    check_actor(actor)
    reason, name = checked_reason(reason), normalised(domain)

    async def work(tx: Transaction) -> None:
        policy = await table.get(tx, name)
        if policy is None or not await table.delete(tx, name):
            raise NotFound
        lifted = msgspec.structs.replace(
            policy,
            severity=Severity.NONE,
            reject_media=False,
            reject_reports=False,
            reason=reason,
            source="",
            moderator_id=actor.account_id if actor else None,
        )
        await table.record(tx, _decision(network, lifted, severity="", now=now_ms()))
        await _announce(tx, [name])

    await network.db.transaction(work)
    policies.forget(network)


async def preview(network: Network, domain: str) -> Effect:
    """What blocking a domain would part; raises Invalid for what is no domain."""
    return (await preview_all(network, [normalised(domain)]))[0]


async def preview_all(network: Network, domains: Sequence[str]) -> list[Effect]:
    """The same for several, given as `normalised` writes them."""
    under: dict[str, list[str]] = {domain: [] for domain in domains}
    for host in await effects.known_hosts(network.db):
        for domain in under.keys() & set(policies.names(host)):
            under[domain].append(host)
    return [
        Effect(*await effects.effect(network.db, under[domain])) if under[domain] else Effect()
        for domain in domains
    ]


async def get(network: Network, domain: str) -> DomainPolicy | None:
    """What is decided about exactly this domain; raises Invalid for what is no domain."""
    return await table.get(network.db, normalised(domain))


async def fetch_page(network: Network, *, after: str = "", limit: int = 100) -> list[DomainPolicy]:
    """Policies by domain, after one."""
    return await table.fetch_page(network.db, after=after, limit=limit)


async def fetch_all(network: Network) -> list[DomainPolicy]:
    """All policies by domain."""
    return await table.fetch_all(network.db)


async def history(network: Network, domain: str) -> list[PolicyDecision]:
    """What was decided about a domain and by whom, newest first; raises Invalid."""
    return await table.history(network.db, normalised(domain), _HISTORY)


async def recent(network: Network, *, before: int, limit: int) -> list[PolicyDecision]:
    """What was decided about all domains below an id, newest first."""
    return await table.recent(network.db, before=before, limit=limit)


async def allowed(network: Network) -> list[AllowedDomain]:
    """The domains that a network with `federation_allow_list` speaks with."""
    return await table.all_allowed(network.db)


async def allow(network: Network, actor: Viewer | None, domain: str) -> str:
    """Put a domain, and all names under it, on that list; answers its name.

    Raises Forbidden below admins, Invalid for what is no domain.
    """
    check_actor(actor)
    name, by = normalised(domain), actor.account_id if actor else None

    async def work(tx: Transaction) -> None:
        await table.allow(tx, name, by)
        await live.publish(tx, LiveEvent(LiveKind.POLICIES))

    await network.db.transaction(work)
    policies.forget(network)
    return name


async def disallow(
    network: Network, actor: Viewer | None, domain: str, *, rule: int | str, reason: str
) -> None:
    """Take a domain off that list: nothing comes from it or goes there any more, and follows end.

    `rule` is the id of a rule or a rule in words. Raises Forbidden below admins, Invalid, also
    without rule or reason, NotFound where the domain is not on the list.
    """
    check_actor(actor)
    name, reason = normalised(domain), checked_reason(reason)
    words = rule if isinstance(rule, int) else checked_rule_text(rule)

    async def work(tx: Transaction) -> None:
        if not await table.disallow(tx, name):
            raise NotFound
        decision = PolicyDecision(
            id=network.ids.next(),
            domain=name,
            severity=DISALLOWED,
            reject_media=False,
            reject_reports=False,
            rule_text=await rule_text(tx, words) if isinstance(words, int) else words,
            reason=reason,
            source="",
            moderator_id=actor.account_id if actor else None,
            created_at=now_ms(),
        )
        await table.record(tx, decision)
        await _announce(tx, [name])

    await network.db.transaction(work)
    policies.forget(network)


def check_actor(actor: Viewer | None) -> None:
    """Raise Forbidden below admins; None is the operator at the command line."""
    if actor is not None and actor.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may decide about other networks")


def check_domain(network: Network, domain: str) -> str:
    """A domain as policies name it; raises Invalid for what is none, and for this network's own."""
    name = normalised(domain)
    own = network.settings.host
    if name == own or policies.lies_under(host_name(own), name):
        raise Invalid("You cannot block your own network", field="domain")
    return name


def _checked(network: Network, proposal: Proposal) -> Proposal:
    note = clean_text(proposal.private_note).strip()
    if len(note) > MAX_NOTE:
        raise too_long("private_note", MAX_NOTE)
    nothing = not (proposal.reject_media or proposal.reject_reports)
    if proposal.severity is Severity.NONE and nothing:
        raise Invalid("Choose what to do", field="severity")
    rule = proposal.rule
    return msgspec.structs.replace(
        proposal,
        domain=check_domain(network, proposal.domain),
        rule=rule if isinstance(rule, int) else checked_rule_text(rule),
        reason=checked_reason(proposal.reason),
        private_note=note,
    )


async def _write_all(
    tx: Transaction, network: Network, actor: Viewer | None, proposals: Sequence[Proposal]
) -> list[DomainPolicy]:
    now = now_ms()
    written: list[DomainPolicy] = []
    for proposal in proposals:
        by_id = isinstance(proposal.rule, int)
        policy = DomainPolicy(
            domain=proposal.domain,
            severity=proposal.severity,
            reject_media=proposal.reject_media,
            reject_reports=proposal.reject_reports,
            obfuscate=proposal.obfuscate,
            rule_id=proposal.rule if isinstance(proposal.rule, int) else None,
            rule_text=await rule_text(tx, int(proposal.rule)) if by_id else str(proposal.rule),
            reason=proposal.reason,
            private_note=proposal.private_note,
            source=proposal.source,
            moderator_id=actor.account_id if actor else None,
            created_at=now,
            updated_at=now,
        )
        await table.put(tx, policy)
        await table.record(tx, _decision(network, policy, severity=policy.severity.value, now=now))
        written.append(policy)
    await _announce(tx, [policy.domain for policy in written])
    return written


def _decision(network: Network, policy: DomainPolicy, *, severity: str, now: int) -> PolicyDecision:
    return PolicyDecision(
        id=network.ids.next(),
        domain=policy.domain,
        severity=severity,
        reject_media=policy.reject_media,
        reject_reports=policy.reject_reports,
        rule_text=policy.rule_text,
        reason=policy.reason,
        source=policy.source,
        moderator_id=policy.moderator_id,
        created_at=now,
    )


async def _announce(tx: Transaction, domains: Sequence[str]) -> None:
    await live.publish(tx, LiveEvent(LiveKind.POLICIES))
    await jobs.enqueue(tx, ApplyPolicies(tuple(domains)))
