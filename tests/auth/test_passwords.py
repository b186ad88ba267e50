import asyncio
import time

import pytest

from noi.auth import passwords
from noi.models.errors import Unavailable


async def test_password_is_recognised_and_others_are_not() -> None:
    stored = await passwords.hash_password("một hai ba bốn")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify_password(stored, "một hai ba bốn")
    assert not await passwords.verify_password(stored, "mot hai ba bon")
    assert not passwords.needs_rehash(stored)


async def test_nobody_takes_as_long_as_somebody() -> None:
    stored = await passwords.hash_password("một hai ba bốn")
    await passwords.verify_password("", "warm up")
    began = time.perf_counter()
    assert not await passwords.verify_password(stored, "wrong")
    somebody = time.perf_counter() - began
    began = time.perf_counter()
    assert not await passwords.verify_password("", "wrong")
    assert time.perf_counter() - began > somebody / 3


async def test_password_of_nobodys_hash_opens_nothing() -> None:
    assert not await passwords.verify_password("", "nobody's password")
    assert not await passwords.verify_password("broken", "x")


async def test_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.passwords._QUEUE", 2)
    tries = [passwords.verify_password("", "x") for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Unavailable) for result in results) == 2
    assert await passwords.verify_password("", "x") is False
