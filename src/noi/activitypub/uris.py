"""Which addresses are usable, and which host owns one.

Ids are compared as exact strings; only hosts are brought into one form.
"""

import re
from functools import lru_cache

import idna

MAX_LENGTH = 2048
_REMEMBERED_LENGTH = 256

# No spaces, controls, angle brackets, backslashes, and none of the invisible characters that make
# an address look like another.
_REST = r"[^\s<>\"\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*"
_LABEL = r"[a-z0-9_-]+"
# The same in ASCII, in which nearly all are: four times as fast.
_ASCII_REST = r"[!#-;=?-\[\]-~]*"
_PLAIN = re.compile(
    rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([0-9]{{1,5}}))?(?:[/?#]{_ASCII_REST})?"
)
_ANY = re.compile(rf"(https?)://([^/?#@\[\]:\s\\]+|\[[0-9a-f:.]+\])(?::([0-9]{{1,5}}))?"
                  rf"(?:[/?#]{_REST})?", re.IGNORECASE)  # fmt: skip
_PATH = re.compile(_ASCII_REST)
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_HOST = 253
_MAX_ORIGIN = len("https://:65535") + _MAX_HOST
_PORTS = {"http": 80, "https": 443}


def ascii_host(host: str) -> str:
    """A host in lower case as A-labels (UTS 46), or an empty string where it cannot be one."""
    if len(host) > _MAX_HOST:
        return ""
    host = host.lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except UnicodeError:
            return ""
    return host if _HOST.fullmatch(host) or host.startswith("[") else ""


def web_uri(value: object) -> str:
    """`value` itself where it is a usable http(s) address, else an empty string.

    Usable: a string of at most 2,048 characters, with a host and without credentials.
    """
    return value if isinstance(value, str) and _split(value) is not None else ""


def host_of(uri: str) -> str:
    """The host of a usable address, lower-case A-labels, without port; else an empty string."""
    parts = _split(uri)
    return "" if parts is None else parts[1]


def same_origin(first: str, second: str) -> bool:
    """Whether two usable addresses have the same scheme, host and port (RFC 6454, 5)."""
    parts = _split(first)
    return parts is not None and parts == _split(second)


def same_host(first: str, second: str) -> bool:
    """Whether two usable addresses have the same host, whatever the scheme and port."""
    start = first[: first.find("/", 8) + 1]
    if start and second.startswith(start):  # the same scheme and authority
        return True
    host = host_of(first)
    return bool(host) and host == host_of(second)


def same_authority(first: str, second: str) -> bool:
    """Whether two usable addresses have the same host and port, where each scheme's own port
    counts as none: whether one server owns both."""
    start = first[: first.find("/", 8) + 1]
    if start and second.startswith(start):
        return True
    authority = authority_of(first)
    return bool(authority) and authority == authority_of(second)


def authority_of(uri: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's own: how `hosts`, `inbox_host`
    and the domains of accounts name a server. An empty string for unusable addresses."""
    parts = _split(uri)
    if parts is None:
        return ""
    scheme, host, port = parts
    return host if port == _PORTS[scheme] else f"{host}:{port}"


def _split(uri: str) -> tuple[str, str, int] | None:
    if len(uri) <= _REMEMBERED_LENGTH:
        return _remembered(uri)
    return _parsed(uri) if len(uri) <= MAX_LENGTH else None


# The same few addresses stand in an activity many times over, and its new ones are of its host.
@lru_cache(maxsize=2048)
def _remembered(uri: str) -> tuple[str, str, int] | None:
    end = uri.find("/", len("https://"), _MAX_ORIGIN + 1)
    return _origin(uri[:end]) if end > 0 and _PATH.fullmatch(uri, end) else _parsed(uri)


def _parsed(uri: str) -> tuple[str, str, int] | None:
    match = _PLAIN.fullmatch(uri) or _ANY.fullmatch(uri)
    if match is None:
        return None
    scheme, host = match[1].lower(), ascii_host(match[2])
    port = int(match[3]) if match[3] else _PORTS[scheme]
    return (scheme, host, port) if host and port < 65536 else None


_origin = lru_cache(maxsize=2048)(_parsed)
