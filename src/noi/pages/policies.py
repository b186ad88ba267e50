"""Decisions about other servers in words, for a network's pages and a hub's."""

from collections.abc import Sequence

import msgspec

from noi.models.errors import Invalid, NotFound
from noi.models.federation import DomainPolicy
from noi.models.policies import DISALLOWED, PolicyDecision
from noi.pages.visits import Visit, with_query
from noi.services import accounts, policy_decisions
from noi.services.network import Network
from noi.ui.cards import Pager

_PAGE = 50


class PolicyCard(msgspec.Struct, frozen=True):
    """What is decided about a domain, in words."""

    domain: str
    what: list[str]
    rule: str
    reason: str
    by: str
    source: str
    at: int
    private_note: str = ""


async def policies_page(visit: Visit, home: str) -> tuple[list[PolicyCard], Pager]:
    """A page of all decisions by domain, and where the next is, for the list at `home`."""
    after = visit.query.get("after", "")[:300]
    found = await policy_decisions.fetch_page(visit.network, after=after, limit=_PAGE)
    older = with_query(home, after=found[-1].domain) if len(found) == _PAGE else ""
    return await policy_cards(visit, found), Pager(older=older)


def asked_domain(visit: Visit) -> str:
    """The domain that is asked about; empty where that is none, which the person is told."""
    try:
        return policy_decisions.check_domain(visit.network, visit.query.get("domain", ""))
    except Invalid as error:
        visit.tell(visit.gettext(error.message, **error.params), "problem")
        return ""


async def lift_policy(visit: Visit) -> tuple[DomainPolicy, dict[str, str]]:
    """Take back what was decided about a domain: what that was, and what is wrong with the form,
    in words by field. Raises NotFound.
    """
    domain = visit.text("domain")
    policy = await policy_decisions.get(visit.network, domain)
    if policy is None:
        raise NotFound
    try:
        await policy_decisions.lift(visit.network, visit.person, domain, visit.text("lift_reason"))
    except Invalid as error:
        return policy, {"lift_reason": visit.gettext(error.message, **error.params)}
    return policy, {}


async def policy_card(visit: Visit, policy: DomainPolicy) -> PolicyCard:
    """One policy in words."""
    return (await policy_cards(visit, [policy]))[0]


async def policy_cards(
    visit: Visit, found: Sequence[DomainPolicy] | Sequence[PolicyDecision]
) -> list[PolicyCard]:
    """Policies, or decisions about them, in words."""
    names = await _names(visit.network, [one.moderator_id for one in found])
    return [
        PolicyCard(
            domain=one.domain,
            what=what_words(visit, one.severity, one.reject_media, one.reject_reports),
            rule=one.rule_text,
            reason=one.reason,
            by=names.get(one.moderator_id or 0, visit.gettext("the operator")),
            source=one.source,
            at=one.updated_at if isinstance(one, DomainPolicy) else one.created_at,
            private_note=one.private_note if isinstance(one, DomainPolicy) else "",
        )
        for one in found
    ]


async def _names(network: Network, ids: Sequence[int | None]) -> dict[int, str]:
    loaded = await accounts.load(network, sorted({id_ for id_ in ids if id_}))
    return {id_: one.account.name for id_, one in loaded.items()}


def what_words(visit: Visit, severity: str, reject_media: bool, reject_reports: bool) -> list[str]:
    """What a decision does."""
    if not severity:
        return [visit.gettext("Taken back")]
    words = {
        "block": visit.gettext("Blocked"),
        "limit": visit.gettext("Limited"),
        DISALLOWED: visit.gettext("Taken off the list of allowed networks"),
    }
    what = [words[severity]] if severity in words else []
    if reject_media:
        what.append(visit.gettext("without pictures and media"))
    if reject_reports:
        what.append(visit.gettext("its reports are not taken"))
    return what
