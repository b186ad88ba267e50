"""Settings: one frozen struct, from defaults, `noi.toml`, `NOI_…` variables and flags."""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import msgspec

LOG_LEVELS = ("debug", "info", "warning", "error")


class ConfigError(Exception):
    """A setting that cannot be used; the message says which one and how to mend it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting of a network. `docs/settings.md` documents each field by its name."""

    bind: str = "127.0.0.1:8000"
    host: str = "localhost:8000"
    data: Path = Path("data")
    database: str = ""
    web_processes: int = 1
    worker_processes: int = 1
    trusted_proxies: str = "127.0.0.0/8,::1/128"
    rate_limits: bool = True
    smtp: str = ""
    mail_from: str = ""
    log_level: str = "info"
    access_log: bool = True
    metrics: bool = False
    federation_private_peers: str = ""
    federation_authorized_fetch: bool = False
    federation_allow_list: bool = False
    remote_media_cache_bytes: int = 5 * 1024 * 1024 * 1024
    max_image_bytes: int = 16 * 1024 * 1024
    max_video_bytes: int = 99 * 1024 * 1024
    remote_media_days: int = 30
    unused_media_hours: int = 24

    @property
    def secure(self) -> bool:
        """Whether people reach this network over https (every host but local ones)."""
        return not is_local_host(self.host)

    @property
    def origin(self) -> str:
        """Scheme and authority of every address this network makes, without a slash at the end."""
        return _origin(self.host)

    def owns(self, uri: str) -> bool:
        """Whether an address is one of those that this network makes."""
        return uri.startswith(f"{self.origin}/")

    @property
    def streaming_origin(self) -> str:
        """The same authority for WebSockets."""
        return f"{'wss' if self.secure else 'ws'}://{self.host}"

    @property
    def database_url(self) -> str:
        """`sqlite:PATH` or `postgresql://…`; an SQLite file in the data folder unless set."""
        return self.database or f"sqlite:{self.data / 'noi.sqlite'}"

    @property
    def media_folder(self) -> Path:
        return self.data / "media"


@lru_cache(maxsize=16)
def _origin(host: str) -> str:
    return f"{'http' if is_local_host(host) else 'https'}://{host}"


def is_local_host(host: str) -> bool:
    """Whether `host[:port]` is `localhost`, under `.localhost`, or a loopback address."""
    name = host_name(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """`host[:port]` without its port, in lower case; IPv6 literals keep their brackets."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def bind_address(bind: str) -> tuple[str, int]:
    """Split `address:port`, as in `127.0.0.1:8000` or `[::1]:8000`; raises ConfigError."""
    address, colon, port = bind.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"bind: {bind!r} is not ADDRESS:PORT, as in 127.0.0.1:8000")
    return address.strip("[]"), int(port)


def load(
    flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Read settings; later sources win: defaults, `noi.toml`, environment, flags that are not None.

    `noi.toml` is looked for at `NOI_CONFIG`, else in the data folder, else in the working folder.
    Raises ConfigError with the name of the setting at fault.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    from_environ = _from_environ(environ)
    data = Path(str(given.get("data") or from_environ.get("data") or "data"))
    values = {**_from_file(_config_file(environ, data)), **from_environ, **given}
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings: {error}") from None
    _check(settings)
    if "host" not in values:
        # Nobody but this machine reaches it then, and only at the port that it listens on.
        port = bind_address(settings.bind)[1]
        settings = msgspec.structs.replace(settings, host=f"localhost:{port}")
    return settings


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        value = environ.get(f"NOI_{name.upper()}")
        if value is not None:
            values[name] = _BOOLEANS.get(value.lower(), value)
    return values


_BOOLEANS = {"on": "true", "off": "false", "yes": "true", "no": "false"}


def _config_file(environ: Mapping[str, str], data: Path) -> Path | None:
    if named := environ.get("NOI_CONFIG"):
        return Path(named)
    return next((path for path in (data / "noi.toml", Path("noi.toml")) if path.is_file()), None)


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return _flattened(tomllib.loads(path.read_text()))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _flattened(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`private_peers` in a table `[federation]` is the setting `federation_private_peers`."""
    values: dict[str, Any] = {}
    for name, value in table.items():
        inner = cast("dict[str, Any]", value) if isinstance(value, dict) else None
        values |= (
            {f"{prefix}{name}": value} if inner is None else _flattened(inner, f"{prefix}{name}_")
        )
    return values


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)


def _check(settings: Settings) -> None:
    bind_address(settings.bind)
    if not settings.host or "/" in settings.host or settings.host != settings.host.lower():
        raise ConfigError(f"host: {settings.host!r} is not a lower-case HOST or HOST:PORT")
    if not settings.database_url.startswith(("sqlite:", "postgresql://", "postgres://")):
        raise ConfigError("database: use sqlite:PATH or postgresql://USER@HOST/NAME")
    if settings.log_level not in LOG_LEVELS:
        raise ConfigError(f"log_level: use one of {', '.join(LOG_LEVELS)}")
    for name in ("trusted_proxies", "federation_private_peers"):
        networks(getattr(settings, name), name)
    for name in ("web_processes", "worker_processes"):
        if not 1 <= getattr(settings, name) <= 32:
            raise ConfigError(f"{name}: must be between 1 and 32")


def networks(
    text: str, name: str = "networks"
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Parse a comma-separated list of CIDR networks; raises ConfigError that names the setting."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None
