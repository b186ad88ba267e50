"""Whom people lost when their network blocked a server, for them to see and to take along."""

import csv
import io
from collections.abc import AsyncGenerator
from typing import Literal

import msgspec

from noi.db import severances as table
from noi.models.errors import NotFound
from noi.models.paging import Page
from noi.models.policies import Severance, SeveredFollow
from noi.services.network import Network

SHOWN = 40
_BATCH = 500

Direction = Literal["followers", "following"]


async def get(network: Network, account_id: int, severance_id: int) -> Severance:
    """A severance by which this account lost someone; raises NotFound."""
    found = await table.get(network.db, account_id, severance_id)
    if found is None:
        raise NotFound
    return found


async def page(network: Network, account_id: int, page: Page) -> list[Severance]:
    """All of them, newest first."""
    return await table.page(network.db, account_id, page)


async def lost(
    network: Network, account_id: int, severance_id: int, direction: Direction, *, after: int = 0
) -> list[SeveredFollow]:
    """Whom an account lost, by their ids, after one; up to SHOWN."""
    return await table.follows(
        network.db,
        account_id,
        severance_id,
        incoming=direction == "followers",
        after=after,
        limit=SHOWN,
    )


async def export(
    network: Network, account_id: int, severance_id: int, direction: Direction
) -> bytes:
    """The same as CSV, with the columns of Mastodon's lists; raises NotFound."""
    await get(network, account_id, severance_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    following = direction == "following"
    extra = ["Show boosts", "Notify on new posts", "Languages"] if following else []
    writer.writerow(["Account address", *extra])
    async for one in _all(network, account_id, severance_id, direction):
        terms = [_flag(one.show_reblogs), _flag(one.notify), _languages(one)] if following else []
        writer.writerow([one.other, *terms])
    return text.getvalue().encode()


async def _all(
    network: Network, account_id: int, severance_id: int, direction: Direction
) -> AsyncGenerator[SeveredFollow]:
    after = 0
    while batch := await table.follows(
        network.db,
        account_id,
        severance_id,
        incoming=direction == "followers",
        after=after,
        limit=_BATCH,
    ):
        for one in batch:
            yield one
        after = batch[-1].other_id


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _languages(one: SeveredFollow) -> str:
    return ", ".join(msgspec.json.decode(one.languages, type=list[str])) if one.languages else ""
