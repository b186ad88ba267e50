"""Keep the search indexes up to date with statuses and accounts, as jobs.

Scope tokens: `p` for public statuses of authors who want to be found, `a<id>` for the author,
`m<id>` for each account a status is addressed to.
"""

from collections.abc import Sequence
from itertools import pairwise

from noi.db import accounts, jobs, media, mentions, polls, search, statuses, tags
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState
from noi.models.jobs import IndexAccount, IndexStatus
from noi.models.statuses import ContentType, Status, Visibility
from noi.services.network import Network
from noi.text.fold import search_terms
from noi.text.sanitize import text_of

_BATCH = 500


async def index_status(network: Network, job: IndexStatus) -> None:
    """Write the search row of a status, or remove it when the status is gone."""

    async def work(tx: Transaction) -> None:
        status = await statuses.get(tx, job.status_id)
        author = await accounts.get(tx, status.account_id) if status else None
        if status is None or author is None or not _searchable(status, author):
            await search.remove(tx, "status_search", job.status_id)
            return
        await put_status(tx, status, author)

    await network.db.transaction(work)


async def put_status(
    tx: Transaction, status: Status, author: Account, *, new_tags: Sequence[str] | None = None
) -> None:
    """Write the search row of a status that may be found, within the transaction it comes with.

    With `new_tags`, its hashtags, it is new and has no row yet.
    """
    exact, folded = search_terms(await _words_of(tx, status, new_tags))
    scope = await _scope(tx, status, author)
    await search.put(
        tx,
        "status_search",
        status.id,
        exact=exact,
        folded=folded,
        scope=scope,
        new=new_tags is not None,
    )


async def index_account(network: Network, job: IndexAccount) -> None:
    """Write the search row of an account; with `statuses_after`, queue its statuses too."""

    async def work(tx: Transaction) -> None:
        account = await accounts.get(tx, job.account_id)
        if account is None or account.state is AccountState.DELETED:
            await search.remove(tx, "account_search", job.account_id)
        else:
            exact, folded = search_terms(
                f"{account.display_name} {account.username} {account.domain}"
            )
            await search.put(
                tx, "account_search", account.id, exact=exact, folded=folded, scope=["p"]
            )
        if job.statuses_after is not None:
            await _queue_statuses(tx, job.account_id, job.statuses_after)

    await network.db.transaction(work)


async def _queue_statuses(tx: Transaction, account_id: int, after: int) -> None:
    batch = await search.statuses_of(tx, account_id, after=after, limit=_BATCH)
    for status_id in batch:
        await jobs.enqueue(tx, IndexStatus(status_id), unique=True)
    if len(batch) == _BATCH:
        await jobs.enqueue(tx, IndexAccount(account_id, batch[-1]))


def _searchable(status: Status, author: Account) -> bool:
    gone = status.deleted_at is not None or author.state is AccountState.DELETED
    return not gone and status.reblog_of_id is None


async def _words_of(tx: Transaction, status: Status, names: Sequence[str] | None) -> str:
    """All that is written in a status: warning, text, tags word by word, pictures, poll."""
    plain = status.content_type is ContentType.PLAIN and status.text
    parts = [status.spoiler_text, status.text if plain else text_of(status.content)]
    if status.has_tags:
        if names is None:
            names = [tag.name for tag in await tags.of_statuses(tx, [status.id])]
        parts += map(tag_words, names)
    if status.has_media:
        attachments = await media.of_statuses(tx, [status.id])
        parts += [attachment.description for attachment in attachments]
    if status.poll_id is not None:
        for view in (await polls.views(tx, [status.poll_id])).values():
            parts += [option.title for option in view.options]
    return "\n".join(part for part in parts if part)


def tag_words(name: str) -> str:
    """#HàNội is found as Hà Nội too."""
    words = name[:1] + "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in pairwise(name)
    )
    return words if words != name else ""


async def _scope(tx: Transaction, status: Status, author: Account) -> list[str]:
    addressed = status.has_mentions or status.visibility is not Visibility.PUBLIC
    named = await mentions.of_statuses(tx, [status.id]) if addressed else []
    scope = [f"a{author.id}", *(f"m{mention.account_id}" for mention in named)]
    if status.visibility is Visibility.PUBLIC and author.indexable:
        scope.append("p")
    return scope
