import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress

import msgspec
import pytest

import testrig
from far_server import Answer, FarServer, far_server
from fetching import forget_failures
from noi.activitypub.actors import read_actor
from noi.db import accounts, peers
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountKind, AccountState, Field
from noi.models.errors import BadDocument, Conflict, Forbidden, NotFound
from noi.models.ids import now_ms
from noi.services import policies, remote_accounts, remote_documents
from noi.services.network import Network
from noi.transport.errors import Busy, Gone, Refused, TransportError

pytestmark = pytest.mark.usefixtures("quick_keys")


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def stored(network: Network) -> int:
    return await network.db.fetch_value("SELECT count(*) FROM accounts WHERE domain <> ''")


async def block(network: Network, domain: str) -> None:
    await network.db.execute(
        """INSERT INTO domain_policies (domain, severity, rule_text, reason, created_at,
            updated_at) VALUES (:domain, 'block', 'Luật', 'Quấy rối', 0, 0)""",
        {"domain": domain},
    )
    policies.forget(network)


async def test_an_actor_becomes_an_account_that_is_safe_to_show(
    rig: testrig.Rig, far: FarServer
) -> None:
    person = far.person(
        "mai",
        type="Service",
        name="Mai \u202egnụhp\u200b :hoa:",
        summary='<p onclick="x()">Chào <script>alert(1)</script><b>bạn</b></p>',
        manuallyApprovesFollowers=True,
        discoverable=True,
        icon={"type": "Image", "url": f"{far.origin}/mai.png", "name": "Mai cười"},
        attachment=[
            {"type": "PropertyValue", "name": "Nhà", "value": '<a href="javascript:x">Đà Lạt</a>'}
        ],
        tag=[{"type": "Emoji", "name": ":hoa:", "icon": {"url": f"{far.origin}/hoa.png"}}],
    )
    account = await remote_accounts.by_uri(rig.network, str(person["id"]))
    assert account.handle == f"mai@{far.domain}"
    assert account.kind is AccountKind.BOT
    assert account.display_name == "Mai gnụhp :hoa:"
    assert account.note_html == "<p>Chào <b>bạn</b></p>"
    assert account.locked and account.discoverable and not account.indexable
    assert account.avatar.startswith("remote/") and account.avatar_static.endswith(".small")
    assert account.avatar_description == "Mai cười"
    assert msgspec.json.decode(account.emojis) == ["hoa"]
    [field] = msgspec.json.decode(account.fields, type=list[Field])
    assert (field.value, "javascript" in field.value_html) == ("Đà Lạt", False)
    [peer] = await peers.by_key_id(rig.network.db, f"{person['id']}#main-key")
    assert (peer.id, peer.inbox_host) == (account.id, far.domain)
    assert peer.shared_inbox_uri == f"{far.origin}/inbox"
    await rig.work()


async def test_who_is_known_is_not_fetched_again_before_a_day_is_over(
    rig: testrig.Rig, far: FarServer
) -> None:
    person = far.person("mai")
    first = await remote_accounts.by_uri(rig.network, str(person["id"]))
    asked = len(far.asked)
    assert (await remote_accounts.by_uri(rig.network, first.uri)).id == first.id
    assert (await remote_accounts.by_handle(rig.network, f"@Mai@{far.domain}")).id == first.id
    assert len(far.asked) == asked
    yesterday = now_ms() - remote_accounts.FRESH_MS - 1
    await rig.network.db.execute("UPDATE accounts SET fetched_at = :at", {"at": yesterday})
    far.person("mai", name="Mai Mới")
    await remote_accounts.by_uri(rig.network, first.uri)
    stale = await remote_accounts.by_uri(rig.network, first.uri)  # answered at once, as it is
    assert stale.display_name == "Mai" and len(far.asked) == asked
    await rig.work()
    assert far.count("/users/mai") == 2
    fresh = await remote_accounts.by_uri(rig.network, first.uri)
    assert (fresh.display_name, fresh.revision > first.revision) == ("Mai Mới", True)


async def test_all_who_ask_at_once_share_one_fetch(rig: testrig.Rig, far: FarServer) -> None:
    person = far.person("mai")
    far.hold.clear()
    asking = [
        asyncio.create_task(remote_accounts.by_uri(rig.network, str(person["id"])))
        for _ in range(20)
    ]
    while not far.asked:
        await asyncio.sleep(0)
    asking[0].cancel()  # the others still get their answer
    far.hold.set()
    found = await asyncio.gather(*asking[1:])
    assert len({account.id for account in found}) == 1
    assert far.count("/users/mai") == 1


async def test_writing_the_same_actor_many_times_at_once_makes_one_account(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    actor = read_actor(far.person("mai"))
    standing = await policies.of(network, far.domain)

    async def work(tx: Transaction) -> int:
        return await remote_accounts.upsert(tx, network, actor, far.domain, standing)

    ids = await asyncio.gather(*(network.db.transaction(work) for _ in range(8)))
    assert len(set(ids)) == 1 and await stored(network) == 1


async def test_a_handle_that_belongs_to_somebody_else_is_refused(
    rig: testrig.Rig, far: FarServer
) -> None:
    mai = far.person("mai")
    far.person("thief", preferredUsername="mai")
    with pytest.raises(Refused):
        await remote_accounts.by_uri(rig.network, f"{far.origin}/users/thief")
    async with far_server() as other:
        claimed = other.person("mai")
        other.subjects["mai"] = f"acct:mai@{far.domain}"
        with pytest.raises(Refused):
            await remote_accounts.by_uri(rig.network, str(claimed["id"]))
    assert await stored(rig.network) == 0
    assert (await remote_accounts.by_uri(rig.network, str(mai["id"]))).username == "mai"


async def test_an_actor_is_believed_only_from_its_own_host(
    rig: testrig.Rig, far: FarServer
) -> None:
    async with far_server() as other:
        victim = other.person("mai")
        far.answers["/users/mai"] = Answer(json.dumps({**victim, "name": "Giả"}).encode())
        far.answers["/moved"] = Answer(location=f"{other.origin}/users/mai")
        # The true document is fetched in place of a copy, and through a redirect.
        for path in ("/users/mai", "/moved"):
            account = await remote_accounts.by_uri(rig.network, f"{far.origin}{path}")
            assert (account.uri, account.display_name) == (victim["id"], "Mai")
        # What names another address of the same host has to be found there.
        far.answers["/upload"] = Answer(
            json.dumps({**far.person("lan"), "name": "Giả", "preferredUsername": "lan"}).encode()
        )
        assert (await remote_accounts.by_uri(rig.network, f"{far.origin}/upload")).name == "Lan"


async def test_what_is_no_actor_or_comes_as_another_type_is_refused(
    rig: testrig.Rig, far: FarServer
) -> None:
    note = far.note("mai", 1)
    with pytest.raises(BadDocument):
        await remote_accounts.by_uri(rig.network, str(note["id"]))
    person = far.person("lan")
    far.answers["/users/lan"].content_type = "text/plain"
    with pytest.raises(Refused):
        await remote_accounts.by_uri(rig.network, str(person["id"]))
    with pytest.raises(BadDocument):
        await remote_accounts.by_uri(rig.network, "ftp://x.example/a")
    with pytest.raises(NotFound):
        await remote_accounts.by_uri(rig.network, f"{rig.network.settings.origin}/users/nobody")


async def test_a_handle_given_to_a_new_actor_leaves_the_old_one(
    rig: testrig.Rig, far: FarServer
) -> None:
    old = await remote_accounts.by_uri(rig.network, str(far.person("mai")["id"]))
    new_uri = f"{far.origin}/ap/users/1"
    far.put({**far.person("mai"), "id": new_uri, "inbox": f"{new_uri}/inbox"})
    far.handles["mai"] = new_uri
    new = await remote_accounts.by_uri(rig.network, new_uri)
    assert new.id != old.id and new.handle == old.handle
    buried = await accounts.get(rig.network.db, old.id)
    assert buried is not None and buried.state is AccountState.DELETED
    assert (await remote_accounts.by_handle(rig.network, new.handle)).id == new.id
    await rig.work()


async def test_an_update_without_a_confirmed_handle_cannot_change_it(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    mai = await remote_accounts.by_uri(network, str(far.person("mai")["id"]))
    await remote_accounts.by_uri(network, str(far.person("lan")["id"]))
    standing = await policies.of(network, far.domain)
    renamed = read_actor(far.person("mai", preferredUsername="lan", name="Lan?"))

    async def update(tx: Transaction) -> int:
        return await remote_accounts.upsert(tx, network, renamed, "elsewhere.example", standing)

    assert await network.db.transaction(update) == mai.id
    changed = await accounts.get(network.db, mai.id)
    assert changed is not None and (changed.handle, changed.name) == (mai.handle, "Lan?")
    unknown = msgspec.structs.replace(renamed, id=f"{far.origin}/users/other")

    async def insert(tx: Transaction) -> int:
        return await remote_accounts.upsert(tx, network, unknown, far.domain, standing)

    with pytest.raises(Conflict):
        await network.db.transaction(insert)


async def test_who_is_gone_for_good_becomes_a_tombstone(rig: testrig.Rig, far: FarServer) -> None:
    account = await remote_accounts.by_uri(rig.network, str(far.person("mai")["id"]))
    far.answers["/users/mai"].status = 410
    with pytest.raises(Gone):
        await remote_accounts.by_uri(rig.network, account.uri, refresh=True)
    with pytest.raises(NotFound):
        await remote_accounts.by_uri(rig.network, account.uri)
    await rig.work()
    asked = len(far.asked)
    with pytest.raises(NotFound):
        await remote_accounts.by_uri(rig.network, account.uri)
    assert len(far.asked) == asked


async def test_who_was_gone_may_come_back(rig: testrig.Rig, far: FarServer) -> None:
    person = far.person("mai")
    uri, handle = str(person["id"]), f"mai@{far.domain}"
    account = await remote_accounts.by_uri(rig.network, uri)
    await remote_accounts.mark_gone(rig.network, uri)
    with pytest.raises(NotFound):  # what was of it is just being removed
        await remote_accounts.by_handle(rig.network, handle)
    past = now_ms() - remote_accounts.BACK_AFTER_MS - 1
    await rig.network.db.execute("UPDATE accounts SET deleted_at = :past", {"past": past})
    with pytest.raises(NotFound):  # nobody asks for it
        await remote_accounts.by_uri(rig.network, uri)
    forget_failures(rig.network)
    again = await remote_accounts.by_handle(rig.network, handle)
    assert (again.id, again.state, again.username) == (account.id, AccountState.ACTIVE, "mai")
    await rig.work()  # the removal that had not yet begun
    kept = await accounts.get(rig.network.db, account.id)
    assert kept is not None and kept.state is AccountState.ACTIVE


async def test_failures_are_remembered(rig: testrig.Rig, far: FarServer) -> None:
    for _ in range(3):
        with pytest.raises(TransportError):
            await remote_accounts.by_uri(rig.network, f"{far.origin}/users/nobody")
    assert far.count("/users/nobody") == 1
    far.person("nobody")
    forget_failures(rig.network)
    await remote_accounts.by_uri(rig.network, f"{far.origin}/users/nobody")


async def test_no_host_is_asked_without_end(
    engine: str, far: FarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = remote_documents.FETCHES._replace(amount=5, name=f"few {engine} {far.domain}")
    monkeypatch.setattr(remote_documents, "FETCHES", few)
    async with testrig.services(engine, rate_limits=True) as rig:
        with pytest.raises(Busy):
            for number in range(7):
                with suppress(Gone):
                    await remote_accounts.by_uri(rig.network, f"{far.origin}/{number}")
    assert len(far.asked) == 5


async def test_nothing_is_fetched_from_blocked_servers(rig: testrig.Rig, far: FarServer) -> None:
    await block(rig.network, "localhost")
    far.person("mai")
    with pytest.raises(Forbidden):
        await remote_accounts.by_uri(rig.network, f"{far.origin}/users/mai")
    with pytest.raises(Forbidden):
        await remote_accounts.by_handle(rig.network, f"mai@{far.domain}")
    with pytest.raises(Forbidden):
        await remote_accounts.by_key_id(rig.network, f"{far.origin}/users/mai#main-key")
    assert not far.asked


async def test_keys_are_found_in_actors_and_alone(rig: testrig.Rig, far: FarServer) -> None:
    mai = far.person("mai")
    found = await remote_accounts.by_key_id(rig.network, f"{mai['id']}#main-key")
    assert found.uri == mai["id"]
    key_id = f"{far.origin}/users/lan/main-key"
    key = {**mai["publicKey"], "id": key_id, "owner": f"{far.origin}/users/lan"}
    lan = far.person("lan", publicKey=key)
    # GoToSocial serves a stub of the actor there, others the key alone.
    stub = {"id": lan["id"], "type": "Person", "preferredUsername": "lan", "publicKey": key}
    far.answers["/users/lan/main-key"] = Answer(json.dumps(stub).encode())
    assert (await remote_accounts.by_key_id(rig.network, key_id)).uri == lan["id"]
    far.put(key)
    assert (await remote_accounts.by_key_id(rig.network, key_id)).uri == lan["id"]


async def test_a_key_that_its_owner_does_not_claim_is_refused(
    rig: testrig.Rig, far: FarServer
) -> None:
    mai = far.person("mai")
    key_id = f"{far.origin}/keys/1"
    far.put({**mai["publicKey"], "id": key_id})
    with pytest.raises(BadDocument):
        await remote_accounts.by_key_id(rig.network, key_id)
    async with far_server() as other:
        far.put({**mai["publicKey"], "id": key_id, "owner": other.person("lan")["id"]})
        forget_failures(rig.network)
        with pytest.raises(BadDocument):
            await remote_accounts.by_key_id(rig.network, key_id)


async def test_who_is_suspended_at_home_is_so_here_until_that_ends(
    rig: testrig.Rig, far: FarServer
) -> None:
    async def state(**changes: bool) -> AccountState:
        person = far.person("mai", **changes)
        return (await remote_accounts.by_uri(rig.network, str(person["id"]), refresh=True)).state

    assert await state() is AccountState.ACTIVE
    assert await state(suspended=True) is AccountState.DISABLED
    assert await state() is AccountState.ACTIVE


async def test_a_move_shows_only_where_both_accounts_say_so(
    rig: testrig.Rig, far: FarServer
) -> None:
    async def moved() -> Account:
        return await remote_accounts.by_uri(rig.network, f"{far.origin}/users/mai", refresh=True)

    new = await remote_accounts.by_uri(rig.network, str(far.person("new")["id"]))
    far.person("mai", movedTo=new.uri)
    assert (await moved()).moved_to_id is None
    far.person("new", alsoKnownAs=[f"{far.origin}/users/mai"])
    await remote_accounts.by_uri(rig.network, new.uri, refresh=True)
    assert (await moved()).moved_to_id == new.id
