"""What a hostile server says in the name of accounts of other servers."""

import json
from typing import Any

import pytest
from aiohttp import web

import people
import testrig
from federation.networks import counts, send
from other_servers import serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["Follow", "Block"])
async def test_nobody_passes_on_what_an_account_elsewhere_never_did(engine: str, kind: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.network(engine) as there,
        testrig.network(engine) as hostile,
    ):
        lan = await people.join(here.network, "lan")
        await people.join(there.network, "mai")
        liar = await people.join(hostile.network, "liar")
        forged: dict[str, Any] = {}

        async def serve_forged(_request: web.Request) -> web.Response:
            body = json.dumps(forged).encode()
            return web.Response(body=body, content_type="application/activity+json")

        async with serving(serve_forged) as url:
            forged |= {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{url}/forged/1",
                "type": kind,
                "actor": f"{there.url}/users/mai",
                "object": f"{here.url}/users/lan",
            }
            announce = {
                "id": f"{hostile.url}/users/liar#announces/1",
                "type": "Announce",
                "actor": f"{hostile.url}/users/liar",
                "object": forged,
                "to": ["https://www.w3.org/ns/activitystreams#Public"],
            }
            assert await send(hostile, liar.account_id, here, announce) == 202
            await here.work()
        assert await counts(here, lan.account_id) == (0, 0)
        assert await here.network.db.fetch_value("SELECT count(*) FROM blocks") == 0
