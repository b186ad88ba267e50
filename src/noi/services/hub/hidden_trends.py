"""Keeping what is talked about out of the alliance's trends: by a rule, for a reason, in public.

Members are told of it no more, at once. It can still be found and read.
"""

from collections.abc import Sequence

import msgspec

from noi.db.database import Transaction
from noi.db.hub import hidden_trends as table
from noi.db.hub import posts, visible
from noi.db.hub.hidden_trends import HiddenTrend, Kind, post_key
from noi.models.accounts import Viewer
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.hub_records import HubPost
from noi.models.ids import now_ms
from noi.models.paging import MAX_ID
from noi.services.enforcements import check_moderator, checked_reason, checked_rule_text
from noi.services.network import Network
from noi.text.hashtags import family_key, valid_tag

_MAX_NAME = 2_000


class Decided(msgspec.Struct, frozen=True):
    """A decision, with the post that it is about while that may be shown."""

    hidden: HiddenTrend
    post: HubPost | None = None


async def hide(
    network: Network, steward: Viewer | None, kind: Kind, name: str, *, rule: str, reason: str
) -> HiddenTrend:
    """Keep a hashtag, a link, or a post (by its address) out of the trends.

    All spellings of a hashtag go. `steward` is None for the operator. Raises Forbidden, Invalid,
    NotFound for a post that is not held, Conflict where it is kept out.
    """
    check_moderator(steward)
    words, why = checked_rule_text(rule), checked_reason(reason)
    key, shown, post_id = await _named(network, kind, name)
    new = HiddenTrend(
        id=network.ids.next(),
        kind=kind,
        key=key,
        name=shown,
        post_id=post_id,
        rule_text=words,
        reason=why,
        steward_id=steward.account_id if steward else None,
        created_at=now_ms(),
    )

    async def work(tx: Transaction) -> HiddenTrend:
        if not await table.insert(tx, new):
            raise Conflict("This is already in force")
        return new

    return await network.db.transaction(work)


async def show(network: Network, steward: Viewer | None, hidden_id: int, reason: str) -> None:
    """Let something into the trends again. Raises Forbidden, NotFound, Invalid, Conflict."""
    check_moderator(steward)
    why = checked_reason(reason)
    by = steward.account_id if steward else None

    async def work(tx: Transaction) -> None:
        if await table.get(tx, hidden_id) is None:
            raise NotFound
        if not await table.show(tx, hidden_id, by, why):
            raise Conflict("This decision was already taken back")

    await network.db.transaction(work)


async def fetch_page(network: Network, *, before: int = MAX_ID, limit: int = 50) -> list[Decided]:
    """What was decided, for everybody to read, newest first."""
    found = await table.fetch_page(network.db, before=before, limit=limit)
    held = await visible.posts(network.db, [one.post_id for one in found if one.post_id])
    return [Decided(one, held.get(one.post_id)) for one in found]


async def of_posts(network: Network, ids: Sequence[int]) -> dict[int, HiddenTrend]:
    """What keeps some posts out of the trends now, by the post."""
    return {one.post_id: one for one in await table.of_posts(network.db, ids)}


async def _named(network: Network, kind: Kind, name: str) -> tuple[str, str, int]:
    """The key, the name to show and the post's id."""
    name = name.strip()
    if kind == "hashtag":
        tag = name.removeprefix("#")
        if not valid_tag(tag):
            raise Invalid("This is no hashtag", field="name")
        return family_key(tag), tag, 0
    if not name or len(name) > _MAX_NAME:
        raise Invalid("This is not an address", field="name")
    if kind == "link":
        return name, name, 0
    post = await posts.by_uri(network.db, name)
    if post is None:
        raise NotFound
    return post_key(post.uri), "", post.id
