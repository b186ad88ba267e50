import pytest
from tests.activitypub import signing_keys

import testrig
from noi.activitypub import cavage, digests, rfc9421
from noi.activitypub.keys import PrivateKey
from noi.activitypub.signatures import BadSignature, Request, split_url
from noi.db.database import Database, Transaction
from noi.models.accounts import AccountState
from noi.transport import verification
from noi.transport.verification import UnknownKey, WrongKey, verify

HERE = "https://noi.example"
LAN = "https://peer.example/users/lan"
KEY_ID = f"{LAN}#main-key"
ED_KEY_ID = f"{LAN}#ed25519-key"
NOW = 1_700_000_000_000
BODY = b'{"type":"Create"}'
SCHEMES = [cavage, rfc9421]

_INSERT = """INSERT INTO accounts (id, username, username_key, domain, uri, url, key_id,
    public_key, ed25519_key_id, ed25519_public_key, created_at, updated_at, fetched_at)
VALUES (:id, :name, :name, :domain, :uri, :uri, :key_id, :public_key, :ed_id, :ed_key, 0, 0, 9)"""


async def know(
    db: Database,
    id_: int,
    uri: str = LAN,
    *,
    key_id: str = KEY_ID,
    which: int = 0,
    ed_id: str = ED_KEY_ID,
) -> None:
    """An account of another server with the RSA key number `which`."""
    row: dict[str, object] = {
        "id": id_,
        "name": f"lan{id_}",
        "domain": "peer.example",
        "uri": uri,
        "key_id": key_id,
        "public_key": signing_keys.pair("rsa", which).public_key,
        "ed_id": ed_id,
        "ed_key": signing_keys.pair("ed25519").public_key,
    }

    async def work(tx: Transaction) -> None:
        await tx.execute(_INSERT, row)

    await db.transaction(work)


def request(
    scheme: object = cavage,
    method: str = "POST",
    path: str = "/inbox",
    *,
    key_id: str = KEY_ID,
    by: PrivateKey | None = None,
    to: str = HERE,
    at: int = NOW,
    body: bytes = BODY,
) -> Request:
    """A request to `to` as it arrives here."""
    sign = rfc9421.sign if scheme is rfc9421 else cavage.sign
    posted = body if method == "POST" else None
    key = by or signing_keys.private("rsa")
    headers = sign(key_id, key, method, to + path, at, posted)
    lower = {name.lower(): value for name, value in headers.items()}
    _, target = split_url(to + path)
    return Request(method, HERE, target, {"host": "noi.example", **lower}, posted or b"")


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_FRESH_SECONDS", 0.0)


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_who_signed_is_known_by_the_key(engine: str, scheme: object, method: str) -> None:
    async with testrig.services(engine) as rig:
        await know(rig.network.db, 5)
        for _ in range(2):
            signed = request(scheme, method, "/inbox?a=%41")
            verified = await verify(rig.network.db, signed, NOW)
            assert verified.peer.id == 5
            assert verified.peer.uri == LAN
            assert verified.peer.fetched_at == 9
            assert verified.host == "peer.example"
            assert verified.key_id == KEY_ID


@pytest.mark.anyio
async def test_both_keys_of_an_actor_are_its_own(engine: str) -> None:
    ed25519 = signing_keys.private("ed25519")
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await know(db, 5)
        for scheme in SCHEMES:
            verified = await verify(db, request(scheme, key_id=ED_KEY_ID, by=ed25519), NOW)
            assert verified.peer.id == 5
            # One key's id with the other's signature.
            with pytest.raises(WrongKey):
                await verify(db, request(scheme, key_id=KEY_ID, by=ed25519), NOW)
            with pytest.raises(WrongKey):
                await verify(db, request(scheme, key_id=ED_KEY_ID), NOW)


@pytest.mark.anyio
async def test_an_unknown_key_is_reported_and_not_remembered(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        with pytest.raises(UnknownKey) as raised:
            await verify(db, request(key_id="https://Peer.example:8443/k"), NOW)
        assert raised.value.key_id == "https://Peer.example:8443/k"
        assert raised.value.host == "peer.example:8443"
        with pytest.raises(UnknownKey):
            await verify(db, request(), NOW)
        await know(db, 5)
        assert (await verify(db, request(), NOW)).peer.id == 5


@pytest.mark.anyio
@pytest.mark.parametrize("key_id", ["lan", "acct:lan@peer.example", "javascript:x", "x" * 3000])
async def test_keys_that_could_not_be_looked_up_are_bad(key_id: str) -> None:
    async with testrig.services("sqlite") as rig:
        with pytest.raises(BadSignature):
            await verify(rig.network.db, request(key_id=key_id), NOW)


@pytest.mark.anyio
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_was_changed_on_the_way_is_refused(scheme: object) -> None:
    async with testrig.services("sqlite") as rig:
        db = rig.network.db
        await know(db, 5)
        good = request(scheme)
        header = "digest" if scheme is cavage else "content-digest"
        other = digests.digest(b"{}") if scheme is cavage else digests.content_digest(b"{}")
        bad = [
            Request("POST", HERE, "/inbox", good.headers, b"{}"),
            Request("POST", HERE, "/inbox", {**good.headers, header: other}, b"{}"),
            Request("POST", HERE, "/users/lan/inbox", good.headers, BODY),
            Request("PUT", HERE, "/inbox", good.headers, BODY),
            Request("POST", "https://other.example", "/inbox", good.headers, BODY),
            Request("POST", HERE, "/inbox", {}, BODY),
            request(scheme, to="https://evil.example"),
            request(scheme, at=NOW - 13 * 3_600_000),
            request(scheme, at=NOW + 2 * 3_600_000),
            request(scheme, by=signing_keys.private("rsa", 1)),
        ]
        for one in bad:
            with pytest.raises(BadSignature):
                await verify(db, one, NOW)
        assert (await verify(db, good, NOW)).peer.id == 5


@pytest.mark.anyio
async def test_a_key_that_was_replaced_is_noticed_at_once(engine: str) -> None:
    new = signing_keys.private("rsa", 1)
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await know(db, 5)
        await verify(db, request(), NOW)
        with pytest.raises(WrongKey) as raised:
            await verify(db, request(by=new), NOW)
        assert raised.value.peer.id == 5
        sql = "UPDATE accounts SET public_key = :key WHERE id = 5"
        await db.execute(sql, {"key": signing_keys.pair("rsa", 1).public_key})
        assert (await verify(db, request(by=new), NOW)).peer.id == 5
        with pytest.raises(WrongKey):
            await verify(db, request(), NOW)


@pytest.mark.anyio
async def test_what_is_kept_of_a_peer_is_kept_for_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(verification, "monotonic", lambda: clock[0])
    async with testrig.services("sqlite") as rig:
        db = rig.network.db
        await know(db, 5)
        assert (await verify(db, request(), NOW)).peer.state == AccountState.ACTIVE
        await db.execute("UPDATE accounts SET state = 2 WHERE id = 5", {})
        clock[0] += verification.KEPT_SECONDS + 0.1
        assert (await verify(db, request(), NOW)).peer.state == AccountState.DISABLED


@pytest.mark.anyio
async def test_nobody_speaks_with_a_key_that_is_not_theirs(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        evil = "https://evil.example/users/x"
        # Claims the id of somebody else's key, here first, with a key of its own.
        await know(db, 4, evil, which=1, ed_id="")
        with pytest.raises(UnknownKey):
            await verify(db, request(by=signing_keys.private("rsa", 1)), NOW)
        await know(db, 5)
        assert (await verify(db, request(), NOW)).peer.uri == LAN
        with pytest.raises(WrongKey):
            await verify(db, request(by=signing_keys.private("rsa", 1)), NOW)


@pytest.mark.anyio
async def test_a_neighbour_who_claims_a_key_does_not_displace_its_owner(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await know(db, 3, "https://peer.example/users/minh", which=1, ed_id="")
        await know(db, 5)
        assert (await verify(db, request(), NOW)).peer.id == 5


@pytest.mark.anyio
async def test_a_stored_key_that_cannot_be_read_is_as_a_wrong_one() -> None:
    async with testrig.services("sqlite") as rig:
        await know(rig.network.db, 5)
        await rig.network.db.execute("UPDATE accounts SET public_key = 'x'", {})
        with pytest.raises(WrongKey):
            await verify(rig.network.db, request(), NOW)


@pytest.mark.anyio
async def test_networks_in_one_process_know_different_peers() -> None:
    async with testrig.services("sqlite") as one, testrig.services("sqlite") as other:
        await know(one.network.db, 5)
        await know(other.network.db, 6)
        assert (await verify(one.network.db, request(), NOW)).peer.id == 5
        assert (await verify(other.network.db, request(), NOW)).peer.id == 6
