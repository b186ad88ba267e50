"""The door of the inboxes: what it takes, what it refuses and why, and what costs nothing."""

import asyncio
import io
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import msgspec
import pytest

import people
import testrig
from federation.networks import journal, send
from noi.activitypub import cavage
from noi.activitypub.digests import digest
from noi.db import accounts, follows
from noi.models.ids import now_ms
from noi.services import inbox, keys, policies, remote_accounts
from noi.transport import verification
from noi.transport.signed import SigningKey
from testrig import Rig

pytestmark = pytest.mark.anyio

TYPE = "application/activity+json"
EXAMPLE = "https://peer.example/users/an"


def follow(actor_uri: str, object_uri: str, number: int = 1) -> dict[str, Any]:
    return {
        "id": f"{actor_uri}/follows/{number}",
        "type": "Follow",
        "actor": actor_uri,
        "object": object_uri,
    }


async def post(
    here: Rig, body: bytes, headers: dict[str, str] | None = None, path: str = "/inbox"
) -> tuple[int, str]:
    sent = {"Content-Type": TYPE, **(headers or {})}
    data = io.BytesIO(body)
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{here.url}{path}", data=data, headers=sent) as answer,
    ):
        return answer.status, await answer.text()


async def signed(
    key: SigningKey, here: Rig, body: bytes, *, at: int | None = None
) -> dict[str, str]:
    return cavage.sign(
        key.key_id, key.private_key, "POST", f"{here.url}/inbox", at or now_ms(), body
    )


async def test_what_no_inbox_takes(engine: str) -> None:
    async with testrig.network(engine) as here:
        lan = f"{here.url}/users/lan"
        assert (await post(here, b"{}", {"Content-Type": "application/json"}))[0] == 415
        assert (await post(here, b"{"))[0] == 400
        assert (await post(here, b"[]"))[0] == 400
        assert (await post(here, b'{"type": "Follow"}'))[0] == 400
        assert (await post(here, b'{"type": "Follow", "actor": "x", "object": "y"}'))[0] == 400
        assert (await post(here, b"[" * 100_000))[0] == 400
        assert (await post(here, b'{"object":' * 90 + b"1" + b"}" * 90))[0] == 400
        assert (await post(here, b" " * (1024 * 1024 + 1)))[0] == 413
        unsigned = msgspec.json.encode(follow(EXAMPLE, lan))
        assert (await post(here, unsigned))[0] == 401
        own = msgspec.json.encode(follow(lan, EXAMPLE))
        assert (await post(here, own))[0] == 403
        assert (await post(here, unsigned, path="/users/nobody/inbox"))[0] == 404
        assert await journal(here) == []


async def test_a_body_of_the_largest_size_is_read(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        mai = await people.join(there.network, "mai")
        mai_uri = f"{there.url}/users/mai"
        activity = {"id": f"{mai_uri}#1", "type": "View", "actor": mai_uri, "object": here.url}
        activity["content"] = "x" * (1024 * 1024 - 8000)
        assert await send(there, mai.account_id, here, activity) == 202
        assert len(await journal(here)) == 1
        await here.work()
        assert await journal(here) == []


async def test_the_end_of_an_unknown_account_costs_nothing(engine: str) -> None:
    async with testrig.network(engine) as here:
        gone = {"id": f"{EXAMPLE}#delete", "type": "Delete", "actor": EXAMPLE, "object": EXAMPLE}
        assert (await post(here, msgspec.json.encode(gone)))[0] == 202
        post_gone = {**gone, "object": {"id": f"{EXAMPLE}/1", "type": "Tombstone"}}
        assert (await post(here, msgspec.json.encode(post_gone)))[0] == 202
        assert await journal(here) == []


async def test_signatures_have_to_hold(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        await people.join(here.network, "lan")
        mai, other = await people.join(there.network, "mai"), await people.join(there.network, "an")
        mai_uri, lan_uri = f"{there.url}/users/mai", f"{here.url}/users/lan"
        await remote_accounts.by_uri(here.network, mai_uri)
        key = await keys.signing_key(there.network, mai.account_id)
        body = msgspec.json.encode(follow(mai_uri, lan_uri))

        good = await signed(key, here, body)
        changed = body.replace(b"follows/1", b"follows/2")
        status, reason = await post(here, changed, good)
        assert status == 401
        assert "digest" in reason.lower()
        with_digest = {**good, "Digest": digest(changed)} if "Digest" in good else good
        assert (await post(here, changed, with_digest))[0] == 401
        stale = await signed(key, here, body, at=now_ms() - 13 * 3_600_000)
        status, reason = await post(here, body, stale)
        assert (status, "too old" in reason) == (401, True)

        await remote_accounts.by_uri(here.network, f"{there.url}/users/an")
        others = await keys.signing_key(there.network, other.account_id)
        wrong_key = SigningKey(
            key.account_id,
            key.actor_uri,
            key.key_id,
            others.private_key,
            key.ed25519_key_id,
            key.ed25519_private_key,
        )
        assert (await post(here, body, await signed(wrong_key, here, body)))[0] == 401
        assert await journal(here) == []

        # Of another actor it is taken, as passed on; and is worth nothing without proof inside.
        assert (await post(here, body, await signed(others, here, body)))[0] == 202
        await here.work()
        assert await here.network.db.fetch_value("SELECT count(*) FROM follows") == 0
        assert await journal(here) == []

        assert (await post(here, body, good))[0] == 202
        await here.work()
        assert await here.network.db.fetch_value("SELECT count(*) FROM follows") == 1


async def test_a_key_that_was_replaced_is_fetched_once(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        await people.join(here.network, "lan")
        mai, an = await people.join(there.network, "mai"), await people.join(there.network, "an")
        mai_uri = f"{there.url}/users/mai"
        known = await remote_accounts.by_uri(here.network, mai_uri)
        old = await keys.signing_key(there.network, mai.account_id)
        other = await keys.signing_key(there.network, an.account_id)
        for column in ("public_key", "private_key"):
            sql = f"""UPDATE accounts SET {column} =
                (SELECT {column} FROM accounts WHERE id = :an)
                WHERE id = :mai"""
            await there.network.db.execute(sql, {"an": an.account_id, "mai": mai.account_id})
        new = msgspec.structs.replace(old, private_key=other.private_key)
        body = msgspec.json.encode(follow(mai_uri, f"{here.url}/users/lan"))
        assert (await post(here, body, await signed(new, here, body)))[0] == 401, "just fetched"
        sql = "UPDATE accounts SET fetched_at = 1 WHERE id = :id"
        await here.network.db.execute(sql, {"id": known.id})
        verification.forget(here.network.db, old.key_id)
        assert (await post(here, body, await signed(new, here, body)))[0] == 202
        await here.work()
        assert await here.network.db.fetch_value("SELECT count(*) FROM follows") == 1
        again = msgspec.json.encode(follow(mai_uri, f"{here.url}/users/lan", 2))
        assert (await post(here, again, await signed(new, here, again)))[0] == 202
        assert (await post(here, again, await signed(old, here, again)))[0] == 401


async def test_the_same_activity_five_times_at_once(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        await people.join(here.network, "lan")
        mai = await people.join(there.network, "mai")
        activity = follow(f"{there.url}/users/mai", f"{here.url}/users/lan")
        answers = await asyncio.gather(
            *(send(there, mai.account_id, here, activity) for _ in range(5))
        )
        assert set(answers) == {202}
        await here.work()
        lan = await accounts.get_by_handle(here.network.db, "lan")
        assert lan and lan.followers_count == 1
        accepted = await here.network.db.fetch_value("SELECT count(*) FROM handled_activities")
        assert accepted == 1


async def test_someone_may_follow_again_under_the_same_id(engine: str) -> None:
    """As Misskey does."""
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan = await people.join(here.network, "lan")
        mai = await people.join(there.network, "mai")
        wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan")
        end = {"id": f"{wish['id']}/undo", "type": "Undo", "actor": wish["actor"], "object": wish}
        for _ in range(3):
            for activity, expected in ((wish, 1), (wish, 1), (end, 0), (end, 0)):
                assert await send(there, mai.account_id, here, activity) == 202
                await here.work()
                account = await accounts.get(here.network.db, lan.account_id)
                assert account and account.followers_count == expected


async def test_an_undo_that_is_faster_than_what_it_undoes(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan")
        end = {"id": f"{wish['id']}#u", "type": "Undo", "actor": wish["actor"], "object": wish}
        assert await send(there, mai.account_id, here, end) == 202
        await here.work()
        assert await send(there, mai.account_id, here, wish) == 202
        await here.work()
        account = await accounts.get(here.network.db, lan.account_id)
        assert account and account.followers_count == 0


async def test_blocked_servers_and_accounts_are_refused(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        await people.join(here.network, "lan")
        mai = await people.join(there.network, "mai")
        wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan")
        assert await send(there, mai.account_id, here, wish) == 202
        await block(here, there.network.settings.host)
        assert await send(there, mai.account_id, here, {**wish, "id": f"{wish['id']}2"}) == 403
        await here.work()  # what was taken before is not handled after
        assert await here.network.db.fetch_value("SELECT count(*) FROM follows") == 0
        assert await journal(here) == []


async def block(rig: Rig, domain: str) -> None:
    sql = """INSERT INTO domain_policies (domain, severity, rule_text, reason, created_at,
        updated_at) VALUES (:domain, 'block', '', '', 0, 0)"""
    await rig.network.db.execute(sql, {"domain": domain})
    policies.forget(rig.network)


async def test_so_much_of_unknown_keys_waits_and_no_more(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MAX_UNVERIFIED", 3)
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        answers: list[int] = []
        for number in range(5):
            wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan", number)
            answers.append(await send(there, mai.account_id, here, wish))
        assert answers == [202, 202, 202, 429, 429]
        await here.work()
        assert await journal(here) == []

        async def has(tx: Any) -> Any:
            return await follows.get(tx, "follows", mai_here, lan.account_id)

        mai_here = (await remote_accounts.by_uri(here.network, f"{there.url}/users/mai")).id
        assert await here.network.db.transaction(has)
        wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan", 9)
        assert await send(there, mai.account_id, here, wish) == 202


async def test_strangers_who_do_not_mean_us_are_not_looked_up(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        mai = await people.join(there.network, "mai")
        mai_uri = f"{there.url}/users/mai"
        like = {"id": f"{mai_uri}#1", "type": "Like", "actor": mai_uri, "object": f"{EXAMPLE}/1"}
        assert await send(there, mai.account_id, here, like) == 202
        profile = {"id": f"{mai_uri}#2", "type": "Update", "actor": mai_uri, "object": mai_uri}
        assert await send(there, mai.account_id, here, profile) == 202
        assert await journal(here) == []


async def dripped(here: Rig, chunks: list[bytes], head: str) -> bytes:
    """All that the door answers to a body that comes bit by bit, until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(here.url.rpartition(":")[2]))
    writer.write(f"POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\n{head}".encode())

    async def drip() -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(10):
        dripping = asyncio.create_task(drip())
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            dripping.cancel()
            writer.close()


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        ("Content-Length: 1000000\r\n\r\n", b" "),
        ("Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
)
async def test_who_sends_byte_by_byte_is_hung_up_on(
    head: str, chunk: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However steadily: the time between two bytes is not what counts."""
    monkeypatch.setattr("noi.federation.inbox.BODY_SECONDS", 0.3)
    async with testrig.network("sqlite") as here:
        answer = await dripped(here, [chunk] * 10_000, head)
        # What still comes may reset the connection before the answer is read.
        assert not answer or answer.startswith(b"HTTP/1.1 408 ")
        assert await journal(here) == []


async def test_who_drips_holds_nobody_up(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        await people.join(here.network, "lan")
        mai = await people.join(there.network, "mai")
        head = "Content-Length: 1000\r\n\r\n"
        slow = [asyncio.create_task(dripped(here, [b" "] * 1000, head)) for _ in range(50)]
        wish = follow(f"{there.url}/users/mai", f"{here.url}/users/lan")
        async with asyncio.timeout(5):
            assert await send(there, mai.account_id, here, wish) == 202
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_body_in_pieces_is_read(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        mai = await people.join(there.network, "mai")
        await people.join(here.network, "lan")
        key = await keys.signing_key(there.network, mai.account_id)
        body = msgspec.json.encode(follow(f"{there.url}/users/mai", f"{here.url}/users/lan"))
        headers = await signed(key, here, body)

        async def pieces() -> AsyncGenerator[bytes]:
            for at in range(0, len(body), 50):
                await asyncio.sleep(0.01)
                yield body[at : at + 50]

        sent = {"Content-Type": TYPE, **headers}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{here.url}/inbox", data=pieces(), headers=sent) as answer,
        ):
            assert answer.status == 202
        assert len(await journal(here)) == 1
