"""Outgoing e-mail: plain UTF-8 text, one message to one person, over one short connection.

The library's parts for e-mail are imported with the first message, so that no start waits for them.
"""

import asyncio
import hashlib
import ssl
import unicodedata
from contextlib import suppress
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from noi.config import ConfigError, Settings, host_name
from noi.transport.errors import Refused, Unreachable

if TYPE_CHECKING:
    import smtplib
    from collections.abc import Iterable
    from email.headerregistry import Address
    from email.message import EmailMessage

TIMEOUT_SECONDS = 20.0


class Server(msgspec.Struct, frozen=True):
    """Where mail is handed in: `tls` from the first byte, `starttls` upgraded or not at all."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


class Mailer:
    """Sends messages through the server of `settings.smtp`; raises ConfigError on a bad one."""

    def __init__(self, settings: Settings, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = parse_server(settings.smtp) if settings.smtp else None
        self._host = host_name(settings.host).strip("[]")
        self._sender = settings.mail_from or f"noreply@{self._host}"
        self._timeout = timeout

    @property
    def configured(self) -> bool:
        """Whether there is a mail server to send through."""
        return self._server is not None

    async def send(self, to: str, subject: str, body: str) -> None:
        """Hand one message to the mail server.

        Raises Refused when trying again will not help (no server set, an address or message that
        is refused for good) and Unreachable when it may.
        """
        if self._server is None:
            raise Refused("no mail server is set")
        message = build_message(self._sender, to, subject, body, self._host)
        await asyncio.to_thread(_hand_in, self._server, message, self._host, self._timeout)

    async def check(self) -> None:
        """Sign in at the mail server and send nothing; raises as `send` does."""
        if self._server is None:
            raise Refused("no mail server is set")
        await asyncio.to_thread(_hand_in, self._server, None, self._host, self._timeout)


def parse_server(url: str) -> Server:
    """Read `smtp://user:password@host:587?starttls=1` or `smtps://…`; raises ConfigError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("smtp: the port is not a number") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError("smtp: use smtp://USER:PASSWORD@HOST:587?starttls=1 or smtps://…")
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        starttls=parse_qs(parts.query).get("starttls", ["0"])[-1] not in ("0", "off", "false"),
    )


def build_message(sender: str, to: str, subject: str, body: str, host: str) -> "EmailMessage":
    """A text message from this server; raises Refused when `to` is no address.

    The Message-ID follows from the content, so that a message sent again after a crash is
    recognised as the same. `Auto-Submitted` (RFC 3834) keeps holiday answers away.
    """
    from email import policy
    from email.errors import MessageError
    from email.message import EmailMessage

    message = EmailMessage(policy=policy.SMTP)
    digest = hashlib.sha256("\0".join((to, subject, body)).encode()).hexdigest()[:40]
    try:
        message["From"] = _address(sender)
        message["To"] = _address(to)
        message["Subject"] = _one_line(subject)
        message["Message-ID"] = f"<{digest}@{host}>"
    except (ValueError, IndexError, MessageError):
        raise Refused("not an e-mail address") from None
    message["Date"] = formatdate(usegmt=True)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(body, charset="utf-8")
    return message


def _address(text: str) -> "Address":
    from email.headerregistry import Address

    name, spec = parseaddr(text)
    local, _, domain = spec.rpartition("@")
    if not local or not domain or " " in spec or any(map(_is_control, text)):
        raise ValueError(text)
    domain = domain if domain.isascii() else domain.encode("idna").decode()
    return Address(display_name=_one_line(name), addr_spec=f"{local}@{domain}")


def _one_line(text: str) -> str:
    return " ".join("".join(" " if _is_control(char) else char for char in text).split())


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")


def _hand_in(server: Server, message: "EmailMessage | None", host: str, timeout: float) -> None:
    import smtplib

    try:
        connection = _connect(server, host, timeout)
        try:
            if server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            if message is None:
                connection.ehlo_or_helo_if_needed()
            else:
                connection.send_message(message)
            # The message is accepted by now: a peer that says goodbye badly does not undo that.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()
    except smtplib.SMTPRecipientsRefused as error:
        codes: Iterable[int] = (code for code, _ in error.recipients.values())
        raise _failure(max(codes), "the recipient was refused") from None
    except smtplib.SMTPResponseException as error:
        raise _failure(error.smtp_code, type(error).__name__) from None
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"the mail server lacks a feature: {error}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"the mail server does not answer: {error}") from None


def _connect(server: Server, host: str, timeout: float) -> "smtplib.SMTP":
    import smtplib

    if server.tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=host, timeout=timeout, context=context
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=host, timeout=timeout)


def _failure(code: int, what: str) -> Refused | Unreachable:
    """A 4xx answer passes with time, a 5xx does not (RFC 5321, 4.2.1)."""
    kind = Refused if 500 <= code < 600 else Unreachable
    return kind(f"mail server: {what} ({code})")
