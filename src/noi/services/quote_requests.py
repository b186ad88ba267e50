"""Asking other servers whether a status may be quoted, and answering them (FEP-044f)."""

import msgspec

from noi.activitypub import outgoing
from noi.activitypub.activities import Activity
from noi.activitypub.objects import Object, read_object
from noi.activitypub.policies import read_authorization
from noi.activitypub.uris import same_authority
from noi.db import accounts, statuses
from noi.db import quotes as table
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import BadDocument, Forbidden, NotFound
from noi.models.federation import QuoteState
from noi.models.ids import now_ms
from noi.models.interactions import Permission, Quote
from noi.models.jobs import AnnounceQuote, RequestQuote, VerifyQuote
from noi.models.statuses import Status
from noi.services import (
    delivery,
    documents,
    interactions,
    policies,
    publishing,
    quotes,
    remote_documents,
    remote_statuses,
    resolution,
    views,
)
from noi.services.inbox import Received, Work
from noi.services.network import Network
from noi.transport.errors import Gone

_DEEPEST = 2
"""How many quotes within each other are followed: what lies deeper is a link."""
_SETTLED = frozenset({QuoteState.ACCEPTED, QuoteState.REVOKED})


async def request(network: Network, job: RequestQuote) -> None:
    """Ask the author of a remote status whether a local one may quote it."""
    quote = await table.get(network.db, job.status_id)
    view = await views.load_one(network, job.status_id)
    if quote is None or view is None or view.status.deleted_at is not None:
        return
    if quote.quoted_account_id is None or quote.state is not QuoteState.PENDING:
        return
    note = await documents.written_note(network, view)
    activity = outgoing.quote_request(quote.request_uri, view.account.uri, quote.quoted_uri, note)
    to = [quote.quoted_account_id]
    await network.db.transaction(lambda tx: delivery.send(tx, quote.account_id, activity, to=to))


async def announce(network: Network, job: AnnounceQuote) -> None:
    """Send a local status anew to whom it was sent: its quote, or who may quote it, changed."""
    outward = await publishing.changed_status(network, job.status_id, at=now_ms())
    if outward is not None:
        await network.db.transaction(lambda tx: publishing.send(tx, outward))


async def verify(network: Network, job: VerifyQuote) -> None:
    """Fetch what a remote status quotes, and check the stamp of its author.

    Raises TransportError where a server is away, to be tried again.
    """
    quote = await table.get(network.db, job.status_id)
    if quote is None or quote.state in _SETTLED:
        return
    quoted = await _quoted(network, quote)
    if quoted is None:
        return
    stamp = await _stamped(network, quote, quoted)

    async def work(tx: Transaction) -> None:
        await statuses.touch(tx, job.status_id)
        current = await table.get(tx, job.status_id)
        if current is None or current.quoted_uri != quote.quoted_uri or current.state in _SETTLED:
            return
        fresh = msgspec.structs.replace(current, state=QuoteState.PENDING)
        found = await quotes.judged(tx, network, fresh, quoted)
        if found.state is QuoteState.PENDING:
            found.state = stamp
        if found != current:
            await quotes.change(tx, current, found)

    await network.db.transaction(work)


async def _quoted(network: Network, quote: Quote) -> Status | None:
    if quote.quoted_id is not None:
        return await statuses.get(network.db, quote.quoted_id)
    if await table.depth(network.db, quote.status_id) >= _DEEPEST:
        return await statuses.get_by_uri(network.db, quote.quoted_uri)
    try:
        return await resolution.fetch_status(network, quote.quoted_uri)
    except (BadDocument, Forbidden, NotFound, Gone):
        return None


async def _stamped(network: Network, quote: Quote, quoted: Status) -> QuoteState:
    """What the stamp of a remote author makes of a quote; pending where none is needed, or none
    is there."""
    local = interactions.is_local(network, quoted)
    if not quote.authorization_uri or local or quoted.account_id == quote.account_id:
        return QuoteState.PENDING
    status = await statuses.get(network.db, quote.status_id)
    author = await accounts.get(network.db, quoted.account_id)
    if status is None or author is None:
        return QuoteState.PENDING
    try:
        await check_stamp(network, quote.authorization_uri, author.uri, status.uri, quoted.uri)
    except (BadDocument, Forbidden, NotFound, Gone):
        return QuoteState.REJECTED
    return QuoteState.ACCEPTED


async def check_stamp(
    network: Network, uri: str, author_uri: str, quoting_uri: str, quoted_uri: str
) -> None:
    """Fetch a stamp from the server of the quoted author, and compare all that it says.

    Raises Forbidden for one that says something else, and as fetching does.
    """
    if not same_authority(uri, author_uri):
        raise Forbidden("The stamp is not of the quoted author's server")
    stamp = read_authorization(await remote_documents.fetch(network, uri))
    said = (stamp.type, stamp.attributed_to, stamp.interacting, stamp.target)
    if said != ("QuoteAuthorization", author_uri, quoting_uri, quoted_uri):
        raise Forbidden("The stamp is for another quote")


async def receive_request(network: Network, received: Received) -> Work | None:
    """Answer somebody who asks to quote a status of this network, by what it allows.

    Raises NotFound for what they may not see, Forbidden for what is not theirs to ask.
    """
    activity, actor = received.activity, received.actor
    quoted = await _asked_for(network, activity.object_id, actor)
    author = await accounts.get(network.db, quoted.account_id)
    if author is None or not activity.instrument_id or not activity.id:
        raise NotFound
    for uri in (activity.id, activity.instrument_id):
        if not same_authority(uri, actor.uri):
            raise Forbidden("The activity is about what belongs to another server")
    asked = outgoing.quote_request(activity.id, actor.uri, quoted.uri, activity.instrument_id)
    unique = network.ids.next()
    answer = await interactions.may_quote(network.db, network, actor.id, quoted)
    if answer is not Permission.AUTOMATIC:
        refusal = outgoing.reject(asked, author.uri, unique)
        return lambda tx: delivery.send(tx, author.id, refusal, to=[actor.id])
    keep = await _quoting(network, activity, actor, quoted)

    async def work(tx: Transaction) -> None:
        if keep is not None:
            await keep(tx)
        quote = await table.by_status_uri(tx, activity.instrument_id)
        if quote is None or quote.quoted_id != quoted.id or quote.account_id != actor.id:
            raise Forbidden("The post does not quote what it asks for")
        if quote.state is not QuoteState.ACCEPTED:
            # Asked anew: what was taken back stays so.
            reply = outgoing.reject(asked, author.uri, unique)
        else:
            reply = outgoing.accept_quote(asked, author.uri, quote.authorization_uri, unique)
        await delivery.send(tx, author.id, reply, to=[actor.id])

    return work


async def _asked_for(network: Network, uri: str, actor: Account) -> Status:
    status = await statuses.get_by_uri(network.db, uri) if uri else None
    if status is None or not interactions.is_local(network, status):
        raise NotFound("There is no such post here")
    seen = await statuses.get_visible(network.db, status.id, actor.id)
    if seen is None or seen.reblog_of_id is not None:
        raise NotFound("There is no such post here")
    return seen


async def _quoting(
    network: Network, activity: Activity, actor: Account, quoted: Status
) -> Work | None:
    """What keeps the status that quotes, as it was sent along or as its server has it."""
    uri = activity.instrument_id
    if await table.by_status_uri(network.db, uri) is not None:
        return None
    object_ = await _instrument(network, activity, actor)
    if object_.id != uri or object_.author != actor.uri or object_.quote != quoted.uri:
        raise Forbidden("The post does not quote what it asks for")
    standing = await policies.of_actor(network, actor.domain, actor.uri)
    return await remote_statuses.receive(network, object_, actor, standing, wanted=True)


async def _instrument(network: Network, activity: Activity, actor: Account) -> Object:
    if activity.instrument is not None and "content" in activity.instrument:
        return read_object(activity.instrument, author=actor.uri)
    return read_object(await remote_documents.fetch(network, activity.instrument_id))


def is_about_quote(activity: Activity) -> bool:
    """Whether an Accept or Reject answers a request to quote."""
    if activity.nested is not None:
        return activity.nested.type == "QuoteRequest"
    return activity.object_id.endswith("/quote_request")


async def receive_acceptance(network: Network, received: Received) -> Work | None:
    """The author of a remote status lets a local one quote it; raises Forbidden, NotFound."""
    quote, status, quoted = await _requested(network, received)
    stamp = received.activity.result_id
    await check_stamp(network, stamp, received.actor.uri, status.uri, quoted)
    return _answered(quote, QuoteState.ACCEPTED, stamp)


async def receive_rejection(network: Network, received: Received) -> Work | None:
    """The author of a remote status does not let a local one quote it; raises NotFound."""
    quote, _, _ = await _requested(network, received)
    return _answered(quote, QuoteState.REJECTED, "")


async def _requested(network: Network, received: Received) -> tuple[Quote, Status, str]:
    uri = received.activity.object_id.removesuffix("/quote_request")
    quote = await table.by_status_uri(network.db, uri)
    status = await statuses.get_by_uri(network.db, uri)
    if quote is None or status is None or quote.quoted_account_id != received.actor.id:
        raise NotFound("Nobody here has asked to quote this")
    if quote.request_uri != received.activity.object_id:
        raise NotFound("Nobody here has asked to quote this")
    return quote, status, quote.quoted_uri


def _answered(quote: Quote, state: QuoteState, stamp: str) -> Work:
    async def work(tx: Transaction) -> None:
        await statuses.touch(tx, quote.status_id)
        current = await table.get(tx, quote.status_id)
        if current is None or current.quoted_uri != quote.quoted_uri:
            return
        if (current.state, current.authorization_uri) != (state, stamp):
            answered = msgspec.structs.replace(current, state=state, authorization_uri=stamp)
            await quotes.change(tx, current, answered)

    return work


async def receive_end(network: Network, received: Received) -> Work | None:
    """The quoted author takes a stamp back by its Delete; None for what is no stamp of theirs."""
    uri = received.activity.object_id
    quote = await table.by_authorization(network.db, uri)
    if quote is None or quote.quoted_account_id != received.actor.id:
        return None

    async def work(tx: Transaction) -> None:
        await statuses.touch(tx, quote.status_id)
        current = await table.by_authorization(tx, uri)
        if current is not None and current.state is not QuoteState.REVOKED:
            ended = msgspec.structs.replace(current, state=QuoteState.REVOKED)
            await quotes.change(tx, current, ended)

    return work
