"""Ids: 48 bits of milliseconds and 16 bits of sequence, so that they sort by time.

The sequence is six bits of process slot and ten of counter: 64 processes may each make 1,024
ids a millisecond. A process that makes more borrows from the next millisecond.
"""

import time

SLOTS = 64
_COUNTER_BITS = 10
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1


def now_ms() -> int:
    """The time, UTC, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def id_time(id_: int) -> int:
    """The millisecond in which an id was made."""
    return id_ >> 16


def first_id_at(milliseconds: int) -> int:
    """The smallest id of a millisecond: a cursor for paging by time."""
    return milliseconds << 16


class IdGenerator:
    """Makes ids that are unique among processes with other slots, and rising within this one."""

    def __init__(self, slot: int) -> None:
        if not 0 <= slot < SLOTS:
            raise ValueError(f"slot {slot} is not below {SLOTS}")
        self._slot = slot << _COUNTER_BITS
        self._last = 0
        self._past_counter = 0

    def next(self) -> int:
        """An id of this moment."""
        tick = max(now_ms() << _COUNTER_BITS, self._last + 1)
        self._last = tick
        return (tick >> _COUNTER_BITS) << 16 | self._slot | tick & _COUNTER_MASK

    def at(self, milliseconds: int) -> int:
        """An id of a past moment (imported or remote statuses), never later than now."""
        self._past_counter = (self._past_counter + 1) & _COUNTER_MASK
        moment = min(max(milliseconds, 0), now_ms())
        return moment << 16 | self._slot | self._past_counter

    def published(self, milliseconds: int) -> int:
        """An id of what another server says was published then.

        Most tell whole seconds. What has the same is told apart by when it comes, or else the
        ids of a busy second would run out.
        """
        within = now_ms() % 1000 if milliseconds % 1000 == 0 else 0
        return self.at(milliseconds + within)
