"""Several networks in one test, and what tests look up in them."""

from typing import Any

from noi.activitypub.outgoing import encode
from noi.db import accounts, statuses
from noi.models.accounts import Account, Viewer
from noi.models.statuses import Status
from noi.services import follows, keys, remote_accounts
from posting import post_activity
from testrig import Rig


async def settle(*rigs: Rig) -> None:
    """Let networks work until nobody has anything for another."""
    for _ in range(4):
        for rig in rigs:
            await rig.work()


async def seen_from(rig: Rig, other: Rig, name: str) -> int:
    """The id that an account of another network has here."""
    host = other.network.settings.host
    return (await remote_accounts.by_handle(rig.network, f"{name}@{host}")).id


async def account(rig: Rig, account_id: int) -> Account:
    found = await accounts.get(rig.network.db, account_id)
    assert found
    return found


async def counts(rig: Rig, account_id: int) -> tuple[int, int]:
    """How many follow an account, and how many it follows."""
    found = await account(rig, account_id)
    return found.followers_count, found.following_count


async def status_here(rig: Rig, uri: str) -> Status | None:
    return await statuses.get_by_uri(rig.network.db, uri)


async def befriend(here: Rig, lan: Viewer, there: Rig, mai: Viewer) -> tuple[int, int]:
    """Two people follow each other; answers who mai is here, and who lan is there."""
    mai_account = await account(there, mai.account_id)
    lan_account = await account(here, lan.account_id)
    mai_here = await seen_from(here, there, mai_account.username)
    lan_there = await seen_from(there, here, lan_account.username)
    await follows.follow(here.network, lan.account_id, mai_here)
    await follows.follow(there.network, mai.account_id, lan_there)
    await settle(here, there)
    return mai_here, lan_there


async def send(
    there: Rig,
    sender_id: int,
    here: Rig,
    activity: dict[str, Any],
    *,
    path: str = "/inbox",
) -> int:
    """Deliver any activity, signed by an account of another network; answers the HTTP status."""
    key = await keys.signing_key(there.network, sender_id)
    body = encode(activity).encode()
    answer = await post_activity(there.network.client, f"{here.url}{path}", body, key)
    return answer.status


async def journal(rig: Rig) -> list[tuple[str, str, int]]:
    """State, actor and attempts of what waits in a network's journal."""
    sql = "SELECT state, actor_uri, attempts FROM inbox_journal ORDER BY id"
    return [(row[0], row[1], row[2]) for row in await rig.network.db.fetch_all(sql)]
