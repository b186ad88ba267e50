"""Reactions with emojis, and votes against, as other servers send them."""

import re
import unicodedata

from noi.db import dislikes, reactions
from noi.db.database import Transaction
from noi.models.statuses import Status
from noi.services.network import Network

MAX_OF_ACCOUNT = 20
"""With how many emojis one account may react to one status."""

_SHORTCODE = re.compile(r":([A-Za-z0-9_+-]{1,64})(?:@[^:\s]{1,253})?:")
_MAX_EMOJI = 16
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


async def receive(
    network: Network, tx: Transaction, account_id: int, status: Status, name: str, uri: str
) -> None:
    """A remote account reacts to a status by the activity `uri`; a repeat changes nothing."""
    if await reactions.count(tx, account_id, status.id) < MAX_OF_ACCOUNT:
        await reactions.insert(tx, network.ids.next(), account_id, status.id, name, uri)


async def receive_end(tx: Transaction, account_id: int, status_id: int, name: str) -> bool:
    """A remote account takes a reaction back; False where there was none."""
    return await reactions.delete(tx, account_id, status_id, name)


async def receive_end_of(tx: Transaction, account_id: int, uri: str) -> bool:
    """A remote account takes back the reaction that an activity made; False where there is none."""
    return await reactions.delete_by_uri(tx, account_id, uri)


async def receive_dislike(
    network: Network, tx: Transaction, account_id: int, status: Status, uri: str
) -> None:
    """A remote account votes against a status by the activity `uri`."""
    await dislikes.insert(tx, network.ids.next(), account_id, status.id, uri)


async def receive_dislike_end(tx: Transaction, account_id: int, status_id: int) -> bool:
    """A remote account takes that back; False where there was none."""
    return await dislikes.delete(tx, account_id, status_id)
