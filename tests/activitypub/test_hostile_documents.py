"""Whatever is sent, reading it ends soon, in a struct or in `BadDocument`."""

import time
from collections.abc import Callable
from functools import cache

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import documents
from activitypub.fixtures_table import ROWS
from activitypub.recorded import FOLDER, recorded
from noi.activitypub.activities import embedded_object, read_activity
from noi.activitypub.actors import read_actor
from noi.activitypub.collections import (
    item_ids,
    read_collection,
    read_reference,
)
from noi.activitypub.key_documents import read_key
from noi.activitypub.kinds import kind_of
from noi.activitypub.normalize import Document, compact, is_list, is_node, load
from noi.activitypub.objects import read_object
from noi.activitypub.policies import read_authorization, read_policy
from noi.activitypub.vocabulary import (
    ACTIVITY_TYPES,
    ACTOR_TYPES,
    COLLECTION_TYPES,
    EXTENSION_TERMS,
    OBJECT_TYPES,
    PUBLIC,
)
from noi.models.errors import BadDocument

SECONDS = 1.0
"""Far above what any document takes (milliseconds), far below what would block a worker."""

URI = documents.NOTE_ID

_MEMBERS = """
    @id @type @value @list @set @language id type actor object target to cc audience attributedTo
    content contentMap summary name nameMap source mediaType url href icon image attachment tag
    inReplyTo context conversation published updated sensitive oneOf anyOf replies totalItems
    closed endTime votersCount quote quoteUrl interactionPolicy canReply automaticApproval always
    publicKey publicKeyPem assertionMethod owner inbox preferredUsername webfinger endpoints
    sharedInbox alsoKnownAs items orderedItems first next preview duration width height focalPoint
    blurhash location address startTime rel attributionDomains language identifier result
    instrument featuredObject interactingObject interactionTarget signature moderators
"""
MEMBERS = _MEMBERS.split()

names = st.one_of(
    st.sampled_from(MEMBERS),
    st.sampled_from([f"as:{member}" for member in MEMBERS]),
    st.sampled_from(list(EXTENSION_TERMS)),
    st.text(max_size=5),
)
types = st.sampled_from(
    sorted(
        ACTIVITY_TYPES
        | ACTOR_TYPES
        | COLLECTION_TYPES
        | OBJECT_TYPES
        | {"Link", "Mention", "Hashtag", "Emoji", "PropertyValue", "Place", "Multikey", "Review"}
    )
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    types,
    st.sampled_from([URI, PUBLIC, "as:Public", "2026-02-03T04:05:06Z", "PT1S", "vi", "text/html"]),
)
values: st.SearchStrategy[object] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(names, inner, max_size=6),
        st.fixed_dictionaries({"type": types, "id": st.just(URI), "actor": st.just(URI)}).flatmap(
            lambda node: st.dictionaries(names, inner, max_size=5).map(lambda more: more | node)
        ),
    ),
    max_leaves=12,
)


def read_create(document: Document) -> object:
    return embedded_object(read_activity(document))


READERS: list[Callable[[Document], object]] = [
    read_actor,
    read_object,
    read_activity,
    read_create,
    read_authorization,
    read_reference,
    read_policy,
    lambda document: kind_of(compact(document)),
    lambda document: read_key(document, URI),
    lambda document: item_ids(read_collection(document)),
]


def read_all_ways(sent: bytes) -> None:
    started = time.process_time()
    try:
        document = load(sent)
    except BadDocument:
        return
    for reader in READERS:
        try:
            reader(document)
        except BadDocument as refusal:
            assert str(refusal)  # for people
    assert time.process_time() - started < SECONDS


@given(st.binary(max_size=200))
def test_any_bytes(sent: bytes) -> None:
    read_all_ways(sent)


@given(values)
def test_any_json(value: object) -> None:
    read_all_ways(orjson.dumps(value))


@given(types, st.dictionaries(names, values, max_size=6))
def test_any_members(type_: str, members: dict[str, object]) -> None:
    read_all_ways(orjson.dumps({"type": type_, "id": URI, "actor": URI, **members}))


MADE_UP: list[Document] = [
    documents.AKKOMA_REACTION,
    documents.BOOKWYRM_REVIEW,
    documents.FEATURED_COLLECTION,
    documents.FUNKWHALE_AUDIO,
    documents.GHOST_ARTICLE,
    documents.GOTOSOCIAL_KEY,
    documents.MASTODON_QUOTE,
    documents.MISSKEY_NOTE,
    documents.PIXELFED_NOTE,
    documents.activity("Create", documents.note()),
    documents.actor(),
]
SHORT = [path for path, _, _, _ in ROWS if path != "wordpress/objects/page.json"]


@cache
def all_documents() -> list[bytes]:
    found = [orjson.dumps(document) for document in MADE_UP]
    return found + [recorded(path) for path in SHORT] if FOLDER.is_dir() else found


def containers(value: object) -> list[Document | list[object]]:
    """The objects and arrays in a document, itself first."""
    if is_node(value):
        return [value, *(inner for item in value.values() for inner in containers(item))]
    if is_list(value):
        return [value, *(inner for item in value for inner in containers(item))]
    return []


@given(st.data())
def test_documents_with_anything_changed(data: st.DataObject) -> None:
    document = load(data.draw(st.sampled_from(all_documents())))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(containers(document)))
        if isinstance(place, list):
            place.insert(0, data.draw(values))
        elif place and data.draw(st.booleans()):
            place.pop(data.draw(st.sampled_from(sorted(place))))
        else:
            name = data.draw(st.sampled_from(sorted(place)) if place else names)
            place[name] = data.draw(values)
    read_all_ways(orjson.dumps(document))


def nested(value: object, depth: int) -> object:
    for level in range(depth):
        value = [value] if level % 2 else {"@list": value}
    return value


@pytest.mark.parametrize("type_", ["Note", "Create", "Person", "Collection"])
@pytest.mark.parametrize("member", ["object", "tag", "url", "attachment", "to", "content", "icon"])
def test_wide_and_deep(member: str, type_: str) -> None:
    wide = [{"type": "Link", "href": URI, "url": [URI] * 15, "tag": [{"href": URI}]}] * 600
    for value in (wide, [URI] * 15_000, nested(wide[:100], 50), nested([[URI] * 90] * 90, 50)):
        document = {"type": type_, "id": URI, "actor": URI, "object": URI, member: value}
        read_all_ways(orjson.dumps(document))
