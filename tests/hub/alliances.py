"""Networks that are members of a hub, for tests."""

import json

from noi.models.ids import now_ms
from testrig import Rig

_JOIN = """INSERT INTO hub_members (id, host, state, base_url, server_id, private_key, asked_at,
    admitted_at) VALUES (:id, :host, :state, :base_url, :server_id, '', :now, :now)"""


async def make_member(hub: Rig, origin: str, state: str = "admitted") -> int:
    """Write a network down as a member of a hub, without the way that leads there."""
    member_id = hub.network.ids.next()
    row = {
        "id": member_id,
        "host": origin.removeprefix("http://"),
        "state": state,
        "base_url": f"{origin}/api/fasp",
        "server_id": f"server-{member_id}",
        "now": now_ms(),
    }
    await hub.network.db.execute(_JOIN, row)
    return member_id


async def stored_text(hub: Rig) -> str:
    """Everything that a hub's own tables and its table of senders hold, as one text."""
    held: list[object] = []
    for table in ("accounts", "statuses", "hub_accounts", "hub_posts"):
        held += await hub.network.db.fetch_all(f"SELECT * FROM {table}")
    return json.dumps(held, default=str, ensure_ascii=False)
