"""Rate limits: fixed windows, counted in memory that all processes of a machine share.

The table is mapped when this module is first imported, which `noi serve` does before it forks,
so each forked process counts in the same cells and a limit holds however many there are. It has
a fixed size: an attacker with many addresses pushes out the oldest windows and never makes it
grow. There is no lock; two processes that count in the same instant may lose one request, which a
limit can bear. (The library `limits` was measured at 9 µs for each limit and process; this takes
2.) Machines that share a PostgreSQL database each count for themselves.
"""

import ipaddress
import mmap
import struct
from collections.abc import Iterable
from functools import lru_cache
from time import time
from typing import NamedTuple

from noi.config import Settings
from noi.models.errors import RateLimited


class Limit(NamedTuple):
    """At most `amount` in each window of `seconds`."""

    name: str
    amount: int
    seconds: int


class Standing(NamedTuple):
    """How someone stands to the limit nearest to exhaustion; `reset` is in milliseconds UTC."""

    limit: int
    remaining: int
    reset: int
    allowed: bool


PER_TOKEN = Limit("token", 300, 300)
PER_ACCOUNT = Limit("account", 1500, 300)
PER_ADDRESS = Limit("address", 300, 300)
PAGING = Limit("paging", 300, 900)
MEDIA = Limit("media", 30, 1800)
DELETES = Limit("deletes", 30, 1800)
STATUSES = Limit("statuses", 300, 3 * 3600)
FOLLOWS = Limit("follows", 400, 24 * 3600)
REPORTS = Limit("reports", 400, 24 * 3600)
SIGN_UPS = Limit("sign-ups", 5, 1800)
APPS = Limit("apps", 5, 600)
SIGN_INS_BY_ADDRESS = Limit("sign-ins by address", 25, 300)
SIGN_INS_BY_NAME = Limit("sign-ins by name", 25, 3600)
RESETS_BY_ADDRESS = Limit("resets by address", 25, 300)
RESETS_BY_NAME = Limit("resets by name", 5, 1800)
CONFIRMATIONS = Limit("confirmations", 5, 1800)
PASSWORD_CHECKS = Limit("password checks", 10, 600)
EXPORTS = Limit("exports", 3, 24 * 3600)
IMPORTS = Limit("imports", 30, 24 * 3600)

_CELL = struct.Struct("<QII")  # whose (a hash), the second its window ends, how many
_CELLS = 4
_BUCKETS = 16_384
_table = mmap.mmap(-1, _BUCKETS * _CELLS * _CELL.size)
_read, _write = _CELL.unpack_from, _CELL.pack_into


def hit(settings: Settings, counts: Iterable[tuple[Limit, int | str]]) -> Standing | None:
    """Count one act against each limit and subject (an id, an address); None when limits are off.

    The answer is for the limit nearest to exhaustion; not `allowed` once any of them is passed.
    """
    if not settings.rate_limits:
        return None
    now = int(time())
    nearest: tuple[int, int, int] | None = None
    for limit, subject in counts:
        end = now - now % limit.seconds + limit.seconds
        left = limit.amount - _count(hash((settings.host, limit.name, subject)), end)
        if nearest is None or left < nearest[0]:
            nearest = left, limit.amount, end
    if nearest is None:
        return None
    left, amount, end = nearest
    return Standing(amount, max(left, 0), end * 1000, left >= 0)


def check(settings: Settings, limit: Limit, subject: int | str) -> None:
    """Count one act; raises RateLimited when it is one too many."""
    standing = hit(settings, ((limit, subject),))
    if standing is not None and not standing.allowed:
        raise RateLimited("Too many requests, please try again later")


@lru_cache(maxsize=4096)
def address_subject(address: str) -> str:
    """Whom an IP address stands for: an IPv6 customer usually has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


def _count(whose: int, end: int) -> int:
    """One more in a window; its cell is found, or taken from the window that ends first."""
    key = whose & 0xFFFF_FFFF_FFFF_FFFF
    first = key % _BUCKETS * _CELLS * _CELL.size
    oldest, oldest_end = first, end
    for offset in range(first, first + _CELLS * _CELL.size, _CELL.size):
        cell_key, cell_end, count = _read(_table, offset)
        if cell_key == key and cell_end == end:
            _write(_table, offset, key, end, count + 1)
            return count + 1
        if cell_end < oldest_end:
            oldest, oldest_end = offset, cell_end
    _write(_table, oldest, key, end, 1)
    return 1
