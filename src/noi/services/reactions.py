"""Reactions with emojis (FEP-c0e0), and votes against, as other servers send them."""

import re
import unicodedata
from collections.abc import Collection

from noi.activitypub import addresses, outgoing
from noi.activitypub.outgoing import Written
from noi.activitypub.tags import Emoji
from noi.activitypub.written_notes import emoji_tag
from noi.db import accounts, dislikes, emojis, jobs, reactions, remote_files, statuses
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import Invalid, NotFound
from noi.models.jobs import Notify
from noi.models.statuses import CustomEmoji, Reaction, Status
from noi.services import delivery, notifications, policies, views
from noi.services.interactions import is_local
from noi.services.network import Network
from noi.services.reblogs import target, undo
from noi.services.remote_profiles import RemoteEmojis, remote_emojis

MAX_OF_ACCOUNT = 8
"""With how many emojis one account may react to one status."""

_SHORTCODE = re.compile(r":([A-Za-z0-9_+-]{1,64})(?:@[^:\s]{1,253})?:")
_MAX_EMOJI = 16
_MOST_REACTORS = 80
_PARTS = frozenset({"So", "Sk", "Sm", "Mn", "Me", "Cf"})


def reaction_name(content: str, domain: str) -> str:
    """The name under which a reaction is kept: an emoji, or `shortcode@domain` of one of that
    domain; empty for what is neither.
    """
    custom = _SHORTCODE.fullmatch(content)
    if custom is not None:
        return f"{custom[1]}@{domain}"
    if not 0 < len(content) <= _MAX_EMOJI:
        return ""
    kinds = [unicodedata.category(character) for character in content]
    keycap = content[0] in "0123456789#*" and content.endswith("\u20e3")
    shown = kinds[1:] if keycap else kinds
    return content if (keycap or "So" in kinds) and _PARTS.issuperset(shown) else ""


async def react(network: Network, account_id: int, status_id: int, content: str) -> int:
    """React to what the account sees with an emoji, or `:shortcode:` of this network's own.

    Answers the status's id; a repeat changes nothing. Raises NotFound, Invalid.
    """
    status = await target(network, account_id, status_id)
    name, emoji = await _own_name(network, content)

    async def work(tx: Transaction) -> None:
        new_id = network.ids.next()
        account = await accounts.get(tx, account_id)
        if account is None:
            raise NotFound
        remote = not is_local(network, status)
        uri = addresses.reaction(account.uri, new_id) if remote else ""
        if await reactions.count(tx, account_id, status.id) >= MAX_OF_ACCOUNT:
            raise Invalid("At most {limit} different reactions to one post", limit=MAX_OF_ACCOUNT)
        if not await _insert(tx, new_id, account_id, status, name, uri):
            return
        if remote:
            activity = _written(network, account, status, uri, name, emoji)
            await delivery.send(tx, account_id, activity, to=[status.account_id])

    await network.db.transaction(work)
    return status.id


async def unreact(network: Network, account_id: int, status_id: int, content: str) -> int:
    """Take a reaction back, by its name or as it is written; answers the status's id.

    Raises as services.reblogs.undo does.
    """
    name = content if "@" in content else reaction_name(content, "")

    async def work(tx: Transaction, target_id: int) -> bool:
        uri = await reactions.delete(tx, account_id, target_id, name)
        if uri is None:
            return False
        await _uncount(tx, account_id, target_id)
        account, status = await accounts.get(tx, account_id), await statuses.get(tx, target_id)
        if uri and account and status:
            activity = _written(network, account, status, uri, name, None)
            undone = outgoing.undo(activity)
            await delivery.send(tx, account_id, undone, to=[status.account_id])
        return True

    return await undo(network, account_id, status_id, work)


async def own(network: Network, account_id: int, ids: Collection[int]) -> dict[int, set[str]]:
    """With what an account reacted to some statuses, by their ids."""
    return await reactions.own(network.db, account_id, sorted(ids)) if account_id else {}


async def reacted_by(
    network: Network, viewer_id: int, status_id: int
) -> list[tuple[Reaction, list[Account]]]:
    """The reactions to a status, each with some of those who reacted; raises NotFound."""
    status = await target(network, viewer_id, status_id)
    return [
        (
            reaction,
            await reactions.reactors(
                network.db, viewer_id, status.id, reaction.name, limit=_MOST_REACTORS
            ),
        )
        for reaction in await views.reactions_of(network.db, [status.id])
    ]


async def receive(
    network: Network,
    tx: Transaction,
    account_id: int,
    status: Status,
    name: str,
    uri: str,
    drawn: RemoteEmojis | None = None,
) -> None:
    """A remote account reacts to a status by the activity `uri`; a repeat changes nothing."""
    if await reactions.count(tx, account_id, status.id) >= MAX_OF_ACCOUNT:
        return
    if drawn is not None and drawn.rows:
        await remote_files.put(tx, drawn.files)
        await emojis.put_remote(tx, drawn.rows, drawn.uris)
    await _insert(tx, network.ids.next(), account_id, status, name, uri)


async def receive_end(tx: Transaction, account_id: int, status_id: int, name: str) -> bool:
    """A remote account takes a reaction back; False where there was none."""
    if await reactions.delete(tx, account_id, status_id, name) is None:
        return False
    await _uncount(tx, account_id, status_id)
    return True


async def receive_end_of(tx: Transaction, account_id: int, uri: str) -> bool:
    """A remote account takes back the reaction that an activity made; False where there is none."""
    status_id = await reactions.delete_by_uri(tx, account_id, uri)
    if status_id is None:
        return False
    await _uncount(tx, account_id, status_id)
    return True


async def drawn_by(
    network: Network, found: tuple[Emoji, ...], content: str, account: Account
) -> RemoteEmojis | None:
    """The custom emoji that a remote reaction brings, unless pictures of its server are refused."""
    if not found:
        return None
    standing = await policies.of_actor(network, account.domain, account.uri)
    if standing.rejects_media:
        return None
    return remote_emojis(network, found, [content.partition("@")[0] + ":", content], account.domain)


async def receive_dislike(
    network: Network, tx: Transaction, account_id: int, status: Status, uri: str
) -> None:
    """A remote account votes against a status by the activity `uri`."""
    await dislikes.insert(tx, network.ids.next(), account_id, status.id, uri)


async def receive_dislike_end(tx: Transaction, account_id: int, status_id: int) -> bool:
    """A remote account takes that back; False where there was none."""
    return await dislikes.delete(tx, account_id, status_id)


async def _own_name(network: Network, content: str) -> tuple[str, CustomEmoji | None]:
    name = reaction_name(content, "")
    if not name:
        raise Invalid("This text is no emoji", field="emoji")
    if "@" not in name:
        return name, None
    drawn = await emojis.by_shortcodes(network.db, "", [name.removesuffix("@")])
    if not drawn:
        raise Invalid("This text is no emoji", field="emoji")
    return name, drawn[0]


async def _insert(
    tx: Transaction, new_id: int, account_id: int, status: Status, name: str, uri: str
) -> bool:
    if not await reactions.insert(tx, new_id, account_id, status.id, name, uri):
        return False
    if not await statuses.count(tx, status.id, "reactions_count", 1):
        raise NotFound
    if status.account_id != account_id:
        await jobs.enqueue(tx, Notify(status.account_id, "reaction", account_id, status.id))
    return True


async def _uncount(tx: Transaction, account_id: int, status_id: int) -> None:
    await statuses.count(tx, status_id, "reactions_count", -1)
    if not await reactions.count(tx, account_id, status_id):
        await notifications.withdraw(
            tx, "reaction", from_account_id=account_id, status_id=status_id
        )


def _written(
    network: Network,
    account: Account,
    status: Status,
    uri: str,
    name: str,
    emoji: CustomEmoji | None,
) -> Written:
    tag = emoji and emoji_tag(emoji, network.settings.origin, network.storage.url)
    content = Reaction(status.id, name, 1).content
    return outgoing.react(uri, account.uri, status.uri, content, tag)
