"""Networks that ask, are members or were: the stewards look at them and decide."""

from collections.abc import Awaitable, Callable

import msgspec

from noi.db import accounts
from noi.hub.cards import NetworkCard, network_card
from noi.models.errors import Conflict, Invalid, NoiError, NotFound
from noi.models.hub import Decision, Member, MemberState
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services.hub import capabilities, members
from noi.services.hub.members import Keys
from noi.ui.cards import Choice, Form, Pager

_AT_ONCE = 50
_HOME = "/manage/members"


class Standing(msgspec.Struct, frozen=True):
    """A network as stewards see it."""

    network: NetworkCard
    keys: Keys
    contact: str
    listed: bool
    asked_at: int
    heard_at: int | None
    failing_since: int | None


class DecisionCard(msgspec.Struct, frozen=True):
    """A decision, with who took it."""

    state: str
    rule_text: str
    reason: str
    created_at: int
    by: str


@page("GET", _HOME, access="moderator")
async def index(visit: Visit) -> Answer:
    """All of them, or those in one state."""
    counts = await members.counts(visit.network)
    states = _states(visit, counts)
    asked = visit.query.get("state", "")
    chosen = asked if asked in [choice.value for choice in states] else ""
    wanted = [MemberState(chosen)] if chosen else list(MemberState)
    after = number(visit.query.get("after", "")) or 0
    found = await members.fetch_page(visit.network, wanted, after=after, limit=_AT_ONCE)
    full = len(found) == _AT_ONCE
    older = with_query(_HOME, state=chosen, after=found[-1].id) if full else ""
    return await visit.render(
        "hub/manage/members.html",
        states=states,
        chosen=chosen,
        members=[_standing(member) for member in found],
        page=Pager(older=older),
    )


def _states(visit: Visit, counts: dict[MemberState, int]) -> list[Choice]:
    """The states that some network is in."""
    names = {
        MemberState.ASKED: visit.gettext("Asking"),
        MemberState.ADMITTED: visit.gettext("Admitted"),
        MemberState.REFUSED: visit.gettext("Refused"),
        MemberState.SUSPENDED: visit.gettext("Suspended"),
        MemberState.LEAVING: visit.gettext("Leaving"),
        MemberState.LEFT: visit.gettext("Left"),
    }
    some = [
        Choice(value=state.value, label=name, hint=str(counts[state]))
        for state, name in names.items()
        if counts.get(state)
    ]
    return [Choice(value="", label=visit.gettext("All")), *some]


@page("GET", f"{_HOME}/{{host:str}}", access="moderator")
async def show(visit: Visit) -> Answer:
    """One of them."""
    return await _page(visit, await members.get(visit.network, _host(visit)), Form())


@page("POST", f"{_HOME}/{{host:str}}/{{verb:str}}", access="moderator")
async def decide(visit: Visit) -> Answer:
    """Admit it, refuse it, suspend it, readmit it, let it leave, list it or not."""
    host, verb = _host(visit), str(visit.request.path_params["verb"])
    decision = _VERBS.get(verb)
    if decision is None:
        raise NotFound
    try:
        await decision(visit, host)
    except (Conflict, Invalid) as error:
        return await _refused(visit, host, verb, error)
    visit.tell(visit.gettext("It is done."))
    return visit.redirect(f"{_HOME}/{host}")


async def _refused(visit: Visit, host: str, verb: str, error: NoiError) -> Answer:
    member = await members.get(visit.network, host)
    return await _page(visit, member, visit.typed(error, verb=verb))


async def _admit(visit: Visit, host: str) -> None:
    await members.admit(visit.network, visit.person, host)


async def _readmit(visit: Visit, host: str) -> None:
    await members.readmit(visit.network, visit.person, host)


async def _refuse(visit: Visit, host: str) -> None:
    rule, reason = visit.text("rule"), visit.text("reason")
    await members.refuse(visit.network, visit.person, host, rule=rule, reason=reason)


async def _suspend(visit: Visit, host: str) -> None:
    rule, reason = visit.text("rule"), visit.text("reason")
    await members.suspend(visit.network, visit.person, host, rule=rule, reason=reason)


async def _leave(visit: Visit, host: str) -> None:
    await members.leave(visit.network, host, visit.person)


async def _list(visit: Visit, host: str) -> None:
    await members.set_listed(visit.network, visit.person, host, visit.flag("listed"))


_VERBS: dict[str, Callable[[Visit, str], Awaitable[None]]] = {
    "admit": _admit,
    "readmit": _readmit,
    "refuse": _refuse,
    "suspend": _suspend,
    "leave": _leave,
    "list": _list,
}


def _host(visit: Visit) -> str:
    return str(visit.request.path_params["host"])


async def _page(visit: Visit, member: Member, form: Form) -> Answer:
    return await visit.render(
        "hub/manage/member.html",
        code=422 if form.errors else 200,
        form=form,
        m=_standing(member),
        services=[
            _service(visit, name) for name in await capabilities.of_member(visit.network, member)
        ],
        decisions=await _decisions(visit, await members.decisions(visit.network, member.id)),
    )


def _service(visit: Visit, capability: str) -> str:
    _ = visit.gettext
    names = {
        "account_search": _("Finding people"),
        "post_search": _("Finding posts"),
        "follow_recommendation": _("Whom to follow"),
        "trends": _("What people talk about"),
        "callback": _("Testing the connection"),
        "data_sharing": _("What is shared"),
    }
    return names.get(capability, capability)


def _standing(member: Member) -> Standing:
    return Standing(
        network=network_card(member),
        keys=members.keys_of(member),
        contact=member.contact,
        listed=member.listed,
        asked_at=member.asked_at,
        heard_at=member.heard_at,
        failing_since=member.failing_since,
    )


async def _decisions(visit: Visit, decisions: list[Decision]) -> list[DecisionCard]:
    ids = {decision.steward_id for decision in decisions if decision.steward_id is not None}
    stewards = await accounts.get_many(visit.network.db, sorted(ids))
    return [
        DecisionCard(
            state=decision.state.value,
            rule_text=decision.rule_text,
            reason=decision.reason,
            created_at=decision.created_at,
            by=stewards[decision.steward_id].name if decision.steward_id in stewards else "",
        )
        for decision in decisions
    ]


HANDLERS = [index, show, decide]
