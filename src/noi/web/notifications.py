"""What happened to someone: likes and reposts of a post stand together."""

from collections.abc import Sequence

from noi.models.notifications import Notification, NotificationKind
from noi.pages.base import page
from noi.pages.people import account_cards, cards_of
from noi.pages.visits import Answer, Visit, number
from noi.services import accounts, follows, markers, notifications, timelines
from noi.text.sanitize import strip_html
from noi.ui.cards import AccountCard, NotificationCard, StatusCard
from noi.web.feeds import pager_of, status_cards

_GROUPED = (
    NotificationKind.FAVOURITE,
    NotificationKind.REACTION,
    NotificationKind.REBLOG,
    NotificationKind.FOLLOW,
)
_EXCERPT = 240
_FACES = 6
_OFFICIAL = (NotificationKind.MODERATION_WARNING, NotificationKind.SEVERED_RELATIONSHIPS)


@page("GET", "/notifications")
async def everything(visit: Visit) -> Answer:
    """All kinds."""
    return await _page(visit, None)


@page("GET", "/notifications/mentions")
async def mentions(visit: Visit) -> Answer:
    """Mentions only."""
    return await _page(visit, [NotificationKind.MENTION])


async def _page(visit: Visit, kinds: Sequence[str] | None) -> Answer:
    network, viewer_id, part = visit.network, visit.viewer_id, visit.page(40)
    rows = await notifications.page(network, viewer_id, part, kinds=kinds)
    read = (await markers.load(network, viewer_id)).get("notifications")
    seen = read.last_read_id if read else 0
    if rows and rows[0].id > seen:
        await markers.put(network, viewer_id, {"notifications": rows[0].id})
    people = await _people(visit, rows)
    statuses = await _statuses(visit, rows)
    items = [_card(group, people, statuses, seen) for group in _groups(rows)]
    return await visit.render(
        "notifications.html",
        items=[item for item in items if item is not None],
        page=pager_of(visit, part, [row.id for row in rows]),
    )


def _groups(rows: Sequence[Notification]) -> list[list[Notification]]:
    """Rows that say the same of the same status, in the place of the newest."""
    groups: dict[tuple[object, ...], list[Notification]] = {}
    for row in rows:
        key = (row.kind, row.status_id) if row.kind in _GROUPED else (row.id,)
        groups.setdefault(key, []).append(row)
    return list(groups.values())


async def _people(visit: Visit, rows: Sequence[Notification]) -> dict[int, AccountCard]:
    loaded = await accounts.load(visit.network, sorted({row.from_account_id for row in rows}))
    cards = await account_cards(visit.network, visit.viewer_id, loaded.values())
    return {card.id: card for card in cards}


async def _statuses(visit: Visit, rows: Sequence[Notification]) -> dict[int, StatusCard]:
    ids = sorted({row.status_id for row in rows if row.status_id is not None})
    refs = await timelines.by_ids(visit.network, visit.viewer_id, ids)
    return {
        card.shown_id: card for card in await status_cards(visit, refs, "notifications", hide=False)
    }


def _card(
    group: list[Notification],
    people: dict[int, AccountCard],
    statuses: dict[int, StatusCard],
    seen: int,
) -> NotificationCard | None:
    first = group[0]
    by = [people[row.from_account_id] for row in group if row.from_account_id in people]
    if first.kind in (*_OFFICIAL, NotificationKind.POLL):
        by = []
    elif not by:
        return None
    status = statuses.get(first.status_id or 0)
    if first.status_id is not None and status is None and first.kind not in _OFFICIAL:
        return None
    return NotificationCard(
        id=first.id,
        kind=first.kind,
        accounts=by[:_FACES],
        count=len(by),
        created_at=first.created_at,
        status=status if first.kind not in _OFFICIAL else None,
        unread=first.id > seen,
        excerpt=_excerpt(status) if status else "",
        path=_path(first),
    )


def _excerpt(status: StatusCard) -> str:
    text = status.warning or " ".join(strip_html(status.content).split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1].rstrip() + "…"


def _path(row: Notification) -> str:
    match row.kind:
        case NotificationKind.MODERATION_WARNING:
            return f"/decisions/{row.subject_id}"
        case NotificationKind.SEVERED_RELATIONSHIPS:
            return f"/severances/{row.subject_id}" if row.subject_id else ""
        case NotificationKind.REPORT:
            return f"/moderation/reports/{row.subject_id}"
        case NotificationKind.SIGN_UP:
            return "/moderation/waiting"
        case _:
            return ""


@page("POST", "/notifications/clear")
async def clear(visit: Visit) -> Answer:
    """Remove them all."""
    await notifications.clear(visit.network, visit.viewer_id)
    return visit.redirect("/notifications")


@page("GET", "/follow-requests")
async def requests(visit: Visit) -> Answer:
    """Who would like to follow one."""
    part = visit.page(40)
    rows = await follows.requests(visit.network, visit.viewer_id, part)
    return await visit.render(
        "follow_requests.html",
        accounts=await cards_of(visit.network, visit.viewer_id, rows),
        page=pager_of(visit, part, [row.page_id for row in rows]),
    )


@page("POST", "/follow-requests/{id:str}/{answer:str}")
async def answer_request(visit: Visit) -> Answer:
    """Accept or decline."""
    requester = number(str(visit.request.path_params["id"])) or 0
    if visit.request.path_params["answer"] == "authorize":
        await follows.accept(visit.network, visit.viewer_id, requester)
    else:
        await follows.reject(visit.network, visit.viewer_id, requester)
    return visit.back("/follow-requests")


HANDLERS = [everything, mentions, clear, requests, answer_request]
