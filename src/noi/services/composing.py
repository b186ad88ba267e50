"""From what a person typed to what is stored: checks, mentions, HTML, language."""

import asyncio
from contextlib import suppress
from functools import partial

import msgspec

from noi.db import accounts, statuses, users
from noi.db import media as media_rows
from noi.models.accounts import Account, AccountState, User
from noi.models.composition import Composition, NewPoll
from noi.models.errors import Invalid, NoiError, NotFound
from noi.models.media import MediaAttachment, MediaState
from noi.models.statuses import VISIBILITIES, ContentType, Status, Visibility
from noi.services import interactions, naming, quotes, remote_accounts
from noi.services.naming import Handle
from noi.services.network import Network
from noi.services.preferences import quote_policy_of
from noi.text import language as languages
from noi.text.clean import clean_text
from noi.text.counting import status_length
from noi.text.entities import find_mentions
from noi.text.format import Formatted, MentionTarget, format_status
from noi.transport.errors import TransportError

MAX_CHARACTERS = 10_000
MAX_MEDIA = 4
LOOK_UP_SECONDS = 5.0
MAX_STRANGERS = 10
"""So many people of other servers are looked up for one post; the names of others stay text."""

MAX_MENTIONS = 100
MAX_TAGS = 50
MIN_POLL_OPTIONS = 2
MAX_POLL_OPTIONS = 8
MAX_POLL_OPTION_CHARACTERS = 100
MIN_POLL_SECONDS = 5 * 60
MAX_POLL_SECONDS = 31 * 24 * 3600


class UnexpectedMentions(Invalid):
    """The text names accounts that the app did not expect (`allowed_mentions`)."""

    def __init__(self, unexpected: list[Account]) -> None:
        super().__init__("Your post would be sent to unexpected accounts")
        self.accounts = unexpected


class Composed(msgspec.Struct):
    """All that `services.statuses` needs to write a status in one transaction.

    `named` are the accounts of the mentions, in their order.
    """

    composition: Composition
    formatted: Formatted
    named: list[Account]
    visibility: Visibility
    sensitive: bool
    language: str
    emojis: list[str]
    media: list[MediaAttachment]
    parent: Status | None
    quoted: Status | None
    quote_policy: str


async def compose(
    network: Network,
    author_id: int,
    composition: Composition,
    *,
    edits: Status | None = None,
    look_up: bool = True,
) -> Composed:
    """Check and format; `edits` is the status that is being edited, whose media may stay.

    With `look_up`, whom the text mentions and nobody here knows yet is asked of their server.

    Raises Invalid with what is wrong, NotFound for an unknown parent, or a status that the author
    may not quote.
    """
    user = await users.get(network.db, author_id)
    if user is None:
        raise NotFound
    composition = _cleaned(composition)
    _check_lengths(composition)
    parent = await _parent(network, author_id, composition, edits)
    quoted = await _quoted(network, author_id, composition, edits)
    attachments = await _attachments(network, author_id, composition.media_ids, edits)
    quotes_something = quoted or (edits and edits.quote_of_id)
    if not (composition.text or attachments or composition.poll or quotes_something):
        raise Invalid("A post needs text, media or a poll", field="status", code="ERR_BLANK")
    formatted, named = await _format(network, composition, look_up=look_up)
    _check_formatted(formatted)
    _check_expected(author_id, named, composition.allowed_mentions)
    visibility = edits.visibility if edits else _visibility(composition, user, parent, quoted)
    if quoted and visibility is Visibility.DIRECT:
        _check_told(author_id, named, quoted)
    return Composed(
        composition=composition,
        formatted=formatted,
        named=named,
        visibility=visibility,
        sensitive=_sensitive(composition, user),
        language=_language(composition, user, formatted),
        emojis=await naming.known_emojis(network, _texts(composition)),
        media=attachments,
        parent=parent,
        quoted=quoted,
        quote_policy=composition.quote_policy or ("" if edits else quote_policy_of(user)),
    )


async def _format(
    network: Network, composition: Composition, *, look_up: bool
) -> tuple[Formatted, list[Account]]:
    """The text as HTML, its mentions resolved to accounts."""
    found = await _named(network, composition.text, look_up=look_up)

    def mention(username: str, domain: str | None) -> MentionTarget | None:
        account = found.get(naming.handle(network, username, domain))
        return account and MentionTarget(account.id, account.username, account.url)

    formatted = format_status(
        composition.text,
        composition.content_type,
        mention=mention,
        tag_url=partial(naming.tag_url, network),
    )
    by_id = {account.id: account for account in found.values()}
    return formatted, [by_id[target.id] for target in formatted.mentions]


async def _named(network: Network, text: str, *, look_up: bool) -> dict[Handle, Account]:
    """The accounts that a text mentions."""
    found: dict[Handle, Account] = {}
    strangers: list[Handle] = []
    for mentioned in find_mentions(text)[:MAX_MENTIONS]:
        handle = naming.handle(network, *mentioned)
        account = await accounts.get_by_handle(network.db, *handle)
        if account is not None:
            found[handle] = account
        elif handle[1] and look_up:
            strangers.append(handle)
    strangers = strangers[:MAX_STRANGERS]
    looked_up = await asyncio.gather(*(_look_up(network, *handle) for handle in strangers))
    found |= {name: one for name, one in zip(strangers, looked_up, strict=True) if one is not None}
    return {name: one for name, one in found.items() if one.state <= AccountState.LIMITED}


async def _look_up(network: Network, username: str, host: str) -> Account | None:
    """An account that was never seen here; None where its server does not soon say who it is."""
    with suppress(NoiError, TransportError, TimeoutError):
        async with asyncio.timeout(LOOK_UP_SECONDS):
            return await remote_accounts.by_handle(network, f"{username}@{host}")
    return None


def check_poll(poll: NewPoll) -> None:
    """Raises Invalid for a poll that cannot be."""
    options = [option.strip() for option in poll.options]
    if not MIN_POLL_OPTIONS <= len(options) <= MAX_POLL_OPTIONS:
        raise Invalid(
            "A poll has {least} to {most} choices",
            field="poll",
            least=MIN_POLL_OPTIONS,
            most=MAX_POLL_OPTIONS,
        )
    if not all(options) or len({option.casefold() for option in options}) < len(options):
        raise Invalid("The choices of a poll must differ and not be empty", field="poll")
    if max(map(len, options)) > MAX_POLL_OPTION_CHARACTERS:
        raise Invalid(
            "A poll's choice has at most {most} characters",
            field="poll",
            code="ERR_TOO_LONG",
            most=MAX_POLL_OPTION_CHARACTERS,
        )
    if not MIN_POLL_SECONDS <= poll.expires_in <= MAX_POLL_SECONDS:
        raise Invalid("A poll lasts from five minutes to a month", field="poll")


def _cleaned(composition: Composition) -> Composition:
    poll = composition.poll
    if poll is not None:
        poll = msgspec.structs.replace(poll, options=[_one_line(title) for title in poll.options])
    return msgspec.structs.replace(
        composition,
        text=clean_text(composition.text).strip(),
        spoiler_text=_one_line(composition.spoiler_text),
        media_ids=list(dict.fromkeys(composition.media_ids)),
        poll=poll,
    )


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _check_lengths(composition: Composition) -> None:
    if len(composition.text) > 20 * MAX_CHARACTERS or (
        status_length(composition.text) + status_length(composition.spoiler_text) > MAX_CHARACTERS
    ):
        raise Invalid(
            "A post has at most {most} characters",
            field="status",
            code="ERR_TOO_LONG",
            most=MAX_CHARACTERS,
        )
    if composition.content_type not in (ContentType.PLAIN, ContentType.MARKDOWN):
        raise Invalid("A post is text/plain or text/markdown", field="content_type")
    if composition.visibility and composition.visibility not in VISIBILITIES:
        raise Invalid(
            "There is no visibility of that name", field="visibility", code="ERR_INCLUSION"
        )
    if composition.language and not languages.valid_language(composition.language):
        raise Invalid("There is no language of that code", field="language")
    interactions.check_policy(composition.quote_policy)
    if len(composition.media_ids) > MAX_MEDIA:
        raise Invalid("A post has at most {most} attachments", field="media_ids", most=MAX_MEDIA)
    if composition.poll is not None:
        check_poll(composition.poll)


def _check_formatted(formatted: Formatted) -> None:
    if len(formatted.mentions) > MAX_MENTIONS or len(formatted.tags) > MAX_TAGS:
        raise Invalid(
            "A post names at most {people} people and {tags} hashtags",
            field="status",
            people=MAX_MENTIONS,
            tags=MAX_TAGS,
        )


async def _parent(
    network: Network, author_id: int, composition: Composition, edits: Status | None
) -> Status | None:
    if edits is not None or composition.in_reply_to_id is None:
        return None
    parent = await statuses.get_visible(network.db, composition.in_reply_to_id, author_id)
    if parent is not None and parent.reblog_of_id is not None:
        parent = await statuses.get_visible(network.db, parent.reblog_of_id, author_id)
    if parent is None:
        raise NotFound("The post you answer is no longer there")
    return parent


async def _quoted(
    network: Network, author_id: int, composition: Composition, edits: Status | None
) -> Status | None:
    if edits is not None or composition.quoted_status_id is None:
        return None
    return await quotes.quotable(network, author_id, composition.quoted_status_id)


async def _attachments(
    network: Network, author_id: int, ids: list[int], edits: Status | None
) -> list[MediaAttachment]:
    if not ids:
        return []
    found = {row.id: row for row in await media_rows.get_many(network.db, ids)}
    attachments: list[MediaAttachment] = []
    for id_ in ids:
        row = found.get(id_)
        if row is None or row.account_id != author_id:
            raise Invalid("An attachment was not found", field="media_ids")
        if row.status_id is not None and (edits is None or row.status_id != edits.id):
            raise Invalid("An attachment belongs to another post", field="media_ids")
        if row.state != MediaState.READY:
            raise Invalid(
                "An attachment is not processed yet; try again in a moment", field="media_ids"
            )
        attachments.append(row)
    return attachments


def _check_expected(author_id: int, named: list[Account], allowed: list[int] | None) -> None:
    if allowed is None:
        return
    unexpected = [account for account in named if account.id not in {author_id, *allowed}]
    if unexpected:
        raise UnexpectedMentions(sorted(unexpected, key=lambda account: account.id))


def _check_told(author_id: int, named: list[Account], quoted: Status) -> None:
    """Nobody is quoted in a message behind their back."""
    if quoted.account_id not in {author_id, *(account.id for account in named)}:
        raise Invalid(
            "A message may quote somebody only if it also mentions them", field="visibility"
        )


def _visibility(
    composition: Composition, user: User, parent: Status | None, quoted: Status | None
) -> Visibility:
    # What is not for everybody is not quoted for more people either.
    least = quoted.visibility if quoted is not None else Visibility.PUBLIC
    least = Visibility.PUBLIC if least is Visibility.UNLISTED else least
    if composition.visibility:
        return max(VISIBILITIES[composition.visibility], least)
    chosen = max(VISIBILITIES.get(user.default_visibility, Visibility.PUBLIC), least)
    return max(chosen, parent.visibility) if parent is not None else chosen


def _sensitive(composition: Composition, user: User) -> bool:
    if composition.spoiler_text:
        return True
    return user.default_sensitive if composition.sensitive is None else composition.sensitive


def _language(composition: Composition, user: User, formatted: Formatted) -> str:
    if composition.language:
        return composition.language
    return languages.guess(formatted.plain) or user.default_language or user.locale


def _texts(composition: Composition) -> list[str]:
    options = composition.poll.options if composition.poll else []
    return [composition.spoiler_text, composition.text, *options]
