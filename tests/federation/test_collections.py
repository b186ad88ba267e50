"""Collections as other servers walk through them."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

import people
import testrig
from fetching import fetch, followed, key_of, known
from noi.activitypub.collections import item_ids, read_collection
from noi.db import accounts
from noi.models.accounts import Viewer
from noi.models.composition import Composition
from noi.services import favourites, follows, pins, reblogs, statuses, tags
from noi.services.network import Network
from noi.transport.errors import Denied, Gone


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        yield rig


async def _write(network: Network, author: Viewer, text: str, **more: object) -> int:
    composition = msgspec.convert({"text": text, **more}, Composition)
    return (await statuses.create(network, author.account_id, composition)).status.id


async def _walk(rig: testrig.Rig, url: str) -> list[Any]:
    """Every item of a collection, page after page, as they are sent."""
    collection = read_collection(await fetch(rig.network, url))
    page = collection.first_page
    if page is None and collection.first:
        page = read_collection(await fetch(rig.network, collection.first))
    items: list[Any] = list(collection.items)
    while page is not None:
        items += page.items
        page = read_collection(await fetch(rig.network, page.next)) if page.next else None
    return items


async def test_an_outbox_holds_what_anybody_may_see(rig: testrig.Rig) -> None:
    lan, binh = await people.join(rig.network, "lan"), await people.join(rig.network, "binh")
    other = await _write(rig.network, binh, "Của Bình")
    hidden = await _write(rig.network, binh, "Của Bình, cho người theo dõi", visibility="private")
    written = [await _write(rig.network, lan, f"Bài {number}") for number in range(22)]
    reblog = await reblogs.reblog(rig.network, lan.account_id, other)
    await _write(rig.network, lan, "Riêng", visibility="private")
    await _write(rig.network, lan, "Trong xóm", local_only=True)
    await statuses.delete(rig.network, lan.account_id, written.pop(3))
    assert hidden
    base = f"{rig.url}/users/lan/statuses/"
    items = await _walk(rig, f"{rig.url}/users/lan/outbox")
    assert [item["id"] for item in items] == [
        f"{base}{id_}/activity" for id_ in (reblog, *reversed(written))
    ]
    assert items[0]["object"] == f"{rig.url}/users/binh/statuses/{other}"
    assert items[1]["object"]["source"]["content"] == "Bài 21"
    last = await fetch(rig.network, f"{rig.url}/users/lan/outbox?min_id=0&page=true")
    assert last["orderedItems"][-1]["id"] == f"{base}{written[0]}/activity"
    assert "next" not in last
    newer = await fetch(rig.network, last["prev"])
    assert newer["orderedItems"][0]["id"] == f"{base}{reblog}/activity"
    async with rig.client() as client, client.get("/users/lan/outbox?page=true&max_id=x") as answer:
        assert answer.status == 400


async def test_followers_are_shown_unless_they_are_hidden(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    others = [await people.join(rig.network, f"ban{number}") for number in range(42)]
    for other in others:
        await follows.follow(rig.network, other.account_id, lan.account_id)
    url = f"{rig.url}/users/lan/followers"
    assert await _walk(rig, url) == [f"{rig.url}/users/ban{n}" for n in range(41, -1, -1)]
    assert (await fetch(rig.network, url))["totalItems"] == 42
    assert await _walk(rig, f"{rig.url}/users/ban7/following") == [f"{rig.url}/users/lan"]
    assert await _walk(rig, f"{rig.url}/users/lan/following") == []
    await rig.network.db.transaction(
        lambda tx: accounts.update_profile(tx, lan.account_id, {"hide_collections": True})
    )
    hidden = await fetch(rig.network, url)
    assert (hidden["totalItems"], "first" in hidden) == (42, False)
    with pytest.raises(Denied):
        await fetch(rig.network, f"{url}?page=true")


async def test_pins_and_tags(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    first, second = [await _write(rig.network, lan, f"Ghim {number}") for number in range(2)]
    private = await _write(rig.network, lan, "Ghim riêng", visibility="private")
    for id_ in (first, second, private):
        await pins.pin(rig.network, lan.account_id, id_)
    featured = await fetch(rig.network, f"{rig.url}/users/lan/collections/featured")
    assert {item["source"]["content"] for item in featured["orderedItems"]} == {"Ghim 0", "Ghim 1"}
    await tags.feature(rig.network, lan.account_id, "làng")
    found = await fetch(rig.network, f"{rig.url}/users/lan/collections/tags")
    assert found["items"] == [
        {"type": "Hashtag", "href": f"{rig.url}/tags/l%C3%A0ng", "name": "#làng"}
    ]
    own = await fetch(rig.network, f"{rig.url}/actor/outbox")
    assert own["totalItems"] == 0


async def test_replies_and_conversations(rig: testrig.Rig) -> None:
    lan, binh = await people.join(rig.network, "lan"), await people.join(rig.network, "binh")
    root = await _write(rig.network, lan, "Chuyện")
    own = [await _write(rig.network, lan, f"Tiếp {n}", in_reply_to_id=root) for n in range(7)]
    theirs = await _write(rig.network, binh, "Hay", in_reply_to_id=root)
    deeper = await _write(rig.network, lan, "Cảm ơn", in_reply_to_id=theirs)
    await _write(rig.network, binh, "Riêng", in_reply_to_id=root, visibility="private")
    await reblogs.reblog(rig.network, binh.account_id, root)
    await favourites.favourite(rig.network, binh.account_id, root)
    base = f"{rig.url}/users"
    lans = [f"{base}/lan/statuses/{id_}" for id_ in own]
    url = f"{base}/lan/statuses/{root}"
    note = await fetch(rig.network, url)
    assert note["replies"]["first"]["items"] == lans[:5]
    following = await fetch(rig.network, note["replies"]["first"]["next"])
    assert following["items"] == lans[5:]
    others = await fetch(rig.network, following["next"])
    assert others["items"] == [f"{base}/binh/statuses/{theirs}"]
    assert "next" not in others
    assert await _walk(rig, f"{url}/replies") == [*lans, f"{base}/binh/statuses/{theirs}"]
    assert (await fetch(rig.network, f"{url}/likes"))["totalItems"] == 1
    assert (await fetch(rig.network, f"{url}/shares"))["totalItems"] == 1
    context = await fetch(rig.network, note["context"])
    assert context["attributedTo"] == f"{base}/lan"
    assert item_ids(read_collection(context["first"])) == (
        url,
        *lans,
        f"{base}/binh/statuses/{theirs}",
        f"{base}/lan/statuses/{deeper}",
    )
    for missing in ("/contexts/12345", "/contexts/x", "/contexts/0"):
        with pytest.raises(Gone):
            await fetch(rig.network, f"{rig.url}{missing}")


async def test_a_private_conversation_has_no_address(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    root = await _write(rig.network, lan, "Riêng", visibility="private")
    row = await rig.network.db.fetch_value(
        "SELECT conversation_id FROM statuses WHERE id = :id", {"id": root}
    )
    with pytest.raises(Gone):
        await fetch(rig.network, f"{rig.url}/contexts/{row}")


async def test_followers_are_compared_with_those_who_ask(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    async with testrig.network("sqlite") as there, testrig.network("sqlite") as elsewhere:
        minh = await people.join(there.network, "minh")
        await people.join(elsewhere.network, "hoa")
        for other, name in ((there, "minh"), (elsewhere, "hoa")):
            await followed(rig.network, await known(rig.network, other, name), lan)
        url = f"{rig.url}/users/lan/followers_synchronization"
        for key in (None, await key_of(there.network, minh)):
            found = await fetch(there.network, url, key)
            assert found["orderedItems"] == [f"{there.url}/users/minh"]
        assert len(await _walk(rig, f"{rig.url}/users/lan/followers")) == 2
    path = "/users/lan/followers_synchronization"
    async with rig.client() as client, client.get(path) as answer:
        assert answer.status == 401


async def test_a_quote_that_is_let_has_a_stamp(rig: testrig.Rig) -> None:
    lan, binh = await people.join(rig.network, "lan"), await people.join(rig.network, "binh")
    quoted = await _write(rig.network, lan, "Câu hay")
    quoting = await _write(rig.network, binh, "Nghe này")
    insert = """INSERT INTO quotes (status_id, account_id, quoted_id, quoted_account_id, state,
        created_at, updated_at) VALUES (:quoting, :binh, :quoted, :lan, :state, 1, 1)"""
    row = {
        "quoting": quoting,
        "binh": binh.account_id,
        "quoted": quoted,
        "lan": lan.account_id,
        "state": "accepted",
    }
    url = f"{rig.url}/users/lan/quote_authorizations/{quoting}"
    with pytest.raises(Gone):
        await fetch(rig.network, url)
    await rig.network.db.transaction(lambda tx: tx.execute(insert, row))
    stamp = await fetch(rig.network, url)
    assert stamp["type"] == "QuoteAuthorization"
    assert stamp["attributedTo"] == f"{rig.url}/users/lan"
    assert stamp["interactingObject"] == f"{rig.url}/users/binh/statuses/{quoting}"
    assert stamp["interactionTarget"] == f"{rig.url}/users/lan/statuses/{quoted}"
    with pytest.raises(Gone):
        await fetch(rig.network, url.replace("/lan/", "/binh/"))
