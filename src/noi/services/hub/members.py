"""Who is a member of the alliance, and how a network becomes one, is suspended, and leaves.

asked → admitted | refused; admitted → suspended → admitted; from all of them → leaving → left.
"""

import secrets
from collections.abc import Sequence

import msgspec

from noi.activitypub import fasp
from noi.activitypub.uris import authority_of, web_uri
from noi.auth import limits
from noi.db import jobs, locks
from noi.db.database import Reader, Transaction
from noi.db.hub import capabilities, charters
from noi.db.hub import members as table
from noi.db.hub import received as received_table
from noi.models.accounts import Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited
from noi.models.hub import Decision, Member, MemberState, Received
from noi.models.hub_jobs import DescribeMember, ForgetMember, SubscribeMember
from noi.models.ids import now_ms
from noi.models.jobs import Job
from noi.services import policies, settings
from noi.services.enforcements import check_moderator, checked_reason, checked_rule_text
from noi.services.hub import letters, registrations
from noi.services.network import Network
from noi.transport.fasp import Peer

DATA_SHARING = "data_sharing"
MOST_WAITING = 1000
"""Requests that the stewards have not decided about."""
ASKS_BY_ADDRESS = limits.Limit("asks to join by address", 10, 3600)
ASKS_OF_HOST = limits.Limit("asks to join of a host", 5, 3600)
_HEARD_EVERY_MS = 600_000
_PAGE = 500


class Keys(msgspec.Struct, frozen=True):
    """The hub's key for one member, base64, and both fingerprints; empty where there is no key."""

    ours: str
    our_fingerprint: str
    their_fingerprint: str


async def ask(network: Network, host: str, *, address: str = "") -> Member:
    """Introduce the hub to the network at `host[:port]`, so that its owner can accept.

    Asking again changes nothing once the network has called, else it introduces the hub anew.
    `address` is the IP address of whoever asks. Raises Invalid where that network does not answer
    as it should, Conflict without a charter, Forbidden, RateLimited.
    """
    host = checked_host(host)
    if address:
        limits.check(network.settings, ASKS_BY_ADDRESS, limits.address_subject(address))
    if await charters.current(network.db) is None:
        raise Conflict("Networks can ask to join once the charter is published")
    if host == network.settings.host or (await policies.of(network, host)).blocked:
        raise Forbidden("{host} cannot be a member", host=host)
    known = await table.by_host(network.db, host)
    if known is not None and not _may_ask(known):
        return known
    await _make_room(network, host)
    new = await _introduced(network, host)

    async def work(tx: Transaction) -> Member:
        await table.ask(tx, new, now_ms())
        member = await _by_host(tx, host)
        await jobs.enqueue(tx, DescribeMember(member.id), unique=True)
        return member

    return await network.db.transaction(work)


async def _introduced(network: Network, host: str) -> table.Ask:
    """Introduce the hub to a network, with keys made for it alone. Raises Invalid."""
    base_url = await registrations.find(network, host)
    pair, server_id = fasp.new_pair(), secrets.token_hex(12)
    answer = await registrations.register(network, base_url, server_id, pair)
    return table.Ask(
        id=network.ids.next(),
        host=host,
        base_url=base_url,
        server_id=server_id,
        private_key=pair.private_key,
        fasp_id=answer.fasp_id,
        public_key=answer.public_key,
        completion_uri=answer.completion_uri,
    )


def checked_host(host: str) -> str:
    """The `host[:port]` that somebody names, as a network's addresses have it. Raises Invalid."""
    named = host.strip().lower()
    address = named if named.startswith(("https://", "http://")) else f"https://{named}"
    found = authority_of(address) if web_uri(address) else ""
    if not found:
        raise Invalid("This is not an address", field="host")
    return found


async def get(network: Network, host: str) -> Member:
    """The network at `host[:port]`, in whatever state. Raises NotFound."""
    return await _by_host(network.db, host.strip().lower())


async def by_server_id(network: Network, server_id: str) -> Member | None:
    """The network that the hub calls so, as signatures name it."""
    return await table.by_server_id(network.db, server_id)


async def fetch_page(
    network: Network, states: Sequence[MemberState], *, after: int = 0, limit: int = 50
) -> list[Member]:
    """Networks in some states, by the time when they first asked, after the id of one."""
    return await table.fetch_page(network.db, states, after=after, limit=limit)


async def fetch_all(network: Network, states: Sequence[MemberState]) -> list[Member]:
    """All networks in some states."""
    found: list[Member] = []
    while True:
        after = found[-1].id if found else 0
        page = await table.fetch_page(network.db, states, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found


async def counts(network: Network) -> dict[MemberState, int]:
    """How many networks are in each state that has some."""
    return await table.counts(network.db)


async def decisions(network: Network, member_id: int) -> list[Decision]:
    """What was decided about a network, newest first; for everybody but for who decided."""
    return await table.decisions(network.db, member_id)


async def received(network: Network, member: Member, since: str) -> Sequence[Received]:
    """How much a member announced from a day on (`2026-11-22`, UTC), the newest first."""
    return await received_table.of_member(network.db, member.id, since)


def peer_of(member: Member) -> Peer:
    """A member as the hub calls it."""
    return Peer(member.base_url, member.fasp_id, member.private_key, member.public_key)


def keys_of(member: Member) -> Keys:
    """The keys between the hub and a member, for people to compare."""
    ours = fasp.public_key_of(member.private_key) if member.private_key else ""
    return Keys(
        ours=ours,
        our_fingerprint=fasp.fingerprint(ours) if ours else "",
        their_fingerprint=fasp.fingerprint(member.public_key) if member.public_key else "",
    )


async def heard(network: Network, member: Member) -> None:
    """Note that a member called, at most every ten minutes."""
    now = now_ms()
    before = now - _HEARD_EVERY_MS
    if member.heard_at is None or member.heard_at < before:
        await network.db.transaction(lambda tx: table.heard(tx, member.id, now, before))


async def admit(network: Network, steward: Viewer | None, host: str) -> Member:
    """Make a network a member whose owner has accepted the hub, as its signed calls show.

    Raises Conflict where it has not called yet (anybody can name a host), Forbidden, NotFound.
    """
    if (await get(network, host)).heard_at is None:
        raise Conflict("The owner of {host} has not confirmed yet", host=host)
    before = (MemberState.ASKED, MemberState.REFUSED)
    return await _decide(network, steward, host, MemberState.ADMITTED, before)


async def refuse(
    network: Network, steward: Viewer | None, host: str, *, rule: str, reason: str
) -> Member:
    """Do not admit a network. Raises as `admit` does, and Invalid without rule or reason."""
    told = checked_rule_text(rule), checked_reason(reason)
    return await _decide(network, steward, host, MemberState.REFUSED, (MemberState.ASKED,), *told)


async def suspend(
    network: Network, steward: Viewer | None, host: str, *, rule: str, reason: str
) -> Member:
    """Suspend a member: what came from it is hidden at once and then erased, the decision is
    public, and the member is told. Raises as `refuse` does.
    """
    told = checked_rule_text(rule), checked_reason(reason)
    before = (MemberState.ADMITTED,)
    return await _decide(network, steward, host, MemberState.SUSPENDED, before, *told)


async def readmit(network: Network, steward: Viewer | None, host: str) -> Member:
    """Take a suspension back. Raises as `admit` does."""
    before = (MemberState.SUSPENDED,)
    return await _decide(network, steward, host, MemberState.ADMITTED, before)


async def leave(network: Network, host: str, steward: Viewer | None = None) -> Member:
    """Let a network leave: by its own signed call, by a steward, or by the operator.

    What came from it is hidden at once, erased by a job, and a receipt says so. Leaving again
    changes nothing. Raises NotFound, Forbidden.
    """
    check_moderator(steward)
    before = (MemberState.ASKED, MemberState.ADMITTED, MemberState.REFUSED, MemberState.SUSPENDED)

    async def work(tx: Transaction) -> Member:
        member = await _locked(tx, host)
        decision = _decision(network, member, MemberState.LEAVING, steward)
        if await table.decide(tx, decision, before=before):
            await jobs.enqueue(tx, ForgetMember(member.id))
        return await _by_host(tx, member.host)

    return await network.db.transaction(work)


async def agree(network: Network, member: Member, version: int) -> None:
    """Note that a member has agreed to a version of the charter. Raises NotFound for none."""
    if await charters.get(network.db, version) is None:
        raise NotFound
    await network.db.transaction(lambda tx: table.agree(tx, member.id, version))


async def set_listed(network: Network, steward: Viewer | None, host: str, listed: bool) -> None:
    """Show a member in the directory, or not. Raises Forbidden, NotFound."""
    check_moderator(steward)
    member = await get(network, host)
    await network.db.transaction(lambda tx: table.set_listed(tx, member.id, listed))


async def _decide(
    network: Network,
    steward: Viewer | None,
    host: str,
    state: MemberState,
    before: Sequence[MemberState],
    rule_text: str = "",
    reason: str = "",
) -> Member:
    check_moderator(steward)
    charter = await charters.current(network.db)
    contact = (await settings.get(network)).contact_email
    begins = state is MemberState.ADMITTED

    async def work(tx: Transaction) -> Member:
        member = await _locked(tx, host)
        decision = _decision(network, member, state, steward, rule_text, reason)
        done = await table.decide(
            tx,
            decision,
            before=before,
            charter_version=charter.version if begins and charter else None,
            admitted_at=decision.created_at if begins and not member.admitted_at else None,
        )
        if not done:
            raise Conflict("Somebody else has just decided about {host}", host=member.host)
        await jobs.enqueue_all(tx, await _causes(tx, member, state))
        await letters.send_decision(tx, network, member, decision, contact)
        return await _by_host(tx, member.host)

    return await network.db.transaction(work)


async def _causes(tx: Transaction, member: Member, state: MemberState) -> list[Job]:
    """The work that a decision makes."""
    if state is MemberState.SUSPENDED:
        return [ForgetMember(member.id)]
    if state is not MemberState.ADMITTED:
        return []
    shares = await capabilities.active(tx, member.id, DATA_SHARING)
    return [DescribeMember(member.id), *([SubscribeMember(member.id)] if shares else [])]


def _decision(
    network: Network,
    member: Member,
    state: MemberState,
    steward: Viewer | None,
    rule_text: str = "",
    reason: str = "",
) -> Decision:
    by = steward.account_id if steward else None
    return Decision(network.ids.next(), member.id, state, rule_text, reason, by, now_ms())


async def _locked(tx: Transaction, host: str) -> Member:
    """A network about which nobody else decides until the transaction ends."""
    member = await _by_host(tx, host.strip().lower())
    await locks.owner(tx, member.id)
    return member


async def _by_host(reader: Reader, host: str) -> Member:
    member = await table.by_host(reader, host)
    if member is None:
        raise NotFound
    return member


def _may_ask(known: Member) -> bool:
    """Whether the hub introduces itself anew: to strangers, and to who never used the keys."""
    if known.state is MemberState.ASKED:
        return known.heard_at is None
    return known.state in (MemberState.REFUSED, MemberState.LEFT)


async def _make_room(network: Network, host: str) -> None:
    limits.check(network.settings, ASKS_OF_HOST, host)
    waiting = (await table.counts(network.db)).get(MemberState.ASKED, 0)
    if waiting >= MOST_WAITING:
        raise RateLimited("Too many networks are waiting for an answer, please try again later")
