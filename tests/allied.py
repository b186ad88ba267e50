"""Networks that join the alliance of a hub of Nối's kind, over real sockets, for tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import testrig
from noi.models.jobs import SettleProvider
from noi.services import alliance, providers
from noi.services.hub import charters, members
from testrig import Rig

ALL = ("account_search", "post_search", "follow_recommendation", "trends", "callback")


@asynccontextmanager
async def both(engine: str) -> AsyncGenerator[tuple[Rig, Rig]]:
    """A network, and a hub that has a charter."""
    async with testrig.network(engine) as rig, testrig.hub(engine) as hub:
        await rig.set_up()
        await charters.publish(hub.network, {"vi": "# Hiến chương", "en": "# Charter"}, None)
        yield rig, hub


async def join(rig: Rig, hub: Rig) -> int:
    """Ask, compare, confirm, and be admitted."""
    provider = await alliance.ask(rig.network, None, hub.url)
    looked = await alliance.look(rig.network, None, provider.id)
    await alliance.confirm(
        rig.network,
        None,
        provider.id,
        fingerprint=looked.theirs,
        charter_version=1,
        capabilities=ALL,
        content=True,
        accounts=True,
    )
    await rig.work()
    await members.admit(hub.network, None, rig.network.settings.host)
    await settle(rig, hub, provider.id)
    return provider.id


async def settle(rig: Rig, hub: Rig, provider_id: int) -> None:
    """Let both do what there is to do."""
    for _ in range(4):
        await providers.settle(rig.network, SettleProvider(provider_id))
        await hub.work()
        await rig.work()
