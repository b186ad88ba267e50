"""The hub's relay: what members' people agree to goes to the other members, once."""

from contextlib import AsyncExitStack

import msgspec
import pytest

import people
import testrig
from federation.networks import settle, status_here
from federation.relays import relaying
from hub.alliances import make_member, stored_text
from noi.db import alliance
from noi.db.accounts import update_profile
from noi.models.accounts import Role, Viewer
from noi.models.alliance import Provider, ProviderState
from noi.models.composition import Composition
from noi.models.errors import Conflict, Forbidden, Invalid
from noi.models.hub_relay import TopicKind
from noi.services import keys, relays, statuses
from noi.services.hub import relay
from posting import post_activity
from testrig import Rig

pytestmark = pytest.mark.anyio


async def person(rig: Rig, name: str, *, indexable: bool = True) -> Viewer:
    viewer = await people.join(rig.network, name)
    changes = {"indexable": int(indexable)}
    await rig.network.db.transaction(lambda tx: update_profile(tx, viewer.account_id, changes))
    return viewer


async def subscribe(rig: Rig, address: str) -> None:
    admin = await people.join(rig.network, f"chu{rig.network.ids.next()}", Role.OWNER)
    await relays.add(rig.network, admin, address)


async def write(
    rig: Rig, author: Viewer, text: str, *, visibility: str = "public", language: str = ""
) -> str:
    composed = Composition(text=text, visibility=visibility, language=language)
    view = await statuses.create(rig.network, author.account_id, composed)
    return view.status.uri


async def test_public_posts_by_consent_reach_the_other_members(engine: str) -> None:
    async with (
        testrig.hub(engine) as hub,
        testrig.network("sqlite") as bao,
        testrig.network("sqlite") as lang,
        testrig.network("sqlite") as stranger,
    ):
        for rig in (bao, lang):
            await make_member(hub, rig.url)
        lan, mai = await person(bao, "lan"), await person(bao, "mai", indexable=False)
        xa = await person(stranger, "xa")
        for rig in (bao, lang, stranger):
            await subscribe(rig, f"{hub.url}/inbox")
        await settle(bao, lang, stranger, hub)
        await settle(bao, lang, stranger, hub)
        for rig, answer in ((bao, "accepted"), (stranger, "rejected")):
            assert await rig.network.db.fetch_value("SELECT state FROM relays") == answer

        public = await write(bao, lan, "Chợ phiên sáng nay")
        hidden = await write(bao, mai, "Tôi không muốn được tìm thấy")
        unlisted = await write(bao, lan, "Nói nhỏ thôi", visibility="unlisted")
        foreign = await write(stranger, xa, "Tôi không phải thành viên")
        await settle(bao, stranger, hub, lang)
        assert await status_here(lang, public)
        for uri in (hidden, unlisted, foreign):
            assert await status_here(lang, uri) is None, uri
        held = await stored_text(hub)
        assert "Chợ phiên" not in held, "a relay keeps nothing of what it passes on"
        assert "không muốn" not in held

        arrived = await status_here(lang, public)
        own = await status_here(bao, public)
        assert arrived
        assert own
        await statuses.delete(bao.network, lan.account_id, own.id)
        await settle(bao, hub, lang)
        gone = await status_here(lang, public)
        assert gone is None or gone.deleted_at


async def test_posts_without_consent_are_not_even_sent_to_a_hub() -> None:
    async with testrig.network("sqlite") as bao, relaying("/actor") as hub:
        await subscribe(bao, hub.inbox_uri)
        await bao.work()
        assert await hub.send(bao, hub.says("Accept", hub.of_type("Follow")[0])) == 202
        await bao.work()
        provider = Provider(
            id=1,
            base_url=hub.origin,
            state=ProviderState.CONFIRMED,
            hub=True,
            hub_key="",
            name="Liên minh",
            charter_version=1,
            asked_at=0,
        )
        await bao.network.db.transaction(lambda tx: alliance.insert(tx, provider))
        lan, mai = await person(bao, "lan"), await person(bao, "mai", indexable=False)
        await write(bao, lan, "Xin cứ tìm tôi")
        hidden = await write(bao, mai, "Xin đừng tìm tôi")
        await bao.work()
        (create,) = hub.of_type("Create")
        assert create["actor"].endswith("/users/lan")

        status = await status_here(bao, hidden)
        assert status
        await statuses.delete(bao.network, mai.account_id, status.id)
        await bao.work()
        assert len(hub.of_type("Delete")) == 1, "what went out before consent ended is recalled"


async def test_a_topic_gets_its_own_alone(engine: str) -> None:
    async with (
        testrig.hub(engine) as hub,
        testrig.network("sqlite") as bao,
        testrig.network("sqlite") as lang,
    ):
        for rig in (bao, lang):
            await make_member(hub, rig.url)
        steward = await people.join(hub.network, "steward", Role.OWNER)
        await relay.add_topic(hub.network, steward, TopicKind.HASHTAG, "#MùaGặt")
        await relay.add_topic(hub.network, steward, TopicKind.LANGUAGE, "lo")
        topics = {topic.kind: topic for topic in await relay.topics(hub.network)}
        assert topics[TopicKind.HASHTAG].value == "muagat"
        for kind in TopicKind:
            await subscribe(lang, f"{topics[kind].uri}/inbox")
        lan = await person(bao, "lan")
        await subscribe(bao, f"{hub.url}/inbox")
        await settle(lang, bao, hub, lang)

        tagged = await write(bao, lan, "Ruộng nhà mình đây #muagat", language="vi")
        lao = await write(bao, lan, "ສະບາຍດີ", language="lo")
        other = await write(bao, lan, "Chuyện khác", language="vi")
        await settle(bao, hub, lang)
        assert await status_here(lang, tagged)
        assert await status_here(lang, lao)
        assert await status_here(lang, other) is None
        counted = await relay.counts(hub.network)
        assert counted[topics[TopicKind.HASHTAG].account_id] == 1


async def test_servers_of_litepubs_kind_get_addresses(engine: str) -> None:
    async with (
        testrig.hub(engine) as hub,
        testrig.network("sqlite") as bao,
        relaying("/relay") as pleroma,
    ):
        await make_member(hub, bao.url)
        await make_member(hub, pleroma.origin)
        asked = pleroma.says("Follow", f"{hub.url}/actor")
        assert await pleroma.send(hub, asked) == 202
        await hub.work()
        (accept,), (back,) = pleroma.of_type("Accept"), pleroma.of_type("Follow")
        assert accept["object"]["id"] == asked["id"]
        assert (back["actor"], back["object"]) == (f"{hub.url}/actor", pleroma.actor_uri)

        lan = await person(bao, "lan")
        await subscribe(bao, f"{hub.url}/inbox")
        await settle(bao, hub)
        await settle(bao, hub)
        uri = await write(bao, lan, "Chào Pleroma")
        await settle(bao, hub)
        (announce,) = pleroma.of_type("Announce")
        assert announce["object"] == uri
        assert not pleroma.of_type("Create")

        assert await pleroma.send(hub, pleroma.says("Undo", asked)) == 202
        await hub.work()
        await write(bao, lan, "Sau đó")
        await settle(bao, hub)
        assert len(pleroma.of_type("Announce")) == 1


async def test_the_same_is_passed_on_once(engine: str) -> None:
    async with (
        testrig.hub(engine) as hub,
        testrig.network("sqlite") as bao,
        relaying("/actor") as taker,
    ):
        await make_member(hub, bao.url)
        await make_member(hub, taker.origin)
        public = "https://www.w3.org/ns/activitystreams#Public"
        assert await taker.send(hub, taker.says("Follow", public)) == 202
        await hub.work()
        lan = await person(bao, "lan")
        await subscribe(bao, f"{hub.url}/inbox")
        await settle(bao, hub)
        await settle(bao, hub)
        await write(bao, lan, "Chỉ một lần")
        await settle(bao, hub)
        (create,) = taker.of_type("Create")
        assert create["signature"]["creator"].startswith(bao.url), "passed on as its author signed"

        key = await keys.signing_key(bao.network, lan.account_id)
        again = {**create, "id": f"{create['id']}-again"}
        body = msgspec.json.encode(again)
        answer = await post_activity(bao.network.client, f"{hub.url}/inbox", body, key)
        assert answer.accepted
        await hub.work()
        assert len(taker.of_type("Create")) == 1


async def test_only_stewards_decide_about_topics(engine: str) -> None:
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(testrig.hub(engine))
        steward = await people.join(hub.network, "steward", Role.ADMIN)
        helper = await people.join(hub.network, "helper", Role.MODERATOR)
        with pytest.raises(Forbidden):
            await relay.add_topic(hub.network, helper, TopicKind.LANGUAGE, "vi")
        with pytest.raises(Invalid):
            await relay.add_topic(hub.network, steward, TopicKind.LANGUAGE, "klingon")
        with pytest.raises(Invalid):
            await relay.add_topic(hub.network, steward, TopicKind.HASHTAG, "# hai từ")
        await relay.add_topic(hub.network, steward, TopicKind.LANGUAGE, "vi")
        with pytest.raises(Conflict):
            await relay.add_topic(hub.network, steward, TopicKind.LANGUAGE, "vi")
        (topic,) = await relay.topics(hub.network)
        await relay.remove_topic(hub.network, steward, topic.account_id)
        assert await relay.topics(hub.network) == []
