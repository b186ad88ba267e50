"""People, posts and members of a hub, put into its database as reading them would."""

from collections.abc import Sequence
from typing import Any

import msgspec

from noi.db.database import Transaction
from noi.db.hub import accounts, posts
from noi.models.hub_records import HubAccount, HubPost
from noi.models.ids import now_ms
from noi.services.hub import indexing
from noi.services.network import Network

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


async def member(network: Network, host: str, state: str = "admitted", **columns: Any) -> int:
    """A member of the alliance; `columns` replace what they say."""
    new_id = network.ids.next()
    row = {"host": host, "state": state, "base_url": "", "server_id": host, "private_key": ""}
    row |= {"id": new_id, "asked_at": 0, **columns}
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    await network.db.execute(f"INSERT INTO hub_members ({names}) VALUES ({values})", row)
    return new_id


async def suspend(network: Network, host: str, state: str = "suspended") -> None:
    params = {"host": host, "state": state}
    await network.db.execute("UPDATE hub_members SET state = :state WHERE host = :host", params)


async def person(
    network: Network, handle: str, name: str = "", bio: str = "", **fields: Any
) -> HubAccount:
    """Somebody who wants to be found, and their posts too, unless `fields` say otherwise."""
    username, _, host = handle.partition("@")
    now = now_ms()
    values: dict[str, Any] = {
        "id": network.ids.next(),
        "uri": f"https://{host}/users/{username}",
        "host": host,
        "member_id": None,
        "username": username,
        "domain": host,
        "kind": "person",
        "discoverable": True,
        "indexable": True,
        "language": "vi",
        "check_at": now + DAY_MS,
        "checked_at": now,
        "created_at": now,
        "last_post_at": now,
        "following_uri": "",
        "following_read_at": None,
        "url": f"https://{host}/@{username}",
        "name": name,
        "bio": bio,
        **fields,
    }
    account = HubAccount(**values)

    async def work(tx: Transaction) -> None:
        await accounts.insert(tx, account)
        await indexing.put_account(tx, account)

    await network.db.transaction(work)
    return account


async def post(
    network: Network,
    author: HubAccount,
    text: str,
    *,
    hours_ago: float = 1,
    tags: Sequence[str] = (),
    links: Sequence[str] = (),
    **fields: Any,
) -> HubPost:
    """Something public that they wrote."""
    published_at = now_ms() - int(hours_ago * HOUR_MS)
    new_id = network.ids.at(published_at)
    values: dict[str, Any] = {
        "id": new_id,
        "uri": f"{author.uri}/posts/{new_id}",
        "account_id": author.id,
        "host": author.host,
        "member_id": author.member_id,
        "language": "vi",
        "published_at": published_at,
        "check_at": now_ms() + DAY_MS,
        "checked_at": now_ms(),
        "shares": 0,
        "likes": 0,
        "trending_at": None,
        "url": "",
        "excerpt": text[:300],
        **fields,
    }
    written = HubPost(**values)
    by = indexing.found_by(text, written.language, written.host, tags, links)

    async def work(tx: Transaction) -> None:
        await posts.insert_all(tx, [written])
        await indexing.put_posts(tx, [(written, by)], new=True)

    await network.db.transaction(work)
    return written


async def change(network: Network, account: HubAccount, **fields: Any) -> HubAccount:
    """What reading an actor anew does when its flags or words have changed."""
    changed = msgspec.structs.replace(account, **fields)

    async def work(tx: Transaction) -> None:
        await accounts.update(tx, changed)
        await indexing.put_account(tx, changed)

    await network.db.transaction(work)
    return changed


async def follow(network: Network, who: HubAccount, *whom: HubAccount) -> None:
    for other in whom:
        params = {"a": who.id, "b": other.id}
        sql = "INSERT INTO hub_follows (account_id, target_id) VALUES (:a, :b)"
        await network.db.execute(sql, params)
