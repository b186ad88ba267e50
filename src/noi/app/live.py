"""What a process does when it hears on the live bus of a change elsewhere."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from noi.api import status_bytes
from noi.db.live import decode_all, watch
from noi.models.live import LiveKind
from noi.services import policies, settings
from noi.services.network import Network
from noi.web import posts

_CHANGES_SETTINGS = {LiveKind.SETTINGS, LiveKind.GAP}
_CHANGES_POLICIES = {LiveKind.POLICIES, LiveKind.GAP}


@contextmanager
def following(network: Network) -> Generator[None]:
    """Follow the live bus while the context lasts."""
    task = asyncio.create_task(watch(network.db, partial(heard, network)))
    try:
        yield
    finally:
        task.cancel()


def heard(network: Network, events: list[str]) -> None:
    """Let go of what this process kept and another has changed, and tell the open streams."""
    if not events:
        return
    decoded = decode_all(events)
    if any(event.kind in _CHANGES_SETTINGS for event in decoded):
        settings.forget()
        status_bytes.forget_all()
        posts.forget_all()
    if any(event.kind in _CHANGES_POLICIES for event in decoded):
        policies.forget(network)
    network.bus.feed(decoded)
