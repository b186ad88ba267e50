"""The one client for HTTP to other servers, safe with addresses that strangers chose.

The final address of every connection is checked when its socket is made, so that neither a
literal, a name that changes its answer (DNS rebinding) nor a redirect gets around it.
"""

import asyncio
import errno
import re
import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin, urlsplit

import msgspec
from httptools import HttpParserError, HttpParserUpgrade

from noi import config
from noi.activitypub.signatures import authority_of, split_url
from noi.transport import addresses
from noi.transport.errors import Refused, TooLarge, TransportError, Unreachable
from noi.transport.posts import CONNECTIONS_PER_HOST, Endpoint, Forbidden, Posts

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

MAX_REDIRECTS = 3
CONNECTIONS = 256
DEFAULT_LIMIT_BYTES = 1024 * 1024
LONGEST_PAUSE_MS = 86_400_000
Method = Literal["GET", "POST", "DELETE"]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# The kernel gives this errno for no TCP connection, so it marks our own refusal; aiohttp keeps
# only the number when several addresses of a name fail together.
_REFUSED_ERRNO = errno.EXDEV
_EXACT = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(?:[/?#][!$-;=?-Z_a-z~\[\]#]*)?")


class Response(msgspec.Struct, frozen=True):
    """An answer read to its end. `headers` have lower-case names, `url` is after redirects."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    content_type: str
    """Media type in lower case, without parameters; empty when the peer named none."""
    charset: str
    """The charset parameter of the content type, or empty."""

    location: str = ""
    """The address that a redirect leads to, or empty."""

    def retry_at(self, now: int) -> int | None:
        """When the peer wants to be asked again (ms; RFC 9110, 10.2.3), at most a day from now."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        if text.isascii() and text.isdigit():
            at = now + int(text[:9]) * 1000
        else:
            try:
                at = int(parsedate_to_datetime(text).timestamp() * 1000)
            except (ValueError, TypeError, IndexError, OverflowError, OSError):
                return None
        return min(max(at, now), now + LONGEST_PAUSE_MS)


class Client:
    """Outbound HTTP. Make one for each process; it opens nothing before the first request."""

    def __init__(
        self,
        settings: config.Settings,
        version: str,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 10.0,
        total_timeout: float = 20.0,
    ) -> None:
        self._private_peers = config.networks(
            settings.federation_private_peers, "federation_private_peers"
        )
        self._plain_http_anywhere = not settings.secure
        self._user_agent = f"Noi/{version} (+{settings.origin})"
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._total_timeout = total_timeout
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._posts = Posts(
            self._permits,
            self._user_agent,
            connecting=connect_timeout,
            silent=read_timeout,
            total=total_timeout,
        )

    async def get(
        self,
        url: str,
        *,
        accept: str,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        truncate: bool = False,
    ) -> Response:
        """GET `url`, following up to three redirects; any HTTP status is an answer.

        A body over `limit_bytes`, counted after decompression, raises TooLarge, or is cut there
        with `truncate`. Raises Refused and Unreachable too, and no other error.
        """
        headers = {"Accept": accept}
        async with self.in_time(url):
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._get(url, headers, limit_bytes, truncate)
                if not answer.location:
                    return answer
                url = answer.location
        raise Refused(f"{host_of(url)}: more than {MAX_REDIRECTS} redirects")

    async def download(
        self, url: str, path: Path, *, accept: str, limit_bytes: int, seconds: float
    ) -> Response:
        """GET `url` into the file `path`, as `get` does, within `seconds` in all.

        The answer's `body` is empty.
        """
        headers = {"Accept": accept}
        async with self.in_time(url, seconds):
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._get(url, headers, limit_bytes, False, path)
                if not answer.location:
                    return answer
                url = answer.location
        raise Refused(f"{host_of(url)}: more than {MAX_REDIRECTS} redirects")

    async def request(
        self,
        method: Method,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        truncate: bool = False,
    ) -> Response:
        """One request with these headers; a redirect is an answer, its body is not read.

        Path and query are sent byte for byte as they stand in `url`, for signatures cover them.
        Raises as `get` does.
        """
        if method != "GET":
            return await self._post(method, url, headers, body or b"", limit_bytes, truncate)
        async with self.in_time(url):
            return await self._get(url, headers, limit_bytes, truncate)

    @asynccontextmanager
    async def in_time(self, url: str, seconds: float | None = None) -> AsyncGenerator[None]:
        """All requests inside end within the total time together; raises Unreachable."""
        try:
            async with asyncio.timeout(seconds or self._total_timeout):
                yield
        except TimeoutError:
            raise Unreachable(f"{host_of(url)}: no complete answer in time") from None

    def schemes(self, host: str) -> tuple[str, ...]:
        """How to reach `host[:port]` when nothing but its name is known, best first."""
        if config.is_local_host(host):
            return ("http",)
        return ("https", "http") if self._private_peers else ("https",)

    async def close(self) -> None:
        """Close all kept connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        await self._posts.close()

    async def _post(
        self,
        method: Method,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        limit_bytes: int,
        truncate: bool,
    ) -> Response:
        endpoint = _endpoint(url)
        self._check_scheme(endpoint.scheme, url)
        try:
            answer = await self._posts.send(method, endpoint, headers, body, limit_bytes)
            if answer.cut and not truncate:
                raise TooLarge(f"{host_of(url)}: more than {limit_bytes} bytes")
            return _response(url, answer.status, answer.headers, answer.body)
        except Forbidden:
            raise Refused(f"{host_of(url)}: its address is not public") from None
        except TimeoutError:
            raise Unreachable(f"{host_of(url)}: no complete answer in time") from None
        except (OSError, ValueError, HttpParserError, HttpParserUpgrade) as error:
            raise Unreachable(f"{host_of(url)}: {error}") from None

    async def _get(
        self,
        url: str,
        headers: Mapping[str, str],
        limit_bytes: int,
        truncate: bool,
        into: Path | None = None,
    ) -> Response:
        import aiohttp

        scheme = _endpoint(url).scheme
        self._check_scheme(scheme, url)
        session = self._session(scheme)
        try:
            try:
                return await _exchange(session, url, headers, limit_bytes, truncate, into)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                # Most likely a kept connection that the peer was just closing.
                return await _exchange(session, url, headers, limit_bytes, truncate, into)
        except TransportError:
            raise
        except aiohttp.ClientConnectorError as error:
            if error.os_error.errno == _REFUSED_ERRNO:
                raise Refused(f"{host_of(url)}: its address is not public") from None
            raise Unreachable(f"{host_of(url)}: {error}") from None
        except aiohttp.InvalidURL:
            raise Refused(f"{url[:200]!r} is not an address") from None
        except TimeoutError:
            raise Unreachable(f"{host_of(url)}: no complete answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{host_of(url)}: {error}") from None

    def _check_scheme(self, scheme: str, url: str) -> None:
        plain = scheme == "http" and (self._plain_http_anywhere or bool(self._private_peers))
        if not plain and scheme != "https":
            raise Refused(f"{host_of(url)}: only https is used")

    def _session(self, scheme: str) -> "aiohttp.ClientSession":
        """The session for a scheme: each has its own rule for addresses."""
        if scheme in self._sessions:
            return self._sessions[scheme]
        import aiohttp

        self._sessions[scheme] = session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS,
                limit_per_host=CONNECTIONS_PER_HOST,
                ttl_dns_cache=60,
                keepalive_timeout=30,
                socket_factory=partial(self._socket, scheme),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent},
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=self._connect_timeout,
                sock_read=self._read_timeout,
            ),
            trust_env=False,
        )
        return session

    def _permits(self, scheme: str, address: str) -> bool:
        """Unencrypted: only to listed peers, except from a network that is itself local."""
        if scheme == "http" and not self._plain_http_anywhere:
            return addresses.within(address, self._private_peers)
        return addresses.allowed(address, self._private_peers)

    def _socket(self, scheme: str, info: tuple[Any, ...]) -> socket.socket:
        if not self._permits(scheme, str(info[4][0])):
            raise OSError(_REFUSED_ERRNO, "address is not public")
        return socket.socket(info[0], info[1], info[2])


@lru_cache(maxsize=4096)
def _address(url: str) -> "URL":
    """The address as it is requested: exactly, where it is one already, else put right."""
    from yarl import URL

    if _EXACT.fullmatch(url) is None:
        return URL(url)
    origin, target = split_url(url)
    return URL(origin + target, encoded=True)


@lru_cache(maxsize=4096)
def _endpoint(url: str) -> Endpoint:
    """Where a request for this address goes; raises Refused for what is no address."""
    try:
        origin, target = split_url(exact(url))
        parts, user = urlsplit(origin), urlsplit(url).username
        port = parts.port
    except ValueError:
        raise _no_address(url) from None
    if not parts.hostname or port == 0 or user is not None:
        raise _no_address(url)
    port = port or (443 if parts.scheme == "https" else 80)
    return Endpoint(parts.scheme, parts.hostname, port, authority_of(origin), target)


async def _exchange(
    session: "aiohttp.ClientSession",
    url: str,
    headers: Mapping[str, str],
    limit_bytes: int,
    truncate: bool,
    into: Path | None,
) -> Response:
    async with session.get(_address(url), headers=headers, allow_redirects=False) as response:
        got = list(response.headers.items())
        if response.status in _REDIRECTS and "Location" in response.headers:
            response.close()
            return _response(url, response.status, got, b"")
        if into is not None:
            await _write(response, limit_bytes, into)
            return _response(url, response.status, got, b"")
        return _response(url, response.status, got, await _read(response, limit_bytes, truncate))


async def _read(response: "aiohttp.ClientResponse", limit_bytes: int, truncate: bool) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            response.close()
            if not truncate:
                raise TooLarge(f"{response.url.host}: more than {limit_bytes} bytes")
            return bytes(body[:limit_bytes])
    return bytes(body)


async def _write(response: "aiohttp.ClientResponse", limit_bytes: int, path: Path) -> None:
    size = 0
    # Pieces go to the page cache, which takes no longer than a thread would.
    with path.open("wb") as file:
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > limit_bytes:
                response.close()
                raise TooLarge(f"{response.url.host}: more than {limit_bytes} bytes")
            file.write(chunk)


def _response(url: str, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> Response:
    """An answer, with the headers as they came; without its body where it leads elsewhere."""
    lowered: dict[str, str] = {}
    content_type = ""
    for name, value in headers:
        key = name.lower()
        if key == "content-type":
            # Two content types contradict each other, so neither is believed.
            content_type = "" if key in lowered else value
        lowered[key] = f"{lowered[key]}, {value}" if key in lowered else value
    location = (
        urljoin(url, lowered.get("location", ""))
        if status in _REDIRECTS and "location" in lowered
        else ""
    )
    content_type, _, parameters = content_type.partition(";")
    charset = ""
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip(" \"'")
    content_type = content_type.strip().lower()
    return Response(
        url, status, lowered, b"" if location else body, content_type, charset, location
    )


def exact(url: str) -> str:
    """`url` as it is requested: itself, or put right where it has characters that need escapes.

    To be signed in this form. Raises Refused for what is no address.
    """
    try:
        address = _address(url)
    except (ValueError, TypeError):
        raise _no_address(url) from None
    return url if _EXACT.fullmatch(url) else str(address)


def _no_address(url: str) -> Refused:
    return Refused(f"{url[:200]!r} is not an address")


def host_of(url: str) -> str:
    """The host for messages; never the whole address, which may hold a secret."""
    with suppress(ValueError):
        return urlsplit(url).hostname or "?"
    return "?"
