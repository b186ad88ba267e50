import pytest

from activitypub.documents import ANH, FEATURED_COLLECTION, HOME, note
from noi.activitypub.collections import (
    CollectionRef,
    item_ids,
    read_collection,
    read_reference,
)
from noi.activitypub.normalize import Document
from noi.models.errors import BadDocument

ID = f"{HOME}/replies"


def test_an_embedded_first_page() -> None:
    collection = read_collection(
        {
            "id": ID,
            "type": "Collection",
            "totalItems": "3",
            "first": {
                "type": "CollectionPage",
                "partOf": ID,
                "next": f"{ID}?page=1",
                "items": [f"{HOME}/1", {"id": f"{HOME}/2", "type": "Note"}, None, 5],
            },
        }
    )
    assert (collection.total, collection.first, collection.items) == (3, "", ())
    page = collection.first_page
    assert page is not None
    assert page.is_page
    assert (page.next, page.part_of) == (f"{ID}?page=1", ID)
    assert item_ids(page) == (f"{HOME}/1", f"{HOME}/2")


def test_a_linked_first_page() -> None:
    collection = read_collection({"id": ID, "type": "OrderedCollection", "first": f"{ID}?page=1"})
    assert (collection.first, collection.first_page) == (f"{ID}?page=1", None)


def test_a_page() -> None:
    page = read_collection(
        {
            "id": f"{ID}?page=2",
            "type": "OrderedCollectionPage",
            "partOf": ID,
            "prev": f"{ID}?page=1",
            "orderedItems": f"{HOME}/1",
        }
    )
    assert page.is_page
    assert (page.prev, page.items) == (f"{ID}?page=1", (f"{HOME}/1",))


def test_items_are_bounded() -> None:
    document: Document = {
        "type": "Collection",
        "items": [f"{HOME}/{number}" for number in range(50)],
    }
    assert len(read_collection(document, max_items=7).items) == 7


def test_pages_within_pages_are_not_followed() -> None:
    page: dict[str, object] = {"type": "CollectionPage", "items": [1], "next": ID}
    for _ in range(40):
        page = {"type": "CollectionPage", "items": [], "first": page}
    assert read_collection(page).first_page is None


def test_a_collection_of_accounts() -> None:
    collection = read_collection(FEATURED_COLLECTION)
    assert (collection.name, collection.attributed_to) == ("Nhà thơ", ANH)
    assert collection.url == f"{HOME}/collections/1"
    assert len(collection.items) == collection.total == 1


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        (ID, CollectionRef(ID, None)),
        ({"id": ID, "type": "Collection", "totalItems": 5}, CollectionRef(ID, 5)),
        ({"type": "Collection", "totalItems": 0}, CollectionRef("", 0)),
        ({"type": "Collection"}, None),
        (None, None),
        ("x", None),
    ],
)
def test_references(value: object, reference: CollectionRef | None) -> None:
    assert read_reference(value) == reference


def test_other_documents() -> None:
    with pytest.raises(BadDocument):
        read_collection(note())
