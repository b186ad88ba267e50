"""Finding people, and posts whose authors let them be found."""

import msgspec

from noi.db.hub import members
from noi.hub import choices
from noi.hub.cards import PersonCard, PostCard, person_card, post_card
from noi.models.errors import Invalid
from noi.models.hub import MemberState
from noi.models.ids import now_ms
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services.hub import account_search, post_search
from noi.text.sorting import sort_key
from noi.ui.cards import Choice, Pager

_AT_ONCE = 20
_LONGEST = 200
_DAY_MS = 86_400_000
_HOSTS = 500


class _Asked(msgspec.Struct, frozen=True):
    """What the address asks for; `time` is a number of days."""

    query: str
    after: str
    language: str
    host: str
    time: str

    @property
    def since(self) -> int | None:
        days = number(self.time)
        return now_ms() - days * _DAY_MS if days else None


@page("GET", "/search", access="public")
async def people(visit: Visit) -> Answer:
    """People who want to be found."""
    asked = _asked(visit)
    found: list[PersonCard] = []
    more = ""
    if asked.query:
        try:
            some = await account_search.find(
                visit.network,
                asked.query,
                limit=_AT_ONCE,
                after=asked.after,
                language=asked.language,
                host=asked.host,
            )
        except Invalid:  # somebody changed the address of a page
            return visit.redirect(with_query("/search", q=asked.query))
        found, more = [person_card(account) for account in some.accounts], some.next
    return await _page(visit, "people", asked, found, more)


@page("GET", "/search/posts", access="public")
async def posts(visit: Visit) -> Answer:
    """Public posts of people who let theirs be found."""
    asked = _asked(visit)
    found: list[PostCard] = []
    more = ""
    if asked.query:
        try:
            some = await post_search.find(
                visit.network,
                asked.query,
                limit=_AT_ONCE,
                after=asked.after,
                language=asked.language,
                host=asked.host,
                since=asked.since,
            )
        except Invalid:
            return visit.redirect(with_query("/search/posts", q=asked.query))
        found, more = [post_card(hit) for hit in some.posts], some.next
    return await _page(visit, "posts", asked, found, more)


def _asked(visit: Visit) -> _Asked:
    languages, days = choices.languages(visit), choices.days(visit)
    return _Asked(
        query=visit.query.get("q", "").strip()[:_LONGEST],
        after=visit.query.get("after", ""),
        language=choices.chosen(languages, visit.query.get("language", "")),
        host=visit.query.get("host", "").strip().lower()[:_LONGEST],
        time=choices.chosen(days, visit.query.get("time", "")),
    )


async def _page(
    visit: Visit,
    kind: str,
    asked: _Asked,
    found: list[PersonCard] | list[PostCard],
    more: str,
) -> Answer:
    narrowing = {"language": asked.language, "host": asked.host, "time": asked.time}
    older = with_query(visit.path, q=asked.query, after=more, **narrowing) if more else ""
    return await visit.render(
        "hub/search.html",
        kind=kind,
        query=asked.query,
        chosen=asked,
        found=found,
        languages=choices.languages(visit),
        hosts=await _hosts(visit),
        times=choices.days(visit),
        page=Pager(older=older),
    )


async def _hosts(visit: Visit) -> list[Choice]:
    """The members, by name."""
    rows = await members.fetch_page(visit.network.db, [MemberState.ADMITTED], after=0, limit=_HOSTS)
    named = sorted(rows, key=lambda row: sort_key(row.title))
    return [
        Choice(value="", label=visit.gettext("All networks")),
        *(Choice(value=row.host, label=row.title) for row in named),
    ]


HANDLERS = [people, posts]
