"""Following, with requests to accounts that ask for consent."""

from collections.abc import Callable, Sequence

import msgspec

from noi.activitypub import addresses, outgoing
from noi.db import (
    accounts,
    blocks,
    deliveries,
    domain_blocks,
    endorsements,
    follows,
    jobs,
    lists,
    locks,
    timelines,
)
from noi.db.database import Transaction
from noi.db.follows import Direction, FollowTerms
from noi.models.accounts import Account, AccountState, PagedAccount
from noi.models.errors import Forbidden, Invalid, NotFound, moved_away
from noi.models.jobs import AcceptFollowRequests, CompleteAccount, LeaveInbox, MergeTimeline, Notify
from noi.models.notifications import NotificationKind
from noi.models.paging import Page
from noi.services import delivery, notifications
from noi.services.network import Network
from noi.services.relationships import lock_other
from noi.text.language import valid_language

_MAX_LANGUAGES = 50
_BATCH = 200


async def follow(
    network: Network,
    account_id: int,
    target_id: int,
    *,
    show_reblogs: bool | None = None,
    notify: bool | None = None,
    languages: Sequence[str] | None = None,
) -> None:
    """Follow an account, or ask to where it is locked; a repeat changes the terms that are given.

    `languages` are codes, empty for all. Raises NotFound, Invalid (unknown language), and
    Forbidden for one's own account, across a block, and for an account that has moved.
    """
    chosen = None if languages is None else _encoded_languages(languages)

    def changed(terms: FollowTerms) -> FollowTerms:
        return FollowTerms(
            terms.show_reblogs if show_reblogs is None else show_reblogs,
            terms.notify if notify is None else notify,
            terms.languages if languages is None else chosen,
            terms.uri,
        )

    async def work(tx: Transaction) -> None:
        target = await lock_other(tx, account_id, target_id)
        for table in ("follows", "follow_requests"):
            terms = await follows.get(tx, table, account_id, target_id)
            if terms is not None:
                await follows.set_terms(tx, table, account_id, target_id, changed(terms))
                return
        await _check_may_follow(tx, account_id, target)
        terms = changed(FollowTerms())
        if await _needs_consent(tx, account_id, target):
            await _ask(network, tx, account_id, target, terms)
        else:
            await _begin(network, tx, account_id, target_id, terms)
            await _notify(tx, target, NotificationKind.FOLLOW, account_id)

    await network.db.transaction(work)


async def unfollow(network: Network, account_id: int, target_id: int) -> None:
    """Follow an account no more, or take back the request; without either, nothing happens."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await leave(tx, account_id, target_id)

    await network.db.transaction(work)


async def remove_from_followers(network: Network, account_id: int, follower_id: int) -> None:
    """Make someone a follower no more, or turn down the request."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, follower_id)
        await turn_away(network, tx, account_id, follower_id)

    await network.db.transaction(work)


async def accept(network: Network, account_id: int, requester_id: int) -> None:
    """Let someone who asked follow; raises NotFound where there is neither request nor follow."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, requester_id)
        if not await _grant(network, tx, account_id, requester_id) and (
            await follows.get(tx, "follows", requester_id, account_id) is None
        ):
            raise NotFound

    await network.db.transaction(work)


async def accept_waiting(network: Network, job: AcceptFollowRequests) -> None:
    """After an account was unlocked, let everyone follow who asked to.

    Who would have to ask now as well, as limited accounts do, still waits.
    """

    async def work(tx: Transaction, requester_id: int) -> None:
        await locks.pair(tx, job.account_id, requester_id)
        account = await accounts.get(tx, job.account_id)
        if account is not None and not await _needs_consent(tx, requester_id, account):
            await _grant(network, tx, job.account_id, requester_id)

    after = 0
    while waiting := await follows.waiting(network.db, job.account_id, after=after, limit=_BATCH):
        for _, requester_id in waiting:
            await network.db.transaction(lambda tx, id_=requester_id: work(tx, id_))
        after = waiting[-1][0]


async def reject(network: Network, account_id: int, requester_id: int) -> None:
    """Turn down a request to follow; raises NotFound where there is none."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, requester_id)
        terms = await follows.get(tx, "follow_requests", requester_id, account_id)
        if terms is None or not await _drop_request(tx, requester_id, account_id):
            raise NotFound
        await _answer(network, tx, outgoing.reject, account_id, requester_id, terms.uri)

    await network.db.transaction(work)


async def leave(tx: Transaction, account_id: int, target_id: int) -> None:
    """End one's follow or request, and let the target's server know."""
    uri = await sever(tx, account_id, target_id)
    if not uri:
        return
    both = await accounts.get_many(tx, [account_id, target_id])
    account, target = both[account_id], both[target_id]
    if account.local and not target.local:
        undo = outgoing.undo(outgoing.follow(uri, account.uri, target.uri))
        await delivery.send(tx, account_id, undo, to=[target_id])


async def turn_away(network: Network, tx: Transaction, account_id: int, follower_id: int) -> None:
    """End the follow or request of another, and let their server know."""
    uri = await sever(tx, follower_id, account_id)
    await _answer(network, tx, outgoing.reject, account_id, follower_id, uri)


async def sever(tx: Transaction, account_id: int, target_id: int) -> str:
    """End a follow or a request with all that came of it; the pair is locked by the caller.

    Answers the Follow's id where one of the two is on another server, else an empty string.
    """
    request = await follows.get(tx, "follow_requests", account_id, target_id)
    await _drop_request(tx, account_id, target_id)
    terms = await follows.get(tx, "follows", account_id, target_id)
    if request is not None or terms is not None:
        await _leave_lists(tx, account_id, target_id)
    if terms is None or not await follows.delete(tx, "follows", account_id, target_id):
        return request.uri if request else ""
    await _count(tx, account_id, target_id, -1)
    await endorsements.delete(tx, account_id, target_id)
    await timelines.remove_posts(tx, account_id, target_id)
    await notifications.withdraw_from(
        tx, target_id, NotificationKind.FOLLOW, from_account_id=account_id
    )
    return terms.uri


async def _leave_lists(tx: Transaction, account_id: int, target_id: int) -> None:
    for item in await lists.with_member(tx, account_id, target_id):
        await locks.owner(tx, item.id)
        await lists.remove(tx, item.id, target_id)
        await timelines.remove_posts(tx, item.id, target_id)


async def receive(
    network: Network, tx: Transaction, follower: Account, target: Account, uri: str
) -> None:
    """A remote account asks to follow a local one by the Follow `uri`: it is let, asked about
    with the target, or turned down.
    """
    await locks.pair(tx, follower.id, target.id)
    terms = FollowTerms(uri=uri)
    existing = await follows.get(tx, "follows", follower.id, target.id)
    try:
        await _check_may_be_followed(tx, follower.id, target)
    except (Forbidden, NotFound):
        await _answer(network, tx, outgoing.reject, target.id, follower.id, uri)
        return
    if existing is not None:
        await follows.set_terms(tx, "follows", follower.id, target.id, terms)
    elif target.locked or follower.state is AccountState.LIMITED:
        await _ask(network, tx, follower.id, target, terms)
        return
    else:
        await _begin(network, tx, follower.id, target.id, terms)
        await _notify(tx, target, NotificationKind.FOLLOW, follower.id)
    await _answer(network, tx, outgoing.accept, target.id, follower.id, uri)


async def receive_acceptance(
    network: Network, tx: Transaction, account_id: int, target_id: int
) -> None:
    """A remote account lets a local one follow it; without a request, nothing happens."""
    await locks.pair(tx, account_id, target_id)
    await _grant(network, tx, target_id, account_id)


async def receive_end(tx: Transaction, account_id: int, target_id: int) -> None:
    """A follow or request ends by the word of the remote account of the two."""
    await locks.pair(tx, account_id, target_id)
    await sever(tx, account_id, target_id)


async def leave_inbox(network: Network, job: LeaveInbox) -> None:
    """End the follows of remote accounts whose inbox is gone: nothing is sent there any more."""

    async def work(tx: Transaction) -> int:
        behind = await deliveries.follows_behind(tx, job.host, job.inbox_uri)
        for follower_id, followed_id in behind:
            await receive_end(tx, follower_id, followed_id)
        return len(behind)

    while await network.db.transaction(work):
        pass


async def page(
    network: Network, direction: Direction, viewer_id: int, account_id: int, page: Page
) -> list[PagedAccount]:
    """Who follows an account, or whom it follows; empty for others where the account hides it.

    `viewer_id` is 0 for someone not signed in. Raises NotFound for accounts nobody may see.
    """
    account = await accounts.get(network.db, account_id)
    if account is None or account.state > AccountState.LIMITED:
        raise NotFound
    own = viewer_id == account_id
    if not own and (account.hide_collections or await _blocked_by(network, account_id, viewer_id)):
        return []
    return await follows.page(network.db, direction, account_id, 0 if own else viewer_id, page)


async def requests(network: Network, account_id: int, page: Page) -> list[PagedAccount]:
    """Who asks to follow an account, newest first."""
    return await follows.requests(network.db, account_id, page)


async def count_requests(network: Network, account_id: int) -> int:
    """How many ask to follow an account, at most 100."""
    return await follows.count_requests(network.db, account_id)


async def familiar(network: Network, viewer_id: int, ids: list[int]) -> dict[int, list[Account]]:
    """For each account, those of its followers whom the viewer follows too."""
    found: dict[int, list[Account]] = {id_: [] for id_ in ids}
    for id_, follower in await follows.familiar(network.db, viewer_id, list(found)):
        found[id_].append(follower)
    return found


async def _blocked_by(network: Network, account_id: int, viewer_id: int) -> bool:
    return bool(viewer_id) and await blocks.has(network.db, account_id, viewer_id)


def _encoded_languages(languages: Sequence[str]) -> str | None:
    codes = list(dict.fromkeys(languages))
    if len(codes) > _MAX_LANGUAGES or not all(valid_language(code) for code in codes):
        raise Invalid("Not a language", field="languages")
    return msgspec.json.encode(codes).decode() if codes else None


async def _check_may_be_followed(tx: Transaction, account_id: int, target: Account) -> None:
    if target.state > AccountState.LIMITED:
        raise NotFound
    if target.moved_to_id is not None:
        raise Forbidden("This account has moved")
    if await blocks.either_way(tx, account_id, target.id):
        raise Forbidden("You cannot follow this account")


async def _check_may_follow(tx: Transaction, account_id: int, target: Account) -> None:
    await _check_may_be_followed(tx, account_id, target)
    account = await accounts.get(tx, account_id)
    if account is not None and account.moved_to_id is not None:
        raise moved_away()
    if target.domain and await domain_blocks.blocked(tx, account_id, target.domain):
        raise Forbidden("You have blocked the server of this account")


async def _needs_consent(tx: Transaction, account_id: int, target: Account) -> bool:
    if target.locked or not target.local:
        return True
    account = await accounts.get(tx, account_id)
    return account is None or account.state is AccountState.LIMITED


async def _ask(
    network: Network, tx: Transaction, account_id: int, target: Account, terms: FollowTerms
) -> None:
    new_id = network.ids.next()
    account = None if target.local else await accounts.get(tx, account_id)
    if account is not None:
        terms = msgspec.structs.replace(terms, uri=addresses.follow(account.uri, new_id))
    await follows.insert(tx, "follow_requests", new_id, account_id, target.id, terms)
    await _notify(tx, target, NotificationKind.FOLLOW_REQUEST, account_id)
    if account is not None:
        await jobs.enqueue(tx, CompleteAccount(target.id), unique=True)
        activity = outgoing.follow(terms.uri, account.uri, target.uri)
        await delivery.send(tx, account_id, activity, to=[target.id])


async def _grant(network: Network, tx: Transaction, account_id: int, requester_id: int) -> bool:
    """Turn a request into a follow; False where there is none. The pair is locked."""
    terms = await follows.get(tx, "follow_requests", requester_id, account_id)
    if terms is None:
        return False
    await _drop_request(tx, requester_id, account_id)
    await _begin(network, tx, requester_id, account_id, terms)
    await _answer(network, tx, outgoing.accept, account_id, requester_id, terms.uri)
    return True


async def _begin(
    network: Network, tx: Transaction, account_id: int, target_id: int, terms: FollowTerms
) -> None:
    if not await follows.insert(tx, "follows", network.ids.next(), account_id, target_id, terms):
        return
    await _count(tx, account_id, target_id, 1)
    await jobs.enqueue(tx, MergeTimeline(owner_id=account_id, account_id=target_id))


async def _answer(
    network: Network,
    tx: Transaction,
    write: Callable[[outgoing.Written, str, int], outgoing.Written],
    account_id: int,
    follower_id: int,
    uri: str,
) -> None:
    """Let the follower's server know what a local account made of the Follow `uri`."""
    if not uri:
        return
    both = await accounts.get_many(tx, [account_id, follower_id])
    account, follower = both[account_id], both[follower_id]
    if account.local and not follower.local:
        asked = outgoing.follow(uri, follower.uri, account.uri)
        answer = write(asked, account.uri, network.ids.next())
        await delivery.send(tx, account_id, answer, to=[follower.id])


async def _notify(
    tx: Transaction, target: Account, kind: NotificationKind, account_id: int
) -> None:
    if target.local:
        await jobs.enqueue(tx, Notify(target.id, kind, account_id))


async def _drop_request(tx: Transaction, account_id: int, target_id: int) -> bool:
    # First the request, so that its notification is either written by then, or never will be.
    dropped = await follows.delete(tx, "follow_requests", account_id, target_id)
    await notifications.withdraw_from(
        tx, target_id, NotificationKind.FOLLOW_REQUEST, from_account_id=account_id
    )
    return dropped


async def _count(tx: Transaction, account_id: int, target_id: int, change: int) -> None:
    # Always in the order of ids, so that two transactions wait for each other less often.
    deltas = {account_id: (0, change), target_id: (change, 0)}
    for id_ in sorted(deltas):
        followers, following = deltas[id_]
        await accounts.add_counts(tx, id_, followers=followers, following=following)
