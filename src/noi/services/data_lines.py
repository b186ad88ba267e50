"""What one line of a list that somebody brings does, and how it is undone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import msgspec

from noi.activitypub.uris import authority_of
from noi.db import accounts, statuses
from noi.models.accounts import AccountState
from noi.models.data_lists import ListKind, Reason
from noi.models.errors import Invalid, NoiError, NotFound, Unavailable
from noi.services import (
    blocks,
    bookmarks,
    domain_blocks,
    follows,
    lists,
    mutes,
    remote_accounts,
    resolution,
)
from noi.services.network import Network
from noi.text.clean import clean_text
from noi.transport.errors import Gone, TransportError, Unreachable
from noi.transport.webfinger import parse_handle

_SECONDS = 30.0
_log = logging.getLogger("noi.imports")


class Outcome(msgspec.Struct, frozen=True):
    """What came of a line: whom or what it names, if that is known, and why it failed, if so.

    `asked` tells that another server was asked, `away` that it gave no answer.
    """

    target_id: int | None
    reason: Reason | None
    asked: bool
    away: bool = False


def _(message: str) -> str:
    """Marks what is translated where it is shown."""
    return message


def host_of(network: Network, kind: ListKind, cells: list[str]) -> str:
    """The server that a line may ask; empty for none."""
    if kind is ListKind.DOMAINS:
        return ""
    if kind is ListKind.BOOKMARKS:
        host = authority_of(cells[0])
    else:
        _name, host = _handle(network, kind, cells)
    return "" if host == network.settings.host else host


async def do(network: Network, account_id: int, kind: ListKind, cells: list[str]) -> Outcome:
    """Do what a line says for an account. Raises Unavailable; all else is in the outcome."""
    target_id, asked = await _known(network, kind, cells), False
    host = host_of(network, kind, cells)
    try:
        if target_id is None and kind is not ListKind.DOMAINS:
            asked = bool(host)
            async with asyncio.timeout(_SECONDS):
                target_id = await _found(network, kind, cells)
        await _DO[kind](network, account_id, target_id or 0, cells)
    except Unavailable:
        raise
    except NotFound:
        missing = _NOT_ON_LIST if kind is ListKind.LISTS and target_id else _NOT_FOUND
        return Outcome(target_id, Reason(missing), asked)
    except NoiError as error:
        params = {name: str(value) for name, value in error.params.items()}
        return Outcome(target_id, Reason(error.message, params), asked)
    except Gone:
        return Outcome(target_id, Reason(_NOT_FOUND), asked)
    except (Unreachable, TimeoutError):
        return Outcome(target_id, away(host), asked, away=True)
    except TransportError:
        return Outcome(target_id, Reason(_("{host} gave no usable answer"), {"host": host}), asked)
    except Exception:
        # One line that nobody has foreseen must not keep the others waiting.
        _log.exception("a line of a list failed")
        return Outcome(target_id, Reason(_("Something went wrong on our side")), asked)
    return Outcome(target_id, None, asked)


def away(host: str) -> Reason:
    """Why lines of a server fail that does not answer."""
    return Reason(_("{host} did not answer"), {"host": host})


def kept_by(kind: ListKind, target_id: int | None, cells: list[str]) -> list[tuple[int, str]]:
    """What a line keeps when all else is removed, as `db.data_imports.present` names it."""
    if kind is ListKind.DOMAINS:
        with suppress(Invalid):
            return [(0, domain_blocks.normalised(cells[0]))]
        return []
    name = list_title(cells[0]) if kind is ListKind.LISTS else ""
    return [] if target_id is None else [(target_id, name)]


async def undo(
    network: Network, account_id: int, kind: ListKind, target_id: int, name: str
) -> None:
    """Take back what somebody has; nothing where it is gone already."""
    try:
        await _UNDO[kind](network, account_id, target_id, name)
    except NotFound:
        return


async def make_lists(network: Network, account_id: int, lines: Sequence[list[str]]) -> None:
    """Make the lists that lines put people on; those beyond the limit fail with their lines."""
    present = {item.title for item in await lists.all_of(network, account_id)}
    wanted = dict.fromkeys(list_title(cells[0]) for cells in lines)
    for title in wanted:
        if title not in present:
            with suppress(Invalid):
                await lists.create(network, account_id, title)


async def remove_other_lists(network: Network, account_id: int, lines: Sequence[list[str]]) -> None:
    """Remove the lists that no line names."""
    wanted = {list_title(cells[0]) for cells in lines}
    for item in await lists.all_of(network, account_id):
        if item.title not in wanted:
            await lists.delete(network, account_id, item.id)


def list_title(text: str) -> str:
    """The title of a list as it is stored."""
    return " ".join(clean_text(text).split())[: lists.MAX_TITLE]


_NOT_FOUND = _("There is no such account or post")
_NOT_ON_LIST = _("You do not follow this account yet")


def _handle(network: Network, kind: ListKind, cells: list[str]) -> tuple[str, str]:
    """Name and host; both empty for what is no handle."""
    text = cells[1] if kind is ListKind.LISTS else cells[0]
    full = text if "@" in text else f"{text}@{network.settings.host}"
    return parse_handle(full) or ("", "")


async def _known(network: Network, kind: ListKind, cells: list[str]) -> int | None:
    """The account or status that a line names, where no one has to be asked for it."""
    if kind is ListKind.DOMAINS:
        return None
    if kind is ListKind.BOOKMARKS:
        status = await statuses.get_by_uri(network.db, cells[0])
        return None if status is None or status.deleted_at is not None else status.id
    name, host = _handle(network, kind, cells)
    domain = "" if host == network.settings.host else host
    account = await accounts.get_by_handle(network.db, name, domain)
    return None if account is None or account.state is AccountState.DELETED else account.id


async def _found(network: Network, kind: ListKind, cells: list[str]) -> int:
    if kind is ListKind.BOOKMARKS:
        status = await resolution.fetch_status(network, cells[0])
        if status is None:
            raise NotFound
        return status.id
    name, host = _handle(network, kind, cells)
    return (await remote_accounts.by_handle(network, f"{name}@{host}")).id


def _flag(text: str) -> bool | None:
    return None if not text else text == "true"


async def _follow(network: Network, account_id: int, target_id: int, cells: list[str]) -> None:
    codes = [code for code in cells[3].split(",") if code]
    await follows.follow(
        network,
        account_id,
        target_id,
        show_reblogs=_flag(cells[1]),
        notify=_flag(cells[2]),
        languages=codes or None,
    )


async def _put_on_list(network: Network, account_id: int, target_id: int, cells: list[str]) -> None:
    title = list_title(cells[0])
    present = await lists.all_of(network, account_id)
    item = next((one for one in present if one.title == title), None)
    if item is None:
        item = await lists.create(network, account_id, title)
    await lists.add(network, account_id, item.id, [target_id])


async def _block(network: Network, account_id: int, target_id: int, cells: list[str]) -> None:
    await blocks.block(network, account_id, target_id)


async def _mute(network: Network, account_id: int, target_id: int, cells: list[str]) -> None:
    await mutes.mute(network, account_id, target_id, notifications=_flag(cells[1]) is not False)


async def _block_domain(
    network: Network, account_id: int, target_id: int, cells: list[str]
) -> None:
    await domain_blocks.block(network, account_id, cells[0])


async def _bookmark(network: Network, account_id: int, target_id: int, cells: list[str]) -> None:
    await bookmarks.bookmark(network, account_id, target_id)


async def _unfollow(network: Network, account_id: int, target_id: int, name: str) -> None:
    await follows.unfollow(network, account_id, target_id)


async def _take_off_list(network: Network, account_id: int, target_id: int, name: str) -> None:
    for item in await lists.with_member(network, account_id, target_id):
        if item.title == name:
            await lists.remove(network, account_id, item.id, [target_id])


async def _unblock(network: Network, account_id: int, target_id: int, name: str) -> None:
    await blocks.unblock(network, account_id, target_id)


async def _unmute(network: Network, account_id: int, target_id: int, name: str) -> None:
    await mutes.unmute(network, account_id, target_id)


async def _unblock_domain(network: Network, account_id: int, target_id: int, name: str) -> None:
    await domain_blocks.unblock(network, account_id, name)


async def _unbookmark(network: Network, account_id: int, target_id: int, name: str) -> None:
    await bookmarks.unbookmark(network, account_id, target_id)


_DO: dict[ListKind, Callable[[Network, int, int, list[str]], Awaitable[None]]] = {
    ListKind.FOLLOWING: _follow,
    ListKind.LISTS: _put_on_list,
    ListKind.BLOCKS: _block,
    ListKind.MUTES: _mute,
    ListKind.DOMAINS: _block_domain,
    ListKind.BOOKMARKS: _bookmark,
}
_UNDO: dict[ListKind, Callable[[Network, int, int, str], Awaitable[None]]] = {
    ListKind.FOLLOWING: _unfollow,
    ListKind.LISTS: _take_off_list,
    ListKind.BLOCKS: _unblock,
    ListKind.MUTES: _unmute,
    ListKind.DOMAINS: _unblock_domain,
    ListKind.BOOKMARKS: _unbookmark,
}
