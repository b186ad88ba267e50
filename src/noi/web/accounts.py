"""Profiles, who follows whom, and what one does with another account."""

from collections.abc import Awaitable, Callable

from noi.models.accounts import Account
from noi.models.errors import NotFound
from noi.pages.base import page
from noi.pages.people import (
    account_card,
    account_path,
    cards_of,
    is_staff,
    profile_card,
    relation_card,
)
from noi.pages.visits import Answer, Visit, number
from noi.services import accounts, blocks, follows, lists, mutes, notes, relationships, timelines
from noi.services.network import Network
from noi.ui.cards import AccountCard, Choice
from noi.web import statuses
from noi.web.feeds import pager, pager_of
from noi.web.posts import posts

_TABS = ("", "replies", "media")


@page("GET", "/{handle:str}", access="public")
async def profile(visit: Visit) -> Answer:
    """A profile with its posts."""
    return await _profile(visit, await _named(visit), "")


@page("GET", "/{handle:str}/{part:str}", access="public")
async def part_of_profile(visit: Visit) -> Answer:
    """One status of an account, another tab of its profile, or its followers."""
    part = str(visit.request.path_params["part"])
    if (status_id := number(part)) is not None:
        return await statuses.show(visit, _handle(visit), status_id)
    account = await _named(visit)
    if part in ("followers", "following"):
        return await _follows(visit, account, part)
    if part not in _TABS:
        raise NotFound
    return await _profile(visit, account, part)


def _handle(visit: Visit) -> str:
    handle = str(visit.request.path_params["handle"])
    if not handle.startswith("@"):
        raise NotFound
    return handle


async def _named(visit: Visit) -> Account:
    return await accounts.get_by_handle(visit.network, _handle(visit))


async def _profile(visit: Visit, account: Account, tab: str) -> Answer:
    network, part = visit.network, visit.page()
    refs = await timelines.by_account(
        network,
        visit.viewer_id,
        account.id,
        part,
        only_media=tab == "media",
        exclude_replies=tab == "",
    )
    first = not tab and part.max_id is None and part.min_id is None
    pins = await timelines.pinned(network, visit.viewer_id, account.id) if first else []
    view = await accounts.view_of(network, account)
    is_me = account.id == visit.viewer_id
    relation = None
    if visit.viewer is not None and not is_me:
        found = await relationships.load_one(network, visit.viewer_id, account.id)
        relation = relation_card(found)
    moved = await _moved_to(visit, account)
    role = visit.gettext("Moderator") if is_staff(view.role) else ""
    return await visit.render(
        "profile.html",
        profile=profile_card(network, view, relation, role=role, is_me=is_me, moved_to=moved),
        pinned=await posts(visit, pins, "account", pinned_here=True),
        statuses=await posts(visit, refs, "account"),
        page=pager(visit, part, refs),
        noindex=not account.indexable,
    )


async def _moved_to(visit: Visit, account: Account) -> AccountCard | None:
    if account.moved_to_id is None:
        return None
    found = (await accounts.load(visit.network, [account.moved_to_id])).get(account.moved_to_id)
    return account_card(visit.network, found.account, found.emojis) if found else None


async def _follows(visit: Visit, account: Account, direction: str) -> Answer:
    part = visit.page(40)
    which = "followers" if direction == "followers" else "following"
    rows = await follows.page(visit.network, which, visit.viewer_id, account.id, part)
    path = account_path(account)
    return await visit.render(
        "accounts.html",
        title=account.name,
        back=path,
        links=[
            (f"{path}/followers", visit.gettext("Followers")),
            (f"{path}/following", visit.gettext("Following")),
        ],
        nothing=visit.gettext("This list is not shown") if account.hide_collections else "",
        accounts=await cards_of(visit.network, visit.viewer_id, rows),
        page=pager_of(visit, part, [row.page_id for row in rows]),
    )


_VERBS: dict[str, Callable[[Network, int, int], Awaitable[object]]] = {
    "follow": follows.follow,
    "unfollow": follows.unfollow,
    "mute": mutes.mute,
    "unmute": mutes.unmute,
    "block": blocks.block,
    "unblock": blocks.unblock,
    "remove-follower": follows.remove_from_followers,
}


@page("POST", "/accounts/{id:str}/{verb:str}")
async def act(visit: Visit) -> Answer:
    """Follow, mute or block an account, take it back, or write a note about it."""
    verb, target_id = str(visit.request.path_params["verb"]), visit.path_id()
    network, viewer_id = visit.network, visit.viewer_id
    account = await accounts.get(network, target_id)
    match verb:
        case "reblogs":
            await follows.follow(network, viewer_id, target_id, show_reblogs=visit.flag("show"))
        case "notify":
            await follows.follow(network, viewer_id, target_id, notify=visit.flag("on"))
        case "note":
            await notes.set_note(network, viewer_id, target_id, visit.text("note"))
        case "lists":
            await _set_lists(visit, target_id)
        case _ if verb in _VERBS:
            await _VERBS[verb](network, viewer_id, target_id)
        case _:
            raise NotFound
    return visit.back(account_path(account))


@page("GET", "/accounts/{id:str}/block")
async def confirm_block(visit: Visit) -> Answer:
    """Ask before blocking."""
    account = await accounts.get(visit.network, visit.path_id())
    card = account_card(visit.network, account)
    return await visit.render(
        "confirm.html",
        title=visit.gettext("Block {name}", name=card.handle),
        question=visit.gettext(
            "You will not see each other's posts any more, and follows between you end."
        ),
        yes=visit.gettext("Block"),
        grave=True,
        action=f"/accounts/{account.id}/block",
        back=card.path,
        status=None,
        account=card,
    )


@page("GET", "/accounts/{id:str}/lists")
async def in_lists(visit: Visit) -> Answer:
    """Which of one's lists an account is in."""
    account = await accounts.get(visit.network, visit.path_id())
    holding = await lists.with_member(visit.network, visit.viewer_id, account.id)
    chosen = {found.id for found in holding}
    return await visit.render(
        "account_lists.html",
        account=account_card(visit.network, account),
        lists=[
            Choice(value=str(found.id), label=found.title, hint="1" if found.id in chosen else "")
            for found in await lists.all_of(visit.network, visit.viewer_id)
        ],
    )


async def _set_lists(visit: Visit, target_id: int) -> None:
    wanted = {number(text) for text in visit.texts("list")}
    holding = await lists.with_member(visit.network, visit.viewer_id, target_id)
    held = {found.id for found in holding}
    for found in await lists.all_of(visit.network, visit.viewer_id):
        if found.id in wanted and found.id not in held:
            await lists.add(visit.network, visit.viewer_id, found.id, [target_id])
        elif found.id in held and found.id not in wanted:
            await lists.remove(visit.network, visit.viewer_id, found.id, [target_id])


@page("GET", "/me")
async def me(visit: Visit) -> Answer:
    """Everything that is one's own, for phones."""
    return await visit.render("me.html")


HANDLERS = [profile, part_of_profile, act, confirm_block, in_lists, me]
