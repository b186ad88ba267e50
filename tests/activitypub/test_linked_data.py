import copy
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub.signing_keys import KEY_ID, NOW, ed25519_private, public, rsa_private
from noi.activitypub import contexts, integrity, keys, linked_data
from noi.activitypub.contexts import UnknownContext
from noi.activitypub.signatures import BadSignature

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
ACTOR = "https://peer.example/users/lan"
NOTE: dict[str, Any] = {
    "id": f"{ACTOR}/statuses/1",
    "type": "Note",
    "summary": None,
    "published": "2024-01-01T00:00:00Z",
    "attributedTo": ACTOR,
    "to": [PUBLIC],
    "cc": [f"{ACTOR}/followers"],
    "sensitive": False,
    "content": "<p>Chào</p>",
    "contentMap": {"vi": "<p>Chào</p>"},
    "attachment": [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": "https://peer.example/1.png",
            "name": "Một con mèo",
            "focalPoint": [0.25, -0.5],
        }
    ],
    "tag": [
        {"type": "Mention", "href": "https://noi.example/users/minh", "name": "@minh"},
        {"type": "Hashtag", "href": "https://peer.example/tags/meo", "name": "#mèo"},
    ],
    "replies": {
        "id": f"{ACTOR}/statuses/1/replies",
        "type": "Collection",
        "first": {"type": "CollectionPage", "partOf": f"{ACTOR}/statuses/1/replies", "items": []},
    },
}
CREATE: dict[str, Any] = {
    "@context": [
        AS,
        {
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "toot": "http://joinmastodon.org/ns#",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        },
    ],
    "id": f"{ACTOR}/statuses/1/activity",
    "type": "Create",
    "actor": ACTOR,
    "to": [PUBLIC],
    "object": NOTE,
}


def signed(document: dict[str, Any]) -> dict[str, Any]:
    return linked_data.sign(document, rsa_private(), KEY_ID, NOW)


def check(document: dict[str, Any], kind: str = "rsa", which: int = 0) -> dict[str, Any]:
    return linked_data.verify(document, public(kind, which))


def test_round_trip() -> None:
    document = signed(CREATE)
    assert linked_data.creator(document) == KEY_ID
    assert document["signature"]["created"] == "2023-11-14T22:13:20Z"
    trusted = check(document)
    assert trusted["actor"] == ACTOR
    note = trusted["object"]
    assert note["content"] == "<p>Chào</p>"
    assert note["sensitive"] is False
    assert note["attachment"]["focalPoint"] == [0.25, -0.5]
    assert note["to"] == "as:Public"
    assert {tag["name"] for tag in note["tag"]} == {"@minh", "#mèo"}
    assert "signature" not in trusted


def test_the_key_has_to_be_right() -> None:
    with pytest.raises(BadSignature, match="is not by the key"):
        check(signed(CREATE), which=1)
    with pytest.raises(BadSignature, match="algorithm"):
        check(signed(CREATE), kind="ed25519")


def test_without_a_signature() -> None:
    signatures: list[Any] = [None, "x", [], {"type": "Other", "creator": KEY_ID}]
    for signature in signatures:
        document = {**CREATE, "signature": signature}
        assert linked_data.creator(document) is None
        with pytest.raises(BadSignature, match="no linked-data signature"):
            check(document)


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2023-11-14T22:13:21Z"},
        {"creator": KEY_ID + "2"},
        {"nonce": "x"},
        {"created": 5},
        {"signatureValue": "YQ=="},
        {"signatureValue": "%"},
        {"signatureValue": None},
    ],
)
def test_changed_signatures_are_refused(change: dict[str, Any]) -> None:
    document = signed(CREATE)
    with pytest.raises(BadSignature):
        check({**document, "signature": {**document["signature"], **change}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("actor",), "https://evil.example/users/x"),
        (("object", "content"), "<p>Khác</p>"),
        (("object", "sensitive"), True),
        (("object", "cc"), [PUBLIC]),
        (("object", "attachment", 0, "focalPoint"), [0.25, 0.5]),
        (("object", "tag", 0, "href"), "https://noi.example/users/other"),
        (("type",), "Update"),
    ],
)
def test_changed_documents_are_refused(path: tuple[str | int, ...], value: Any) -> None:
    document = copy.deepcopy(signed(CREATE))
    target: Any = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(BadSignature, match="is not by the key"):
        check(document)


def test_what_is_not_signed_is_not_returned() -> None:
    document = copy.deepcopy(signed(CREATE))
    document["object"]["quoteUri"] = "https://evil.example/1"
    document["unknown"] = "x"
    note = {**document["object"], "type": ["Note", "Unknown"]}
    trusted = check(document)
    assert "quoteUri" not in trusted["object"]
    assert "unknown" not in trusted
    trusted = check(signed({**document, "object": note}))
    assert trusted["object"]["type"] == "Note"


def test_renamed_terms_come_back_by_their_usual_names() -> None:
    document = copy.deepcopy(signed(CREATE))
    document["@context"].append({"summary": "as:content", "content": "as:summary"})
    note = document["object"]
    note["summary"], note["content"] = note.pop("content"), None
    trusted = check(document)
    assert trusted["object"]["content"] == "<p>Chào</p>"
    assert "summary" not in trusted["object"]


@pytest.mark.parametrize("context", [contexts.DATA_INTEGRITY_V1, contexts.SECURITY_V1])
def test_an_integrity_proof_may_be_inside(context: str) -> None:
    document = {**CREATE, "@context": [*CREATE["@context"], context]}
    both = signed(integrity.sign(document, ed25519_private(), KEY_ID, NOW))
    integrity.verify(both, public("ed25519"), NOW)
    trusted = check(both)
    assert "proof" not in trusted
    assert trusted["actor"] == ACTOR
    hidden = {**both["proof"], "domain": {"@value": "x", "@type": "http://a> .\n<http://b"}}
    for proof in (hidden, {**both["proof"], "@included": [{"id": "https://evil.example/1"}]}):
        with pytest.raises(BadSignature):
            check({**both, "proof": proof})


@pytest.mark.parametrize(
    "extra",
    [
        {"tag": [{"id": "relative", "type": "Mention", "href": "https://evil.example/x"}]},
        {"tag": [{"id": "_:b0", "type": "Mention"}]},
        {"tag": [{"type": "https://evil.example/a b", "href": "https://evil.example/x"}]},
        {"name": {"@value": "x", "@type": "no such type"}},
        {"@graph": [{"id": "https://evil.example/1", "content": "x"}]},
        {"@included": [{"id": "https://evil.example/1", "content": "x"}]},
        {"@reverse": {"object": {"id": "https://evil.example/1", "type": "Undo"}}},
        {"tag": {"@value": {"a": 1}, "@type": "@json"}},
        {"https://evil.example/a>b": "x"},
        {"name": {"@value": "x", "@language": "not a language"}},
        {"name": {"@value": "x", "@type": "http://a> .\n<http://b"}},
    ],
)
def test_unusual_json_ld_is_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        signed({**CREATE, **extra})
    with pytest.raises(BadSignature):
        check({**signed(CREATE), **extra})


def test_no_context_is_fetched() -> None:
    for context in ("https://evil.example/context", [AS, "https://evil.example/context"]):
        with pytest.raises(UnknownContext):
            check({**signed(CREATE), "@context": context})


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "Note"}
    for _ in range(depth):
        inner = {"type": "Note", "inReplyTo": inner}
    return inner


@pytest.mark.parametrize(
    "bomb",
    [
        {"inReplyTo": nested(900)},
        {"tag": [{"type": "Mention"}] * 5000},
        {"tag": [{"type": "Mention", "name": str(number)} for number in range(300)]},
        {"content": "x" * 600_000},
        {"tag": [{"@context": AS, "type": "Mention"}] * 20},
        {"tag": {"type": "Note", "attachment": [{"type": "Note"} for _ in range(12)]}},
        {"tag": [{"type": "Note", "tag": [{"type": "Note"}] * 4} for _ in range(40)]},
        {"@context": [AS, {f"t{n}": f"as:t{n}" for n in range(2000)}]},
    ],
)
def test_costly_documents_are_refused_cheaply(bomb: dict[str, Any]) -> None:
    document = {**signed(CREATE), **bomb}
    before = time.process_time()
    with pytest.raises(BadSignature):
        check(document)
    assert time.process_time() - before < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@id", "@type", "@value", "@context", "@list", "id", "type", "tag"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["@context", "id", "type", "actor", "tag"]), JSON))
def test_any_document_is_verified_or_refused(change: dict[str, Any]) -> None:
    document = {**signed(CREATE), **change}
    try:
        check(document)
    except (BadSignature, UnknownContext) as error:
        assert str(error)


RECORDED = Path(__file__).parents[3] / "shared" / "fixtures" / "activities"


@pytest.mark.parametrize(
    ("activity", "actor"),
    [
        ("smithereen/activities/create_note.json", "smithereen/objects/person.json"),
        ("friendica/activities/create_note.json", "friendica/objects/person_1.json"),
    ],
)
def test_what_other_servers_signed(activity: str, actor: str) -> None:
    if not (RECORDED / activity).is_file():
        pytest.skip(f"{RECORDED / activity} is not there")
    document = json.loads((RECORDED / activity).read_text())
    key = json.loads((RECORDED / actor).read_text())["publicKey"]
    assert linked_data.creator(document) == key["id"]
    trusted = linked_data.verify(document, keys.parse_public_key(key["publicKeyPem"]))
    assert trusted["id"] == document["id"]
    assert trusted["object"]["content"] == document["object"]["content"]
    changed = {**document, "object": {**document["object"], "content": "x"}}
    with pytest.raises(BadSignature):
        linked_data.verify(changed, keys.parse_public_key(key["publicKeyPem"]))


def test_apsig_agrees() -> None:
    apsig = importlib.import_module("apsig.ld_signature")
    pyld = importlib.import_module("pyld.jsonld")
    default = pyld.get_document_loader()
    pyld.set_document_loader(
        lambda url, _options: {  # pyright: ignore[reportUnknownLambdaType]
            "contextUrl": None,
            "documentUrl": url,
            "document": contexts.load(str(url)),  # pyright: ignore[reportUnknownArgumentType]
        }
    )
    try:
        peer = apsig.LDSignature()
        theirs = peer.sign(CREATE, KEY_ID, rsa_private())
        assert check(theirs)["actor"] == ACTOR
        assert peer.verify(signed(CREATE), public("rsa"), raise_on_fail=True) == KEY_ID
    finally:
        pyld.set_document_loader(default)


def test_pyld_is_imported_only_when_it_is_used() -> None:
    code = "import sys, noi.activitypub.linked_data; sys.exit('pyld' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
