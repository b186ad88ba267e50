"""Everything a reader sees of statuses, loaded in a handful of queries for a whole page."""

from collections.abc import Iterable, Sequence

import msgspec

from noi.db import apps, cards, emojis, media, mentions, polls, quotes, reactions, tags
from noi.db import views as view_rows
from noi.db.database import Reader
from noi.models.statuses import CustomEmoji, Reaction, Status, StatusView
from noi.services.network import Network


async def load(
    network: Network, ids: Sequence[int], *, sources: bool = True
) -> dict[int, StatusView]:
    """Views of statuses by id, reblogged statuses inside; a further read unless `ids` has those.

    The caller has applied the visibility rule to these ids and to what they reblog. Without
    `sources`, what the author typed is left empty, in statuses and profiles.
    """
    found = await view_rows.with_authors(network.db, ids, sources=sources)
    reblogged = [row.reblog_of_id for row, _ in found.values() if row.reblog_of_id is not None]
    if missing := [id_ for id_ in reblogged if id_ not in found]:
        found |= await view_rows.with_authors(network.db, missing, sources=sources)
    views = {id_: StatusView(row, author) for id_, (row, author) in found.items()}
    await _fill(network, views)
    for view in views.values():
        if view.status.reblog_of_id is not None:
            view.reblog = views.get(view.status.reblog_of_id)
    return {id_: views[id_] for id_ in ids if id_ in views}


async def load_one(network: Network, status_id: int) -> StatusView | None:
    """The view of one status that the caller may show."""
    return (await load(network, [status_id])).get(status_id)


async def reactions_of(reader: Reader, ids: Sequence[int]) -> list[Reaction]:
    """The reactions to some statuses, with the custom emojis that are known here."""
    found = await reactions.counts(reader, ids)
    names = {_name_and_domain(reaction.name) for reaction in found if "@" in reaction.name}
    drawn = await emojis.by_names(reader, names) if names else {}
    for reaction in found:
        if "@" in reaction.name:
            reaction.emoji = drawn.get(_name_and_domain(reaction.name))
    return found


async def _fill(network: Network, views: dict[int, StatusView]) -> None:
    """Add what hangs on statuses: one read for each kind that any of them has."""
    db, rows = network.db, [view.status for view in views.values()]
    if ids := [row.id for row in rows if row.has_media]:
        for attachment in await media.of_statuses(db, ids):
            views[attachment.status_id or 0].media.append(attachment)
    if ids := [row.id for row in rows if row.has_mentions]:
        for mention in await mentions.of_statuses(db, ids):
            if not mention.silent:
                views[mention.status_id].mentions.append(mention)
    if ids := [row.id for row in rows if row.has_tags]:
        for tag in await tags.of_statuses(db, ids):
            views[tag.status_id].tags.append(tag)
    if ids := [row.id for row in rows if row.quote_of_id is not None]:
        for status_id, quote in (await quotes.views(db, ids)).items():
            views[status_id].quote = quote
    if ids := [row.id for row in rows if row.reactions_count]:
        for reaction in await reactions_of(db, ids):
            views[reaction.status_id].reactions.append(reaction)
    await _fill_shared(network, rows, views)
    await _draw(network, views.values())


async def _fill_shared(
    network: Network, rows: Sequence[Status], views: dict[int, StatusView]
) -> None:
    """Add what a status names by its id."""
    db = network.db
    if ids := {row.id: row.poll_id for row in rows if row.poll_id is not None}:
        found_polls = await polls.views(db, list(ids.values()))
        for status_id, poll_id in ids.items():
            views[status_id].poll = found_polls.get(poll_id)
    if ids := {row.id: row.card_id for row in rows if row.card_id is not None}:
        found_cards = await cards.get_many(db, list(set(ids.values())))
        for status_id, card_id in ids.items():
            views[status_id].card = found_cards.get(card_id)
    if ids := {row.id: row.app_id for row in rows if row.app_id is not None}:
        found_apps = await apps.get_many(db, list(set(ids.values())))
        for status_id, app_id in ids.items():
            views[status_id].app = found_apps.get(app_id)


async def _draw(network: Network, views: Iterable[StatusView]) -> None:
    """Add the custom emojis of statuses and of their authors."""
    using = [view for view in views if view.status.emojis != "[]" or view.account.emojis != "[]"]
    names = {
        (code, view.account.domain)
        for view in using
        for text in (view.status.emojis, view.account.emojis)
        for code in _shortcodes(text)
    }
    if not names:
        return
    drawn = await emojis.by_names(network.db, names)
    for view in using:
        row, author = view.status, view.account
        view.emojis = _drawn(drawn, row.emojis, author.domain)
        view.account_emojis = _drawn(drawn, author.emojis, author.domain)


def _drawn(drawn: dict[tuple[str, str], CustomEmoji], codes: str, domain: str) -> list[CustomEmoji]:
    return [drawn[code, domain] for code in _shortcodes(codes) if (code, domain) in drawn]


def _name_and_domain(name: str) -> tuple[str, str]:
    shortcode, _, domain = name.partition("@")
    return shortcode, domain


def _shortcodes(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
