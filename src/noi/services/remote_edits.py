"""What changes when another server sends a status that is known here once more."""

import msgspec

from noi.activitypub.objects import Object
from noi.db import emojis, jobs, media, mentions, polls, remote_files, statuses
from noi.db import quotes as quote_rows
from noi.db import remote_statuses as table
from noi.db.database import Transaction
from noi.db.remote_statuses import Origin
from noi.models.accounts import Account
from noi.models.ids import now_ms
from noi.models.jobs import AnnounceEdit, IndexStatus, Notify
from noi.models.statuses import Status, StatusEdit
from noi.services import interactions, quotes, remote_media, remote_polls
from noi.services.network import Network
from noi.services.policies import Standing
from noi.services.remote_audience import audience
from noi.services.remote_content import Written, write
from noi.services.remote_profiles import remote_emojis
from noi.services.statuses import change_tags

MAX_NOTIFIED = 50


def origin_of(object_: Object) -> Origin:
    """What of an object's surroundings is kept with its status."""
    return Origin(
        in_reply_to_uri=object_.in_reply_to,
        replies_uri=object_.replies.id if object_.replies else "",
        context_uri=object_.context,
        interaction_policy=interactions.encoded(object_.policy, object_.author),
    )


async def apply(
    tx: Transaction,
    network: Network,
    known: Status,
    object_: Object,
    author: Account,
    standing: Standing,
) -> Status:
    """Bring a status up to date with its object; the version before is kept where it was edited.

    What is older than what is known changes nothing; nor does, once it was edited, what says
    nothing of an edit, as its Create that comes late.
    """
    if (object_.updated or 0) < (known.edited_at or 0):
        return known
    await statuses.touch(tx, known.id)  # two at once wait for each other
    await quotes.receive(tx, network, known, object_.quote, object_.quote_authorization)
    policy = interactions.encoded(object_.policy, object_.author)
    if policy != known.interaction_policy:
        await quote_rows.set_policy(tx, known.id, policy)
    recounted = object_.poll is not None and await remote_polls.recount(tx, known, object_.poll)
    written = write(object_, network.settings.origin)
    changed = await _changed(tx, known, object_, written)
    if not changed:
        if recounted:
            await statuses.touch(tx, known.id)
        return known
    edited_at = object_.updated
    if edited_at is None or edited_at <= (known.edited_at or known.created_at):
        # Its server writes it otherwise now, but does not say that anybody has edited it.
        edited_at = known.edited_at
    else:
        edited_at = min(edited_at, now_ms())
        await statuses.insert_edit(tx, await _earlier(tx, network, known))
    return await _rewrite(tx, network, known, object_, author, standing, written, edited_at)


async def _changed(tx: Transaction, known: Status, object_: Object, written: Written) -> bool:
    sensitive = object_.sensitive or bool(written.warning)
    texts = (known.content, known.spoiler_text, known.sensitive, known.language)
    if texts != (written.content, written.warning, sensitive, written.language):
        return True
    if known.has_media or object_.attachments:
        rows = await media.of_statuses(tx, [known.id])
        now = [(row.remote_url, row.description) for row in rows]
        if now != remote_media.described(object_):
            return True
    return await _poll_changed(tx, known, object_)


async def _poll_changed(tx: Transaction, known: Status, object_: Object) -> bool:
    if known.poll_id is None or object_.poll is None:
        return (known.poll_id is None) != (object_.poll is None)
    view = (await polls.views(tx, [known.poll_id])).get(known.poll_id)
    titles = [option.title for option in view.options] if view else []
    return titles != remote_polls.titles(object_.poll)


async def _earlier(tx: Transaction, network: Network, known: Status) -> StatusEdit:
    rows = await media.of_statuses(tx, [known.id]) if known.has_media else []
    views = await polls.views(tx, [known.poll_id]) if known.poll_id else {}
    titles = [option.title for view in views.values() for option in view.options]
    return StatusEdit(
        id=network.ids.next(),
        status_id=known.id,
        text=known.text,
        content=known.content,
        spoiler_text=known.spoiler_text,
        sensitive=known.sensitive,
        media=msgspec.json.encode(rows).decode(),
        poll_options=msgspec.json.encode(titles).decode(),
        created_at=known.edited_at or known.created_at,
    )


async def _rewrite(
    tx: Transaction,
    network: Network,
    known: Status,
    object_: Object,
    author: Account,
    standing: Standing,
    written: Written,
    edited_at: int | None,
) -> Status:
    heard = await audience(tx, network, object_, author)
    drawn = remote_emojis(
        network,
        () if standing.rejects_media else object_.emojis,
        [written.content, written.warning],
        author.domain,
    )
    await remote_files.put(tx, drawn.files)
    await emojis.put_remote(tx, drawn.rows, drawn.uris)
    changed = msgspec.structs.replace(
        known,
        content=written.content,
        spoiler_text=written.warning,
        sensitive=object_.sensitive or bool(written.warning),
        language=written.language,
        emojis=drawn.shortcodes,
        poll_id=await _poll(tx, network, known, object_),
        card_id=known.card_id if written.links else None,
        has_media=bool(object_.attachments),
        has_mentions=known.has_mentions or bool(heard.named),
        has_tags=bool(written.tags),
        edited_at=edited_at,
    )
    await statuses.edit(tx, changed)
    await table.set_origin(tx, known.id, origin_of(object_))
    named = [account.id for account in heard.named]
    already = {mention.account_id for mention in await mentions.of_statuses(tx, [known.id])}
    await mentions.silence(tx, known.id)
    await mentions.insert(tx, known.id, named)
    await change_tags(tx, network, known, changed, list(written.tags))
    await remote_media.replace(
        tx,
        network,
        object_,
        account_id=known.account_id,
        status_id=known.id,
        domain=author.domain,
        with_media=not standing.rejects_media,
    )
    new = [one.id for one in heard.named if one.local and one.id not in already]
    notices = [Notify(id_, "mention", known.account_id, known.id) for id_ in new[:MAX_NOTIFIED]]
    announced = [AnnounceEdit(known.id)] if edited_at != known.edited_at else []
    await jobs.enqueue_all(tx, [*notices, *announced, IndexStatus(known.id)])
    return changed


async def _poll(tx: Transaction, network: Network, known: Status, object_: Object) -> int | None:
    """The poll stays with its votes unless its choices have changed."""
    if not await _poll_changed(tx, known, object_):
        return known.poll_id
    if known.poll_id is not None:
        await polls.delete(tx, known.poll_id)
    if object_.poll is None:
        return None
    fresh = msgspec.structs.replace(known, poll_id=network.ids.next())
    await remote_polls.insert(tx, fresh, object_)
    return fresh.poll_id
