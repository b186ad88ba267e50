"""Lists of followed accounts, each with a timeline of its own."""

from collections.abc import Sequence

from noi.db import jobs, lists, locks, timelines
from noi.db.database import Reader, Transaction
from noi.models.accounts import PagedAccount
from noi.models.errors import Invalid, NotFound, too_long
from noi.models.jobs import MergeTimeline
from noi.models.lists import AccountList, RepliesPolicy
from noi.models.paging import Page
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_TITLE = 255
MAX_LISTS = 50


async def all_of(network: Network, account_id: int) -> list[AccountList]:
    """The lists of an account, oldest first."""
    return await lists.all_of(network.db, account_id)


async def get(network: Network, account_id: int, list_id: int) -> AccountList:
    """A list of its owner; raises NotFound for anyone else's."""
    return await _own(network.db, account_id, list_id)


async def create(
    network: Network,
    account_id: int,
    title: str,
    *,
    replies_policy: str = RepliesPolicy.LIST,
    exclusive: bool = False,
) -> AccountList:
    """Make a list; raises Invalid for its title or policy, and beyond 50 lists."""
    new = AccountList(
        network.ids.next(), account_id, _title(title), _policy(replies_policy), exclusive
    )

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        if await lists.count(tx, account_id) >= MAX_LISTS:
            raise Invalid("You have as many lists as there can be: {count}", count=MAX_LISTS)
        await lists.insert(tx, new)

    await network.db.transaction(work)
    return new


async def update(
    network: Network,
    account_id: int,
    list_id: int,
    *,
    title: str | None = None,
    replies_policy: str | None = None,
    exclusive: bool | None = None,
) -> AccountList:
    """Change what is given of a list; new rules hold for what comes from now on.

    Raises NotFound and Invalid.
    """

    async def work(tx: Transaction) -> AccountList:
        item = await _own(tx, account_id, list_id)
        if title is not None:
            item.title = _title(title)
        if replies_policy is not None:
            item.replies_policy = _policy(replies_policy)
        if exclusive is not None:
            item.exclusive = exclusive
        await lists.update(tx, item)
        return item

    return await network.db.transaction(work)


async def delete(network: Network, account_id: int, list_id: int) -> None:
    """Remove a list and its timeline; raises NotFound."""

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, list_id)
        await _own(tx, account_id, list_id)
        await lists.delete(tx, list_id)

    await network.db.transaction(work)


async def members(
    network: Network, account_id: int, list_id: int, page: Page
) -> list[PagedAccount]:
    """Who is on a list, newest first; raises NotFound."""
    await _own(network.db, account_id, list_id)
    return await lists.members(network.db, list_id, page)


async def with_member(network: Network, account_id: int, member_id: int) -> list[AccountList]:
    """Which of an account's lists someone is on."""
    return await lists.with_member(network.db, account_id, member_id)


async def add(network: Network, account_id: int, list_id: int, ids: Sequence[int]) -> None:
    """Put accounts on a list, with their newest statuses.

    Raises NotFound for the list, and for accounts its owner neither follows nor is.
    """
    wanted = list(dict.fromkeys(ids))

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, list_id)
        await _own(tx, account_id, list_id)
        allowed = await lists.followed(tx, account_id, wanted) | {account_id}
        if not allowed.issuperset(wanted):
            raise NotFound
        for id_ in wanted:
            if await lists.add(tx, network.ids.next(), list_id, id_):
                await jobs.enqueue(tx, MergeTimeline(owner_id=list_id, account_id=id_))

    await network.db.transaction(work)


async def remove(network: Network, account_id: int, list_id: int, ids: Sequence[int]) -> None:
    """Take accounts off a list, and their statuses out of its timeline; raises NotFound."""

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, list_id)
        await _own(tx, account_id, list_id)
        for id_ in dict.fromkeys(ids):
            if await lists.remove(tx, list_id, id_):
                await timelines.remove_posts(tx, list_id, id_)

    await network.db.transaction(work)


async def _own(reader: Reader, account_id: int, list_id: int) -> AccountList:
    item = await lists.get(reader, account_id, list_id)
    if item is None:
        raise NotFound
    return item


def _title(title: str) -> str:
    text = " ".join(clean_text(title).split())
    if not text:
        raise Invalid("A list needs a title", field="title", code="ERR_BLANK")
    if len(text) > MAX_TITLE:
        raise too_long("title", MAX_TITLE)
    return text


def _policy(name: str) -> RepliesPolicy:
    try:
        return RepliesPolicy(name)
    except ValueError:
        raise Invalid(
            "Not a policy for replies", field="replies_policy", code="ERR_INCLUSION"
        ) from None
