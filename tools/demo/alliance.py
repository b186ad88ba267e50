"""How the networks of the demonstration become members of their hub."""

import asyncio
from typing import Any

from noi.db import jobs
from noi.models.alliance import ProviderState
from noi.models.hub_jobs import CountStatistics, CountTrends
from noi.services import alliance
from noi.services.hub import charters, members
from noi.services.network import Network

_WAIT_SECONDS = 30.0
_READ_SECONDS = 60.0
_UNREAD = "SELECT count(*) FROM hub_queue WHERE event <> 'check'"


async def join_alliance(networks: dict[str, Network], hub: dict[str, Any], keys: list[str]) -> None:
    """Publish the charter, let every network ask and confirm, and admit it.

    What two people do on two sites, comparing fingerprints, one hand does here on both.
    """
    centre = networks["hub"]
    await charters.publish(centre, hub["charter"], None)
    for key in keys:
        network = networks[key]
        provider = await alliance.ask(network, None, centre.settings.host)
        async with asyncio.timeout(_WAIT_SECONDS):
            while (await alliance.get(network, None, provider.id)).provider.state is not (
                ProviderState.ASKED
            ):
                await asyncio.sleep(0.1)
        look = await alliance.look(network, None, provider.id)
        await alliance.confirm(
            network,
            None,
            provider.id,
            fingerprint=look.theirs,
            charter_version=look.charter.version if look.charter else 0,
            capabilities=[one.capability for one in look.view.capabilities],
            content=True,
            accounts=True,
        )
        async with asyncio.timeout(_WAIT_SECONDS):
            while (await members.get(centre, network.settings.host)).heard_at is None:
                await asyncio.sleep(0.1)
        await members.admit(centre, None, network.settings.host)


async def wait_for_hub(hub: Network) -> None:
    """Let the hub read what it was told, and count it at once, not within ten minutes."""
    async with asyncio.timeout(_READ_SECONDS):
        while await hub.db.fetch_value(_UNREAD):
            await asyncio.sleep(0.2)
    await hub.db.transaction(lambda tx: jobs.enqueue_all(tx, [CountTrends(), CountStatistics()]))
