"""What a worker handles of many hosts: nobody waits because another sends too much."""

import asyncio
import time

import msgspec
import pytest

import people
import testrig
from noi.activitypub.vocabulary import PUBLIC
from noi.db import inbox
from noi.federation.dispatch import dispatch
from noi.services.network import Network
from noi.services.receiver import Receiver
from strangers import arrive

pytestmark = [pytest.mark.anyio, pytest.mark.long]

FLOOD = 3_000
FLOODING, QUIET = "flood.example", "quiet.example"


def note(host: str, number: int) -> bytes:
    actor = f"http://{host}/users/an"
    id_ = f"{actor}/statuses/{number}"
    object_ = {
        "id": id_,
        "type": "Note",
        "attributedTo": actor,
        "content": f"<p>{number}</p>",
        "to": [PUBLIC],
    }
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{id_}/activity",
        "type": "Create",
        "actor": actor,
        "object": object_,
    }
    return msgspec.json.encode(activity)


async def accept(network: Network, host: str, number: int) -> None:
    body = note(host, number)
    await inbox.insert(network.db, host=host, actor_uri=f"http://{host}/users/an", body=body)


async def known(network: Network, host: str, reader_id: int) -> None:
    author_id = await arrive(network, "an", host)
    sql = """INSERT INTO follows (id, account_id, target_id, created_at)
    VALUES (:id, :reader, :author, 0)"""
    await network.db.execute(sql, {"id": author_id, "reader": reader_id, "author": author_id})


async def test_a_flood_of_one_host_delays_nobody_else(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network = rig.network
        lan = await people.join(network, "lan")
        for host in (FLOODING, QUIET):
            await known(network, host, lan.account_id)
        await asyncio.gather(*(accept(network, FLOODING, number) for number in range(FLOOD)))
        receiver = Receiver(network, "test", dispatch)
        running = asyncio.create_task(receiver.run())
        delays: list[float] = []
        for number in range(3):
            await accept(network, QUIET, number)
            receiver.wake()
            began = time.perf_counter()
            sql = "SELECT 1 FROM statuses WHERE uri = :uri"
            uri = f"http://{QUIET}/users/an/statuses/{number}"
            async with asyncio.timeout(60):
                while not await network.db.fetch_value(sql, {"uri": uri}):
                    await asyncio.sleep(0.01)
            delays.append(time.perf_counter() - began)
        left = await network.db.fetch_value("SELECT count(*) FROM inbox_journal")
        receiver.stop()
        await running
        assert left > 100, "the flood was over before it could delay anybody"
        assert max(delays) < 1.0, delays
