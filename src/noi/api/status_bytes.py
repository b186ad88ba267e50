"""The encoded statuses that a process keeps for all readers."""

from collections import OrderedDict
from weakref import WeakKeyDictionary

import msgspec

from noi.api.entities.quotes import Approvals
from noi.db.database import Database
from noi.models.interactions import QuoteView
from noi.models.statuses import CustomEmoji, PollView, Reaction
from noi.services.network import Network

_CACHE_BYTES = 32 * 1024 * 1024
_BESIDE = 500
"""What an entry takes up besides its JSON."""


class StatusBytes(msgspec.Struct):
    """The shared JSON of one status with its author, without poll, reblog and its end."""

    revision: int
    account_revision: int
    until: int
    json: bytes
    poll: PollView | None
    emojis: list[CustomEmoji]
    quote: QuoteView | None
    reactions: list[Reaction]
    approvals: Approvals
    middles: Approvals
    special: bool
    """Whether a page has to look up more for some reader: votes, what is quoted, who follows."""
    html: str
    texts: list[str]
    """What filters look at besides the HTML: warning, choices, descriptions."""
    plain: str | None = None


class Cache:
    """Encoded statuses by id. Beyond its size, those encoded longest ago go first.

    What is read often is encoded anew every few minutes, so it is never among them.
    """

    def __init__(self) -> None:
        self.entries: OrderedDict[int, StatusBytes] = OrderedDict()
        self._room = _CACHE_BYTES

    def put(self, status_id: int, entry: StatusBytes) -> None:
        before = self.entries.pop(status_id, None)
        if before is not None:
            self._room += len(before.json) + _BESIDE
        self.entries[status_id] = entry
        self._room -= len(entry.json) + _BESIDE
        while self._room < 0:
            self._room += len(self.entries.popitem(last=False)[1].json) + _BESIDE


_caches: WeakKeyDictionary[Database, Cache] = WeakKeyDictionary()


def forget_all() -> None:
    """Empty the caches of this process, as after a start."""
    _caches.clear()


def cache_of(network: Network) -> Cache:
    cache = _caches.get(network.db)
    if cache is None:
        cache = _caches[network.db] = Cache()
    return cache
