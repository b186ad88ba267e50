"""HTTP Message Signatures (RFC 9421) of requests and answers; `fasp.py` has the alliance's.

The header fields are read by three expressions of our own instead of a library of structured
fields (RFC 8941): only inner lists of strings and byte sequences occur, the serialised text of the
parameters is itself part of what is signed, and it costs a fifth.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote

import msgspec

from noi.activitypub.digests import check_content_digest, content_digest
from noi.activitypub.keys import PrivateKey, algorithm_of, sign_bytes
from noi.activitypub.signatures import (
    MAX_HEADER_CHARS,
    BadSignature,
    Claim,
    Request,
    Response,
    authority_of,
    check_time,
    decode_base64,
    encode_base,
    encode_base64,
    split_url,
)

_MAX_COVERED = 32
_MAX_LABELS = 8
_ALGORITHMS = ("rsa-v1_5-sha256", "ed25519")

_KEY = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"[ !#-\[\]-~]*(?:\\["\\][ !#-\[\]-~]*)*"'
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?"
_WORD = r"[A-Za-z*][!#-'*+.^_`|~:/0-9A-Za-z-]*"
_VALUE = rf"(?:{_STRING}|{_NUMBER}|:[A-Za-z0-9+/=]*:|\?[01]|{_WORD})"
_PARAMETERS = rf"(?:; *{_KEY}(?:={_VALUE})?)*"
_ITEM = rf"{_STRING}{_PARAMETERS}"
_END = r"[ \t]*(?:,[ \t]*(?=[a-z*])|$)"
# Possessive (`*+`): spaces without end would otherwise be tried at every split.
_INPUT = re.compile(rf"({_KEY})=\( *+((?:{_ITEM}(?: ++{_ITEM})* *+)?)\)({_PARAMETERS}){_END}")
_SIGNATURE = re.compile(rf"({_KEY})=:([A-Za-z0-9+/=]*):{_PARAMETERS}{_END}")
_COMPONENT = re.compile(rf"({_STRING})({_PARAMETERS})")
_PARAMETER = re.compile(rf"; *({_KEY})(?:=({_VALUE}))?")
_ESCAPE = re.compile(r"\\(.)")

Component = tuple[str, str]
"""The name of what is covered, and its parameters as they are written: `("@query-param", …)`."""


class SignatureInput(msgspec.Struct, frozen=True):
    """One member of `Signature-Input`."""

    components: tuple[Component, ...]
    parameters: dict[str, str]
    """Strings without their quotes, anything else as it is written."""
    serialized: str
    """The value of `@signature-params`."""


def sign(
    key_id: str,
    private_key: PrivateKey,
    method: str,
    url: str,
    now: int,
    body: bytes | None = None,
) -> dict[str, str]:
    """The headers that sign a request: Signature-Input, Signature, Content-Digest for a body.

    Send `url` without re-encoding it: the signature covers its bytes.
    """
    origin, target = split_url(url)
    covered = ["@method", "@target-uri"]
    headers: dict[str, str] = {}
    if body is not None:
        headers["Content-Digest"] = content_digest(body)
        covered.append("content-digest")
    lower = {name.lower(): value for name, value in headers.items()}
    message = Request(method.upper(), origin, target, lower)
    return headers | _signed(key_id, private_key, covered, message, now)


def _signed(
    key_id: str,
    private_key: PrivateKey,
    covered: list[str],
    message: Request,
    now: int,
) -> dict[str, str]:
    names = " ".join(f'"{name}"' for name in covered)
    serialized = (
        f'({names});created={now // 1000};keyid="{key_id}";alg="{algorithm_of(private_key)}"'
    )
    components = tuple((name, "") for name in covered)
    base = signature_base(SignatureInput(components, {}, serialized), message)
    signature = encode_base64(sign_bytes(private_key, base))
    return {"Signature-Input": f"sig1={serialized}", "Signature": f"sig1=:{signature}:"}


def read(message: Request | Response, now: int) -> Claim:
    """Check all of a signed message but the signature itself. Raises BadSignature.

    Of several signatures the first that is acceptable counts. It needs `created` and `keyid`; for
    a request it has to cover `@method`, where it goes to, and `content-digest` unless it is a GET;
    for an answer `@status` and `content-digest`.
    """
    inputs = parse_inputs(message.headers.get("signature-input", ""))
    signatures = parse_signatures(message.headers.get("signature", ""))
    error = BadSignature("The message is not signed")
    for label, signed in inputs.items():
        try:
            if label not in signatures:
                raise BadSignature("The signature {label} is missing", label=label)
            return _claim(signed, signatures[label], message, now)
        except BadSignature as reason:
            error = reason
    raise error


def _claim(signed: SignatureInput, signature: str, message: Request | Response, now: int) -> Claim:
    parameters = signed.parameters
    algorithm = parameters.get("alg", "")
    if algorithm and algorithm not in _ALGORITHMS:
        raise BadSignature("The signature algorithm {name} is not supported", name=algorithm)
    if not parameters.get("keyid"):
        raise BadSignature("The signature names no key")
    expires = _seconds(parameters["expires"]) if "expires" in parameters else None
    check_time(_seconds(parameters.get("created", "")), expires, now)
    names = {name for name, options in signed.components if not options}
    missing = _missing(message, names)
    if missing:
        raise BadSignature("The signature does not cover {names}", names=", ".join(missing))
    if "content-digest" in names:
        check_content_digest(message.headers.get("content-digest", ""), message.body)
    base = signature_base(signed, message)
    return Claim(parameters["keyid"], decode_base64(signature), (base,), algorithm)


def _missing(message: Request | Response, names: set[str]) -> list[str]:
    if isinstance(message, Response):
        return [name for name in ("@status", "content-digest") if name not in names]
    missing = [] if "@method" in names else ["@method"]
    to_host = "@authority" in names or "host" in names
    if "@target-uri" not in names and not (to_host and names & {"@path", "@request-target"}):
        missing.append("@target-uri")
    if message.method not in ("GET", "HEAD") and "content-digest" not in names:
        missing.append("content-digest")
    return missing


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadSignature("The signature's date is malformed")
    return int(text)


def signature_base(signed: SignatureInput, message: Request | Response) -> bytes:
    """The signature base (section 2.5). Raises BadSignature where a component has no value."""
    lines: list[str] = []
    for name, options in signed.components:
        if name[0] == "@":
            value = _derived(name, options, message)
        elif options:
            raise BadSignature("The component {name} is not supported", name=name + options)
        elif name == "host" and isinstance(message, Request):
            # Ours, as in `@authority`: see there.
            value = authority_of(message.origin)
        elif name in message.headers:
            value = message.headers[name].strip()
        else:
            raise BadSignature("The message lacks the signed header {name}", name=name)
        lines.append(f'"{name}"{options}: {value}')
    lines.append(f'"@signature-params": {signed.serialized}')
    return encode_base(lines)


def _derived(name: str, options: str, message: Request | Response) -> str:
    if isinstance(message, Response):
        if name == "@status" and not options:
            return str(message.status)
        raise BadSignature("The component {name} is not supported", name=name + options)
    path, _, query = message.target.partition("?")
    if name == "@query-param":
        return _query_parameter(options, query)
    # Taken from our own origin, not from the Host header, so that a message signed for another
    # server cannot be repeated here.
    scheme, _, authority = message.origin.partition("://")
    values = {
        "@method": message.method,
        "@target-uri": message.origin + message.target,
        "@authority": authority,
        "@scheme": scheme,
        "@request-target": message.target,
        "@path": path,
        "@query": f"?{query}",
    }
    if options or name not in values:
        raise BadSignature("The component {name} is not supported", name=name + options)
    return values[name]


def _query_parameter(options: str, query: str) -> str:
    """Section 2.2.8: the one value of a parameter, encoded anew."""
    match = re.fullmatch(rf";name=({_STRING})", options)
    if match is None:
        raise BadSignature("The component {name} is not supported", name="@query-param" + options)
    wanted = _unquote(match[1])
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise BadSignature("The query has no single {name}", name=wanted) from None
    values = [value for key, value in pairs if quote(key, safe="*-._") == wanted]
    if len(values) != 1:
        raise BadSignature("The query has no single {name}", name=wanted)
    return quote(values[0], safe="*-._")


def parse_inputs(header: str) -> dict[str, SignatureInput]:
    """`Signature-Input` by label, in order. Raises BadSignature."""
    inputs: dict[str, SignatureInput] = {}
    for match in _members(_INPUT, header):
        components = _components(match[2])
        found: list[tuple[str, str]] = _PARAMETER.findall(match[3])
        parameters = {name: _unquote(value) for name, value in found}
        if len(parameters) < len(found):
            raise BadSignature("The signature headers are malformed")
        names = " ".join(f'"{name}"{options}' for name, options in components)
        serialized = f"({names}){_tidy(match[3])}"
        inputs[match[1]] = SignatureInput(components, parameters, serialized)
    return inputs


def parse_signatures(header: str) -> dict[str, str]:
    """`Signature` by label: base64. Raises BadSignature."""
    return {match[1]: match[2] for match in _members(_SIGNATURE, header)}


def _members(pattern: re.Pattern[str], header: str) -> list[re.Match[str]]:
    if not header:
        raise BadSignature("The message is not signed")
    if len(header) > MAX_HEADER_CHARS:
        raise BadSignature("The signature headers are too long")
    members: list[re.Match[str]] = []
    position = 0
    while position < len(header):
        match = pattern.match(header, position)
        if match is None or len(members) == _MAX_LABELS:
            raise BadSignature("The signature headers are malformed")
        members.append(match)
        position = match.end()
    if len({match[1] for match in members}) < len(members):
        raise BadSignature("The signature headers are malformed")
    return members


@lru_cache(maxsize=256)
def _components(text: str) -> tuple[Component, ...]:
    found = [(_unquote(name), _tidy(options)) for name, options in _COMPONENT.findall(text)]
    if len(found) > _MAX_COVERED or len(set(found)) < len(found):
        raise BadSignature("The signature covers too many parts, or one of them twice")
    if any(not name or name != name.lower() or '"' in name for name, _ in found):
        raise BadSignature("The signature headers are malformed")
    return tuple(found)


def _unquote(value: str) -> str:
    if not value.startswith('"'):
        return value
    return _ESCAPE.sub(r"\1", value[1:-1]) if "\\" in value else value[1:-1]


def _tidy(parameters: str) -> str:
    """Parameters as RFC 8941 serialises them: no spaces, nothing after the name of a true one."""
    if "; " not in parameters and "=?1" not in parameters:
        return parameters
    found: list[tuple[str, str]] = _PARAMETER.findall(parameters)
    return "".join(
        f";{name}={value}" if value not in ("", "?1") else f";{name}" for name, value in found
    )
