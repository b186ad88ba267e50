"""What people want of notifications from those they do not know, and what was put aside."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from noi.db import locks, notification_requests, users
from noi.db.database import Reader, Transaction
from noi.db.notifications import Circumstances
from noi.models.accounts import AccountKind, AccountState, User
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.notifications import (
    NotificationKind,
    NotificationPolicy,
    NotificationRequest,
    PolicyChoice,
)
from noi.models.paging import Page
from noi.services.network import Network

_DAY_MS = 86_400_000
NEW_ACCOUNT_MS = 30 * _DAY_MS
NEW_FOLLOWER_MS = 3 * _DAY_MS
_HARSHNESS = list(PolicyChoice)


class _Stored(msgspec.Struct):
    """The part of `users.preferences` that is about notifications."""

    notification_policy: NotificationPolicy = NotificationPolicy()


def decide(kind: NotificationKind, found: Circumstances) -> PolicyChoice:
    """What the recipient's policy says of a notification: of all that applies, the harshest."""
    if found.following or found.permitted or found.sender_is_staff:
        return PolicyChoice.ACCEPT
    policy = _policy(found.preferences)
    now = now_ms()
    follower = found.followed_since is not None and found.followed_since < now - NEW_FOLLOWER_MS
    private = kind is NotificationKind.MENTION and found.unasked_private
    applying = [policy.for_not_following]
    applying += [] if follower else [policy.for_not_followers]
    applying += [policy.for_new_accounts] if found.joined_at > now - NEW_ACCOUNT_MS else []
    applying += [policy.for_private_mentions] if private else []
    limited = found.sender_state is AccountState.LIMITED
    applying += [policy.for_limited_accounts] if limited else []
    applying += [policy.for_bots] if found.sender_kind is AccountKind.BOT else []
    return max(applying, key=_HARSHNESS.index)


async def get(network: Network, account_id: int) -> NotificationPolicy:
    """An account's policy; raises NotFound."""
    return _policy((await _user(network.db, account_id)).preferences)


async def update(
    network: Network, account_id: int, changes: Mapping[str, str]
) -> NotificationPolicy:
    """Set some parts of the policy, by name; it holds for what comes from now on.

    Raises Invalid for a choice that is none.
    """
    for name, choice in changes.items():
        if name not in NotificationPolicy.__struct_fields__ or choice not in set(PolicyChoice):
            raise Invalid("Not a choice: {name}", field=name, code="ERR_INCLUSION", name=name)
    chosen = {name: PolicyChoice(choice) for name, choice in changes.items()}

    async def work(tx: Transaction) -> NotificationPolicy:
        await locks.owner(tx, account_id)
        preferences = (await _user(tx, account_id)).preferences
        policy = msgspec.structs.replace(_policy(preferences), **chosen)
        stored: dict[str, Any] = msgspec.json.decode(preferences, type=dict[str, Any])
        stored["notification_policy"] = policy
        encoded = msgspec.json.encode(stored).decode()
        await users.update_preferences(tx, account_id, {"preferences": encoded})
        return policy

    return await network.db.transaction(work)


async def count(network: Network, account_id: int) -> tuple[int, int]:
    """How many requests wait, and how many notifications in them."""
    return await notification_requests.count(network.db, account_id)


async def requests(network: Network, account_id: int, page: Page) -> list[NotificationRequest]:
    """From whom something was put aside, the latest first; paged by `newest_id`."""
    return await notification_requests.page(network.db, account_id, page)


async def request(network: Network, account_id: int, request_id: int) -> NotificationRequest:
    """What was put aside from one account, whose id is the request's; raises NotFound."""
    found = await notification_requests.get(network.db, account_id, request_id)
    if found is None:
        raise NotFound
    return found


async def accept(network: Network, account_id: int, request_ids: Sequence[int]) -> None:
    """Show what was put aside from accounts, and whatever comes from them later."""

    async def work(tx: Transaction) -> None:
        for request_id in request_ids:
            await notification_requests.accept(tx, account_id, request_id)

    await network.db.transaction(work)


async def dismiss(network: Network, account_id: int, request_ids: Sequence[int]) -> None:
    """Remove what was put aside from accounts; what comes later is judged anew."""

    async def work(tx: Transaction) -> None:
        for request_id in request_ids:
            await notification_requests.dismiss(tx, account_id, request_id)

    await network.db.transaction(work)


async def _user(reader: Reader, account_id: int) -> User:
    user = await users.get(reader, account_id)
    if user is None:
        raise NotFound
    return user


def _policy(preferences: str) -> NotificationPolicy:
    return msgspec.json.decode(preferences, type=_Stored).notification_policy
