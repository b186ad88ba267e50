"""What surrounds every request, whichever door takes it: its id and its line in the access log."""

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from noi.models.ids import IdGenerator

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("noi.http")


def with_request_ids(app: App, ids: IdGenerator, *, access_log: bool) -> App:
    """Give every HTTP answer an `X-Request-Id`, and log a line for it where that is wanted."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = f"{ids.next():x}"
        scope["request_id"] = request_id
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await app(scope, receive, answer)
        finally:
            if access_log:
                _log_request(scope, request_id, status, time.perf_counter() - began)

    return handle


def _log_request(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    fields = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "ms": round(seconds * 1000, 1),
        "id": request_id,
    }
    _log.info("request", extra={"fields": fields})
