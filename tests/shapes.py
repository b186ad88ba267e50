"""The exact shapes of the API's entities, and what compares JSON with them.

A shape is the name of a kind of value below, `?` before it where null is allowed; a list of one
shape; or an object, with `?` after the keys that may be missing. See
https://docs.joinmastodon.org/entities/
"""

import re
from collections.abc import Callable
from typing import Any, cast

Shape = str | list[Any] | dict[str, Any]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _text(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


_KINDS: dict[str, Callable[[Any], bool]] = {
    "id": _text(r"\d{1,19}"),
    "text": _text(".*"),
    "html": _text(r"(<p>.*</p>)?"),
    "url": _text(r"https?://\S+"),
    "time": _text(_TIME.pattern),
    "midnight": _text(r"\d{4}-\d\d-\d\dT00:00:00\.000Z"),
    "day": _text(r"\d{4}-\d\d-\d\d"),
    "number": _text(r"\d+"),
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float | int) and not isinstance(value, bool),
    "null": lambda value: value is None,
    "any": lambda _: True,
}


def check(value: Any, shape: Shape, where: str = "") -> None:
    """Raise AssertionError where `value` is not exactly of `shape`."""
    if isinstance(shape, str):
        kind = shape.removeprefix("?")
        fits = (value is None and shape.startswith("?")) or _KINDS[kind](value)
        assert fits, f"{where}: {value!r} is no {shape}"
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where}: {value!r} is no list"
        for position, item in enumerate(cast("list[Any]", value)):
            check(item, shape[0], f"{where}[{position}]")
    else:
        _check_object(value, shape, where)


def _check_object(value: Any, shape: dict[str, Any], where: str) -> None:
    if "?" in shape:  # an object or null
        if value is None:
            return
        shape = {key: part for key, part in shape.items() if key != "?"}
    assert isinstance(value, dict), f"{where}: {value!r} is no object"
    given = cast("dict[str, Any]", value)
    known = {key.removesuffix("?") for key in shape}
    needed = {key for key in shape if not key.endswith("?")}
    assert needed <= set(given) <= known, f"{where}: {sorted(set(given) ^ needed)}"
    for key, part in shape.items():
        name = key.removesuffix("?")
        if name in given:
            check(given[name], part, f"{where}.{name}")


EMOJI = {
    "shortcode": "text", "url": "url", "static_url": "url", "visible_in_picker": "bool",
    "category": "?text",
}  # fmt: skip
FIELD = {"name": "text", "value": "text", "verified_at": "?time"}
ROLE = {"id": "text", "name": "text", "color": "text"}
ACCOUNT = {
    "id": "id", "username": "text", "acct": "text", "display_name": "text", "locked": "bool",
    "bot": "bool", "discoverable": "bool", "indexable": "bool", "group": "bool",
    "created_at": "midnight", "note": "html", "url": "url", "uri": "url", "avatar": "url",
    "avatar_static": "url", "avatar_description": "text", "header": "url", "header_static": "url",
    "header_description": "text", "followers_count": "int", "following_count": "int",
    "statuses_count": "int", "last_status_at": "?day", "hide_collections": "bool",
    "emojis": [EMOJI], "fields": [FIELD], "show_media": "bool", "show_media_replies": "bool",
    "show_featured": "bool", "noindex?": "bool", "roles?": [ROLE], "limited?": "bool",
    "suspended?": "bool", "moved?": "any",
}  # fmt: skip
SOURCE_OF_ACCOUNT = {
    "privacy": "text", "sensitive": "bool", "language": "?text", "note": "text",
    "fields": [FIELD], "follow_requests_count": "int", "hide_collections": "bool",
    "discoverable": "bool", "indexable": "bool", "attribution_domains": ["text"],
    "quote_policy": "text",
}  # fmt: skip
CREDENTIAL_ACCOUNT = {
    **ACCOUNT,
    "source": SOURCE_OF_ACCOUNT,
    "role": {**ROLE, "permissions": "number", "highlighted": "bool"},
}
MUTED_ACCOUNT = {**ACCOUNT, "mute_expires_at": "?time"}
RELATIONSHIP = {
    "id": "id", "following": "bool", "showing_reblogs": "bool", "notifying": "bool",
    "languages": "?any", "followed_by": "bool", "blocking": "bool", "blocked_by": "bool",
    "muting": "bool", "muting_notifications": "bool", "muting_expires_at": "?time",
    "requested": "bool", "requested_by": "bool", "domain_blocking": "bool", "endorsed": "bool",
    "note": "text",
}  # fmt: skip
_SIZE = {"width": "int", "height": "int", "size": "text", "aspect": "float"}
MEDIA = {
    "id": "id", "type": "text", "url": "?url", "preview_url": "?url", "remote_url": "?url",
    "preview_remote_url": "?url", "text_url": "null",
    "meta": {"original?": _SIZE, "small?": _SIZE, "focus?": {"x": "float", "y": "float"}},
    "description": "?text", "blurhash": "?text",
}  # fmt: skip
POLL = {
    "id": "id", "expires_at": "?time", "expired": "bool", "multiple": "bool",
    "votes_count": "int", "voters_count": "?int",
    "options": [{"title": "text", "votes_count": "?int"}], "emojis": [EMOJI],
}  # fmt: skip
OWN_POLL = {**POLL, "voted": "bool", "own_votes": ["int"]}
TAG = {
    "id": "id", "name": "text", "url": "url",
    "history": [{"day": "number", "uses": "number", "accounts": "number"}],
}  # fmt: skip
OWN_TAG = {**TAG, "following": "bool", "featuring": "bool"}
STATUS = {
    "id": "id", "created_at": "time", "in_reply_to_id": "?id", "in_reply_to_account_id": "?id",
    "sensitive": "bool", "spoiler_text": "text", "visibility": "text", "local_only": "bool",
    "language": "?text", "uri": "url", "url": "url", "replies_count": "int",
    "reblogs_count": "int", "favourites_count": "int", "quotes_count": "int",
    "edited_at": "?time", "content": "html",
    "application": {"?": "", "name": "text", "website": "?url"},
    "media_attachments": [MEDIA],
    "mentions": [{"id": "id", "username": "text", "url": "url", "acct": "text"}],
    "tags": [{"name": "text", "url": "url"}], "emojis": [EMOJI], "card": "?any",
    "quote": "null",
    "quote_approval": {"automatic": ["text"], "manual": ["text"], "current_user": "text"},
    "account": ACCOUNT, "poll": {"?": "", **POLL}, "reblog": "null",
}  # fmt: skip
FILTER_IN_STATUS = {
    "id": "id", "title": "text", "context": ["text"], "expires_at": "?time",
    "filter_action": "text",
}  # fmt: skip
_MARKS = {
    "favourited": "bool", "reblogged": "bool", "bookmarked": "bool", "muted": "bool",
    "pinned": "bool",
    "filtered": [
        {"filter": FILTER_IN_STATUS, "keyword_matches": ["text"], "status_matches": ["id"]}
    ],
}  # fmt: skip
OWN_STATUS = {**STATUS, **_MARKS, "poll": {"?": "", **OWN_POLL}}
REBLOG = {**STATUS, "reblog": STATUS}
OWN_REBLOG = {**OWN_STATUS, "reblog": OWN_STATUS}
EDIT = {
    "content": "html", "spoiler_text": "text", "sensitive": "bool", "created_at": "time",
    "account": ACCOUNT, "media_attachments": [MEDIA], "emojis": [EMOJI], "quote": "null",
    "poll?": {"options": [{"title": "text"}]},
}  # fmt: skip
SOURCE = {"id": "id", "text": "text", "spoiler_text": "text", "content_type": "text"}
SCHEDULED = {
    "id": "id", "scheduled_at": "time", "media_attachments": [MEDIA],
    "params": {
        "text": "text", "poll": "?any", "media_ids": "?any", "sensitive": "?bool",
        "spoiler_text": "?text", "visibility": "?text", "language": "?text",
        "in_reply_to_id": "?id", "application_id": "?int", "allowed_mentions": "?any",
        "content_type": "text", "scheduled_at": "null", "idempotency": "null",
        "quoted_status_id": "?id", "quote_approval_policy": "?text", "with_rate_limit": "bool",
    },
}  # fmt: skip
NOTIFICATION = {
    "id": "id", "type": "text", "created_at": "time", "group_key": "text", "account": ACCOUNT,
    "status?": OWN_STATUS,
}  # fmt: skip
CONVERSATION = {"id": "id", "unread": "bool", "accounts": [ACCOUNT], "last_status": OWN_STATUS}
LIST = {"id": "id", "title": "text", "replies_policy": "text", "exclusive": "bool"}
KEYWORD = {"id": "id", "keyword": "text", "whole_word": "bool"}
FILTER = {
    **FILTER_IN_STATUS, "keywords": [KEYWORD], "statuses": [{"id": "id", "status_id": "id"}],
}  # fmt: skip
FILTER_V1 = {
    "id": "id", "phrase": "text", "context": ["text"], "whole_word": "bool",
    "expires_at": "?time", "irreversible": "bool",
}  # fmt: skip
FEATURED_TAG = {
    "id": "id", "name": "text", "url": "url", "statuses_count": "number", "last_status_at": "?day",
}  # fmt: skip
MARKER = {"last_read_id": "id", "version": "int", "updated_at": "time"}
REPORT = {
    "id": "id", "action_taken": "bool", "action_taken_at": "?time", "category": "text",
    "comment": "text", "forwarded": "bool", "created_at": "time", "status_ids": ["id"],
    "collection_ids": ["id"], "rule_ids": "?any", "target_account": ACCOUNT,
}  # fmt: skip
PREFERENCES = {
    "posting:default:visibility": "text", "posting:default:sensitive": "bool",
    "posting:default:language": "?text", "posting:default:quote_policy": "text",
    "reading:expand:media": "text", "reading:expand:spoilers": "bool",
    "reading:autoplay:gifs": "bool",
}  # fmt: skip
APPLICATION = {
    "id": "id", "name": "text", "website": "?url", "scopes": ["text"], "redirect_uri": "text",
    "redirect_uris": ["text"], "vapid_key": "text", "client_id": "text",
    "client_secret": "text", "client_secret_expires_at": "int",
}  # fmt: skip
TOKEN = {"access_token": "text", "token_type": "text", "scope": "text", "created_at": "int"}
