"""Everything that the alliance decided, for everybody to read: networks, trends, domains."""

import msgspec

from noi.db.hub import members
from noi.hub.decision_cards import trend_decision
from noi.models.hub import MemberState
from noi.models.paging import MAX_ID
from noi.pages.base import page
from noi.pages.policies import policy_cards
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services import policy_decisions
from noi.services.hub import hidden_trends
from noi.ui.cards import Pager

_AT_ONCE = 50
_HOME = "/decisions"
_PUBLIC = (
    MemberState.ADMITTED,
    MemberState.SUSPENDED,
    MemberState.LEAVING,
    MemberState.LEFT,
)
"""Who only asked, or was turned down, has no public page."""


class NetworkDecision(msgspec.Struct, frozen=True):
    """A decision about a network."""

    host: str
    name: str
    state: str
    rule: str
    reason: str
    at: int


@page("GET", _HOME, access="public")
async def networks(visit: Visit) -> Answer:
    """About networks."""
    found = await members.recent(visit.network.db, _PUBLIC, before=_before(visit), limit=_AT_ONCE)
    return await visit.render(
        "hub/decisions.html",
        networks=[
            NetworkDecision(
                host=host,
                name=name or host,
                state=one.state.value,
                rule=one.rule_text,
                reason=one.reason,
                at=one.created_at,
            )
            for host, name, one in found
        ],
        contact=visit.own.contact_email,
        page=_pager(_HOME, [one.id for _, _, one in found]),
    )


@page("GET", f"{_HOME}/trends", access="public")
async def trends(visit: Visit) -> Answer:
    """About what is talked about."""
    found = await hidden_trends.fetch_page(visit.network, before=_before(visit), limit=_AT_ONCE)
    return await visit.render(
        "hub/decisions.html",
        trends=[trend_decision(one) for one in found],
        contact=visit.own.contact_email,
        page=_pager(f"{_HOME}/trends", [one.hidden.id for one in found]),
    )


@page("GET", f"{_HOME}/domains", access="public")
async def domains(visit: Visit) -> Answer:
    """About servers that are no members, and parts of the net."""
    found = await policy_decisions.recent(visit.network, before=_before(visit), limit=_AT_ONCE)
    return await visit.render(
        "hub/decisions.html",
        domains=await policy_cards(visit, found),
        contact=visit.own.contact_email,
        page=_pager(f"{_HOME}/domains", [one.id for one in found]),
    )


def _before(visit: Visit) -> int:
    return number(visit.query.get("before", "")) or MAX_ID


def _pager(path: str, ids: list[int]) -> Pager:
    return Pager(older=with_query(path, before=ids[-1]) if len(ids) == _AT_ONCE else "")


HANDLERS = [networks, trends, domains]
