"""`noi serve` with one web process that forgets its cached bytes before every request."""

import os
from typing import Any

from noi import config
from noi.api import status_bytes
from noi.app import composition, logs, web
from noi.app.requests import App, Receive, Scope, Send
from noi.jobs.presence import present


def _forgetting(app: App) -> App:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        status_bytes.forget_all()
        await app(scope, receive, send)

    return handle


async def _serve() -> None:
    settings = config.load()
    with present(composition.processes_folder(settings)) as name:
        async with composition.open_network(settings, name) as network:
            app: Any = _forgetting(web.build(network, web.make_doors()))
            server = web.server(app, settings)
            address, port = config.bind_address(settings.bind)
            server.config.host, server.config.port = address, port
            composition.on_terminate(lambda: setattr(server, "should_exit", True))
            await server.serve()


if __name__ == "__main__":
    logs.start("warning")
    print(f"started role=web pid={os.getpid()}", flush=True)
    composition.run(_serve())
