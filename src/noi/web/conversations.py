"""Direct messages, by conversation."""

import msgspec

from noi.pages.base import page
from noi.pages.people import account_card
from noi.pages.visits import Answer, Visit
from noi.services import accounts, conversations, timelines
from noi.text.sanitize import strip_html
from noi.web.feeds import pager_of, status_cards

_EXCERPT = 200
_ids = msgspec.json.Decoder(list[int])


@page("GET", "/conversations")
async def index(visit: Visit) -> Answer:
    """One's conversations, the last active first."""
    network, part = visit.network, visit.page(40)
    rows = await conversations.page(network, visit.viewer_id, part)
    people = {row.id: _ids.decode(row.participants) for row in rows}
    loaded = await accounts.load(network, sorted({id_ for ids in people.values() for id_ in ids}))
    last_ids = [row.last_status_id for row in rows]
    refs = await timelines.by_ids(network, visit.viewer_id, last_ids)
    cards = {card.id: card for card in await status_cards(visit, refs, "thread", hide=False)}
    shown: list[dict[str, object]] = []
    for row in rows:
        card = cards.get(row.last_status_id)
        others = [loaded[id_] for id_ in people[row.id] if id_ in loaded]
        if card is None:
            continue
        with_whom = [account_card(network, view.account, view.emojis) for view in others]
        text = " ".join(strip_html(card.content).split())
        shown.append(
            {
                "id": row.id,
                "accounts": with_whom or [card.account],
                "status": card,
                "unread": row.unread,
                "excerpt": card.warning or text[:_EXCERPT],
            }
        )
    return await visit.render(
        "conversations.html", conversations=shown, page=pager_of(visit, part, last_ids)
    )


@page("GET", "/conversations/{id:str}")
async def open_one(visit: Visit) -> Answer:
    """Mark a conversation as read and go to it."""
    row = await conversations.mark(visit.network, visit.viewer_id, visit.path_id(), unread=False)
    return visit.redirect(f"/statuses/{row.last_status_id}")


HANDLERS = [index, open_one]
