"""What a process does when it hears on the live bus of a change elsewhere."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from noi.db.live import decode
from noi.models.live import LiveKind
from noi.services import settings
from noi.services.network import Network


@contextmanager
def following(network: Network) -> Generator[None]:
    """Follow the live bus while the context lasts."""
    task = asyncio.create_task(network.db.watch(heard))
    try:
        yield
    finally:
        task.cancel()


def heard(events: list[str]) -> None:
    """Let go of what this process kept and another has changed."""
    if any(decode(event).kind is LiveKind.SETTINGS for event in events):
        settings.forget()
