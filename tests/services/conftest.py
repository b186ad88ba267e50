"""Passwords cost nothing in tests of services, and keys no more than once."""

from collections.abc import AsyncGenerator

import pytest

from far_server import FarServer, far_server, one_pair
from weak import WEAK

_NOBODY = WEAK.hash("nobody")  # the real one is kept, and must not become weak for others


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.passwords._HASHER", WEAK)
    monkeypatch.setattr("noi.auth.passwords._nobodys_hash", lambda: _NOBODY)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.services.keys.new_rsa_pair", one_pair)


@pytest.fixture
async def far() -> AsyncGenerator[FarServer]:
    """Another server, whom nobody here has spoken with."""
    async with far_server() as server:
        yield server
