"""Quoting a status, and the say that its author has in it."""

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from noi.activitypub import addresses, outgoing
from noi.db import accounts, jobs, live, statuses
from noi.db import quotes as table
from noi.db.database import Transaction
from noi.models.errors import Forbidden, NotFound
from noi.models.federation import QuoteState
from noi.models.ids import now_ms
from noi.models.interactions import Permission, Quote, QuotedStanding
from noi.models.jobs import (
    AnnounceQuote,
    Job,
    Notify,
    RequestQuote,
    RevokeQuotes,
    VerifyQuote,
)
from noi.models.live import LiveEvent, LiveKind
from noi.models.paging import Page
from noi.models.statuses import Status
from noi.services import delivery, interactions
from noi.services.network import Network

_BATCH = 50
_REFUSED = frozenset({Permission.DENIED, Permission.UNKNOWN})


async def quotable(network: Network, account_id: int, status_id: int) -> Status:
    """What an account may quote by this id: for a reblog, what it reblogs.

    Raises NotFound for what it may not see or quote.
    """
    status = await statuses.get_visible(network.db, status_id, account_id)
    if status is not None and status.reblog_of_id is not None:
        status = await statuses.get_visible(network.db, status.reblog_of_id, account_id)
    if status is None:
        raise _not_quotable()
    if await interactions.may_quote(network.db, network, account_id, status) in _REFUSED:
        raise _not_quotable()
    return status


async def write(tx: Transaction, network: Network, status: Status, quoted: Status) -> list[Job]:
    """Write the quote of a new local status; answers the jobs that follow.

    What is of this network has been found quotable, and is so at once; others are asked. Raises
    NotFound where it was deleted meanwhile.
    """
    own = quoted.account_id == status.account_id
    local = interactions.is_local(network, quoted)
    accepted = own or local
    quote = Quote(
        status_id=status.id,
        account_id=status.account_id,
        quoted_id=quoted.id,
        quoted_account_id=quoted.account_id,
        quoted_uri=quoted.uri,
        state=QuoteState.ACCEPTED if accepted else QuoteState.PENDING,
        request_uri="" if accepted else addresses.quote_request(status.uri),
        authorization_uri="" if own or not local else await _stamp(tx, quoted, status.id),
        created_at=status.created_at,
        updated_at=status.created_at,
    )
    await table.insert(tx, quote)
    if not accepted:
        return [RequestQuote(status.id)]
    if not await statuses.count(tx, quoted.id, "quotes_count", 1):
        raise _not_quotable()
    return [] if own else [_notice(quote)]


async def receive(
    tx: Transaction, network: Network, status: Status, quoted_uri: str, authorization_uri: str
) -> None:
    """Note what a remote status, new or edited, quotes (`quoted_uri` empty for nothing).

    Its author may quote themselves; this network's own statuses go by what they allow; anything
    else waits until it is fetched, and the stamp of its author checked.
    """
    before = await table.get(tx, status.id)
    quoted_uri = "" if quoted_uri == status.uri else quoted_uri
    if before is not None and before.quoted_uri == quoted_uri:
        if authorization_uri in ("", before.authorization_uri) or _is_final(network, before):
            return
    elif before is not None:
        if before.state is QuoteState.REVOKED and not quoted_uri:
            return  # else who takes it out and puts it in again would get around that
        await _uncount(tx, before)
        await table.delete(tx, status.id)
    if not quoted_uri:
        return
    quote = Quote(
        status_id=status.id,
        account_id=status.account_id,
        quoted_id=None,
        quoted_account_id=None,
        quoted_uri=quoted_uri,
        state=QuoteState.PENDING,
        request_uri="",
        authorization_uri=authorization_uri,
        created_at=now_ms(),
        updated_at=now_ms(),
    )
    quoted = await statuses.get_by_uri(tx, quoted_uri)
    if quoted is not None:
        quote = await judged(tx, network, quote, quoted)
    await table.put(tx, quote)
    await settled(tx, quote)
    if quote.state is QuoteState.PENDING and (quoted is None or authorization_uri):
        await jobs.enqueue(tx, VerifyQuote(status.id))


async def judged(tx: Transaction, network: Network, quote: Quote, quoted: Status) -> Quote:
    """A remote quote of a status that is known here, as far as it can be judged without a stamp."""
    if quoted.reblog_of_id is not None:
        return msgspec.structs.replace(quote, state=QuoteState.REJECTED)
    quote = msgspec.structs.replace(quote, quoted_id=quoted.id, quoted_account_id=quoted.account_id)
    if quoted.account_id == quote.account_id:
        return msgspec.structs.replace(quote, state=QuoteState.ACCEPTED)
    if not interactions.is_local(network, quoted):
        return quote
    seen = await statuses.get_visible(tx, quoted.id, quote.account_id)
    answer = seen and await interactions.may_quote(tx, network, quote.account_id, seen)
    if answer is not Permission.AUTOMATIC:
        return msgspec.structs.replace(quote, state=QuoteState.REJECTED, authorization_uri="")
    stamp = await _stamp(tx, quoted, quote.status_id)
    return msgspec.structs.replace(quote, state=QuoteState.ACCEPTED, authorization_uri=stamp)


async def settled(tx: Transaction, quote: Quote) -> None:
    """Count a quote that has just been written as accepted, and tell whom it quotes."""
    if quote.state is not QuoteState.ACCEPTED or quote.quoted_id is None:
        return
    await statuses.count(tx, quote.quoted_id, "quotes_count", 1)
    if quote.quoted_account_id != quote.account_id:
        await jobs.enqueue(tx, _notice(quote))


async def change(tx: Transaction, quote: Quote, changed: Quote) -> None:
    """Let a quote be accepted, rejected or revoked, with counts, streams and, where its status is
    of this network, the word to other servers."""
    await _uncount(tx, quote)
    await table.put(tx, changed)
    await settled(tx, changed)
    await live.publish(tx, LiveEvent(LiveKind.STATUS_EDIT, quote.status_id, quote.account_id))
    await jobs.enqueue(tx, AnnounceQuote(quote.status_id))


async def end(tx: Transaction, status: Status) -> None:
    """Forget the quote of a status that has become a tombstone."""
    if status.quote_of_id is None:
        return
    quote = await table.get(tx, status.id)
    if quote is not None:
        await _uncount(tx, quote)
        await table.forget(tx, status.id)


async def revoke(network: Network, account_id: int, status_id: int, quoting_id: int) -> None:
    """Take back the leave to quote one's own status. Raises NotFound, Forbidden for another's."""
    quoted = await statuses.get(network.db, status_id)
    if quoted is None or quoted.deleted_at is not None:
        raise NotFound
    if quoted.account_id != account_id:
        raise Forbidden("This action is not allowed")

    async def work(tx: Transaction) -> None:
        await statuses.touch(tx, quoting_id)
        quote = await table.get(tx, quoting_id)
        author = await accounts.get(tx, account_id)
        if quote is None or author is None or quote.quoted_id != status_id:
            raise NotFound
        if quote.state is QuoteState.REVOKED:
            return
        await change(tx, quote, msgspec.structs.replace(quote, state=QuoteState.REVOKED))
        if quote.authorization_uri:
            ended = outgoing.delete_authorization(quote.authorization_uri, author.uri)
            await delivery.send_to_followers(tx, account_id, ended, also=[quote.account_id])

    await network.db.transaction(work)


async def revoke_all(network: Network, job: RevokeQuotes) -> None:
    """Take back all leaves to quote that somebody has who was blocked."""
    after = 0
    while found := await table.between(
        network.db, job.account_id, job.quoting_id, after=after, limit=_BATCH
    ):
        for quoting_id, quoted_id in found:
            with suppress(NotFound, Forbidden):  # deleted meanwhile
                await revoke(network, job.account_id, quoted_id, quoting_id)
        after = found[-1][0]


async def withdraw(network: Network, account_id: int, quoting_id: int) -> None:
    """Take one's own status out of one that quotes it; raises NotFound, Forbidden."""
    quote = await table.get(network.db, quoting_id)
    if quote is None or quote.quoted_id is None:
        raise NotFound
    await revoke(network, account_id, quote.quoted_id, quoting_id)


async def set_policy(network: Network, account_id: int, status_id: int, policy: str) -> None:
    """Change who may quote one's own status from now on; raises NotFound, Invalid."""
    interactions.check_policy(policy)
    status = await statuses.get(network.db, status_id)
    if status is None or status.deleted_at is not None or status.account_id != account_id:
        raise NotFound
    if status.reblog_of_id is not None:
        raise NotFound

    async def work(tx: Transaction) -> None:
        await table.set_policy(tx, status_id, policy)
        await jobs.enqueue(tx, AnnounceQuote(status_id))

    await network.db.transaction(work)


async def quoting(network: Network, viewer_id: int, status_id: int, page: Page) -> list[int]:
    """Ids of the statuses that quote one, as far as the viewer may see them; raises NotFound."""
    status = await statuses.get_visible(network.db, status_id, viewer_id)
    if status is None:
        raise NotFound
    return await table.page(network.db, viewer_id, status.reblog_of_id or status.id, page)


async def waken(tx: Transaction, status: Status) -> None:
    """A remote status has come; those who quoted it before that are looked at again."""
    for quote in await table.waiting_for(tx, status.uri):
        await jobs.enqueue(tx, VerifyQuote(quote.status_id))


def _is_final(network: Network, quote: Quote) -> bool:
    """Whether another stamp changes nothing: what is allowed, and what was taken back here."""
    if quote.state is QuoteState.ACCEPTED:
        return True
    own = network.settings.owns(quote.quoted_uri)
    return own and quote.state is QuoteState.REVOKED


async def standings(
    network: Network, viewer_id: int, ids: Sequence[int]
) -> dict[int, QuotedStanding]:
    """How quoted statuses stand to a viewer (0 for a stranger), by their ids."""
    return await table.standings(network.db, viewer_id, ids)


async def _uncount(tx: Transaction, quote: Quote) -> None:
    if quote.state is QuoteState.ACCEPTED and quote.quoted_id is not None:
        await statuses.count(tx, quote.quoted_id, "quotes_count", -1)


async def _stamp(tx: Transaction, quoted: Status, quoting_id: int) -> str:
    author = await accounts.get(tx, quoted.account_id)
    if author is None:
        raise _not_quotable()
    return addresses.quote_authorization(author.uri, quoting_id)


def _not_quotable() -> NotFound:
    return NotFound("The post you quote is not there, or may not be quoted")


def _notice(quote: Quote) -> Notify:
    return Notify(quote.quoted_account_id or 0, "quote", quote.account_id, quote.status_id)
