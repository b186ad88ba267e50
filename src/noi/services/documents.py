"""What this network says of its people and posts to other servers."""

from collections.abc import Sequence

import msgspec

from noi.activitypub import addresses, outgoing
from noi.activitypub.outgoing import Written
from noi.activitypub.written_actors import ActorFacts, actor
from noi.activitypub.written_notes import (
    MOST_OWN_REPLIES,
    NoteFacts,
    QuotedStatus,
    audience,
    emoji_tag,
    note,
)
from noi.db import accounts, emojis, listings, note_facts
from noi.db.note_facts import Surroundings
from noi.models.accounts import Account, AccountState
from noi.models.errors import NotFound
from noi.models.federation import QuoteState
from noi.models.statuses import Status, StatusView, Visibility
from noi.services import keys
from noi.services.network import Network
from noi.text.format import MentionTarget, format_bio


async def written_note(network: Network, view: StatusView) -> Written:
    """A local status that is no reblog, as a document."""
    return (await written_notes(network, [view]))[0]


async def written_notes(network: Network, views: Sequence[StatusView]) -> list[Written]:
    """Local statuses that are no reblogs, as documents."""
    db, origin = network.db, network.settings.origin
    around = await note_facts.around(db, [view.status.id for view in views])
    mentioned = {mention.account_id for view in views for mention in view.mentions}
    uris = await note_facts.actor_uris(db, sorted(mentioned))
    return [
        note(
            NoteFacts(
                view=view,
                origin=origin,
                actor_uris=uris,
                file_url=network.storage.url,
                in_reply_to_uri=around[view.status.id].in_reply_to_uri,
                context_uri=around[view.status.id].conversation_uri
                or addresses.context(origin, view.status.conversation_id),
                group_uri=around[view.status.id].group_uri,
                own_replies=await _own_replies(network, view.status),
                may_quote=around[view.status.id].policy or "public",
                quoted=_quoted(around[view.status.id]),
            )
        )
        for view in views
    ]


async def written_activities(network: Network, views: Sequence[StatusView]) -> list[Written]:
    """The Create of each local status, the Announce of each reblog."""
    notes = await written_notes(network, [view for view in views if view.reblog is None])
    creates = {
        note["id"]: outgoing.create(note, addresses.status_activity(str(note["id"])))
        for note in notes
    }
    return [
        creates[view.status.uri] if view.reblog is None else written_announce(view)
        for view in views
    ]


async def _own_replies(network: Network, status: Status) -> list[tuple[int, str]]:
    if not status.replies_count:
        return []
    found = await listings.replies(
        network.db, status.id, status.account_id, own=True, after=0, limit=MOST_OWN_REPLIES
    )
    return [(reply.id, reply.uri) for reply in found]


async def written_actor(network: Network, account: Account) -> Written:
    """A local account as a document."""
    own = await keys.public_keys(network, account.id)
    moved_to = await accounts.get(network.db, account.moved_to_id) if account.moved_to_id else None
    names = msgspec.json.decode(account.emojis, type=list[str])
    facts = ActorFacts(
        account=account,
        origin=network.settings.origin,
        host=network.settings.host,
        public_key=own.public_key,
        ed25519_public_key=own.ed25519_public_key,
        file_url=network.storage.url,
        also_known_as=await accounts.also_known_as(network.db, account.id),
        moved_to_uri=moved_to.uri if moved_to else "",
        emojis=await emojis.by_shortcodes(network.db, "", names),
        hashtags=_hashtags(account),
        suspended=account.state is AccountState.DISABLED,
    )
    return actor(facts)


def _hashtags(account: Account) -> list[str]:
    """The hashtags in a profile, as they were typed."""
    if "#" not in account.note and "＃" not in account.note:
        return []

    def nobody(_username: str, _domain: str | None) -> MentionTarget | None:
        return None

    return format_bio(account.note, mention=nobody, tag_url=str).tags


async def written_emoji(network: Network, emoji_id: int) -> Written:
    """A custom emoji of this network. Raises NotFound."""
    emoji = await emojis.get(network.db, emoji_id)
    if emoji is None or emoji.domain:
        raise NotFound
    return emoji_tag(emoji, network.settings.origin, network.storage.url)


def written_announce(view: StatusView) -> Written:
    """A local reblog, as an activity; `view.reblog` is there."""
    if view.reblog is None:
        raise ValueError("not a reblog")
    return announcement(
        view.status, view.account.uri, view.reblog.status.uri, view.reblog.account.uri
    )


def announcement(status: Status, actor_uri: str, reblogged_uri: str, author_uri: str) -> Written:
    """The Announce of a local reblog, also of one that has become a tombstone."""
    to, cc = audience(Visibility(status.visibility), actor_uri, [author_uri])
    return outgoing.announce(
        status.uri, actor_uri, reblogged_uri, to=to, cc=cc, published=status.created_at
    )


def written_delete(status: Status, actor_uri: str, mentioned: list[str]) -> Written:
    """The end of a local status, to those who knew it."""
    to, cc = audience(Visibility(status.visibility), actor_uri, mentioned)
    return outgoing.delete_status(status.uri, actor_uri, to, cc)


def _quoted(around: Surroundings) -> QuotedStatus | None:
    if not around.quoted_uri or around.quote_state in (QuoteState.REJECTED, QuoteState.REVOKED):
        return None
    return QuotedStatus(around.quoted_uri, around.authorization_uri)
