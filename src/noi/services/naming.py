"""Whom and what texts of this network's people name: accounts and custom emojis."""

from collections.abc import Iterable
from urllib.parse import quote

from noi.db import emojis
from noi.services.network import Network
from noi.text.emojis import find_shortcodes

Handle = tuple[str, str]
"""A name in lower case and the domain as accounts have it: empty for this network."""


def handle(network: Network, username: str, domain: str | None) -> Handle:
    """Whom a mention means."""
    host = (domain or "").lower()
    return username.lower(), "" if host == network.settings.host else host


def tag_url(network: Network, name: str) -> str:
    """Where a hashtag leads to."""
    return f"{network.settings.origin}/tags/{quote(name)}"


async def known_emojis(network: Network, texts: Iterable[str]) -> list[str]:
    """The shortcodes of this network's emojis that texts use, in their order."""
    codes = list(dict.fromkeys(find_shortcodes(" ".join(texts))))
    if not codes:
        return []
    local = {emoji.shortcode for emoji in await emojis.by_shortcodes(network.db, "", codes)}
    return [code for code in codes if code in local]
