"""A mail server for tests."""

import asyncio
import email
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage


class Postbox:
    """A small SMTP server that keeps what it gets; `answers` overrides replies by verb."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.messages: list[EmailMessage] = []
        self.lines: list[str] = []
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 postbox ESMTP\r\n")
        while line := (await reader.readline()).decode():
            self.lines.append(line.strip())
            verb = line.split()[0].upper()
            writer.write((self.answers.get(verb) or self.reply(verb)).encode() + b"\r\n")
            if verb == "QUIT":
                break
            if verb == "DATA" and verb not in self.answers:
                raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                self.messages.append(email.message_from_bytes(raw, policy=policy.default))
                writer.write(b"250 kept\r\n")
        writer.close()

    def reply(self, verb: str) -> str:
        extensions = "250-postbox\r\n250-AUTH PLAIN\r\n250 8BITMIME"
        return {
            "EHLO": extensions,
            "AUTH": "235 welcome",
            "DATA": "354 go on",
            "QUIT": "221 bye",
        }.get(verb, "250 ok")


@asynccontextmanager
async def postbox(answers: dict[str, str] | None = None) -> AsyncGenerator[Postbox]:
    box = Postbox(answers or {})
    server = await asyncio.start_server(box.handle, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
