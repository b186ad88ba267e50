import copy
import importlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from activitypub.signing_keys import NOW, ed25519_private, pair, public
from noi.activitypub import integrity, keys
from noi.activitypub.signatures import BadSignature

apsig = importlib.import_module("apsig.proof.sign")
apsig_verify = importlib.import_module("apsig.proof.verify")

KEY_ID = "https://noi.example/users/lan#ed25519-key"
# The key of both sets of vectors: https://www.w3.org/TR/vc-di-eddsa/#representation-eddsa-jcs-2022
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
CREATED = 1677281798_000

# https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.feature
FEP_DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
FEP_KEY_ID = "https://server.example/users/alice#ed25519-key"
FEP_PROOF: dict[str, Any] = {
    "@context": CONTEXT,
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": FEP_KEY_ID,
    "proofPurpose": "assertionMethod",
    "proofValue": "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZ"
    "fytxa4fQ5TYHaJENCxUDe9SdL",
    "created": "2023-02-24T23:36:38Z",
}
CREDENTIALS = [
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/examples/v2",
]
W3C_DOCUMENT: dict[str, Any] = {
    "@context": CREDENTIALS,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
W3C_KEY_ID = f"https://vc.example/issuers/5678#{PUBLIC}"
W3C_PROOF: dict[str, Any] = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": W3C_KEY_ID,
    "proofPurpose": "assertionMethod",
    "@context": CREDENTIALS,
    "proofValue": "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjme"
    "EuCBEsddF9LsVogtuTsijJKh4",
}


def vector_key() -> Any:
    ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    return ed25519.Ed25519PrivateKey.from_private_bytes(keys.base58_decode(SECRET[1:])[2:])


@pytest.mark.parametrize(
    ("document", "key_id", "proof"),
    [(FEP_DOCUMENT, FEP_KEY_ID, FEP_PROOF), (W3C_DOCUMENT, W3C_KEY_ID, W3C_PROOF)],
)
def test_vectors(document: dict[str, Any], key_id: str, proof: dict[str, Any]) -> None:
    signed = integrity.sign(document, vector_key(), key_id, CREATED)
    assert signed == {**document, "proof": proof}
    assert integrity.verification_method(signed) == key_id
    integrity.verify(signed, keys.parse_public_key(PUBLIC), NOW)


def signed(document: dict[str, Any]) -> dict[str, Any]:
    return integrity.sign(document, ed25519_private(), KEY_ID, NOW)


def check(document: dict[str, Any], kind: str = "ed25519", which: int = 0) -> None:
    integrity.verify(document, public(kind, which), NOW)


def test_a_linked_data_signature_is_not_part_of_it() -> None:
    check({**signed(FEP_DOCUMENT), "signature": {"type": "RsaSignature2017"}})


def test_a_proof_in_a_list_is_found() -> None:
    document = signed(FEP_DOCUMENT)
    other = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}
    check({**document, "proof": ["x", other, document["proof"]]})


def test_other_proofs_count_as_none() -> None:
    others: list[Any] = [None, "x", [], {"type": "Ed25519Signature2020"}]
    for proof in [*others, {**FEP_PROOF, "cryptosuite": "x"}]:
        document: dict[str, Any] = {**FEP_DOCUMENT, "proof": proof}
        assert integrity.verification_method(document) is None
        with pytest.raises(BadSignature, match="no integrity proof"):
            check(document)
    assert integrity.verification_method({}) is None


def test_the_key_has_to_be_right() -> None:
    document = signed(FEP_DOCUMENT)
    with pytest.raises(BadSignature, match="is not by the key"):
        check(document, which=1)
    with pytest.raises(BadSignature, match="algorithm"):
        check(document, kind="rsa")


def test_contexts_may_be_added_behind_the_signed_ones() -> None:
    document = signed(FEP_DOCUMENT)
    check({**document, "@context": [*CONTEXT, "https://w3id.org/security/v1"]})
    for context in (CONTEXT[:1], CONTEXT[::-1], CONTEXT[0], None):
        with pytest.raises(BadSignature, match="context"):
            check({**document, "@context": context})


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2023-02-24T23:36:39Z"},
        {"created": 5},
        {"created": "yesterday"},
        {"expires": "2023-02-24T23:36:38Z"},
        {"proofPurpose": "authentication"},
        {"verificationMethod": FEP_KEY_ID},
        {"verificationMethod": None},
        {"proofValue": None},
        {"proofValue": "u" + "a" * 80},
        {"proofValue": "z0"},
        {"proofValue": "z" + "2" * 500},
        {"proofValue": FEP_PROOF["proofValue"]},
        {"@context": CONTEXT[0]},
        {"extra": 1},
    ],
)
def test_changed_proofs_are_refused(change: dict[str, Any]) -> None:
    document = signed(FEP_DOCUMENT)
    with pytest.raises(BadSignature):
        check({**document, "proof": {**document["proof"], **change}})


def test_a_proof_holds_until_it_expires() -> None:
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": KEY_ID,
        "proofPurpose": "assertionMethod",
        "expires": "2023-11-14T22:13:21Z",
    }
    document: dict[str, Any] = apsig.ProofSigner(ed25519_private()).sign(FEP_DOCUMENT, options)
    check(document)
    with pytest.raises(BadSignature, match="expired"):
        integrity.verify(document, public("ed25519"), NOW + 2000)


@pytest.mark.parametrize(
    "created", ["2026-07-12T19:30:38.560996451Z", "2026-07-12T19:30:38+07:00", "2026-07-12"]
)
def test_dates_as_servers_write_them(created: str) -> None:
    document = {"proof": {**FEP_PROOF, "created": created}, "@context": CONTEXT}
    with pytest.raises(BadSignature, match="is not by the key"):
        check(document)


def test_we_sign_and_apsig_verifies() -> None:
    verifier = apsig_verify.ProofVerifier(public("ed25519"))
    document = copy.deepcopy(signed(FEP_DOCUMENT))
    assert verifier.verify(document, raise_on_fail=True) == KEY_ID
    assert keys.multikey(pair("ed25519").public_key).startswith("z6Mk")


def test_what_has_no_canonical_form_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(2000):
        deep = {"a": deep}
    for value in (2**53, float("nan"), "\ud800", {"\ud800": 1}, deep):
        with pytest.raises(BadSignature, match="canonical"):
            signed({"x": value})
        with pytest.raises(BadSignature):
            check({**signed(FEP_DOCUMENT), "x": value})


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(st.dictionaries(st.text(max_size=10), JSON, max_size=5))
def test_anything_signed_verifies_and_no_change_does(document: dict[str, Any]) -> None:
    document.pop("proof", None)
    document.pop("signature", None)
    good = signed(document)
    check(good)
    for name in document:
        if name != "@context":
            with pytest.raises(BadSignature):
                check({key: value for key, value in good.items() if key != name})
    with pytest.raises(BadSignature):
        check({**good, "a new name": 1})


@given(st.dictionaries(st.sampled_from(["proof", "@context", "type"]), JSON), JSON)
def test_any_document_is_verified_or_refused(document: dict[str, Any], proof: Any) -> None:
    proofs = [proof]
    if isinstance(proof, dict):
        proofs.append({**FEP_PROOF, **proof})
    for one in proofs:
        with pytest.raises(BadSignature):
            check({**document, "proof": one})


def test_canonical_form_of_the_rfc() -> None:
    # RFC 8785, section 3.2.2 and 3.2.3.
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "\ufb33": 1,
        "😀": 2,
        "literals": [None, True, False],
    }
    assert rfc8785.dumps(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","😀":2,"\ufb33":1}'
    )
