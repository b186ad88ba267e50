"""Streaming over HTTP, mostly with a second process of the same network doing the writing."""

import asyncio
import importlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

import listening
import testrig
from listening import Stream
from noi.api import streaming_events
from noi.db import live
from noi.db.database import Transaction
from noi.models.live import LiveEvent, LiveKind
from noi.models.moderation import EnforcementAction
from noi.services import applications, enforcements, oauth
from testrig import Rig

mastodon: Any = importlib.import_module("mastodon")  # it is only partly typed


class Town:
    """Lan, who listens in one process, and Minh, who writes in another."""

    def __init__(self, rig: Rig, other: Rig) -> None:
        self.rig, self.other = rig, other
        self.lan = self.minh = ""

    async def call(self, token: str, method: str, path: str, **data: object) -> Any:
        async with self.other.client(token) as client:
            answer = await client.request(method, path, json=data)
            assert answer.status == 200, await answer.text()
            await self.other.work()
            return await answer.json()

    async def post(self, text: str, **more: object) -> str:
        """Minh posts; answers the status's id."""
        status = await self.call(self.minh, "POST", "/api/v1/statuses", status=text, **more)
        return status["id"]

    async def minh_id(self) -> int:
        return await self.rig.account_id("minh")


@asynccontextmanager
async def town(engine: str, *, followed: bool = True) -> AsyncGenerator[Town]:
    async with testrig.network(engine) as rig, testrig.another_process(rig) as other:
        made = Town(rig, other)
        made.lan, made.minh = await rig.create_account("lan"), await rig.create_account("minh")
        await made.call(made.lan, "GET", "/api/v1/timelines/home")
        if followed:
            await made.call(made.lan, "POST", f"/api/v1/accounts/{await made.minh_id()}/follow")
        yield made


@asynccontextmanager
async def open_stream(here: Town, transport: str, stream: str) -> AsyncGenerator[Stream]:
    async with AsyncExitStack() as stack:
        if transport == "socket":
            yield await stack.enter_async_context(listening.socket(here.rig, here.lan, stream))
        else:
            path = stream.replace(":", "/")
            opened = listening.event_stream(here.rig, here.lan, path)
            yield await stack.enter_async_context(opened)


@pytest.fixture(params=["events", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_home_hears_new_edited_and_deleted_statuses(engine: str, transport: str) -> None:
    async with town(engine) as here, open_stream(here, transport, "user") as stream:
        status_id = await here.post("Chào buổi sáng")
        heard = await stream.next()
        assert (heard.event, heard.payload["id"]) == ("update", status_id)
        assert heard.payload["favourited"] is False
        assert heard.payload["account"]["username"] == "minh"

        await here.call(here.minh, "PUT", f"/api/v1/statuses/{status_id}", status="Chào buổi trưa")
        heard = await stream.next()
        assert heard.event == "status.update"
        assert "trưa" in heard.payload["content"]

        await here.call(here.minh, "DELETE", f"/api/v1/statuses/{status_id}")
        heard = await stream.next()
        assert (heard.event, str(heard.payload)) == ("delete", status_id)


async def test_private_statuses_reach_followers_only(engine: str, transport: str) -> None:
    async with town(engine, followed=False) as here, AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(open_stream(here, transport, name))
            for name in ("user", "public", "public:local", "direct")
        ]
        secret = await here.post("Chỉ cho người theo dõi", visibility="private")
        await here.call(here.minh, "PUT", f"/api/v1/statuses/{secret}", status="Vẫn là bí mật")
        await here.call(here.minh, "DELETE", f"/api/v1/statuses/{secret}")
        await here.post("Không liệt kê", visibility="unlisted")
        await here.post("Chỉ cho một mình tôi", visibility="direct")
        public = await here.post("@lan Cho mọi người")
        for name, stream in zip(("user", "public", "public:local"), streams, strict=False):
            heard = await stream.next()
            assert heard.event == ("notification" if name == "user" else "update")
            status = heard.payload["status"] if name == "user" else heard.payload
            assert status["id"] == public

        await here.call(here.lan, "POST", f"/api/v1/accounts/{await here.minh_id()}/follow")
        secret = await here.post("Giờ bạn thấy được", visibility="private")
        heard = await streams[0].next()
        assert heard.payload["id"] == secret
        direct = await here.post("@lan riêng cho bạn", visibility="direct")
        heard = await streams[3].next()
        assert heard.event == "conversation"
        assert heard.payload["last_status"]["id"] == direct
        assert heard.payload["unread"] is True


async def test_blocked_muted_and_filtered_people_are_not_heard(engine: str) -> None:
    async with town(engine) as here, open_stream(here, "socket", "public") as stream:
        hoa = await here.rig.create_account("hoa")
        for verb, undo in (("mute", "unmute"), ("block", "unblock")):
            await here.call(here.lan, "POST", f"/api/v1/accounts/{await here.minh_id()}/{verb}")
            await here.post("Lan không nghe thấy")
            heard_id = (await here.call(hoa, "POST", "/api/v1/statuses", status="Nghe được"))["id"]
            assert (await stream.next()).payload["id"] == heard_id
            await here.call(here.lan, "POST", f"/api/v1/accounts/{await here.minh_id()}/{undo}")
        words = [{"keyword": "bóng đá", "whole_word": True}]
        await here.call(
            here.lan,
            "POST",
            "/api/v2/filters",
            title="Thể thao",
            context=["public"],
            filter_action="hide",
            keywords_attributes=words,
        )
        await here.post("Tối nay xem bóng đá")
        heard_id = await here.post("Tối nay đọc sách")
        assert (await stream.next()).payload["id"] == heard_id


async def test_filters_changed_and_notifications(engine: str, transport: str) -> None:
    async with (
        town(engine) as here,
        open_stream(here, transport, "user") as stream,
        open_stream(here, transport, "user:notification") as notices,
    ):
        filter_ = {"title": "Thể thao", "context": ["home"]}
        await here.call(here.lan, "POST", "/api/v2/filters", **filter_)
        heard = await stream.next()
        assert heard.event == "filters_changed"
        own = await here.call(here.lan, "POST", "/api/v1/statuses", status="Của Lan")
        assert (await stream.next()).payload["id"] == own["id"]
        await here.call(here.minh, "POST", f"/api/v1/statuses/{own['id']}/favourite")
        for one in (stream, notices):
            heard = await one.next()
            assert (heard.event, heard.payload["type"]) == ("notification", "favourite")
            assert heard.payload["account"]["username"] == "minh"
            assert heard.payload["status"]["id"] == own["id"]


async def test_one_socket_carries_many_streams(engine: str) -> None:
    async with town(engine) as here, listening.socket(here.rig, here.lan) as socket:
        new_list = await here.call(here.lan, "POST", "/api/v1/lists", title="Bạn")
        await here.call(
            here.lan,
            "POST",
            f"/api/v1/lists/{new_list['id']}/accounts",
            account_ids=[str(await here.minh_id())],
        )
        wanted = [
            {"stream": "public"},
            {"stream": "public:media"},
            {"stream": "public:remote"},
            {"stream": "public:local"},
            {"stream": "hashtag", "tag": "HàNội"},
            {"stream": "hashtag:local", "tag": "hanoi"},
            {"stream": "hashtag", "tag": "huế"},
            {"stream": "list", "list": new_list["id"]},
        ]
        for one in wanted:
            await socket.ask(type="subscribe", **one)
        await socket.ask(type="bad", stream="public")
        assert (await socket.frame())["status"] == 400
        status_id = await here.post("Trời đẹp #HàNội")
        heard = [await socket.next() for _ in range(5)]
        assert {one.payload["id"] for one in heard} == {status_id}
        assert sorted(one.stream for one in heard) == [
            ["hashtag", "HàNội"],
            ["hashtag:local", "hanoi"],
            ["list", new_list["id"]],
            ["public"],
            ["public:local"],
        ]
        for one in wanted[:-1]:
            await socket.ask(type="unsubscribe", **one)
        await socket.ask(type="bad", stream="public")
        await socket.frame()
        await here.call(here.minh, "DELETE", f"/api/v1/statuses/{status_id}")
        heard_one = await socket.next()
        assert (heard_one.event, heard_one.stream) == ("delete", ["list", new_list["id"]])


async def test_media_streams_need_media() -> None:
    async with (
        town("sqlite") as here,
        listening.event_stream(here.rig, here.lan, "public?only_media=true") as stream,
    ):
        await here.post("Không có ảnh")
        status_id = int(await here.post("Có ảnh"))
        # Uploading is tested elsewhere: here only the mark on the status matters.
        await here.rig.network.db.execute(
            "UPDATE statuses SET has_media = 1 WHERE id = :id", {"id": status_id}
        )
        edit = LiveEvent(LiveKind.STATUS_EDIT, status_id)
        await here.rig.network.db.transaction(lambda tx: live.publish(tx, edit))
        heard = await stream.next()
        assert heard.payload["id"] == str(status_id)


@pytest.mark.parametrize("how", ["revoked", "disabled"])
async def test_streams_end_with_their_token(engine: str, transport: str, how: str) -> None:
    async with town(engine) as here, open_stream(here, transport, "public") as stream:
        await _end_access(here.other, "lan", disable=how == "disabled")
        with pytest.raises(EOFError):
            await stream.next()
        async with here.rig.client(here.lan) as client:
            answer = await client.get("/api/v1/streaming/public")
            assert answer.status == (403 if how == "disabled" else 401)


async def _end_access(rig: Rig, name: str, *, disable: bool) -> None:
    account_id = await rig.account_id(name)
    if disable:
        await enforcements.enforce(
            rig.network,
            None,
            EnforcementAction.DISABLE,
            account_id=account_id,
            rule="Tôn trọng nhau",
            reason="Thử",
        )
        return
    for app in await oauth.authorized_apps(rig.network, account_id):
        await oauth.revoke_own(rig.network, account_id, app.token_id)


async def test_refusals(engine: str) -> None:
    async with testrig.network(engine) as rig:
        token = await rig.create_account("lan")
        for path, given, status, error in (
            ("user", "", 401, "Missing access token"),
            ("public", "wrong", 401, "Invalid access token"),
            ("hashtag", token, 400, "Missing tag name parameter"),
            ("list", token, 400, "Missing list name parameter"),
            ("list?list=1", token, 401, "Not authorized to stream this list"),
        ):
            async with rig.client(given) as client:
                answer = await client.get(f"/api/v1/streaming/{path}")
                assert (answer.status, await answer.json()) == (status, {"error": error}), path
        async with rig.client(token) as client:
            assert (await client.get("/api/v1/streaming/nothing")).status == 404
            assert (await client.get("/api/v1/streaming")).status == 404
            assert await (await client.get("/api/v1/streaming/health")).text() == "OK"


async def test_socket_answers_errors_in_frames() -> None:
    async with testrig.network("sqlite") as rig:
        token = await rig.create_account("lan")
        async with listening.socket(rig, token) as socket:
            await socket.socket.send_str("{")
            assert await socket.frame() == {"error": "The message cannot be read", "status": 400}
            await socket.socket.send_str("[" * 5000)
            assert await socket.frame() == {"error": "The message is too long", "status": 400}
            await socket.ask(type="subscribe", stream="nothing")
            assert await socket.frame() == {"error": "Unknown stream type", "status": 400}
            for number in range(51):
                await socket.ask(type="subscribe", stream="hashtag", tag=f"thẻ{number}")
            assert await socket.frame() == {
                "error": "Too many streams on one socket",
                "status": 400,
            }


async def test_sockets_take_the_token_from_three_places() -> None:
    async with testrig.network("sqlite") as rig:
        token = await rig.create_account("lan")
        async with rig.client() as client:
            asked = "/api/v1/streaming"
            async with client.ws_connect(f"{asked}?access_token={token}&stream=user") as one:
                await one.ping()
            async with client.ws_connect(asked, protocols=[token]) as one:
                assert one.protocol == token
            async with client.ws_connect(asked, headers={"Authorization": f"Bearer {token}"}):
                pass
            upgrade = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            }
            answer = await client.get(asked, headers=upgrade)
            assert (answer.status, await answer.json()) == (401, {"error": "Missing access token"})


async def test_narrow_scopes_open_only_their_streams() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.create_account("lan")
        account_id = await rig.account_id("lan")
        issued = await applications.create_token(rig.network, account_id, "read:notifications")
        async with listening.event_stream(rig, issued.access_token, "user/notification"):
            pass
        async with listening.event_stream(rig, issued.access_token, "public"):
            pass
        async with rig.client(issued.access_token) as client:
            answer = await client.get("/api/v1/streaming/user")
            assert answer.status == 401


async def test_nobody_opens_streams_without_end() -> None:
    async with testrig.network("sqlite", rate_limits=True) as rig, AsyncExitStack() as stack:
        token = await rig.create_account("lan")
        for _ in range(20):
            await stack.enter_async_context(listening.event_stream(rig, token, "public"))
        client = await stack.enter_async_context(rig.client(token))
        assert (await client.get("/api/v1/streaming/public")).status == 429


async def test_slow_reader_is_let_go_and_holds_nobody_up(transport: str) -> None:
    async with (
        town("sqlite") as here,
        open_stream(here, transport, "public"),  # which nobody reads
        open_stream(here, "socket", "public") as quick,
    ):
        open_now = streaming_events.door_of(here.rig.network).sessions
        event = LiveEvent(LiveKind.STATUS, int(await here.post("ồ" * 9000)))

        async def tell(tx: Transaction) -> None:
            for _ in range(50):
                await live.publish(tx, event)

        await quick.next()
        for _ in range(40):
            await here.other.network.db.transaction(tell)
            for _ in range(50):
                await quick.next()
            if len([*open_now]) == 1:
                break
        assert len([*open_now]) == 1


async def test_streams_outlive_a_lost_database_connection() -> None:
    async with town("postgresql") as here, open_stream(here, "socket", "user") as stream:
        lost = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ~ :query"
        ended = await here.other.network.db.fetch_value(lost, {"query": "^LISTEN"})
        assert ended > 0
        listening_now = "SELECT count(*) FROM pg_stat_activity WHERE query ~ :query"
        async with asyncio.timeout(listening.SECONDS):
            while not await here.other.network.db.fetch_value(listening_now, {"query": "^LISTEN"}):
                await asyncio.sleep(0.05)
        while True:
            status_id = await here.post("Kết nối lại rồi")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(listening, "SECONDS", 0.5)
                try:
                    heard = await stream.next()
                except TimeoutError:
                    continue
            assert heard.payload["id"] == status_id
            break


async def test_home_that_rests_is_built_when_its_stream_opens(engine: str) -> None:
    async with testrig.network(engine) as rig:
        token = await rig.create_account("lan")
        await rig.network.db.execute("UPDATE users SET home_built_at = NULL")
        await rig.work()
        async with listening.event_stream(rig, token, "user") as stream:
            assert await rig.work() >= 1
            async with rig.client(token) as client:
                answer = await client.post("/api/v1/statuses", json={"status": "Tôi về rồi"})
                await rig.work()
                assert (await stream.next()).payload["id"] == (await answer.json())["id"]


async def test_mastodon_py_listens() -> None:
    heard: list[tuple[str, str]] = []

    def update(status: Any) -> None:
        heard.append(("update", status.account.username))

    def delete(status_id: Any) -> None:
        heard.append(("delete", str(status_id)))

    def filters_changed() -> None:
        heard.append(("filters", ""))

    listener = mastodon.CallbackStreamListener(
        update_handler=update, delete_handler=delete, filters_changed_handler=filters_changed
    )
    async with town("sqlite") as here:
        api = await asyncio.to_thread(
            mastodon.Mastodon,
            access_token=here.lan,
            api_base_url=here.rig.url,
            version_check_mode="none",
        )
        handle = await asyncio.to_thread(api.stream_user, listener, run_async=True)
        open_now = streaming_events.door_of(here.rig.network).sessions
        async with asyncio.timeout(listening.SECONDS):
            while not open_now.owners("user"):
                await asyncio.sleep(0.02)
        status_id = await here.post("Chào ứng dụng")
        async with asyncio.timeout(listening.SECONDS):
            while not heard:  # once it is deleted, nobody would be shown it
                await asyncio.sleep(0.02)
        await here.call(here.lan, "POST", "/api/v2/filters", title="a", context=["home"])
        await here.call(here.minh, "DELETE", f"/api/v1/statuses/{status_id}")
        async with asyncio.timeout(listening.SECONDS):
            while len(heard) < 3:
                await asyncio.sleep(0.02)
        await _end_access(here.other, "lan", disable=False)  # ends its thread
        await asyncio.to_thread(handle.close)
    assert heard == [("update", "minh"), ("filters", ""), ("delete", status_id)]
