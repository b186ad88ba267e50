"""Domains that a person blocks for themself."""

import re

from noi.config import host_name
from noi.db import domain_blocks
from noi.db.database import Transaction
from noi.models.errors import Invalid
from noi.models.paging import Page
from noi.services.follows import leave, turn_away
from noi.services.network import Network

_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
    r"(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*(?::\d{1,5})?"
)


async def block(network: Network, account_id: int, domain: str) -> None:
    """Block a domain: follows and requests end both ways, and what came from it goes.

    Raises Invalid for what is no domain, and for this network's own.
    """
    name = normalised(domain)
    if host_name(name) == host_name(network.settings.host):
        raise Invalid("You cannot block your own network", field="domain")

    async def work(tx: Transaction) -> None:
        await domain_blocks.insert(tx, network.ids.next(), account_id, name)
        followed, followers, requests = await domain_blocks.related(tx, account_id, name)
        for other in sorted({*followed, *followers, *requests}):
            await leave(tx, account_id, other)
            await turn_away(network, tx, account_id, other)
        await domain_blocks.drop_traces(tx, account_id, name)

    await network.db.transaction(work)


async def unblock(network: Network, account_id: int, domain: str) -> None:
    """Unblock a domain; what was severed stays severed. Raises Invalid for what is no domain."""
    name = normalised(domain)
    await network.db.transaction(lambda tx: domain_blocks.delete(tx, account_id, name))


async def preview(network: Network, account_id: int, domain: str) -> tuple[int, int]:
    """How many follows and how many followers blocking a domain would end; raises Invalid."""
    return await domain_blocks.count_related(network.db, account_id, normalised(domain))


async def page(network: Network, account_id: int, page: Page) -> list[tuple[int, str]]:
    """Blocked domains with the ids they are paged by, newest first."""
    return [(row[0], row[1]) for row in await domain_blocks.page(network.db, account_id, page)]


def normalised(domain: str) -> str:
    """A domain in lower case and in its ASCII form, as accounts have it; raises Invalid."""
    name = domain.strip().lower().removeprefix("@").rstrip(".")
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        ascii_name = ""
    if _DOMAIN.fullmatch(ascii_name) is None:
        raise Invalid("Not a domain", field="domain")
    return ascii_name
