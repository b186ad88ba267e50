"""The alliance's signatures, byte by byte, and everything that is to be refused."""

import base64
import hashlib
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from noi.activitypub import fasp
from noi.activitypub.keys import BadKey
from noi.activitypub.signatures import BadSignature, Request, Response

NOW = 1_728_467_285_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RAW = KEY.public_key().public_bytes_raw()
PUBLIC = base64.b64encode(RAW).decode()
OTHER = fasp.new_pair()
KEY_ID = "b2ks6vm8p23w"
ORIGIN = "https://hub.example"
URL = ORIGIN + "/data_sharing/v0/announcements?a=%C3%A1&b"
BODY = b'{"category":"content"}'
# Computed with sha256sum and base64, not with the code that is tested.
EMPTY_DIGEST = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"


def own_signature(base: str) -> str:
    """The signature over a text, without the code that is tested."""
    return base64.b64encode(KEY.sign(base.encode())).decode()


def request(headers: dict[str, str], body: bytes = BODY, method: str = "POST") -> Request:
    origin, target = ORIGIN, URL.removeprefix(ORIGIN)
    lower = {name.lower(): value for name, value in headers.items()}
    return Request(method, origin, target, lower, body)


def signed(**changes: str) -> dict[str, str]:
    headers = fasp.sign_request(KEY_ID, PEM, "POST", URL, BODY, NOW)
    return {**headers, **{name.replace("_", "-").title(): text for name, text in changes.items()}}


def own(inputs: str, lines: list[str], label: str = "sig1") -> dict[str, str]:
    """Headers over `lines` and `inputs` as another program would write them."""
    base = "\n".join([*lines, f'"@signature-params": {inputs}'])
    return {
        "content-digest": "sha-256=:"
        + base64.b64encode(hashlib.sha256(BODY).digest()).decode()
        + ":",
        "signature-input": f"{label}={inputs}",
        "signature": f"{label}=:{own_signature(base)}:",
    }


DIGEST = "sha-256=:" + base64.b64encode(hashlib.sha256(BODY).digest()).decode() + ":"
LINES = [
    '"@method": POST',
    f'"@target-uri": {URL}',
    f'"content-digest": {DIGEST}',
]
COVERED = '("@method" "@target-uri" "content-digest")'
CREATED = NOW // 1000


def test_a_request_is_signed_byte_by_byte() -> None:
    base = (
        '"@method": POST\n'
        '"@target-uri": https://hub.example/data_sharing/v0/announcements?a=%C3%A1&b\n'
        f'"content-digest": {DIGEST}\n'
        '"@signature-params": ("@method" "@target-uri" "content-digest")'
        ';created=1728467285;keyid="b2ks6vm8p23w"'
    )
    assert fasp.sign_request(KEY_ID, PEM, "POST", URL, BODY, NOW) == {
        "Content-Digest": DIGEST,
        "Signature-Input": 'sig1=("@method" "@target-uri" "content-digest")'
        ';created=1728467285;keyid="b2ks6vm8p23w"',
        "Signature": f"sig1=:{own_signature(base)}:",
    }


def test_a_request_without_a_body_has_a_digest_too() -> None:
    headers = fasp.sign_request(KEY_ID, PEM, "get", ORIGIN + "/provider_info", b"", NOW)
    assert headers["Content-Digest"] == EMPTY_DIGEST
    base = (
        '"@method": GET\n"@target-uri": https://hub.example/provider_info\n'
        f'"content-digest": {EMPTY_DIGEST}\n'
        '"@signature-params": ("@method" "@target-uri" "content-digest")'
        ';created=1728467285;keyid="b2ks6vm8p23w"'
    )
    assert headers["Signature"] == f"sig1=:{own_signature(base)}:"


def test_an_answer_is_signed_byte_by_byte() -> None:
    base = (
        f'"@status": 204\n"content-digest": {EMPTY_DIGEST}\n'
        '"@signature-params": ("@status" "content-digest")'
        ';created=1728467285;keyid="b2ks6vm8p23w"'
    )
    assert fasp.sign_response(KEY_ID, PEM, 204, b"", NOW) == {
        "Content-Digest": EMPTY_DIGEST,
        "Signature-Input": 'sig1=("@status" "content-digest")'
        ';created=1728467285;keyid="b2ks6vm8p23w"',
        "Signature": f"sig1=:{own_signature(base)}:",
    }


def test_keys_are_raw_and_fingerprints_are_of_the_raw_key() -> None:
    assert fasp.public_key_of(PEM) == PUBLIC
    assert len(base64.b64decode(OTHER.public_key)) == 32
    expected = base64.b64encode(hashlib.sha256(RAW).digest()).decode()
    assert fasp.fingerprint(PUBLIC) == expected
    assert fasp.parse_key(PUBLIC).public_bytes_raw() == RAW


@pytest.mark.parametrize("key", ["", "AAAA", PUBLIC[:-1], "é" * 44, PEM, PUBLIC + "\n"])
def test_no_key(key: str) -> None:
    with pytest.raises(BadKey):
        fasp.fingerprint(key)


def test_what_is_signed_is_believed() -> None:
    claim = fasp.check_request(request(signed()), KEY_ID, PUBLIC, NOW)
    assert claim.key_id == KEY_ID
    assert len(claim.digest) == 32


@pytest.mark.parametrize(
    "inputs",
    [
        f'{COVERED};created={CREATED};keyid="{KEY_ID}"',
        f'{COVERED}; created={CREATED}; keyid="{KEY_ID}"',
        f'{COVERED};created={CREATED};keyid="{KEY_ID}";alg="ed25519"',
        f'{COVERED};keyid="{KEY_ID}";created={CREATED};expires={CREATED + 60};nonce="x"',
        f'{COVERED};created={CREATED};keyid="{KEY_ID}";tag="fasp"',
    ],
)
@pytest.mark.parametrize("label", ["sig1", "linzer", "a.b-c"])
def test_what_others_write_besides_is_accepted(inputs: str, label: str) -> None:
    plain = inputs.replace("; ", ";")
    headers = own(plain, LINES, label)
    headers["signature-input"] = f"{label}={inputs}"
    assert fasp.check_request(request(headers), KEY_ID, PUBLIC, NOW)


def test_a_signature_besides_is_passed_over() -> None:
    ours = own(f'{COVERED};created={CREATED};keyid="{KEY_ID}"', LINES)
    proxy = own(f'("@method");created={CREATED};keyid="proxy"', LINES[:1], "proxy")
    both = {
        "content-digest": ours["content-digest"],
        "signature-input": f"{proxy['signature-input']}, {ours['signature-input']}",
        "signature": f"{proxy['signature']}, {ours['signature']}",
    }
    assert [claim.key_id for claim in fasp.read_request(request(both), NOW)] == [KEY_ID]


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        (lambda: request(signed(), BODY + b" "), "does not fit"),
        (lambda: request(signed(), method="DELETE"), "is not by"),
        (lambda: request(signed(content_digest=EMPTY_DIGEST)), "does not fit"),
        (lambda: request(signed(content_digest="")), "neither"),
        (lambda: request(signed(content_digest="md5=:AAAA:")), "neither"),
        (lambda: request(signed(signature="")), "not signed"),
        (lambda: request(signed(signature_input="")), "not signed"),
        (lambda: request(signed(signature="sig2=:AAAA:")), "missing"),
        (lambda: request(signed(signature=f"sig1=:{'A' * 86}==:")), "is not by"),
        (lambda: request(signed(signature="sig1=:AAAA:")), "is not by"),
        (lambda: request(signed(signature_input="sig1=()")), "malformed"),
        (
            lambda: msgspec.structs.replace(request(signed()), origin="https://other.example"),
            "is not by",
        ),
        (lambda: msgspec.structs.replace(request(signed()), target="/x"), "is not by"),
    ],
)
def test_what_was_changed_is_refused(changed: Callable[[], Request], match: str) -> None:
    with pytest.raises(BadSignature, match=match):
        fasp.check_request(changed(), KEY_ID, PUBLIC, NOW)


def test_another_key_and_another_name_are_refused() -> None:
    with pytest.raises(BadSignature, match="is not by"):
        fasp.check_request(request(signed()), KEY_ID, OTHER.public_key, NOW)
    with pytest.raises(BadSignature, match="is not by"):
        fasp.check_request(request(signed()), "someone-else", PUBLIC, NOW)


@pytest.mark.parametrize(
    ("inputs", "lines", "match"),
    [
        (f'("@method" "@target-uri");created={CREATED};keyid="{KEY_ID}"', LINES[:2], "cover"),
        (f'("@target-uri" "content-digest");created={CREATED};keyid="x"', LINES[1:], "cover"),
        (f'("@method" "content-digest");created={CREATED};keyid="x"', LINES[::2], "cover"),
        (f'{COVERED};keyid="{KEY_ID}"', LINES, "date"),
        (f'{COVERED};created="{"9" * 5000}";keyid="{KEY_ID}"', LINES, "date"),
        (f"{COVERED};created={CREATED}", LINES, "names no key"),
        (f'{COVERED};created={CREATED};keyid=""', LINES, "names no key"),
        (f'{COVERED};created={CREATED};keyid="x";alg="rsa-v1_5-sha256"', LINES, "algorithm"),
        (f'{COVERED};created={CREATED};keyid="x";expires={CREATED - 1}', LINES, "old"),
    ],
)
def test_what_is_incomplete_is_refused(inputs: str, lines: list[str], match: str) -> None:
    with pytest.raises(BadSignature, match=match):
        fasp.check_request(request(own(inputs, lines)), KEY_ID, PUBLIC, NOW)


@pytest.mark.parametrize(("seconds", "believed"), [(300, True), (301, False)])
def test_five_minutes_either_way(seconds: int, believed: bool) -> None:
    for now in (NOW + seconds * 1000, NOW - seconds * 1000):
        if believed:
            fasp.check_request(request(signed()), KEY_ID, PUBLIC, now)
        else:
            with pytest.raises(BadSignature, match=r"too old|future"):
                fasp.check_request(request(signed()), KEY_ID, PUBLIC, now)


def answer(status: int, body: bytes, headers: dict[str, str]) -> Response:
    return Response(status, {name.lower(): value for name, value in headers.items()}, body)


def test_answers_are_believed_only_from_the_peer() -> None:
    headers = fasp.sign_response("any", PEM, 200, BODY, NOW)
    fasp.check_response(answer(200, BODY, headers), PUBLIC, NOW)
    wrong = [
        (answer(404, BODY, headers), PUBLIC),
        (answer(200, b"[]", headers), PUBLIC),
        (answer(200, BODY, headers), OTHER.public_key),
        (answer(200, BODY, {}), PUBLIC),
        (answer(200, BODY, {**headers, "Content-Digest": ""}), PUBLIC),
        (answer(200, BODY, {"Content-Digest": headers["Content-Digest"]}), PUBLIC),
    ]
    for response, key in wrong:
        with pytest.raises(BadSignature):
            fasp.check_response(response, key, NOW)
    with pytest.raises(BadSignature, match="old"):
        fasp.check_response(answer(200, BODY, headers), PUBLIC, NOW + 301_000)


def test_an_answer_need_not_name_its_key() -> None:
    """Mastodon's name none: its key for signing answers has no id."""
    inputs = f'("@status" "content-digest");created={CREATED}'
    base = f'"@status": 200\n"content-digest": {DIGEST}\n"@signature-params": {inputs}'
    headers = {
        "content-digest": DIGEST,
        "signature-input": f"sig1={inputs}",
        "signature": f"sig1=:{own_signature(base)}:",
    }
    fasp.check_response(answer(200, BODY, headers), PUBLIC, NOW)


@pytest.mark.parametrize(
    ("key_id", "usable"),
    [("42", True), ("a:b/c?d", True), ("", False), ('a"', False), ("a\\", False), ("é", False),
     ("a\n", False), ("x" * 129, False), (7, False), (None, False)],
)  # fmt: skip
def test_which_names_can_be_signed_with(key_id: object, usable: bool) -> None:
    assert fasp.usable_id(key_id) is usable


TARGETS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#?")).map(
    lambda text: f"/{text}"
)
NAMES = st.text(min_size=1, max_size=30).filter(fasp.usable_id)


@given(st.sampled_from(["GET", "POST", "DELETE"]), TARGETS, st.binary(max_size=200), NAMES)
def test_whatever_is_signed_is_believed(method: str, target: str, body: bytes, key_id: str) -> None:
    headers = fasp.sign_request(key_id, PEM, method, ORIGIN + target, body, NOW)
    lower = {name.lower(): value for name, value in headers.items()}
    message = Request(method, ORIGIN, target, lower, body)
    assert fasp.check_request(message, key_id, PUBLIC, NOW).key_id == key_id
    with pytest.raises(BadSignature):
        fasp.check_request(msgspec.structs.replace(message, body=body + b"x"), key_id, PUBLIC, NOW)


@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=100))
def test_no_header_is_more_than_refused(inputs: str, signature: str, digest: str) -> None:
    headers = {"signature-input": inputs, "signature": signature, "content-digest": digest}
    for message in (request(headers), Response(200, headers, BODY)):
        with pytest.raises(BadSignature):
            if isinstance(message, Request):
                fasp.read_request(message, NOW)
            else:
                fasp.check_response(message, PUBLIC, NOW)
