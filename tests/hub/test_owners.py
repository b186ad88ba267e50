"""What owners send to a hub themselves: Delete, Update, Block and its Undo."""

from typing import Any

import testrig
from far_server import Answer, one_pair
from hub.sharing import FarMember, far_member, held_account, held_uris, waiting
from noi.activitypub import cavage
from noi.activitypub.keys import parse_private_key
from noi.activitypub.outgoing import encode
from noi.db import accounts
from noi.models.federation import Severity
from noi.models.ids import now_ms
from noi.models.policies import Proposal
from noi.services import policy_decisions
from testrig import Rig


async def hold(hub: Rig, town: FarMember, *names: str) -> None:
    for name in names:
        town.consenting(name)
        await town.announce(hub, *(town.note(name, n)["id"] for n in range(2)))
    await hub.work()


async def send(hub: Rig, town: FarMember, name: str, kind: str, object_: Any) -> int:
    """An activity by somebody, signed by their own key; the hub does what follows of it."""
    actor = f"{town.origin}/users/{name}"
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor}#{kind}-{now_ms()}",
        "type": kind,
        "actor": actor,
        "object": object_,
    }
    body = encode(activity).encode()
    key: Any = parse_private_key(one_pair().private_key)
    url = f"{hub.url}/inbox"
    headers = cavage.sign(f"{actor}#main-key", key, "POST", url, now_ms(), body)
    headers["Content-Type"] = "application/activity+json"
    async with hub.client() as client, client.post("/inbox", data=body, headers=headers) as answer:
        await hub.work()
        return answer.status


async def test_a_deleted_post_and_a_deleted_person_are_gone(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await hold(hub, town, "lan", "mai")
        lan, mai = f"{town.origin}/users/lan", f"{town.origin}/users/mai"
        tombstone = {"id": f"{lan}/statuses/0", "type": "Tombstone"}
        assert await send(hub, town, "lan", "Delete", tombstone) == 202
        assert await held_uris(hub) == {
            f"{lan}/statuses/1",
            *(f"{mai}/statuses/{n}" for n in (0, 1)),
        }
        # What another of the same server says is looked for there, and it still stands.
        assert await send(hub, town, "lan", "Delete", f"{mai}/statuses/0") == 202
        assert f"{mai}/statuses/0" in await held_uris(hub)
        assert await send(hub, town, "mai", "Delete", mai) == 202
        assert await held_uris(hub) == {f"{lan}/statuses/1"}
        assert await held_account(hub, mai) is None


async def test_nobody_deletes_what_belongs_to_another_server(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as evil:
        await town.join(hub)
        await hold(hub, town, "lan")
        evil.person("mallory")
        uri = f"{town.origin}/users/lan/statuses/0"
        for kind in ("Delete", "Update"):
            await send(hub, evil, "mallory", kind, uri)
            await send(hub, evil, "mallory", kind, {"id": uri, "type": "Note"})
        assert uri in await held_uris(hub)
        assert town.count("/users/lan/statuses/0") == 1


async def test_an_update_takes_back_at_once_and_is_fetched(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await hold(hub, town, "lan", "mai")
        lan, mai = f"{town.origin}/users/lan", f"{town.origin}/users/mai"
        quiet = town.consenting("lan", indexable=False)
        assert await send(hub, town, "lan", "Update", quiet) == 202
        account = await held_account(hub, lan)
        assert account and account.discoverable and not account.indexable
        gone = town.consenting("lan", indexable=False, discoverable=False)
        await send(hub, town, "lan", "Update", gone)
        assert await held_account(hub, lan) is None
        private = town.note("mai", 0, to=[f"{mai}/followers"])
        await send(hub, town, "mai", "Update", private)
        edited = town.note("mai", 1, content="Sửa lại")
        await send(hub, town, "mai", "Update", edited)
        excerpts = await hub.network.db.fetch_all("SELECT excerpt FROM hub_posts")
        assert excerpts == [("Sửa lại",)]
        # A claim about consent that its own server does not make changes nothing.
        await send(hub, town, "lan", "Update", {**gone, "discoverable": True, "indexable": True})
        assert await held_account(hub, lan) is None


async def test_who_blocks_the_hub_is_never_taken_in_until_that_ends(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await hold(hub, town, "lan")
        note, lan = town.note("lan", 5)["id"], f"{town.origin}/users/lan"
        block = {"type": "Block", "id": f"{lan}#b", "actor": lan, "object": f"{hub.url}/actor"}
        assert await send(hub, town, "lan", "Block", f"{hub.url}/actor") == 202
        assert await held_uris(hub) == set()
        await hub.network.db.execute("UPDATE hub_withdrawals SET withdrawn_at = 0")
        await town.announce(hub, note)
        await town.announce(hub, lan, category="account")
        await hub.work()
        assert await held_account(hub, lan) is None and await waiting(hub) == set()
        assert await send(hub, town, "lan", "Undo", block) == 202
        await town.announce(hub, note)
        await hub.work()
        assert await held_uris(hub) == {note}


async def test_what_is_not_held_concerns_the_hub_not(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        stranger = town.person("la", summary="Bí mật của tôi", name="Tên thật")
        for kind in ("Delete", "Update", "Like", "Create", "Flag"):
            assert await send(hub, town, "la", kind, f"{stranger['id']}/statuses/9") == 202
        assert await send(hub, town, "la", "Update", stranger) == 202
        assert await waiting(hub) == set()
        known = await accounts.get_by_uri(hub.network.db, stranger["id"])
        assert known is None or (known.note, known.display_name) == ("", "")


async def test_who_deletes_an_account_with_its_key_is_looked_for(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town:
        await town.join(hub)
        await hold(hub, town, "lan", "mai")
        lan, mai = f"{town.origin}/users/lan", f"{town.origin}/users/mai"
        await hub.network.db.execute("UPDATE hub_accounts SET checked_at = checked_at - 3600000")
        town.answers["/users/lan"] = Answer(status=410)
        assert await send(hub, town, "lan", "Delete", lan) == 202
        assert await held_account(hub, lan) is None
        town.answers["/users/mai"] = Answer(status=410)
        assert await send(hub, town, "lan", "Delete", mai) == 202
        assert {uri for uri in await held_uris(hub) if "/lan/" in uri} == set()


async def test_people_of_blocked_domains_are_dropped(engine: str) -> None:
    async with testrig.hub(engine) as hub, far_member() as town, far_member() as other:
        await town.join(hub)
        await hold(hub, town, "lan")
        other.consenting("mai")
        await town.announce(hub, other.note("mai", 1)["id"])
        await hub.work()
        proposal = Proposal(
            domain=other.domain, severity=Severity.BLOCK, rule="Luật 1", reason="Thư rác"
        )
        await policy_decisions.decide(hub.network, None, proposal)
        await hub.work()
        assert {uri.partition("/users")[0] for uri in await held_uris(hub)} == {town.origin}
        await town.announce(hub, other.note("mai", 2)["id"])
        await hub.work()
        assert {uri.partition("/users")[0] for uri in await held_uris(hub)} == {town.origin}
