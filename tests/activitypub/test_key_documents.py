import pytest

from activitypub.documents import ANH, GOTOSOCIAL_KEY, HOME, actor
from noi.activitypub.actors import read_actor
from noi.activitypub.key_documents import KeyDocument, read_key
from noi.activitypub.normalize import Document
from noi.models.errors import BadDocument

PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
MULTIKEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def key(**members: object) -> Document:
    return {"id": f"{ANH}#main-key", "owner": ANH, "publicKeyPem": PEM, **members}


def multikey(**members: object) -> Document:
    return {
        "id": f"{ANH}#ed25519-key",
        "type": "Multikey",
        "controller": ANH,
        "publicKeyMultibase": MULTIKEY,
        **members,
    }


MAIN = KeyDocument(id=f"{ANH}#main-key", owner=ANH, pem=PEM)
ED25519 = KeyDocument(id=f"{ANH}#ed25519-key", owner=ANH, multibase=MULTIKEY)


@pytest.mark.parametrize(
    ("members", "keys"),
    [
        ({"publicKey": key()}, (MAIN,)),
        ({"publicKey": [key(), None, "x"]}, (MAIN,)),
        ({"publicKey": key(owner=None)}, (MAIN,)),
        ({"publicKey": key(), "assertionMethod": [multikey()]}, (MAIN, ED25519)),
        ({"assertionMethod": multikey(controller={"id": ANH})}, (ED25519,)),
        ({"sec:publicKey": {"@id": f"{ANH}#main-key", "sec:publicKeyPem": PEM}}, (MAIN,)),
        ({"publicKey": [key(), key(publicKeyPem="other")]}, (MAIN,)),
        ({"publicKey": f"{ANH}#main-key"}, ()),
        ({"publicKey": key(publicKeyPem="x" * 20_000)}, ()),
        ({"publicKey": key(id=None)}, ()),
        ({}, ()),
    ],
)
def test_keys_of_actors(members: dict[str, object], keys: tuple[KeyDocument, ...]) -> None:
    assert read_actor(actor(**members)).keys == keys


def test_keys_of_others_are_left_out() -> None:
    assert read_actor(actor(publicKey=key(owner=f"{HOME}/users/b"))).keys == ()
    assert read_actor(actor(publicKey=key(id="https://other.example/key"))).keys == ()


def test_the_stub_of_gotosocial() -> None:
    found = read_key(GOTOSOCIAL_KEY, "https://gts.example/users/anh/main-key")
    assert found.owner == "https://gts.example/users/anh"
    assert found.pem


@pytest.mark.parametrize(
    "document",
    [
        key(),
        actor(publicKey=key()),
        actor(publicKey=[key(id=f"{ANH}#old"), key()]),
        {"@context": "https://w3id.org/security/v1", **key(), "type": "Key"},
    ],
)
def test_the_key_that_was_asked_for(document: Document) -> None:
    assert read_key(document, f"{ANH}#main-key") == MAIN


def test_a_multikey_alone() -> None:
    assert read_key(multikey(), f"{ANH}#ed25519-key") == ED25519


@pytest.mark.parametrize(
    "document",
    [
        {},
        key(id=f"{ANH}#other"),
        key(owner=None),
        key(owner="https://other.example/users/b"),
        actor(),
        actor(publicKey=key(owner=f"{HOME}/users/b")),
        actor(id=None, publicKey=key()),
    ],
)
def test_another_key(document: Document) -> None:
    with pytest.raises(BadDocument, match="key"):
        read_key(document, f"{ANH}#main-key")
