"""The people a hub holds: read from their own server, kept while they agree to it."""

import random

from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.uris import authority_of, same_authority
from noi.db.database import Reader, Transaction
from noi.db.hub import accounts, capabilities, members, queue
from noi.db.hub import withdrawals as withdrawn
from noi.models.hub import MemberState
from noi.models.hub_records import Category, Event, HubAccount, QueueEntry
from noi.models.ids import now_ms
from noi.services import policies, remote_documents
from noi.services.hub import consent, indexing, withdrawals
from noi.services.hub.consent import KINDS, Consent
from noi.services.hub.members import DATA_SHARING
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.text.language import guess
from noi.text.sanitize import strip_html
from noi.transport import webfinger
from noi.transport.errors import Gone, Refused

DAY_MS = 24 * 3_600_000
FRESH_MS = DAY_MS
"""For how long the consent of an author is believed that was read."""

CHECK_MS = 7 * DAY_MS
FOLLOWING_MS = 7 * DAY_MS
MAX_NAME = 200
MAX_BIO = 1_000
_MAX_SOURCE = 20_000
_FOLLOWING_WAIT_MS = 600_000
_SPREAD = 0.15


async def author(network: Network, uri: str) -> HubAccount | None:
    """The author of something, with consent as of a day ago at most; None who gives none.

    Raises what services.remote_documents.fetch raises, and withdrawals.Overtaken.
    """
    held = await accounts.by_uri(network.db, uri)
    if held is not None and held.checked_at > now_ms() - FRESH_MS:
        return held
    fetched_at = now_ms()
    try:
        actor = await remote_documents.once(
            network, f"hub actor {uri}", lambda: _fetch(network, uri)
        )
    except Gone:
        await network.db.transaction(lambda tx: withdrawals.withdraw(tx, [uri]))
        return None
    account, _ = await keep(network, actor, uri, fetched_at)
    return account


async def keep(
    network: Network, actor: Actor, uri: str, fetched_at: int, entry: QueueEntry | None = None
) -> tuple[HubAccount | None, Consent]:
    """Write what an actor that was fetched from `uri` agrees to; what it does not agree to goes.

    `entry` is what it was fetched for, and ends with it. Raises withdrawals.Overtaken, and
    transport.errors.Unreachable where the server of its handle is away.
    """
    held = await accounts.by_uri(network.db, uri)
    agreed = await _agreed(network, actor, uri)
    domain = await _domain(network, actor, uri, held) if agreed.given else ""

    async def work(tx: Transaction) -> HubAccount | None:
        await withdrawals.check_standing(tx, uri, uri, fetched_at)
        if entry is not None and not await queue.take(tx, entry):
            return await accounts.by_uri(tx, uri)
        known = await accounts.by_uri(tx, uri)
        if not agreed.given or await _shut_out(tx, uri):
            await withdrawals.end_held(tx, uri)
            return None
        account = await _described(tx, network, actor, agreed, domain, known)
        await _write(tx, network, account, known)
        return account

    return await network.db.transaction(work), agreed


async def narrow(tx: Transaction, actor: Actor, uri: str) -> None:
    """Act at once on what somebody takes back by their own word, before it is fetched."""
    known = await accounts.by_uri(tx, uri)
    if known is None:
        return
    if actor.discoverable is not True and actor.indexable is not True:
        await withdrawals.withdraw(tx, [uri])
    elif actor.indexable is not True and known.indexable:
        await accounts.hide_posts(tx, known.id)
        await withdrawals.end_posts(tx, known.id)


def check_at(now: int) -> int:
    """When something is checked again: within a week, not all at once."""
    return now + round(CHECK_MS * random.uniform(1 - _SPREAD, 1))  # noqa: S311 - spreads the load


async def _fetch(network: Network, uri: str) -> Actor:
    return read_actor(await remote_documents.fetch(network, uri))


async def _agreed(network: Network, actor: Actor, uri: str) -> Consent:
    host = authority_of(uri)
    return consent.of_actor(
        actor,
        uri,
        standing=await policies.of_actor(network, host, uri),
        member_state=await _member_state(network.db, host),
        refused=await withdrawn.refused(network.db, uri),
    )


async def _shut_out(tx: Transaction, uri: str) -> bool:
    """What may have changed since the consent was decided on."""
    state = await _member_state(tx, authority_of(uri))
    return state in consent.OUT or await withdrawn.refused(tx, uri)


async def _member_state(reader: Reader, host: str) -> str:
    """That of the network at a host, `silent` for a member that does not share; or empty."""
    member = await members.by_host(reader, host)
    if member is None:
        return ""
    shares = await capabilities.active(reader, member.id, DATA_SHARING)
    silent = member.state is MemberState.ADMITTED and not shares
    return consent.SILENT if silent else member.state


async def _domain(network: Network, actor: Actor, uri: str, held: HubAccount | None) -> str:
    """The domain of an actor's handle, where that confirms it; else the host it lives on."""
    if held is not None and held.username == actor.username:
        return held.domain
    try:
        found = await webfinger.confirm(network.client, uri, actor.username, actor.webfinger)
    except Refused:
        return authority_of(uri)
    return found.domain


async def _described(
    tx: Transaction,
    network: Network,
    actor: Actor,
    agreed: Consent,
    domain: str,
    known: HubAccount | None,
) -> HubAccount:
    now, host = now_ms(), authority_of(actor.id)
    member = await members.by_host(tx, host)
    bio = clean_text(strip_html(actor.summary[:_MAX_SOURCE])).strip()[:MAX_BIO]
    language = guess(bio) or (known.language if known else "")
    has_following = same_authority(actor.following, actor.id)
    return HubAccount(
        id=known.id if known else network.ids.next(),
        uri=actor.id,
        host=host,
        member_id=member.id if member and member.admitted_at else None,
        username=actor.username,
        domain=domain,
        kind=KINDS[actor.type],
        discoverable=agreed.discoverable,
        indexable=agreed.indexable,
        language=language,
        check_at=check_at(now),
        checked_at=now,
        created_at=now,
        last_post_at=None,
        following_uri=actor.following if has_following else "",
        following_read_at=known.following_read_at if known else None,
        url=actor.url or actor.id,
        name=clean_name(strip_html(actor.name[:_MAX_SOURCE]))[:MAX_NAME],
        bio=bio,
    )


async def _write(
    tx: Transaction, network: Network, account: HubAccount, known: HubAccount | None
) -> None:
    if known is None:
        await accounts.insert(tx, account)
    else:
        await accounts.update(tx, account)
        if known.indexable and not account.indexable:
            await withdrawals.end_posts(tx, account.id)
    await indexing.put_account(tx, account)
    if not account.discoverable or not account.following_uri:
        return
    read_at = account.following_read_at or 0
    if read_at <= account.checked_at - FOLLOWING_MS:
        uri = account.uri + withdrawals.FOLLOWING
        named = queue.Named(uri, Category.FOLLOWING, Event.CHECK, account.host)
        # A little later, so that whom they follow is held who was announced together with them.
        run_at = account.checked_at + _FOLLOWING_WAIT_MS
        await queue.add(tx, [named], version=network.ids.next(), run_at=run_at)
