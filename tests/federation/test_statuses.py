"""Who may read which status from another server, and what it says."""

from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from fetching import fetch, followed, key_of, known
from noi.activitypub.activities import read_activity
from noi.activitypub.objects import read_object
from noi.activitypub.vocabulary import PUBLIC
from noi.models.accounts import Viewer
from noi.models.composition import Composition
from noi.services import blocks, policies, reblogs, statuses
from noi.services.network import Network
from noi.transport.errors import Denied, Gone

Pair = tuple[testrig.Rig, testrig.Rig]


@pytest.fixture
async def pair(engine: str) -> AsyncGenerator[Pair]:
    async with testrig.network(engine) as here, testrig.network("sqlite") as there:
        await here.set_up()
        await there.set_up()
        yield here, there


async def _write(network: Network, author: Viewer, text: str, **more: object) -> str:
    composition = msgspec.convert({"text": text, **more}, Composition)
    return (await statuses.create(network, author.account_id, composition)).status.uri


async def test_public_statuses_are_anybodys(pair: Pair) -> None:
    here, there = pair
    lan = await people.join(here.network, "lan")
    for visibility in ("public", "unlisted"):
        uri = await _write(here.network, lan, "Chào #xóm", visibility=visibility)
        page = uri.replace("/users/", "/@").replace("/statuses/", "/")
        for address in (uri, page):
            note = read_object(await fetch(there.network, address))
            assert (note.id, note.author) == (uri, f"{here.url}/users/lan")
            assert note.source == "Chào #xóm"
            assert [tag.name for tag in note.hashtags] == ["xóm"]
            everybody = note.recipients.to if visibility == "public" else note.recipients.cc
            assert PUBLIC in everybody
        create = read_activity(await fetch(there.network, f"{uri}/activity"))
        assert (create.type, create.actor) == ("Create", f"{here.url}/users/lan")


async def test_others_are_for_those_who_may_read_them(pair: Pair) -> None:
    here, there = pair
    lan = await people.join(here.network, "lan")
    minh, hoa = await people.join(there.network, "minh"), await people.join(there.network, "hoa")
    follower = await known(here.network, there, "minh")
    await known(here.network, there, "hoa")
    await followed(here.network, follower, lan)
    private = await _write(here.network, lan, "Cho người theo dõi", visibility="private")
    direct = await _write(
        here.network,
        lan,
        f"Riêng @hoa@{there.network.settings.host}",
        visibility="direct",
    )
    kept = await _write(here.network, lan, "Trong xóm thôi", local_only=True)
    minhs, hoas = await key_of(there.network, minh), await key_of(there.network, hoa)
    note = read_object(await fetch(there.network, private, minhs))
    assert note.recipients.to == (f"{here.url}/users/lan/followers",)
    assert read_object(await fetch(there.network, direct, hoas)).id == direct
    for uri, key in ((private, hoas), (direct, minhs), (kept, minhs), (private, None)):
        for address in (uri, f"{uri}/activity", f"{uri}/replies", f"{uri}/likes"):
            with pytest.raises(Gone):
                await fetch(there.network, address, key)
    await blocks.block(here.network, lan.account_id, follower.id)
    public = await _write(here.network, lan, "Ai cũng đọc được")
    for address in (private, public, f"{here.url}/users/lan", f"{here.url}/users/lan/outbox"):
        with pytest.raises(Gone):
            await fetch(there.network, address, minhs)


async def test_a_deleted_status_leaves_a_tombstone(pair: Pair) -> None:
    here, there = pair
    lan = await people.join(here.network, "lan")
    for visibility, for_good in (("public", True), ("private", False)):
        uri = await _write(here.network, lan, "Thôi không đăng nữa", visibility=visibility)
        await statuses.delete(here.network, lan.account_id, int(uri.rpartition("/")[2]))
        with pytest.raises(Gone) as gone:
            await fetch(there.network, uri)
        assert gone.value.for_good == for_good
    async with here.client() as client, client.get(f"/users/lan/statuses/{uri[-5:]}") as answer:
        assert answer.status == 404


async def test_a_reblog_is_an_announce(pair: Pair) -> None:
    here, there = pair
    lan, binh = await people.join(here.network, "lan"), await people.join(here.network, "binh")
    uri = await _write(here.network, lan, "Đọc đi")
    reblog = await reblogs.reblog(here.network, binh.account_id, int(uri.rpartition("/")[2]))
    address = f"{here.url}/users/binh/statuses/{reblog}/activity"
    announce = read_activity(await fetch(there.network, address))
    assert (announce.type, announce.object_id) == ("Announce", uri)
    with pytest.raises(Gone):
        await fetch(there.network, address.removesuffix("/activity"))
    await statuses.delete(here.network, lan.account_id, int(uri.rpartition("/")[2]))
    with pytest.raises(Gone):
        await fetch(there.network, address)


async def test_a_wrong_signature_hides_nothing_that_is_public(pair: Pair) -> None:
    here, _ = pair
    lan = await people.join(here.network, "lan")
    public = await _write(here.network, lan, "Ai cũng đọc được")
    private = await _write(here.network, lan, "Không", visibility="private")
    forged = {"Signature": 'keyId="https://elsewhere.invalid/a#main-key",signature="AAAA"'}
    async with here.client() as client:
        for uri, status in ((public, 200), (private, 401)):
            path = uri.removeprefix(here.url)
            async with client.get(path, headers=forged) as answer:
                assert answer.status == status, await answer.text()


async def test_shut_out_servers_read_nothing(pair: Pair) -> None:
    here, there = pair
    lan = await people.join(here.network, "lan")
    await people.join(there.network, "minh")
    uri = await _write(here.network, lan, "Ai cũng đọc được")
    await fetch(there.network, uri)
    sql = """INSERT INTO domain_policies (domain, severity, rule_text, reason, created_at,
        updated_at) VALUES (:host, 'block', 'Luật', 'Lý do', 1, 1)"""
    host = {"host": "localhost"}
    await here.network.db.transaction(lambda tx: tx.execute(sql, host))
    policies.forget(here.network)
    with pytest.raises(Denied):
        await fetch(there.network, uri)
