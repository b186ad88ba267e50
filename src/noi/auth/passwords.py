"""Passwords: argon2id in a few threads, so that sign-ins never hold up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar, TypeVarTuple

import argon2

from noi.models.errors import Unavailable

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

MIN_LENGTH = 8
MAX_LENGTH = 256

# About 180 ms and 40 MiB a hash: two at a time keep a small machine answering.
_HASHER = argon2.PasswordHasher(time_cost=4, memory_cost=40 * 1024, parallelism=1)
_THREADS = 2
_QUEUE = 32
_waiting = 0


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="noi-password")


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody's password")


async def hash_password(password: str) -> str:
    """The hash to store; raises Unavailable when too many wait already."""
    return await _in_thread(_HASHER.hash, password)


async def verify_password(stored: str, password: str) -> bool:
    """Whether `password` made the hash `stored`; an empty hash (nobody) takes as long to refuse.

    Raises Unavailable when too many wait already.
    """
    return await _in_thread(_verify, stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys_hash(), password) and bool(stored)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


async def _in_thread(function: Callable[[*Ts], R], *arguments: *Ts) -> R:
    global _waiting
    if _waiting >= _QUEUE:
        raise Unavailable("Too many people are signing in just now, please try again in a moment")
    _waiting += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads(), function, *arguments)
    finally:
        _waiting -= 1
