"""Logs: one line an event on standard error, as `key=value` pairs after the message.

Neither addresses of people nor query strings are written, for both can be personal.
"""

import logging
import time
from collections.abc import Mapping

import msgspec


class LineFormatter(logging.Formatter):
    """`2026-01-31T08:15:00.123Z info noi.http request status=200 …`; a value is quoted at need."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        parts = [
            f"{moment}.{int(record.msecs):03}Z",
            record.levelname.lower(),
            record.name,
            record.getMessage().replace("\n", " "),
        ]
        fields: Mapping[str, object] = getattr(record, "fields", {})
        parts += [f"{name}={_quoted(str(value))}" for name, value in fields.items()]
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def start(level: str) -> None:
    """Send the logs of this process and its children to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _quoted(value: str) -> str:
    plain = value and all(char.isprintable() and char not in ' "=' for char in value)
    return value if plain else msgspec.json.encode(value).decode()
