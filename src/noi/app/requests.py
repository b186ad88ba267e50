"""What surrounds every request, whichever door takes it: its id, its line in the log, its count."""

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from noi.models.ids import IdGenerator

if TYPE_CHECKING:
    from noi.app.meters import Meters

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("noi.http")


def surrounded(
    app: App, ids: IdGenerator, *, access_log: bool, meters: "Meters | None" = None
) -> App:
    """Give every HTTP answer an `X-Request-Id`; log a line for it and count it where wanted."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await (app if meters is None else meters.socket(app))(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = f"{ids.next():x}"
        scope["request_id"] = request_id
        status = 0
        streams = False

        async def answer(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                if meters is not None:
                    streams = meters.begun(scope, message, time.perf_counter() - began)
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await app(scope, receive, answer)
        finally:
            if streams and meters is not None:
                meters.stream("events", -1)
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
