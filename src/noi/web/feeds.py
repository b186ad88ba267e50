"""Pages of statuses: from references to what templates print for one viewer."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from noi.models.errors import NotFound
from noi.models.filters import FilterAction, FilterResult
from noi.models.interactions import NOBODY, QuotedStanding
from noi.models.media import MediaAttachment, MediaState
from noi.models.paging import Page
from noi.models.statuses import (
    PollView,
    PreviewCard,
    Reaction,
    Status,
    StatusRef,
    StatusView,
    Visibility,
)
from noi.pages.people import account_card, with_emojis, with_own_links
from noi.pages.visits import Visit, with_query
from noi.services import accounts, filters, polls, quotes, reactions, timelines, views
from noi.services.filter_matching import Matcher
from noi.services.interactions import SHOWN, quote_rule, said_of, state_of
from noi.services.network import Network
from noi.ui.cards import (
    LinkCard,
    MediaCard,
    Pager,
    PollCard,
    PollOptionCard,
    QuoteCard,
    ReactionCard,
    StatusCard,
)
from noi.ui.html import Html

Context = Literal["home", "public", "thread", "account", "notifications"]

_VISIBILITIES: dict[Visibility, Literal["public", "unlisted", "private", "direct"]] = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.PRIVATE: "private",
    Visibility.DIRECT: "direct",
}


class _Meta(msgspec.Struct):
    original: dict[str, object] = {}


class Shelf(msgspec.Struct):
    """What making the cards of one page needs at hand."""

    visit: Visit
    context: Context
    loaded: dict[int, StatusView]
    votes: dict[int, list[int]]
    matcher: Matcher | None
    answered: dict[int, str]
    quoted: dict[int, StatusRef]
    standings: dict[int, QuotedStanding]
    reacted: dict[int, set[str]]


async def status_cards(
    visit: Visit, refs: Sequence[StatusRef], context: Context, *, hide: bool = True
) -> list[StatusCard]:
    """Cards in the order of `refs`; what a filter of `context` hides is left out."""
    if not refs:
        return []
    shelf = await shelve(visit, refs, context)
    cards = (card_of(shelf, ref, hide=hide) for ref in refs)
    return [card for card in cards if card is not None]


async def shelve(visit: Visit, refs: Sequence[StatusRef], context: Context) -> Shelf:
    """Load what making the cards of some statuses takes."""
    loaded = await views.load(visit.network, [ref.id for ref in refs])
    shown = [view.reblog or view for view in loaded.values()]
    asked = [view.quote.quoted_id for view in shown if view.quote is not None]
    quoted, standings = await _quoted(visit, asked)
    loaded |= await views.load(visit.network, [id_ for id_ in quoted if id_ not in loaded])
    votes: dict[int, list[int]] = {}
    matcher = None
    if visit.viewer is not None:
        poll_ids = [view.poll.poll.id for view in shown if view.poll]
        votes = await polls.own_votes(visit.network, visit.viewer_id, poll_ids) if poll_ids else {}
        matcher = await filters.matcher(visit.network, visit.viewer)
    answered = await _answered(visit.network, [view.status for view in shown])
    with_reactions = [view.status.id for view in loaded.values() if view.reactions]
    reacted = await reactions.own(visit.network, visit.viewer_id, with_reactions)
    return Shelf(visit, context, loaded, votes, matcher, answered, quoted, standings, reacted)


async def _quoted(
    visit: Visit, ids: list[int]
) -> tuple[dict[int, StatusRef], dict[int, QuotedStanding]]:
    if not ids:
        return {}, {}
    refs = await timelines.by_ids(visit.network, visit.viewer_id, ids)
    standings = await quotes.standings(visit.network, visit.viewer_id, ids)
    return {ref.id: ref for ref in refs}, standings


async def one_card(
    visit: Visit, status_id: int, context: Context = "thread", *, hide: bool = False
) -> StatusCard:
    """One status that the viewer may see; raises NotFound."""
    refs = await timelines.by_ids(visit.network, visit.viewer_id, [status_id])
    cards = await status_cards(visit, refs, context, hide=hide)
    if not cards:
        raise NotFound
    return cards[0]


def pager(visit: Visit, page: Page, refs: Sequence[StatusRef]) -> Pager:
    """Addresses of the pages before and after one of statuses."""
    return pager_of(visit, page, [ref.page_id for ref in refs])


def pager_of(visit: Visit, page: Page, cursors: Sequence[int]) -> Pager:
    """The same for any list; `cursors` are what it is sorted by, newest first."""
    if not cursors:
        return Pager()
    kept = {k: v for k, v in visit.query.items() if k not in ("max_id", "min_id", "lang")}
    moved = page.max_id is not None or page.min_id is not None
    newer = with_query(visit.path, **kept, min_id=cursors[0]) if moved else ""
    full = len(cursors) >= page.limit or page.min_id is not None
    older = with_query(visit.path, **kept, max_id=cursors[-1]) if full else ""
    return Pager(newer=newer, older=older)


async def _answered(network: Network, statuses: Sequence[Status]) -> dict[int, str]:
    """The handles of those whom statuses answer, by account."""
    ids = {row.in_reply_to_account_id for row in statuses if row.in_reply_to_account_id}
    ids -= {row.account_id for row in statuses if row.in_reply_to_account_id == row.account_id}
    if not ids:
        return {}
    return {
        account_id: f"@{view.account.handle}"
        for account_id, view in (await accounts.load(network, sorted(ids))).items()
    }


def card_of(
    shelf: Shelf, ref: StatusRef, *, hide: bool = True, within: bool = False
) -> StatusCard | None:
    """One status; None where a filter hides it, or when it is gone by now.

    What is quoted `within` another is shown without what it quotes itself.
    """
    outer = shelf.loaded.get(ref.id)
    if outer is None or (ref.reblog_id is not None and outer.reblog is None):
        return None
    view = outer.reblog or outer
    titles, hidden, blurred = _filtered(shelf, view)
    if hidden and hide:
        return None
    network, status = shelf.visit.network, view.status
    author = account_card(network, view.account, view.account_emojis)
    mine = status.account_id == shelf.visit.viewer_id
    reblogger = account_card(network, outer.account, outer.account_emojis) if outer.reblog else None
    look = shelf.visit.look
    return StatusCard(
        id=status.id,
        shown_id=ref.id,
        account=author,
        path=f"{author.path}/{status.id}",
        url=status.url or status.uri if view.account.domain else f"{author.path}/{status.id}",
        content=_content(network, view),
        created_at=status.created_at,
        visibility=_VISIBILITIES[status.visibility],
        lang=status.language,
        reblogger=reblogger,
        reply_to=_reply_to(shelf, status),
        edited_at=status.edited_at,
        warning="" if look.expand_spoilers else status.spoiler_text,
        sensitive=_veiled(look.expand_media, sensitive=status.sensitive or blurred),
        local_only=status.local_only,
        media=[media_card(network, attachment) for attachment in view.media],
        poll=_poll(shelf, view.poll) if view.poll else None,
        link=_link(network, view.card) if view.card else None,
        app=view.app.name if view.app else "",
        replies=status.replies_count,
        reblogs=status.reblogs_count,
        favourites=status.favourites_count,
        favourited=ref.favourited,
        reblogged=ref.reblogged,
        bookmarked=ref.bookmarked,
        muted=ref.muted,
        pinned=ref.pinned,
        mine=mine,
        can_reblog=_can_reblog(status, mine=mine),
        can_favourite=said_of(status).like != NOBODY,
        can_quote=mine or _quotable(status, local=not view.account.domain),
        quote=None if within else _quote(shelf, view),
        quotes=status.quotes_count,
        reactions=[_reaction(shelf, reaction) for reaction in view.reactions],
        filtered_by=", ".join(titles),
    )


def _can_reblog(status: Status, *, mine: bool) -> bool:
    if status.visibility is Visibility.PRIVATE:
        return mine
    if not mine and said_of(status).announce == NOBODY:
        return False
    return status.visibility is not Visibility.DIRECT


def _quotable(status: Status, *, local: bool) -> bool:
    """Whether some people at least may quote it."""
    return quote_rule(status.interaction_policy, status.visibility, local=local) != NOBODY


def _quote(shelf: Shelf, view: StatusView) -> QuoteCard | None:
    quote = view.quote
    if quote is None:
        return None
    standing = shelf.standings.get(quote.quoted_id)
    state = state_of(quote, standing)
    ref = shelf.quoted.get(quote.quoted_id) if state in SHOWN else None
    status = card_of(shelf, ref, hide=False, within=True) if ref else None
    known = shelf.loaded.get(quote.quoted_id)
    own = known is not None and known.status.account_id == shelf.visit.viewer_id
    visible = standing is not None and standing.visible
    url = quote.quoted_url or quote.quoted_uri if visible else ""
    return QuoteCard(state=state, url=url, status=status, mine=own)


def _reaction(shelf: Shelf, reaction: Reaction) -> ReactionCard:
    emoji = reaction.emoji
    return ReactionCard(
        name=reaction.name,
        label=reaction.content,
        count=reaction.count,
        image=shelf.visit.network.storage.url(emoji.image_static) if emoji else "",
        ours=reaction.name.endswith("@"),
        mine=reaction.name in shelf.reacted.get(reaction.status_id, ()),
    )


def _veiled(media: str, *, sensitive: bool) -> bool:
    return media == "hide_all" or (sensitive and media != "show_all")


def _reply_to(shelf: Shelf, status: Status) -> str:
    if status.in_reply_to_account_id in (None, status.account_id):
        return ""
    return shelf.answered.get(status.in_reply_to_account_id or 0, "")


def _filtered(shelf: Shelf, view: StatusView) -> tuple[list[str], bool, bool]:
    """Titles of the filters that veil a status; whether one hides it, or blurs its pictures."""
    results = results_of(shelf, view)
    actions = {result.action for result in results}
    titles = [r.filter.title for r in results if r.action is FilterAction.WARN]
    return titles, FilterAction.HIDE in actions, FilterAction.BLUR in actions


def results_of(shelf: Shelf, view: StatusView) -> list[FilterResult]:
    """What the viewer's filters find in a status; nothing in their own."""
    if not shelf.matcher or view.status.account_id == shelf.visit.viewer_id:
        return []
    return shelf.matcher.match(shelf.context, searched(view), view.status.id)


def searched(view: StatusView) -> list[str]:
    """The texts that filters look at."""
    texts = [view.status.content, view.status.spoiler_text]
    texts += [option.title for option in view.poll.options] if view.poll else []
    texts += [attachment.description for attachment in view.media]
    return texts


def _content(network: Network, view: StatusView) -> Html:
    known = frozenset(
        (mention.url, f"/@{mention.handle}") for mention in view.mentions if mention.url
    )
    html = with_own_links(view.status.content, network.settings.origin, known)
    return with_emojis(network, html, view.emojis)


def media_card(network: Network, media: MediaAttachment) -> MediaCard:
    """A picture, film or sound; without an address while it is processed."""
    ready = media.state is MediaState.READY
    size = msgspec.json.decode(media.meta or "{}", type=_Meta).original
    width, height = size.get("width"), size.get("height")
    return MediaCard(
        id=media.id,
        kind=media.kind.value,
        url=network.storage.url(media.file) if ready and media.file else media.remote_url,
        preview=network.storage.url(media.preview) if ready and media.preview else "",
        description=media.description,
        width=width if isinstance(width, int) else 0,
        height=height if isinstance(height, int) else 0,
        focus_x="left" if media.focus_x < -0.33 else "right" if media.focus_x > 0.33 else "centre",
        focus_y="bottom" if media.focus_y < -0.33 else "top" if media.focus_y > 0.33 else "centre",
        processing=media.state is MediaState.PROCESSING,
    )


def _poll(shelf: Shelf, view: PollView) -> PollCard:
    poll = view.poll
    votes = shelf.votes.get(poll.id, [])
    ended = polls.ended(poll)
    total = max(1, poll.voters_count if poll.multiple else poll.votes_count)
    known = ended or not poll.hide_totals
    return PollCard(
        options=[
            PollOptionCard(
                title=option.title,
                votes=option.votes_count if known else 0,
                percent=min(100, round(100 * option.votes_count / total)) if known else 0,
                chosen=option.position in votes,
            )
            for option in view.options
        ],
        multiple=poll.multiple,
        voters=poll.voters_count,
        ends_at=poll.expires_at,
        ended=ended,
        show_results=ended or bool(votes) or poll.account_id == shelf.visit.viewer_id,
    )


def _link(network: Network, card: PreviewCard) -> LinkCard:
    return LinkCard(
        url=card.url,
        title=card.title or card.url,
        provider=card.provider_name,
        description=card.description,
        author=card.author_name,
        image=network.storage.url(card.image) if card.image else "",
        image_description=card.image_description,
        width=card.width,
        height=card.height,
    )
