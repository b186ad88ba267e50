import asyncio
import email
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.transport.postbox import Postbox, postbox

from noi.config import ConfigError, Settings
from noi.transport.errors import Refused, Unreachable
from noi.transport.smtp import Mailer, Server, build_message, parse_server

HOST = "noi.example"


def send(
    box_answers: dict[str, str] | None = None,
    *,
    query: str = "",
    to: str = "lan@example.org",
) -> Postbox:
    async def run() -> Postbox:
        async with postbox(box_answers) as box:
            settings = Settings(
                smtp=f"smtp://m%40x:p%2Fw@127.0.0.1:{box.port}{query}",
                mail_from="Nối <noi@noi.example>",
                host=HOST,
            )
            await Mailer(settings).send(to, "Xác nhận địa chỉ", "Chào Lan,\n\n.\nhttps://x\n")
            return box

    return asyncio.run(run())


def test_a_message_arrives_whole() -> None:
    box = send()
    (message,) = box.messages
    assert message["From"] == "Nối <noi@noi.example>"
    assert message["To"] == "lan@example.org"
    assert message["Subject"] == "Xác nhận địa chỉ"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@noi.example>")
    assert message["Date"].endswith("+0000")
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == "Chào Lan,\n\n.\nhttps://x\n"
    assert box.lines[0] == "ehlo noi.example"
    assert "AUTH PLAIN AG1AeABwL3c=" in box.lines


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": "550 no such person"}, Refused),
        ({"RCPT": "451 later"}, Unreachable),
        ({"MAIL": "550 not you"}, Refused),
        ({"AUTH": "535 wrong"}, Refused),
        ({"DATA": "421 closing"}, Unreachable),
        ({"DATA": "554 spam"}, Refused),
    ],
)
def test_refusals_say_whether_to_try_again(answers: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        send(answers)


def test_a_bad_goodbye_does_not_undo_a_delivery() -> None:
    assert len(send({"QUIT": "500 what"}).messages) == 1


def test_never_without_the_encryption_that_was_asked_for() -> None:
    with pytest.raises(Refused):
        send(query="?starttls=1")


def test_a_missing_or_silent_server_is_unreachable() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable):
            mailer = Mailer(Settings(smtp=f"smtp://127.0.0.1:{port}"), timeout=0.1)
            await mailer.send("a@b.example", "s", "b")
        server.close()
        with pytest.raises(Unreachable):
            await Mailer(Settings(smtp="smtp://127.0.0.1:1")).send("a@b.example", "s", "b")

    asyncio.run(run())


def test_without_a_server_nothing_is_sent() -> None:
    mailer = Mailer(Settings())
    assert not mailer.configured
    with pytest.raises(Refused):
        asyncio.run(mailer.send("a@b.example", "s", "b"))


def test_settings_are_read() -> None:
    assert parse_server("smtp://u%40x:p@mail.example:2525?starttls=1") == Server(
        "mail.example", 2525, "u@x", "p", tls=False, starttls=True
    )
    assert parse_server("smtps://mail.example") == Server(
        "mail.example", 465, "", "", tls=True, starttls=False
    )
    assert parse_server("smtp://mail.example?starttls=0").port == 587
    for bad in ("mail.example", "http://mail.example", "smtp://", "smtp://h:port"):
        with pytest.raises(ConfigError):
            parse_server(bad)


@pytest.mark.parametrize(
    "to",
    ["", "lan", "@x", "lan@", "a@b\r\nBcc: c@d.example", "a@b.example\nX: y", "a b@c.example"],
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(Refused):
        build_message("noi@x.example", to, "s", "b", HOST)


def test_addresses_in_other_scripts_keep_their_domain() -> None:
    message = build_message("noi@x.example", "lan@bưởi.example", "s", "b", HOST)
    assert message["To"].startswith("lan@xn--")


def test_the_same_message_has_the_same_id() -> None:
    first = build_message("noi@x.example", "a@b.example", "s", "b", HOST)["Message-ID"]
    assert build_message("noi@x.example", "a@b.example", "s", "b", HOST)["Message-ID"] == first
    assert build_message("noi@x.example", "a@b.example", "s", "c", HOST)["Message-ID"] != first


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_subject_or_recipient_adds_a_header(subject: str, to: str) -> None:
    try:
        message = build_message("noi@x.example", to or "a@b.example", subject, "body", HOST)
    except Refused:
        message = build_message("noi@x.example", "a@b.example", subject, "body", HOST)
    parsed = email.message_from_bytes(message.as_bytes(), policy=policy.default)
    assert sorted(parsed.keys()) == sorted(message.keys())
    assert len(parsed.keys()) == 10
    assert parsed.get_content().strip() == "body"
