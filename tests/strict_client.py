"""Mastodon.py against a network of the test's own, and strict where that library is lenient.

Mastodon.py fills in what is missing and turns what does not fit into None. Here every entity is
compared with what the library declares for it, and a test that saw a difference fails:

    with strict_client.running("sqlite") as net:
        lan = net.person("lan")
        lan.status_post("Chào")
"""

import datetime
import functools
import importlib
import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import requests
from anyio.from_thread import BlockingPortal, start_blocking_portal

import testrig

# Its own annotations are too loose for strict checking.
mastodon: Any = importlib.import_module("mastodon")
errors: Any = importlib.import_module("mastodon.errors")
_base: Any = importlib.import_module("mastodon.types_base")

# What Mastodon leaves out too, or what only other servers than Mastodon send.
_MAY_MISS = {
    "Account": {
        "moved", "suspended", "limited", "noindex", "roles", "role", "source", "mute_expires_at",
        "memorial", "feature_approval", "invalid_handle", "state",
    },
    "Status": {
        "favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered", "text",
        "tagged_collections",
    },
    "StatusEdit": {"poll"},
    "Poll": {"voted", "own_votes"},
    # Those inside a status have a name and an address only.
    "Tag": {"id", "history", "following", "featuring", "trendable", "usable", "requires_review"},
    "Role": {"collection_limit"},  # there are no collections
    "InstanceRegistrations": {"sign_up_url"},  # Mastodon calls it `url`
    "Notification": {
        "status", "report", "event", "moderation_warning", "annual_report", "collection",
        "fallback",
    },
    "FilterV2": {"keywords", "statuses"},
    "Application": {
        "vapid_key", "client_id", "client_secret", "client_secret_expires_at", "scopes", "id",
        "redirect_uri", "redirect_uris",
    },
    "MediaAttachmentMetadataContainer": {"original", "small", "colors"},  # while in processing
    "NodeinfoMetadata": {"optInServerDirectory", "optInServerRecommendation"},
    "Report": {"rules_ids"},  # the library's slip for `rule_ids`
    "PollOption": {"votes_count"},  # in the history of a status
    "PreviewCard": {"history", "missing_attribution"},
}  # fmt: skip
# Null here although the library declares otherwise, as in Mastodon.
_MAY_BE_NULL = {
    "Instance.contact_account",
    "InstanceContact.account",
    "MediaAttachment.url",
    "MediaAttachment.blurhash",
}


class Net:
    """A running network, driven by clients that block."""

    def __init__(self, rig: testrig.Rig, portal: BlockingPortal, closing: ExitStack) -> None:
        self.rig = rig
        self.url = rig.url
        self.session = closing.enter_context(requests.Session())
        self._portal = portal
        self._closing = closing

    def app(self, token: str = "", **options: Any) -> Any:
        """A client with a token, or without one."""
        session = self._closing.enter_context(requests.Session())
        options = {"ratelimit_method": "throw", "request_timeout": 20, **options}
        return mastodon.Mastodon(
            api_base_url=self.url, access_token=token or None, session=session, **options
        )

    def person(self, name: str, role: str = "member") -> Any:
        """A client of a new account."""
        return self.app(self.run(self.rig.create_account, name, role))

    def work(self, *, until: int | None = None) -> None:
        """Run all jobs that are due, or will be by `until` (ms)."""
        self._portal.call(functools.partial(self.rig.work, until=until))

    def run(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Call what has to run inside the network's loop."""
        return self._portal.call(function, *arguments)


@contextmanager
def running(engine: str, **settings: Any) -> Generator[Net]:
    """A network in a thread of its own; raises AssertionError where entities differed."""
    with start_blocking_portal() as portal, ExitStack() as closing, _strict() as complaints:
        rig = closing.enter_context(
            portal.wrap_async_context_manager(testrig.network(engine, **settings))
        )
        yield Net(rig, portal, closing)
    assert not complaints, "\n".join(sorted(complaints))


@contextmanager
def _strict() -> Generator[set[str]]:
    """Watch the making of every entity; what is wrong about them comes together in the set."""
    complaints: set[str] = set()
    entity = _base.AttribAccessDict
    original = entity.__init__

    def watched(self: Any, **values: Any) -> None:
        complaints.update(_complaints(type(self), values))
        original(self, **values)

    entity.__init__ = watched
    try:
        yield complaints
    finally:
        entity.__init__ = original


def _complaints(kind: Any, values: dict[str, Any]) -> Generator[str]:
    name = kind.__name__
    in_history = name == "Poll" and list(values) == ["options"]
    # Filters of version 2 and suggested tags, for which the library declares something else.
    other = {"Filter": "title", "FeaturedTag": "history"}.get(name) in values
    copied = not values
    if name == "AttribAccessDict" or in_history or other or copied or "error" in values:
        return
    if name == "Activity":  # numbers as text
        values = {**{key: int(value) for key, value in values.items()}, "week": values["week"]}
    if name == "TrendingLinkHistory":
        values = {**values, "uses": int(values["uses"]), "accounts": int(values["accounts"])}
    renamed: dict[str, str] = getattr(kind, "_rename_map", {})
    hints = typing.get_type_hints(kind)
    for field in inspect.get_annotations(kind):
        if field.startswith("_"):
            continue
        key = renamed.get(field, field)
        if key not in values:
            if field not in _MAY_MISS.get(name, ()):
                yield f"{name}.{key} is missing"
        elif values[key] is None and f"{name}.{key}" in _MAY_BE_NULL:
            continue
        elif not _fits(hints[field], values[key]):
            yield f"{name}.{key} is {values[key]!r}, not {hints[field]}"


def _fits(hint: Any, value: Any) -> bool:
    """Whether decoded JSON is what a type of the library stands for."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(part, value) for part in arguments)
    if hint is type(None) or value is None:
        return hint is type(None) and value is None
    if origin is not None and origin is not dict:  # the library's lists
        return isinstance(value, list) and all(
            _fits(arguments[0], item) for item in typing.cast("list[Any]", value)
        )
    if hint in (bool, int, float):
        return isinstance(value, int | float) and (hint is bool) == isinstance(value, bool)
    if hint is datetime.datetime or issubclass(hint, str):
        return isinstance(value, str)
    return isinstance(value, dict) if issubclass(origin or hint, dict) else True
