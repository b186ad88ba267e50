"""HTTP signatures of draft-cavage-http-signatures-12, which most of the network speaks.

https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12, and the profile of it that
servers share: https://swicg.github.io/activitypub-http-signature/
"""

import re
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

from noi.activitypub.digests import check_digest, digest
from noi.activitypub.keys import PrivateKey, algorithm_of, sign_bytes
from noi.activitypub.signatures import (
    MAX_HEADER_CHARS,
    BadSignature,
    Claim,
    Request,
    authority_of,
    check_time,
    decode_base64,
    encode_base,
    encode_base64,
    split_url,
)

_MAX_COVERED = 32
_PARAMETER = re.compile(
    r"""[ \t]*([A-Za-z]+)[ \t]*=[ \t]*
    (?: "([^"\\]*(?:\\.[^"\\]*)*)" | ([^\s",]+) )
    [ \t]*(?:,|$)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def sign(
    key_id: str,
    private_key: PrivateKey,
    method: str,
    url: str,
    now: int,
    body: bytes | None = None,
) -> dict[str, str]:
    """The headers that sign a request: Host, Date, Signature, and Digest where it has a body.

    Send them as they are, and `url` without re-encoding it: the signature covers its bytes.
    """
    origin, target = split_url(url)
    headers = {"Host": authority_of(origin), "Date": formatdate(now // 1000, usegmt=True)}
    if body is not None:
        headers["Digest"] = digest(body)
    lines = [f"(request-target): {method.lower()} {target}"]
    lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
    covered = " ".join(["(request-target)", *(name.lower() for name in headers)])
    signature = encode_base64(sign_bytes(private_key, encode_base(lines)))
    # Mastodon knows these two names; `hs2019` says that the key decides.
    rsa = algorithm_of(private_key) == "rsa-v1_5-sha256"
    headers["Signature"] = (
        f'keyId="{key_id}",algorithm="{"rsa-sha256" if rsa else "hs2019"}",'
        f'headers="{covered}",signature="{signature}"'
    )
    return headers


def read(request: Request, now: int) -> Claim:
    """Check all of a signed request but the signature itself. Raises BadSignature.

    A GET has to cover `(request-target)`, `host` and `date` or `(created)`; other methods their
    `digest` too. Dates and digests count only where they are covered.
    """
    parameters = _parameters(request)
    covered = _covered(parameters.get("headers", "date"))
    _check_covered(covered, request.method)
    _check_times(covered, parameters, request, now)
    if "digest" in covered:
        check_digest(request.headers.get("digest", ""), request.body)
    bases = [_base(covered, parameters, request, request.target)]
    if "?" in request.target:
        # Mastodon before 4.3 and those who copied it sign the path alone.
        path = request.target.partition("?")[0]
        bases.append(_base(covered, parameters, request, path))
    return Claim(parameters["keyId"], decode_base64(parameters["signature"]), tuple(bases))


def _parameters(request: Request) -> dict[str, str]:
    header = request.headers.get("signature")
    if header is None:
        scheme, _, header = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "signature":
            raise BadSignature("The request is not signed")
    if len(header) > MAX_HEADER_CHARS:
        raise BadSignature("The Signature header is too long")
    parameters: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None or match[1] in parameters:
            raise BadSignature("The Signature header is malformed")
        name, quoted, bare = match.groups()
        value: str = bare if quoted is None else quoted
        parameters[name] = _ESCAPE.sub(r"\1", value) if "\\" in value else value
        position = match.end()
    if not parameters.get("keyId") or not parameters.get("signature"):
        raise BadSignature("The Signature header names no key or has no signature")
    return parameters


@lru_cache(maxsize=256)
def _covered(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


def _check_covered(covered: tuple[str, ...], method: str) -> None:
    if len(covered) > _MAX_COVERED:
        raise BadSignature("The signature covers too many headers")
    needed = ["(request-target)", "host"]
    if method not in ("GET", "HEAD"):
        needed.append("digest")
    missing = [name for name in needed if name not in covered]
    if "date" not in covered and "(created)" not in covered:
        missing.append("date")
    if missing:
        raise BadSignature("The signature does not cover {names}", names=", ".join(missing))


def _check_times(
    covered: tuple[str, ...], parameters: dict[str, str], request: Request, now: int
) -> None:
    expires = _seconds(parameters, "expires") if "(expires)" in covered else None
    if "(created)" in covered:
        check_time(_seconds(parameters, "created"), expires, now)
    if "date" in covered:
        check_time(_date(request.headers.get("date", "")), expires, now)


def _seconds(parameters: dict[str, str], name: str) -> int:
    text = parameters.get(name, "")
    if not _SECONDS.fullmatch(text):
        raise BadSignature("The signature's date is malformed")
    return int(text)


@lru_cache(maxsize=256)
def _date(text: str) -> int:
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        raise BadSignature("The Date header is malformed") from None


def _base(
    covered: tuple[str, ...], parameters: dict[str, str], request: Request, target: str
) -> bytes:
    lines: list[str] = []
    for name in covered:
        if name == "(request-target)":
            lines.append(f"(request-target): {request.method.lower()} {target}")
        elif name in ("(created)", "(expires)"):
            lines.append(f"{name}: {parameters.get(name[1:-1], '')}")
        elif name == "host":
            lines.append(f"host: {_host(request)}")
        elif name in request.headers:
            lines.append(f"{name}: {request.headers[name]}")
        else:
            raise BadSignature("The request lacks the signed header {name}", name=name)
    return encode_base(lines)


def _host(request: Request) -> str:
    # Ours whatever a proxy made of the header, so that a request signed for another server cannot
    # be repeated here; as it was written where only the case or a default port differ.
    given, ours = request.headers.get("host", ""), authority_of(request.origin)
    port = ":443" if request.origin.startswith("https:") else ":80"
    return given if given.lower().removesuffix(port) == ours else ours
