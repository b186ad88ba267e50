"""The directory: finding a network to join, and what is decided about each."""

import msgspec

from noi.db.hub import members, receipts
from noi.hub import choices
from noi.hub.cards import network_card
from noi.models.errors import NotFound
from noi.models.hub import MemberState
from noi.pages.base import page
from noi.pages.languages import language_name
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services.hub import directory
from noi.ui.cards import Choice, Pager

_AT_ONCE = 30
_GONE = 100
_ENDED = (MemberState.SUSPENDED, MemberState.LEAVING, MemberState.LEFT)


class _Chosen(msgspec.Struct, frozen=True):
    subject: str
    language: str
    size: str


@page("GET", "/networks", access="public")
async def index(visit: Visit) -> Answer:
    """Networks by subject, language and size, and those that are members no more."""
    facets = await directory.facets(visit.network)
    subjects = _subjects(visit, facets)
    languages = _languages(visit, facets)
    sizes = choices.sizes(visit)
    chosen = _Chosen(
        subject=choices.chosen(subjects, visit.query.get("subject", "")),
        language=choices.chosen(languages, visit.query.get("language", "")),
        size=choices.chosen(sizes, visit.query.get("size", "")),
    )
    wanted = msgspec.structs.asdict(chosen)
    found = await directory.networks(visit.network, **wanted)
    start = number(visit.query.get("from", "")) or 0
    shown, following = found[start : start + _AT_ONCE], start + _AT_ONCE
    older = with_query("/networks", **wanted, **{"from": following})
    filtered = any(wanted.values())
    ended = (
        []
        if filtered or start
        else await members.fetch_page(visit.network.db, _ENDED, after=0, limit=_GONE)
    )
    return await visit.render(
        "hub/networks.html",
        found=[network_card(member) for member in shown],
        ended=[network_card(member) for member in ended],
        total=len(found),
        subjects=subjects,
        languages=languages,
        sizes=sizes,
        chosen=chosen,
        filtered=filtered,
        page=Pager(older=older if following < len(found) else ""),
    )


def _subjects(visit: Visit, facets: directory.Facets) -> list[Choice]:
    every = Choice(value="", label=visit.gettext("All subjects"))
    return [
        every,
        *(Choice(value=one.value, label=_counted(one.value, one)) for one in facets.subjects),
    ]


def _languages(visit: Visit, facets: directory.Facets) -> list[Choice]:
    every = Choice(value="", label=visit.gettext("All languages"))
    return [
        every,
        *(
            Choice(value=one.value, label=_counted(language_name(one.value), one))
            for one in facets.languages
        ),
    ]


def _counted(name: str, facet: directory.Facet) -> str:
    return f"{name} ({facet.networks})"


@page("GET", "/networks/{host:str}", access="public")
async def show(visit: Visit) -> Answer:
    """One network: what it says of itself, and what the alliance decided about it."""
    host = str(visit.request.path_params["host"])
    member = await members.by_host(visit.network.db, host.lower())
    if member is None or member.state not in (MemberState.ADMITTED, *_ENDED):
        raise NotFound
    return await visit.render(
        "hub/network.html",
        n=network_card(member),
        receipt=await receipts.latest(visit.network.db, member.host) is not None,
        decisions=await members.decisions(visit.network.db, member.id),
        contact=visit.own.contact_email,
    )


HANDLERS = [index, show]
