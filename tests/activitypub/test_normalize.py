import orjson
import pytest

from activitypub.documents import ANH, NOTE_ID, note
from noi.activitypub.normalize import (
    MAX_DEPTH,
    Document,
    audience,
    compact,
    flag,
    identifier,
    identifiers,
    load,
    many,
    natural,
    number,
    text,
    types_of,
)
from noi.activitypub.objects import read_object
from noi.activitypub.vocabulary import PUBLIC
from noi.models.errors import BadDocument

AS = "https://www.w3.org/ns/activitystreams#"

EXPANDED = [
    {
        "@id": NOTE_ID,
        "@type": [AS + "Note"],
        AS + "attributedTo": [{"@id": ANH}],
        AS + "to": [{"@id": PUBLIC}],
        AS + "cc": [{"@id": f"{ANH}/followers"}],
        AS + "content": [{"@value": "<p>Chào cả nhà</p>"}],
        AS + "published": [
            {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "2026-02-03T04:05:06Z"}
        ],
        AS + "sensitive": [{"@value": True}],
        AS + "inReplyTo": [{"@id": "https://other.example/1"}],
        "http://ostatus.org#conversation": [{"@value": "tag:social.example,2026:1"}],
        AS + "attachment": [
            {
                "@type": [AS + "Document"],
                AS + "mediaType": [{"@value": "image/png"}],
                AS + "url": [{"@id": "https://social.example/1.png"}],
                AS + "name": [{"@value": "ảnh"}],
                AS + "width": [{"@value": 40}],
                "http://joinmastodon.org/ns#focalPoint": [
                    {"@list": [{"@value": 0.5}, {"@value": -1}]}
                ],
            }
        ],
        AS + "tag": [
            {
                "@type": [AS + "Mention"],
                AS + "href": [{"@id": "https://other.example/users/b"}],
                AS + "name": [{"@value": "@b"}],
            }
        ],
    }
]
PLAIN = note(
    sensitive=True,
    inReplyTo="https://other.example/1",
    conversation="tag:social.example,2026:1",
    attachment=[
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": "https://social.example/1.png",
            "name": "ảnh",
            "width": 40,
            "focalPoint": [0.5, -1],
        }
    ],
    tag=[{"type": "Mention", "href": "https://other.example/users/b", "name": "@b"}],
)


def test_expanded_documents_say_the_same() -> None:
    expanded = read_object(load(orjson.dumps(EXPANDED)))
    assert expanded == read_object(PLAIN)
    assert expanded.attachments[0].focus == (0.5, -1.0)


def test_compact_names_say_the_same() -> None:
    prefixed: Document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "@id": NOTE_ID,
        "@type": "as:Note",
        "as:attributedTo": {"@id": ANH},
        "to": "as:Public",
        "cc": f"{ANH}/followers",
        "content": {"@value": "<p>Chào cả nhà</p>"},
        "published": "2026-02-03T04:05:06Z",
        "as:sensitive": "true",
        "inReplyTo": {"type": "Note", "id": "https://other.example/1"},
        "ostatus:conversation": "tag:social.example,2026:1",
        "attachment": PLAIN["attachment"],
        "tag": PLAIN["tag"],
    }
    assert read_object(prefixed) == read_object(PLAIN)


def test_documents_are_left_as_they_were_sent() -> None:
    sent = orjson.dumps(EXPANDED[0])
    document = load(sent)
    read_object(document)
    assert orjson.dumps(document) == sent


def test_plain_names_win() -> None:
    twice = note()
    both: Document = {"as:content": "<p>khác</p>", **twice, "as:published": "2020-01-01T00:00:00Z"}
    assert read_object(both) == read_object(twice)


def test_nodes_with_plain_names_are_not_copied() -> None:
    document = note()
    assert compact(document) is document


@pytest.mark.parametrize("data", [b"", b"{", b"nonsense", b'{"a":\xff}', b'{"a":"\\ud800"}'])
def test_what_is_not_json(data: bytes) -> None:
    with pytest.raises(BadDocument, match="not JSON"):
        load(data)


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null", b"[1]", b"[{},{}]"])
def test_what_is_not_an_object(data: bytes) -> None:
    with pytest.raises(BadDocument, match="not a JSON object"):
        load(data)


BOMBS = {
    "deep objects": b'{"a":' * 70 + b"1" + b"}" * 70,
    "deep arrays": b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    "too deep to parse": b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
    "many values": b'{"a":[' + b"1," * 20_000 + b"1]}",
    "many arrays": b'{"a":[' + b"[]," * 300_000 + b"[]]}",
    "many members": orjson.dumps({str(number): number for number in range(1_001)}),
    "many members inside": orjson.dumps({"a": [{str(n): n for n in range(1_001)}]}),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(bomb: bytes) -> None:
    with pytest.raises(BadDocument):
        load(bomb)


def test_bombs_are_refused_after_parsing_too() -> None:
    deep: Document = {}
    for _ in range(MAX_DEPTH + 1):
        deep = {"a": deep}
    with pytest.raises(BadDocument, match="too deeply"):
        load(deep)


def test_large_documents_within_limits_are_read() -> None:
    deep: object = 1
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    load(orjson.dumps({"a": deep}))
    load(orjson.dumps({"a": ["{[" * 9_000 + "a" * 500_000, *range(19_000)]}))


def test_types() -> None:
    assert types_of({"type": "Note"}) == ["Note"]
    assert types_of({"type": ["Person", "as:Service", AS + "Group", 5, None]}) == [
        "Person",
        "Service",
        "Group",
    ]
    assert types_of({"type": "http://joinmastodon.org/ns#Emoji"}) == ["Emoji"]
    assert types_of({"type": "toot:Emoji"}) == ["Emoji"]
    assert types_of({"type": None}) == types_of({}) == types_of({"type": "x" * 101}) == []
    assert types_of({"type": "https://other.example/ns#Note"}) != ["Note"]


def test_many() -> None:
    assert many(None) == []
    assert many("a") == ["a"]
    assert many(["a", "b"]) == ["a", "b"]
    assert many({"@list": ["a"]}) == many([{"@list": ["a"]}]) == many({"@set": "a"}) == ["a"]
    assert many(list(range(10)), 3) == [0, 1, 2]


def test_text() -> None:
    assert text("a\0b") == "ab"
    assert text({"@value": "a", "@language": "vi"}) == text(["a", "b"]) == "a"
    assert text(5) == "5"
    assert text(None) == text(True) == text({}) == text([]) == text([None]) == ""


def test_natural() -> None:
    assert natural({"name": "a", "nameMap": {"vi": "b"}}, "name") == "a"
    assert natural({"name": None, "nameMap": {"vi": "", "en": "b"}}, "name") == "b"
    assert natural({"nameMap": "b"}, "name") == ""


def test_number() -> None:
    assert number(5, 0, 9) == number("5", 0, 9) == number(5.0, 0, 9) == number([5], 0, 9) == 5
    assert number({"@value": 5}, 0, 9) == 5
    others: list[object] = [True, -1, 10, "-1", "five", "٥", None, [], {}, 1e300]
    for value in others:
        assert number(value, 0, 9) is None


def test_flag() -> None:
    assert flag(True) is flag("true") is flag("True") is flag(1) is flag([True]) is True
    assert flag(False) is flag("false") is flag(0) is flag({"@value": False}) is False
    assert flag(None) is flag("perhaps") is flag([]) is flag({}) is flag(2) is None


def test_identifier() -> None:
    for value in (ANH, {"id": ANH}, {"@id": ANH}, {"type": "Link", "href": ANH}, [None, ANH]):
        assert identifier(value) == ANH
    others: list[object] = [None, "", 5, {}, [], {"id": 5}, "urn:uuid:1", {"name": ANH}]
    for value in others:
        assert identifier(value) == ""


def test_identifiers() -> None:
    assert identifiers([ANH, {"id": NOTE_ID}, ANH, "x", None]) == (ANH, NOTE_ID)
    assert identifiers(ANH) == (ANH,)
    assert identifiers("x") == identifiers(None) == ()


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public", {"@id": PUBLIC}])
def test_everybody(spelling: object) -> None:
    assert audience(spelling) == audience([spelling, spelling]) == (PUBLIC,)
    assert audience([ANH, "x", spelling, None]) == (ANH, PUBLIC)
