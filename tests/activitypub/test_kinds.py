import pytest

from noi.activitypub.kinds import Kind, expect, kind_of
from noi.activitypub.normalize import Document
from noi.activitypub.vocabulary import ACTOR_TYPES, OBJECT_TYPES
from noi.models.errors import BadDocument


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ({"type": "Person"}, Kind.ACTOR),
        ({"type": ["x:Robot", "Service"]}, Kind.ACTOR),
        ({"type": "Note", "actor": 1, "object": 2}, Kind.OBJECT),
        ({"type": ["Note", "Person"]}, Kind.OBJECT),
        ({"type": "Question"}, Kind.OBJECT),
        ({"type": "Create"}, Kind.ACTIVITY),
        ({"type": "Applaud", "actor": 1, "object": 2}, Kind.ACTIVITY),
        ({"type": "OrderedCollectionPage"}, Kind.COLLECTION),
        ({"type": "Shelf", "orderedItems": []}, Kind.COLLECTION),
        ({"type": "Robot", "inbox": "x"}, Kind.ACTOR),
        ({"type": "Review"}, Kind.OBJECT),
    ],
)
def test_kinds(node: Document, kind: Kind) -> None:
    assert kind_of(node) is kind


@pytest.mark.parametrize("node", [{}, {"type": None}, {"type": 5}, {"type": []}, {"type": ""}])
def test_no_type_no_kind(node: Document) -> None:
    with pytest.raises(BadDocument, match="no type"):
        kind_of(node)


def test_nothing_is_read_as_two_things() -> None:
    node: Document = {"type": ["Note", "Person"]}
    assert expect(node, Kind.OBJECT, OBJECT_TYPES) == "Note"
    with pytest.raises(BadDocument, match="kind"):
        expect(node, Kind.ACTOR, ACTOR_TYPES)


def test_the_known_type_is_preferred() -> None:
    assert expect({"type": ["x:Robot", "Service"]}, Kind.ACTOR, ACTOR_TYPES) == "Service"
    assert expect({"type": ["Review", "Opinion"]}, Kind.OBJECT, OBJECT_TYPES) == "Review"
