"""Being shown in collections of other servers' people (FEP-7aa9), as Mastodon 4.6 asks for it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

import people
import testrig
from far_server import PUBLIC, FarServer, far_server
from noi.activitypub.activities import read_activity
from noi.activitypub.normalize import load
from noi.db import featurings as table
from noi.federation.dispatch import dispatch
from noi.models.accounts import Viewer
from noi.models.federation import Declined
from noi.models.paging import Page
from noi.services import blocks, featurings, follows, profiles, remote_accounts
from noi.services.inbox import Received
from noi.services.network import Network
from noi.services.profiles import Profile
from testrig import Rig

pytestmark = pytest.mark.anyio


class Asking:
    """Anh, at another server, who has a collection and asks lan to be in it."""

    def __init__(self, rig: Rig, far: FarServer, lan: Viewer) -> None:
        self.rig, self.far, self.lan = rig, far, lan
        self.anh = f"{far.origin}/users/anh"
        self.collection = f"{far.origin}/ap/users/1/featured_collections/2"
        far.person("anh")
        far.put(
            {
                "id": self.collection,
                "type": "FeaturedCollection",
                "attributedTo": self.anh,
                "name": "Nhà thơ",
                "url": f"{far.origin}/collections/2",
                "totalItems": 0,
                "orderedItems": [],
            }
        )

    async def send(self, type_: str, object_: object, **more: object) -> None:
        """Let this network handle an activity of anh's."""
        network = self.rig.network
        number = network.ids.next()
        activity = {"id": f"{self.anh}#{number}", "type": type_, "actor": self.anh} | more
        document = load(msgspec.json.encode({**activity, "object": object_}))
        received = Received(
            activity=read_activity(document),
            document=document,
            actor=await remote_accounts.by_uri(network, self.anh),
            received_at=0,
        )
        work = await dispatch(network, received)
        if work is not None:
            await network.db.transaction(work)

    async def ask(self) -> dict[str, Any]:
        """The answer to a FeatureRequest."""
        lan = f"{self.rig.network.settings.origin}/users/lan"
        await self.send("FeatureRequest", lan, instrument=self.collection)
        return (await sent(self.rig.network))[-1]

    async def shown_in(self) -> list[str]:
        found = await featurings.page(self.rig.network, self.lan.account_id, Page(limit=40))
        return [one.name for one in found]


async def sent(network: Network) -> list[dict[str, Any]]:
    """What has been queued for others, oldest first."""
    rows = await network.db.fetch_all("SELECT body FROM outgoing_activities ORDER BY id")
    return [msgspec.json.decode(row[0]) for row in rows]


@asynccontextmanager
async def asking(engine: str) -> AsyncGenerator[Asking]:
    async with testrig.services(engine) as rig, far_server() as far:
        yield Asking(rig, far, await people.join(rig.network, "lan"))


async def test_who_wants_to_be_found_may_be_shown(engine: str) -> None:
    async with asking(engine) as here:
        answer = await here.ask()
        lan = f"{here.rig.network.settings.origin}/users/lan"
        assert (answer["type"], answer["actor"], answer["to"]) == ("Accept", lan, [here.anh])
        assert answer["object"]["instrument"] == here.collection
        stamp_id = int(answer["result"].removeprefix(f"{lan}/feature_authorizations/"))
        stamp = await featurings.stamp(here.rig.network, "lan", stamp_id, 0)
        assert stamp == {
            "id": answer["result"],
            "type": "FeatureAuthorization",
            "attributedTo": lan,
            "interactingObject": here.collection,
            "interactionTarget": lan,
        }
        assert await here.shown_in() == ["Nhà thơ"]
        assert (await here.ask())["result"] == answer["result"], "asked again"


async def test_the_leave_is_taken_back(engine: str) -> None:
    async with asking(engine) as here:
        network, lan_id = here.rig.network, here.lan.account_id
        anh_id = (await remote_accounts.by_uri(network, here.anh)).id
        for how in ("leave", "block", "hide"):
            accepted = await here.ask()
            if how == "leave":
                stamp_id = int(accepted["result"].rpartition("/")[2])
                await featurings.leave(network, lan_id, stamp_id)
            elif how == "block":
                await blocks.block(network, lan_id, anh_id)
            else:
                await profiles.update(network, lan_id, Profile(discoverable=False))
            ended = [one for one in await sent(network) if one["type"] == "Delete"][-1]
            assert ended["object"]["id"] == accepted["result"]
            assert ended["object"]["type"] == "FeatureAuthorization"
            assert await table.of_account(network.db, lan_id) == []
            await blocks.unblock(network, lan_id, anh_id)


async def test_who_may_not_show_is_refused(engine: str) -> None:
    async with asking(engine) as here:
        network, lan_id = here.rig.network, here.lan.account_id
        anh_id = (await remote_accounts.by_uri(network, here.anh)).id
        await profiles.update(network, lan_id, Profile(discoverable=False))
        assert (await here.ask())["type"] == "Reject"
        await profiles.update(network, lan_id, Profile(discoverable=True, locked=True))
        assert (await here.ask())["type"] == "Reject"
        await follow(here, anh_id)
        assert (await here.ask())["type"] == "Accept"
        await blocks.block(network, lan_id, anh_id)
        assert (await here.ask())["type"] == "Reject"
        assert await here.shown_in() == []


async def follow(here: Asking, anh_id: int) -> None:
    lan = f"{here.rig.network.settings.origin}/users/lan"
    await here.send("Follow", lan)
    await follows.accept(here.rig.network, here.lan.account_id, anh_id)


async def test_only_collections_of_who_asks(engine: str) -> None:
    async with asking(engine) as here:
        here.far.put({"id": here.collection, "type": "FeaturedCollection", "attributedTo": PUBLIC})
        with pytest.raises(Declined):
            await here.ask()
        here.collection = "https://other.example/collections/1"
        with pytest.raises(Declined):
            await here.ask()
        assert await here.shown_in() == []


async def test_a_collection_that_is_gone_shows_nobody(engine: str) -> None:
    async with asking(engine) as here:
        await here.ask()
        await here.send("Delete", here.collection)
        assert await here.shown_in() == []


async def test_what_happens_to_collections_elsewhere_is_nothing_of_ours(engine: str) -> None:
    async with asking(engine) as here:
        asked = len(here.far.asked)
        collection = {"id": here.collection, "type": "FeaturedCollection", "attributedTo": here.anh}
        item = {"id": f"{here.collection}/items/1", "type": "FeaturedItem"}
        await here.send("Update", collection)
        for type_ in ("Add", "Remove"):
            for object_, target in (
                (collection, f"{here.anh}/featured_collections"),
                (item, here.collection),
            ):
                with pytest.raises(Declined):
                    await here.send(type_, object_, target=target)
        assert here.far.count(here.collection.removeprefix(here.far.origin)) == 0
        assert asked == 0


async def test_policies_of_actors(engine: str) -> None:
    async with testrig.network(engine) as rig:
        lan = await people.join(rig.network, "lan")
        uri = f"{rig.url}/users/lan"
        for profile, allowed in (
            (Profile(discoverable=False), uri),
            (Profile(discoverable=True), PUBLIC),
            (Profile(locked=True), f"{uri}/followers"),
        ):
            await profiles.update(rig.network, lan.account_id, profile)
            headers = {"accept": "application/activity+json"}
            async with rig.client() as client, client.get("/users/lan", headers=headers) as answer:
                actor = await answer.json(content_type=None)
            rule = {"automaticApproval": [allowed], "manualApproval": []}
            assert actor["interactionPolicy"]["canFeature"] == rule
