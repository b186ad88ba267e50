"""Following, with requests to accounts that ask for consent."""

from collections.abc import Sequence

import msgspec

from noi.db import (
    accounts,
    blocks,
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
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.jobs import MergeTimeline, Notify
from noi.models.notifications import NotificationKind
from noi.models.paging import Page
from noi.services import notifications
from noi.services.network import Network
from noi.services.relationships import lock_other
from noi.text.language import valid_language

_MAX_LANGUAGES = 50


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
        await sever(tx, account_id, target_id)

    await network.db.transaction(work)


async def remove_from_followers(network: Network, account_id: int, follower_id: int) -> None:
    """Make someone a follower no more, or turn down the request."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, follower_id)
        await sever(tx, follower_id, account_id)

    await network.db.transaction(work)


async def accept(network: Network, account_id: int, requester_id: int) -> None:
    """Let someone who asked follow; raises NotFound where there is neither request nor follow."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, requester_id)
        terms = await follows.get(tx, "follow_requests", requester_id, account_id)
        if terms is None:
            if await follows.get(tx, "follows", requester_id, account_id) is None:
                raise NotFound
            return
        await _drop_request(tx, requester_id, account_id)
        await _begin(network, tx, requester_id, account_id, terms)

    await network.db.transaction(work)


async def reject(network: Network, account_id: int, requester_id: int) -> None:
    """Turn down a request to follow; raises NotFound where there is none."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, requester_id)
        if not await _drop_request(tx, requester_id, account_id):
            raise NotFound

    await network.db.transaction(work)


async def sever(tx: Transaction, account_id: int, target_id: int) -> None:
    """End a follow or a request with all that came of it; the pair is locked by the caller."""
    await _drop_request(tx, account_id, target_id)
    if not await follows.delete(tx, "follows", account_id, target_id):
        return
    await _count(tx, account_id, target_id, -1)
    await endorsements.delete(tx, account_id, target_id)
    for item in await lists.with_member(tx, account_id, target_id):
        await locks.owner(tx, item.id)
        await lists.remove(tx, item.id, target_id)
        await timelines.remove_posts(tx, item.id, target_id)
    await timelines.remove_posts(tx, account_id, target_id)
    await notifications.withdraw_from(
        tx, target_id, NotificationKind.FOLLOW, from_account_id=account_id
    )


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


async def _check_may_follow(tx: Transaction, account_id: int, target: Account) -> None:
    if target.state > AccountState.LIMITED:
        raise NotFound
    if target.moved_to_id is not None:
        raise Forbidden("This account has moved")
    if await blocks.either_way(tx, account_id, target.id):
        raise Forbidden("You cannot follow this account")
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
    await follows.insert(tx, "follow_requests", new_id, account_id, target.id, terms)
    await _notify(tx, target, NotificationKind.FOLLOW_REQUEST, account_id)


async def _begin(
    network: Network, tx: Transaction, account_id: int, target_id: int, terms: FollowTerms
) -> None:
    if not await follows.insert(tx, "follows", network.ids.next(), account_id, target_id, terms):
        return
    await _count(tx, account_id, target_id, 1)
    await jobs.enqueue(tx, MergeTimeline(owner_id=account_id, account_id=target_id))


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
