"""What this network says of its people and posts to other servers."""

import msgspec

from noi.activitypub import addresses, outgoing
from noi.activitypub.outgoing import Written
from noi.activitypub.written_actors import ActorFacts, actor
from noi.activitypub.written_notes import NoteFacts, QuotedStatus, audience, note
from noi.db import accounts, emojis, note_facts
from noi.db.note_facts import Surroundings
from noi.models.accounts import Account, AccountState
from noi.models.federation import QuoteState
from noi.models.statuses import Status, StatusView, Visibility
from noi.services import keys
from noi.services.network import Network

_OWN_REPLIES = 5


async def written_note(network: Network, view: StatusView) -> Written:
    """A local status that is no reblog, as a document."""
    db, status = network.db, view.status
    around = (await note_facts.around(db, [status.id]))[status.id]
    facts = NoteFacts(
        view=view,
        origin=network.settings.origin,
        actor_uris=await note_facts.actor_uris(
            db, [mention.account_id for mention in view.mentions]
        ),
        file_url=network.storage.url,
        in_reply_to_uri=around.in_reply_to_uri,
        context_uri=around.conversation_uri
        or addresses.context(network.settings.origin, status.conversation_id),
        group_uri=around.group_uri,
        own_replies=await note_facts.own_replies(
            db, status.id, status.account_id, limit=_OWN_REPLIES
        ),
        may_quote=around.policy or "public",
        quoted=_quoted(around),
    )
    return note(facts)


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
        suspended=account.state is AccountState.DISABLED,
    )
    return actor(facts)


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
