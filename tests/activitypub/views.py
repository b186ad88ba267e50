"""Accounts and statuses of this network, as tests hand them to what writes documents."""

from typing import Any, cast

from noi.models.accounts import Account, AccountKind, AccountState
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.models.statuses import (
    Mention,
    Poll,
    PollOption,
    PollView,
    Status,
    StatusTag,
    StatusView,
    Visibility,
)

ORIGIN = "https://nha.example"
LAN = f"{ORIGIN}/users/lan"
NOW = 1_790_000_000_123


def file_url(key: str) -> str:
    """Where a stored file is."""
    return f"{ORIGIN}/media/{key}"


def account(**changes: object) -> Account:
    """The account `lan`, but for `changes`."""
    values: dict[str, object] = dict.fromkeys(Account.__struct_fields__, "")
    values |= {
        "id": 7,
        "username": "lan",
        "kind": AccountKind.PERSON,
        "state": AccountState.ACTIVE,
        "fields": "[]",
        "emojis": "[]",
        "uri": LAN,
        "url": f"{ORIGIN}/@lan",
        "moved_to_id": None,
        "created_at": NOW,
        "last_status_at": None,
    }
    flags = ("locked", "discoverable", "indexable", "hide_collections")
    counts = ("statuses_count", "followers_count", "following_count", "revision")
    values |= dict.fromkeys(flags, False) | dict.fromkeys(counts, 0) | changes
    return Account(**cast("Any", values))


def status(**changes: object) -> Status:
    """A public status of `lan`, but for `changes`."""
    values: dict[str, object] = {
        "id": 90,
        "account_id": 7,
        "uri": f"{LAN}/statuses/90",
        "url": f"{ORIGIN}/@lan/90",
        "visibility": Visibility.PUBLIC,
        "conversation_id": 80,
        "text": "Chào",
        "content": "<p>Chào</p>",
        "created_at": NOW,
    }
    return Status(**cast("Any", values | changes))


def view(**changes: object) -> StatusView:
    """The view of that status."""
    return StatusView(status(**changes), account())


def mention(account_id: int, username: str, domain: str = "", *, silent: bool = False) -> Mention:
    return Mention(90, account_id, username, domain, "", silent)


def tag(name: str) -> StatusTag:
    return StatusTag(90, name, name.lower())


def picture(**changes: object) -> MediaAttachment:
    """A described JPEG picture."""
    values: dict[str, object] = dict.fromkeys(MediaAttachment.__struct_fields__, 0)
    values |= {
        "kind": MediaKind.IMAGE,
        "state": MediaState.READY,
        "file": "a/b.jpg",
        "preview": "a/c.jpg",
        "content_type": "image/jpeg",
        "meta": '{"original":{"width":640,"height":480}}',
        "blurhash": "UBL_:rOpGG-oBUNG",
        "description": "Con mèo",
        "remote_url": "",
    }
    return MediaAttachment(**cast("Any", values | changes))


def poll(*votes: int, **changes: object) -> PollView:
    """A poll with an option for each number of votes."""
    values: dict[str, object] = {
        "id": 3,
        "status_id": 90,
        "account_id": 7,
        "expires_at": NOW + 1000,
        "multiple": False,
        "hide_totals": False,
        "votes_count": sum(votes),
        "voters_count": sum(votes),
        "closed_at": None,
    }
    options = [PollOption(place, f"Ý {place}", count) for place, count in enumerate(votes)]
    return PollView(Poll(**cast("Any", values | changes)), options)
