"""The examples of RFC 9421: its appendix B and section 4.3."""

import pytest

from noi.activitypub import keys, rfc9421, signatures
from noi.activitypub.signatures import BadSignature, Request, Response

# RFC 9421, appendix B.1.
ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""
ED25519_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----"""
RSA = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----"""

# Appendix B.2.
REQUEST_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BN"
    "NyealdVLvRwEmTHWXvJwew==:"
)
RESPONSE_DIGEST = (
    "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWd"
    "XymyU0rjJuahq4l5aGgfLQ==:"
)
REQUEST = Request(
    "POST",
    "https://example.com",
    "/foo?param=Value&Pet=dog",
    {
        "host": "example.com",
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": REQUEST_DIGEST,
        "content-length": "18",
    },
    b'{"hello": "world"}',
)
RESPONSE = Response(
    200,
    {
        "date": "Tue, 20 Apr 2021 02:07:56 GMT",
        "content-type": "application/json",
        "content-digest": RESPONSE_DIGEST,
        "content-length": "23",
    },
    b'{"message": "good dog"}',
)
B21 = ("()", ';created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"')
B22 = (
    '("@authority" "content-digest" "@query-param";name="Pet")',
    ';created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
)
B23 = (
    '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" '
    '"content-length")',
    ';created=1618884473;keyid="test-key-rsa-pss"',
)
B24 = (
    '("@status" "content-type" "content-digest" "content-length")',
    ';created=1618884473;keyid="test-key-ecc-p256"',
)
B25 = ('("date" "@authority" "content-type")', ';created=1618884473;keyid="test-shared-secret"')
B26 = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")',
    ';created=1618884473;keyid="test-key-ed25519"',
)
B26_SIGNATURE = (
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
)
VALUES = {
    '"@authority"': "example.com",
    '"@method"': "POST",
    '"@path"': "/foo",
    '"@query"': "?param=Value&Pet=dog",
    '"@query-param";name="Pet"': "dog",
    '"@status"': "200",
    '"date"': "Tue, 20 Apr 2021 02:07:55 GMT",
    '"content-type"': "application/json",
}


@pytest.mark.parametrize("vector", [B21, B22, B23, B24, B25, B26])
def test_signature_bases_of_appendix_b2(vector: tuple[str, str]) -> None:
    components, parameters = vector
    message = RESPONSE if vector is B24 else REQUEST
    values = {**VALUES, '"content-digest"': message.headers["content-digest"]}
    values['"content-length"'] = message.headers["content-length"]
    lines = [f"{name}: {values[name]}" for name in components.strip("()").split()]
    lines.append(f'"@signature-params": {components}{parameters}')
    parsed = rfc9421.parse_inputs(f"sig-b2={components}{parameters}")["sig-b2"]
    assert rfc9421.signature_base(parsed, message).decode() == "\n".join(lines)


def test_ed25519_of_appendix_b26() -> None:
    parsed = rfc9421.parse_inputs("sig-b26=" + "".join(B26))["sig-b26"]
    base = rfc9421.signature_base(parsed, REQUEST)
    signature = signatures.decode_base64(B26_SIGNATURE)
    assert keys.verify_bytes(keys.parse_public_key(ED25519), signature, base)
    assert keys.sign_bytes(keys.parse_private_key(ED25519_PRIVATE), base) == signature


def test_rsa_of_section_4_3() -> None:
    signed = (
        '("@method" "@authority" "@path" "content-digest" "content-type" "content-length" '
        '"forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256"'
        ";expires=1618884540"
    )
    signature = (
        "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOa"
        "YmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tS"
        "Fu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PB"
        "Pv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g=="
    )
    # The client's own signature (ECDSA, no `alg`) is not acceptable under the proxy's authority.
    client = '("@method" "@authority" "@path");created=1618884475;keyid="test-key-ecc-p256"'
    headers = {
        **REQUEST.headers,
        "forwarded": "for=192.0.2.123;host=example.com;proto=https",
        "signature-input": f"sig1={client}, proxy_sig={signed}",
        "signature": f"sig1=:YQ==:, proxy_sig=:{signature}:",
    }
    request = Request(
        "POST", "https://origin.host.internal.example", REQUEST.target, headers, REQUEST.body
    )
    claim = rfc9421.read(request, 1618884500_000)
    assert claim.key_id == "test-key-rsa"
    signatures.verify(claim, keys.parse_public_key(RSA))
    with pytest.raises(BadSignature, match="too old"):
        rfc9421.read(request, 1618884540_000 + 3_600_001)


def test_transformations_of_appendix_b4() -> None:
    signed = '("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"'
    signature = (
        "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA=="
    )

    def holds(method: str, origin: str, target: str, *accept: bytes) -> bool:
        headers = signatures.join_headers([(b"Accept", value) for value in accept])
        headers["signature-input"] = f"transform={signed}"
        headers["signature"] = f"transform=:{signature}:"
        request = Request(method, origin, target, headers)
        try:
            claim = rfc9421.read(request, 1618884473_000)
            signatures.verify(claim, keys.parse_public_key(ED25519))
        except BadSignature:
            return False
        return True

    both = (b"application/json", b"*/*")
    query = "/demo?name1=Value1&Name2=value2"
    assert holds("GET", "https://example.org", query, *both)
    assert holds("GET", "https://example.org", query + "&param=added", *both)
    assert holds("GET", "https://example.org", query, b"application/json, */*")
    assert not holds("POST", "https://example.org", query, *both)
    assert not holds("GET", "https://example.com", query, *both)
    assert not holds("GET", "https://example.org", query, b"*/*", b"application/json")
