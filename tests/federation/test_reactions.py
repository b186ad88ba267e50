"""Reactions between networks."""

from typing import Any

import pytest

import people
import testrig
from federation.networks import account, befriend, send, settle, status_here
from noi.models.ids import now_ms
from noi.services import reactions, views
from testrig import Rig

pytestmark = pytest.mark.anyio


async def shown(rig: Rig, status_id: int) -> list[tuple[str, int]]:
    found = await views.reactions_of(rig.network.db, [status_id])
    return [(one.name, one.count) for one in found]


async def test_reactions_come_and_go(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        posted = await people.write(there.network, mai, "Hoa nở rồi")
        await settle(there, here)
        seen = await status_here(here, f"{there.url}/users/mai/statuses/{posted}")
        assert seen
        await reactions.react(here.network, lan.account_id, seen.id, "🌻")
        await settle(here, there)
        assert await shown(there, posted) == [("🌻", 1)]
        await reactions.unreact(here.network, lan.account_id, seen.id, "🌻")
        await settle(here, there)
        assert await shown(there, posted) == []


async def test_a_custom_emoji_of_another_server(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        posted = await people.write(here.network, lan, "Chào")
        actor = (await account(there, mai.account_id)).uri
        host = there.network.settings.host
        activity: dict[str, Any] = {
            "id": f"{actor}/reactions/{now_ms()}",
            "type": "EmojiReact",
            "actor": actor,
            "object": f"{here.url}/users/lan/statuses/{posted}",
            "content": ":lua:",
            "tag": [
                {
                    "id": f"{there.url}/emojis/1",
                    "type": "Emoji",
                    "name": ":lua:",
                    "icon": {"type": "Image", "url": f"{there.url}/lua.png"},
                }
            ],
        }
        assert await send(there, mai.account_id, here, activity) == 202
        await settle(here)
        found = await views.reactions_of(here.network.db, [posted])
        assert [(one.name, one.content, one.count) for one in found] == [
            (f"lua@{host}", ":lua:", 1)
        ]
        assert found[0].emoji and found[0].emoji.image.startswith("remote/")
        undo = {"id": f"{actor}#undo", "type": "Undo", "actor": actor, "object": activity}
        assert await send(there, mai.account_id, here, undo) == 202
        await settle(here)
        assert await shown(here, posted) == []
