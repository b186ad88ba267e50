"""A network for Mastodon.py, on each engine in turn."""

from collections.abc import Generator

import pytest

import strict_client


@pytest.fixture
def net(engine: str) -> Generator[strict_client.Net]:
    with strict_client.running(engine) as net:
        yield net
