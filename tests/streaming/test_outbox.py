import asyncio

import pytest

from noi.streaming import outbox
from noi.streaming.outbox import Outbox


async def test_what_is_queued_is_written_in_order_to_the_end() -> None:
    box = Outbox()
    written: list[list[bytes]] = []

    async def write(items: list[bytes]) -> None:
        written.append(items)
        if b"3" in items:
            box.put(b"4")
            box.close()
            box.put(b"too late")

    box.put(b"1")
    box.put(b"2")
    asyncio.get_running_loop().call_soon(box.put, b"3")
    await box.empty_into(write)
    assert written == [[b"1", b"2"], [b"3"], [b"4"]]
    assert not box.overrun


@pytest.mark.parametrize(
    ("item", "many"), [(b"x", outbox.MOST_ITEMS + 2), (b"x" * outbox.MOST_SIZE, 2)]
)
async def test_reader_who_falls_behind_is_let_go(item: bytes, many: int) -> None:
    box = Outbox()
    started, never = asyncio.Event(), asyncio.Event()

    async def write(_items: list[bytes]) -> None:
        started.set()
        await never.wait()

    async def flood() -> None:
        await started.wait()
        for _ in range(many):
            box.put(item)

    box.put(b"first")
    flooding = asyncio.create_task(flood())
    async with asyncio.timeout(5):
        await box.empty_into(write)
    await flooding
    assert box.overrun
    task = asyncio.current_task()
    assert task and not task.cancelling()


async def test_cancelling_from_outside_stays_cancelling() -> None:
    async def stream() -> None:
        await Outbox().empty_into(lambda _items: asyncio.sleep(0))

    task = asyncio.create_task(stream())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
