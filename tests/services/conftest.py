"""Passwords cost nothing in tests of services."""

import pytest

from weak import WEAK

_NOBODY = WEAK.hash("nobody")  # the real one is kept, and must not become weak for others


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.passwords._HASHER", WEAK)
    monkeypatch.setattr("noi.auth.passwords._nobodys_hash", lambda: _NOBODY)
