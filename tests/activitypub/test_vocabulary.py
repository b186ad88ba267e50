"""What the Activity Vocabulary's classes and properties become: read rightly, or refused."""

from functools import reduce
from typing import Any, cast

import msgspec
import pytest

from activitypub.vocabulary_examples import EXAMPLES, Expected
from noi.activitypub.activities import read_activity
from noi.activitypub.actors import read_actor
from noi.activitypub.collections import read_collection
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.normalize import Document, compact, load
from noi.activitypub.objects import read_object
from noi.activitypub.vocabulary import AS
from noi.models.errors import BadDocument

KEPT = ("id", "@context", "inbox")
READERS = {
    Kind.ACTIVITY: read_activity,
    Kind.ACTOR: read_actor,
    Kind.COLLECTION: read_collection,
    Kind.OBJECT: read_object,
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    sent, expected = EXAMPLES[name]
    check(load(msgspec.json.encode(sent)), expected)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "Map" not in name])
def test_examples_under_whole_iris(name: str) -> None:
    sent, expected = EXAMPLES[name]
    check(load(msgspec.json.encode(under_iris(sent))), expected)


def check(document: Document, expected: Expected) -> None:
    if isinstance(expected, str):
        with pytest.raises(BadDocument, match=expected):
            read(document)
        return
    kind, found = read(document)
    for path, value in expected.items():
        if path == "kind":
            assert kind == value
        elif path == "count":
            assert len(found.items) == value
        else:
            assert reduce(step, path.split("."), found) == value, path


def read(document: Document) -> tuple[Kind, Any]:
    kind = kind_of(compact(document))
    return kind, READERS[kind](document)


def step(value: Any, name: str) -> Any:
    return value[int(name)] if name.isdigit() else getattr(value, name)


def under_iris(value: Any) -> Any:
    """The same with every property, and every type of the vocabulary, as a whole IRI."""
    if isinstance(value, list):
        return [under_iris(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in cast("dict[str, Any]", value).items():
        if name == "type":
            found["@type"] = [item if ":" in item else f"{AS}{item}"]
        elif name in KEPT:
            found[name] = item
        else:
            found[AS + name] = under_iris(item)
    return found
