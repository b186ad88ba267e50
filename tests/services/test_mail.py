import asyncio
import re

import pytest
from tests.transport.postbox import postbox

from noi.config import ConfigError
from noi.db import jobs
from noi.models.ids import now_ms
from noi.models.jobs import SendMail
from noi.services import confirmations
from noi.transport.errors import Refused, Unreachable
from people import join
from testrig import services


def test_a_letter_reaches_its_person_in_their_language(engine: str) -> None:
    async def run() -> None:
        async with postbox() as box:
            async with services(engine, smtp=f"smtp://127.0.0.1:{box.port}") as rig:
                lan = await join(rig.network, "lan", email="lan@example.org")
                await rig.network.db.transaction(
                    lambda tx: confirmations.send(
                        tx, rig.network, lan.account_id, "lan@example.org", "vi"
                    )
                )
                await rig.work()
            (message,) = box.messages
            assert message["To"] == "lan@example.org"
            assert "localhost:8000" in message["Subject"]
            link = re.search(r"http://localhost:8000/confirm\?code=(\S+)", message.get_content())
            assert link
            assert "{" not in link[1]

    asyncio.run(run())


def test_a_message_sent_again_is_recognised_as_the_same() -> None:
    async def run() -> None:
        async with postbox() as box:
            async with services("sqlite", smtp=f"smtp://127.0.0.1:{box.port}") as rig:
                for _ in range(2):
                    await rig.network.db.transaction(
                        lambda tx: jobs.enqueue(tx, SendMail("a@b.example", "Chào", "Một lần"))
                    )
                await rig.work()
            first, second = box.messages
            assert first["Message-ID"] == second["Message-ID"]

    asyncio.run(run())


@pytest.mark.parametrize(("answer", "error"), [("451 later", Unreachable), ("550 never", Refused)])
def test_what_fails_is_tried_again(answer: str, error: type[Exception]) -> None:
    async def run() -> None:
        async with postbox({"RCPT": answer}) as box:
            async with services("sqlite", smtp=f"smtp://127.0.0.1:{box.port}") as rig:
                await rig.network.db.transaction(
                    lambda tx: jobs.enqueue(tx, SendMail("a@b.example", "Chào", "x"))
                )
                with pytest.raises(error):
                    await rig.work()
                box.answers.clear()
                await rig.work(until=now_ms() + 3_600_000)
            assert len(box.messages) == 1

    asyncio.run(run())


def test_a_bad_address_of_a_server_is_said_at_start() -> None:
    async def run() -> None:
        async with services("sqlite", smtp="http://mail.example"):
            pass

    with pytest.raises(ConfigError, match="smtp"):
        asyncio.run(run())
