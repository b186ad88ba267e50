"""What is written of an account is what is read of it."""

from typing import Any, cast

import msgspec
import pytest

from activitypub.views import LAN, NOW, ORIGIN, account, file_url
from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.key_documents import read_key
from noi.activitypub.keys import new_ed25519_pair, new_rsa_pair, parse_public_key
from noi.activitypub.objects import read_object
from noi.activitypub.outgoing import encode
from noi.activitypub.written_actors import (
    ActorFacts,
    actor,
    instance_actor,
    key_stub,
    tombstone,
)
from noi.models.accounts import AccountKind, Field
from noi.models.statuses import CustomEmoji

RSA, ED25519 = new_rsa_pair().public_key, new_ed25519_pair().public_key


def _written(facts: dict[str, object] | None = None, **changes: object) -> dict[str, Any]:
    values: dict[str, object] = {
        "account": account(**changes),
        "origin": ORIGIN,
        "host": "nha.example",
        "public_key": RSA,
        "ed25519_public_key": ED25519,
        "file_url": file_url,
    }
    whole = ActorFacts(**cast("Any", values | (facts or {})))
    return msgspec.json.decode(encode(actor(whole)))


def _read(facts: dict[str, object] | None = None, **changes: object) -> Actor:
    return read_actor(_written(facts, **changes))


def test_addresses_and_keys() -> None:
    read = _read()
    assert (read.id, read.username, read.webfinger) == (LAN, "lan", "lan@nha.example")
    assert (read.inbox, read.shared_inbox) == (f"{LAN}/inbox", f"{ORIGIN}/inbox")
    assert (read.outbox, read.url) == (f"{LAN}/outbox", f"{ORIGIN}/@lan")
    assert (read.followers, read.following) == (f"{LAN}/followers", f"{LAN}/following")
    assert read.featured == f"{LAN}/collections/featured"
    assert read.featured_tags == f"{LAN}/collections/tags"
    rsa, ed25519 = read.keys
    assert (rsa.id, ed25519.id) == (f"{LAN}#main-key", f"{LAN}#ed25519-key")
    assert parse_public_key(rsa.pem) == parse_public_key(RSA)
    assert parse_public_key(ed25519.multibase) == parse_public_key(ED25519)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("person", "Person"), ("bot", "Service"), ("group", "Group"), ("hub", "Application")],
)
def test_kinds(kind: str, type_: str) -> None:
    assert _read(kind=AccountKind(kind)).type == type_


def test_profiles() -> None:
    fields = [Field("Trang", '<a href="https://lan.example">lan.example</a>', "<a>lan</a>")]
    read = _read(
        {
            "also_known_as": ["https://kia.example/users/lan"],
            "moved_to_uri": "https://xa.example/users/lan",
            "emojis": [CustomEmoji(5, "meo", "", "e/m.png", "e/s.png", "", True)],
            "hashtags": ["làng"],
        },
        display_name="Lan",
        note_html="<p>Ở làng</p>",
        fields=msgspec.json.encode(fields).decode(),
        avatar="a/b.png",
        avatar_description="Lan cười",
        header="a/h.jpg",
        locked=True,
        discoverable=True,
    )
    assert (read.name, read.summary) == ("Lan", "<p>Ở làng</p>")
    assert [(field.name, field.value) for field in read.fields] == [("Trang", "<a>lan</a>")]
    assert read.icon is not None
    assert (read.icon.url, read.icon.media_type, read.icon.description) == (
        f"{ORIGIN}/media/a/b.png",
        "image/png",
        "Lan cười",
    )
    assert read.image is not None
    assert (read.image.url, read.image.media_type) == (f"{ORIGIN}/media/a/h.jpg", "image/jpeg")
    assert (read.locked, read.discoverable, read.indexable) == (True, True, False)
    assert read.also_known_as == ("https://kia.example/users/lan",)
    assert read.moved_to == "https://xa.example/users/lan"
    assert [emoji.name for emoji in read.emojis] == ["meo"]
    assert [found.name for found in read.hashtags] == ["làng"]
    assert read.published == NOW


def test_suspended_accounts_tell_nothing_but_that() -> None:
    changes = {"display_name": "Lan", "note_html": "<p>Ở làng</p>", "avatar": "a/b.png"}
    document = _written({"suspended": True}, **changes)
    read = read_actor(document)
    assert read.suspended
    assert (read.name, read.summary, read.icon) == ("", "", None)
    assert len(read.keys) == 2
    assert "làng" not in str(document)


def test_the_networks_own_actor() -> None:
    uri = f"{ORIGIN}/actor"
    read = read_actor(instance_actor(uri, ORIGIN, "nha.example", RSA, ED25519))
    assert (read.id, read.type, read.username) == (uri, "Application", "nha.example")
    assert (read.inbox, read.shared_inbox) == (f"{uri}/inbox", f"{ORIGIN}/inbox")
    assert len(read.keys) == 2


def test_a_stub_holds_the_keys_alone() -> None:
    stub = key_stub(account(display_name="Lan"), RSA, ED25519)
    for key_id in (f"{LAN}#main-key", f"{LAN}#ed25519-key"):
        assert read_key(stub, key_id).owner == LAN
    assert "Lan" not in str(stub)
    assert read_actor(stub).inbox == f"{LAN}/inbox"


def test_tombstones() -> None:
    read = read_object(tombstone(f"{LAN}/statuses/9", NOW))
    assert (read.type, read.id, read.deleted) == ("Tombstone", f"{LAN}/statuses/9", NOW)
