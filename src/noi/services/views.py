"""Everything a reader sees of statuses, loaded in a handful of queries for a whole page."""

from collections.abc import Iterable, Sequence

import msgspec

from noi.db import apps, cards, emojis, media, mentions, polls, quotes, reactions, tags
from noi.db import views as view_rows
from noi.db.database import Reader
from noi.models.media import MediaAttachment
from noi.models.statuses import CustomEmoji, Mention, Reaction, StatusTag, StatusView
from noi.services.network import Network


async def load(network: Network, ids: Sequence[int]) -> dict[int, StatusView]:
    """Views of statuses by id, reblogged statuses inside; a further read unless `ids` has those.

    The caller has applied the visibility rule to these ids and to what they reblog.
    """
    found = await view_rows.with_authors(network.db, ids)
    reblogged = [row.reblog_of_id for row, _ in found.values() if row.reblog_of_id is not None]
    if missing := [id_ for id_ in reblogged if id_ not in found]:
        found |= await view_rows.with_authors(network.db, missing)
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
    attachments = await media.of_statuses(db, [row.id for row in rows if row.has_media])
    named = await mentions.of_statuses(db, [row.id for row in rows if row.has_mentions])
    tagged = await tags.of_statuses(db, [row.id for row in rows if row.has_tags])
    _share(views, attachments, named, tagged)
    found_polls = await polls.views(db, _some([row.poll_id for row in rows]))
    found_cards = await cards.get_many(db, _some([row.card_id for row in rows]))
    found_apps = await apps.get_many(db, _some([row.app_id for row in rows]))
    quoting = [row.id for row in rows if row.quote_of_id is not None]
    found_quotes = await quotes.views(db, quoting) if quoting else {}
    reacted = [row.id for row in rows if row.reactions_count]
    for reaction in await reactions_of(db, reacted) if reacted else []:
        views[reaction.status_id].reactions.append(reaction)
    drawn = await _emojis(network, views.values())
    for view in views.values():
        row, author = view.status, view.account
        if row.poll_id is not None:
            view.poll = found_polls.get(row.poll_id)
        if row.card_id is not None:
            view.card = found_cards.get(row.card_id)
        if row.app_id is not None:
            view.app = found_apps.get(row.app_id)
        if row.quote_of_id is not None:
            view.quote = found_quotes.get(row.id)
        if drawn:
            view.emojis = _drawn(drawn, row.emojis, author.domain)
            view.account_emojis = _drawn(drawn, author.emojis, author.domain)


def _share(
    views: dict[int, StatusView],
    attachments: Iterable[MediaAttachment],
    named: Iterable[Mention],
    tagged: Iterable[StatusTag],
) -> None:
    for attachment in attachments:
        views[attachment.status_id or 0].media.append(attachment)
    for mention in named:
        if not mention.silent:
            views[mention.status_id].mentions.append(mention)
    for tag in tagged:
        views[tag.status_id].tags.append(tag)


def _some(ids: Sequence[int | None]) -> list[int]:
    return [id_ for id_ in dict.fromkeys(ids) if id_ is not None]


async def _emojis(
    network: Network, views: Iterable[StatusView]
) -> dict[tuple[str, str], CustomEmoji]:
    names = {
        (code, view.account.domain)
        for view in views
        for text in (view.status.emojis, view.account.emojis)
        if text != "[]"
        for code in _shortcodes(text)
    }
    return await emojis.by_names(network.db, names) if names else {}


def _drawn(drawn: dict[tuple[str, str], CustomEmoji], codes: str, domain: str) -> list[CustomEmoji]:
    if codes == "[]":
        return []
    return [drawn[code, domain] for code in _shortcodes(codes) if (code, domain) in drawn]


def _name_and_domain(name: str) -> tuple[str, str]:
    shortcode, _, domain = name.partition("@")
    return shortcode, domain


def _shortcodes(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
