import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import given
from hypothesis import strategies as st

from activitypub.signing_keys import KINDS, pair, private, public
from noi.activitypub import keys
from noi.activitypub.keys import BadKey

# The FEP's test vector, https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32
MULTIKEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, pkcs1: bool = False) -> str:
    form = serialization.PublicFormat
    chosen = form.PKCS1 if pkcs1 else form.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, chosen).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_sign_and_verify(kind: str) -> None:
    signature = keys.sign_bytes(private(kind), "Chào".encode())
    assert keys.verify_bytes(public(kind), signature, "Chào".encode())
    assert not keys.verify_bytes(public(kind), signature, b"Chao")
    assert not keys.verify_bytes(public(kind, 1), signature, "Chào".encode())
    assert not keys.verify_bytes(public(kind), b"", "Chào".encode())
    assert pair(kind).public_key.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert pair(kind).private_key.startswith("-----BEGIN PRIVATE KEY-----\n")


def test_parsed_keys_are_kept() -> None:
    assert public("rsa") is public("rsa")
    assert private("rsa") is private("rsa")


def test_pem_is_read_however_it_is_spaced() -> None:
    text = pair("rsa").public_key
    key = public("rsa")
    lines = text.strip().split("\n")
    body = "".join(lines[1:-1])
    for odd in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\\n"),
        "\n\n  " + "\n   ".join(lines) + "\n\n",
        f"{lines[0]} {body} {lines[-1]}",
        f"{lines[0]}\n{body}\n{lines[-1]}",
        "Key:\n" + text,
    ):
        assert keys.parse_public_key(odd) == key


def test_pkcs1_is_read() -> None:
    key = public("rsa")
    assert isinstance(key, RSAPublicKey)
    text = pem(key, pkcs1=True)
    assert "BEGIN RSA PUBLIC KEY" in text
    assert keys.parse_public_key(text) == key


def test_unfit_keys_are_refused() -> None:
    odd = rsa.RSAPublicNumbers(2**32 + 15, (1 << 2047) + 1).public_key()
    huge = rsa.RSAPublicNumbers(65537, (1 << 8192) + 1).public_key()
    tiny = rsa.RSAPublicNumbers(65537, (1 << 900) + 1)
    for text in (
        pem(odd),
        pem(huge),
        pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
        pair("rsa").private_key,
        pair("rsa").public_key[:200],
        pair("rsa").public_key.replace("A", "B"),
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 20_000 + "\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n\udcff\n-----END PUBLIC KEY-----",
        "",
    ):
        with pytest.raises(BadKey):
            keys.parse_public_key(text)
    with pytest.raises((BadKey, ValueError)):
        keys.parse_public_key(pem(tiny.public_key()))
    with pytest.raises(BadKey):
        keys.parse_private_key("rubbish")


def test_multikey_of_the_fep() -> None:
    key = keys.parse_public_key(MULTIKEY)
    assert isinstance(key, Ed25519PublicKey)
    text = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    assert keys.multikey(text) == MULTIKEY
    assert keys.parse_public_key(f"did:key:{MULTIKEY}") == key
    assert keys.parse_public_key(f"did:key:{MULTIKEY}#{MULTIKEY}") == key


def test_only_ed25519_has_a_multikey() -> None:
    with pytest.raises(BadKey):
        keys.multikey(pair("rsa").public_key)
    for text in ("z", "z0OIl", "did:key:", "did:key:u7QE", MULTIKEY + "2", MULTIKEY[:-1]):
        with pytest.raises(BadKey):
            keys.parse_public_key(text)


@given(st.binary(max_size=80))
def test_base58_round_trip(value: bytes) -> None:
    assert keys.base58_decode(keys.base58_encode(value)) == value


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"\0\0a", "112g"), (b"Hello World!", "2NEpo7TZRRrLZSi2U")],
)
def test_base58_of_its_draft(raw: bytes, text: str) -> None:
    assert keys.base58_encode(raw) == text


@given(st.text() | st.text(alphabet="z6Mk\\n-", max_size=60))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    for candidate in (
        text,
        f"-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----",
        "z" + text,
    ):
        try:
            keys.parse_public_key(candidate)
        except BadKey as error:
            assert str(error)
