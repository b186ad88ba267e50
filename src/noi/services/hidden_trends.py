"""Keeping what is talked about out of the trends of this network: by a rule, for a reason.

A hashtag or a link is a thing, and nobody's; a post is somebody's, so that it is hidden by an
enforcement, of which its author is told.
"""

from noi.db import cards, tags
from noi.db import hidden_trends as table
from noi.db.database import Transaction
from noi.db.hidden_trends import HiddenTrend, Topic
from noi.models.accounts import Viewer
from noi.models.errors import Conflict, NotFound
from noi.models.ids import now_ms
from noi.models.paging import Page
from noi.services.enforcements import (
    check_may_overrule,
    check_moderator,
    checked_reason,
    checked_rule_text,
    rule_text,
)
from noi.services.network import Network


async def hide(
    network: Network,
    moderator: Viewer | None,
    kind: Topic,
    object_id: int,
    *,
    rule: int | str,
    reason: str,
) -> HiddenTrend:
    """Keep a hashtag or link (by the id of its tag or card) out of the trends.

    `rule` is the id of a rule or a rule in words; `moderator` is None for the operator. Raises
    Forbidden, NotFound, Invalid without rule or reason, Conflict where it is hidden.
    """
    check_moderator(moderator)
    name = await name_of(network, kind, object_id)
    why = checked_reason(reason)
    words = rule if isinstance(rule, int) else checked_rule_text(rule)

    async def work(tx: Transaction) -> HiddenTrend:
        new = HiddenTrend(
            id=network.ids.next(),
            kind=kind,
            object_id=object_id,
            name=name,
            rule_text=await rule_text(tx, words) if isinstance(words, int) else words,
            reason=why,
            moderator_id=moderator.account_id if moderator else None,
            created_at=now_ms(),
        )
        if not await table.insert(tx, new):
            raise Conflict("This is already in force")
        return new

    return await network.db.transaction(work)


async def show(network: Network, moderator: Viewer | None, hidden_id: int, reason: str) -> None:
    """Let a hashtag or link into the trends again.

    Raises NotFound, Invalid without a reason, Conflict where it was, and Forbidden where someone
    of higher rank decided it.
    """
    check_moderator(moderator)
    why = checked_reason(reason)

    async def work(tx: Transaction) -> None:
        hidden = await table.get(tx, hidden_id)
        if hidden is None:
            raise NotFound
        await check_may_overrule(tx, moderator, hidden.moderator_id)
        by = moderator.account_id if moderator else None
        if not await table.show(tx, hidden_id, by, why):
            raise Conflict("This decision was already taken back")

    await network.db.transaction(work)


async def fetch_page(network: Network, moderator: Viewer, part: Page) -> list[HiddenTrend]:
    """What was decided about hashtags and links, newest first, for moderators."""
    check_moderator(moderator)
    return await table.page(network.db, part)


async def name_of(network: Network, kind: Topic, object_id: int) -> str:
    """A hashtag's name, or a link's address. Raises NotFound."""
    if kind == "tag":
        tag = (await tags.get_many(network.db, [object_id])).get(object_id)
        name = tag.name if tag else ""
    else:
        card = (await cards.get_many(network.db, [object_id])).get(object_id)
        name = card.url if card else ""
    if not name:
        raise NotFound
    return name
