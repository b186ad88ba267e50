import asyncio
from collections.abc import Sequence

from noi.models.live import LiveEvent, LiveKind
from noi.streaming import bus
from noi.streaming.bus import Bus


class Listener:
    def __init__(self, *, fails: bool = False) -> None:
        self.heard: list[int] = []
        self.fails = fails
        self.closed = False

    async def hear(self, events: Sequence[LiveEvent]) -> None:
        self.heard += [event.id for event in events]
        if self.fails:
            raise OSError("the database is away")

    def close(self) -> None:
        self.closed = True


def _events(first: int, last: int) -> list[LiveEvent]:
    return [LiveEvent(LiveKind.STATUS, id_) for id_ in range(first, last)]


async def _heard(listener: Listener, many: int) -> list[int]:
    async with asyncio.timeout(5):
        while len(listener.heard) < many:
            await asyncio.sleep(0)
    return listener.heard


async def test_doors_hear_in_order_and_a_failing_one_holds_nobody_up() -> None:
    here, failing, one = Bus(), Listener(fails=True), Listener()
    here.feed(_events(0, 5))  # nobody is there to hear it
    here.add(failing)
    here.add(one)
    here.feed(_events(5, 8))
    here.feed(_events(8, 10))
    assert await _heard(one, 5) == [5, 6, 7, 8, 9]
    assert failing.heard == one.heard
    here.remove(one)
    here.feed(_events(10, 11))
    await _heard(failing, 6)
    assert one.heard[-1] == 9
    here.close()
    assert (failing.closed, one.closed) == (True, False)


async def test_what_cannot_be_kept_up_with_is_dropped_oldest_first() -> None:
    here, one = Bus(), Listener()
    here.add(one)
    here.feed(_events(0, bus.MOST_WAITING + 3))
    heard = await _heard(one, bus.MOST_WAITING)
    assert (heard[0], heard[-1]) == (3, bus.MOST_WAITING + 2)
