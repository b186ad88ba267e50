"""What there is to find before one searches: what is talked about, people, the alliance."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import msgspec

from noi.db import alliance as providers
from noi.db.alliance_networks import AllianceNetwork
from noi.models.accounts import AccountKind
from noi.models.alliance import Provider, ProviderState
from noi.models.statuses import Tag
from noi.pages.base import page
from noi.pages.languages import language_name
from noi.pages.people import account_cards, initials
from noi.pages.visits import Answer, Visit
from noi.services import accounts, alliance_networks, instance, suggestions, trends
from noi.services import tags as tag_views
from noi.services.suggestions import HERE, Suggestion
from noi.ui.cards import AccountCard, Choice, Pager
from noi.web.posts import posts

_SUGGESTED = 8
_TOPICS = 8
_LINKS = 4
_POSTS = 4
_NETWORKS = 6


class Suggested(msgspec.Struct, frozen=True):
    """Somebody in a line, with the reason in words; `by` is which part of the alliance says so."""

    account: AccountCard
    reason: str = ""
    by: str = ""
    group: bool = False


class Neighbour(msgspec.Struct, frozen=True):
    """Another network of an alliance."""

    host: str
    name: str
    initials: str
    url: str
    description: str
    registrations: str
    tags: list[str]


class Alliance(msgspec.Struct, frozen=True):
    """An alliance that this network is in; `url` is where all its networks stand."""

    name: str
    url: str
    networks: list[Neighbour]


async def explore(visit: Visit) -> Answer:
    """The page of those who have not typed anything yet."""
    shown = visit.viewer is not None or visit.own.local_timeline_public
    network = visit.network
    return await visit.render(
        "search.html",
        query="",
        topics=await topics(visit, _TOPICS),
        links=await _links(visit) if shown else [],
        popular=await posts(
            visit, await trends.statuses(network, visit.viewer_id, _POSTS), "public"
        )
        if shown
        else [],
        suggestions=await suggested(visit, _SUGGESTED),
        alliances=await _hubs(visit),
        page=Pager(),
    )


async def topics(visit: Visit, limit: int) -> list[Choice]:
    """Hashtags that are talked about."""
    found = await trends.hashtags(visit.network, visit.viewer_id, limit)
    return [tag_choice(visit, view) for view in found]


async def tag_choices(visit: Visit, tags: Sequence[Tag]) -> list[Choice]:
    """Hashtags with how many people here use them."""
    views = await tag_views.views(visit.network, visit.viewer_id, list(tags))
    return [tag_choice(visit, view) for view in views]


def tag_choice(visit: Visit, view: tag_views.TagView) -> Choice:
    """A hashtag; of one that the alliance talks about and nobody here, no number is shown."""
    people = sum(day.accounts for day in view.history)
    hint = visit.ngettext("{n} person this week", "{n} people this week", people) if people else ""
    return Choice(value=quote(view.tag.name), label=view.tag.name, hint=hint)


async def _links(visit: Visit) -> list[Choice]:
    found = await trends.links(visit.network, _LINKS)
    return [
        Choice(
            value=view.card.url,
            label=view.card.title,
            hint=view.card.provider_name or urlsplit(view.card.url).netloc,
        )
        for view in found
        if view.card.url.startswith(("https://", "http://"))
    ]


async def alliances(visit: Visit) -> list[Choice]:
    """The alliances whose services this network uses: addresses and names."""
    return [Choice(value=one.base_url, label=one.name or one.host) for one in await _used(visit)]


async def _hubs(visit: Visit) -> list[Alliance]:
    """Those with pages of their own, each with its first networks."""
    networks = await alliance_networks.first(visit.network, _NETWORKS)
    return [
        Alliance(
            name=one.name or one.host,
            url=f"{one.base_url}/networks",
            networks=[_neighbour(row) for row in networks.get(one.id, [])],
        )
        for one in await _used(visit)
        if one.hub
    ]


def _neighbour(row: AllianceNetwork) -> Neighbour:
    languages = msgspec.json.decode(row.languages, type=list[str])
    subjects = msgspec.json.decode(row.subjects, type=list[str])
    return Neighbour(
        host=row.host,
        name=row.name,
        initials=initials(row.name),
        url=row.url,
        description=row.description,
        registrations=row.registrations,
        tags=[*subjects, *map(language_name, languages)],
    )


async def _used(visit: Visit) -> list[Provider]:
    found = await providers.in_state(visit.network.db, ProviderState.CONFIRMED)
    return [one for one in found if one.membership in ("", "admitted")]


async def suggested(visit: Visit, limit: int) -> list[Suggested]:
    """Whom the visitor may want to follow; strangers see people who want to be found."""
    if visit.viewer is None:
        ids = await instance.directory(
            visit.network, order="active", local=True, limit=limit, offset=0
        )
        found = [Suggestion(id_, "", HERE, {}) for id_ in ids]
    else:
        found = await suggestions.fetch(visit.network, visit.viewer_id, limit)
    loaded = await accounts.load(visit.network, [one.account_id for one in found])
    views = [loaded[one.account_id] for one in found if one.account_id in loaded]
    cards = await account_cards(visit.network, visit.viewer_id, views)
    kinds = {view.account.id: view.account.kind for view in views}
    said = {one.account_id: one for one in found}
    return [
        Suggested(
            account=card,
            reason=_reason(visit, said[card.id]),
            by=said[card.id].provider,
            group=kinds[card.id] is AccountKind.GROUP,
        )
        for card in cards
    ]


def _reason(visit: Visit, one: Suggestion) -> str:
    """Why somebody is suggested, where there are words for it."""
    name, params = str(one.params.get("name", "")), one.params
    others = params.get("n", 0)
    match one.kind:
        case "followed_by" if name and others:
            return visit.gettext(
                "Followed by {name} and {n} more whom you follow", name=name, n=others
            )
        case "followed_by" if name:
            return visit.gettext("Followed by {name}, whom you follow", name=name)
        case "followed_by" if others:
            return visit.gettext("Followed by {n} whom you follow", n=others)
        case "tag" if params.get("tag"):
            return visit.gettext("Writes about #{tag}, as you do", tag=params["tag"])
        case "topic" if params.get("words"):
            return visit.gettext(
                "Speaks of “{words}” in the profile, as you do", words=params["words"]
            )
        case "language":
            return visit.gettext("Writes in a language that you read")
        case "newcomer":
            return visit.gettext("New in the alliance")
        case "group":
            return visit.gettext("A group of the alliance")
        case _:
            return ""


@page("POST", "/suggestions/{id:str}/dismiss")
async def dismiss(visit: Visit) -> Answer:
    """Suggest somebody no more."""
    await suggestions.dismiss(visit.network, visit.viewer_id, visit.path_id())
    return visit.back("/search")


HANDLERS = [dismiss]
