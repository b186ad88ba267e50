"""A network on each engine, and people with apps."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

import testrig


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        yield rig


@pytest.fixture
async def an(rig: testrig.Rig) -> AsyncGenerator[aiohttp.ClientSession]:
    async with rig.client(await rig.create_account("an")) as session:
        yield session


@pytest.fixture
async def binh(rig: testrig.Rig) -> AsyncGenerator[aiohttp.ClientSession]:
    async with rig.client(await rig.create_account("binh")) as session:
        yield session
