import pytest

from noi.activitypub.languages import primary_subtag, texts_by_language
from noi.activitypub.normalize import compact


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("vi", "vi"),
        ("vi-VN", "vi"),
        ("vi_VN", "vi"),
        ("VI", "vi"),
        ("zh-Hant-TW", "zh"),
        ("hmn", "hmn"),
        ("und", None),
        ("mul", None),
        ("", None),
        ("v", None),
        ("Vietnamese", None),
        ("@none", None),
        (None, None),
        (5, None),
        ("vi" * 50, None),
    ],
)
def test_primary_subtag(tag: object, language: str | None) -> None:
    assert primary_subtag(tag) == language


def test_the_language_of_the_equal_text() -> None:
    node: dict[str, object] = {
        "content": "Chào",
        "contentMap": {"en": "Hello", "vi": "Chào", "x-y": "?"},
    }
    assert texts_by_language(node, "content") == ("Chào", "vi", (("en", "Hello"), ("vi", "Chào")))


def test_the_only_language() -> None:
    node: dict[str, object] = {"content": "<p>Chào</p>", "contentMap": {"vi": "<p>Chào</p>\n"}}
    assert texts_by_language(node, "content")[:2] == ("<p>Chào</p>", "vi")


def test_a_map_alone() -> None:
    assert texts_by_language({"contentMap": {"lo": "ສະບາຍດີ"}}, "content")[:2] == ("ສະບາຍດີ", "lo")
    assert texts_by_language({"content": "", "contentMap": {"vi": "a"}}, "content")[0] == "a"


@pytest.mark.parametrize(
    "said",
    [
        {"language": {"identifier": "vi", "name": "Tiếng Việt"}},
        {"inLanguage": "vi-VN"},
        {"http://schema.org/inLanguage": [{"http://schema.org#identifier": [{"@value": "vi"}]}]},
    ],
)
def test_what_a_document_says_of_itself(said: dict[str, object]) -> None:
    node = compact({"content": "Chào", **said})
    assert texts_by_language(node, "content") == ("Chào", "vi", ())


def test_the_context_says_nothing() -> None:
    node: dict[str, object] = {"@context": ["x", {"@language": "en"}], "content": "Chào"}
    assert texts_by_language(node, "content") == ("Chào", None, ())


def test_tagged_values() -> None:
    node: dict[str, object] = {
        "content": [{"@value": "Chào", "@language": "vi"}, {"@value": "Hi", "@language": "en"}]
    }
    assert texts_by_language(node, "content") == ("Chào", "vi", (("vi", "Chào"), ("en", "Hi")))


def test_texts_of_no_known_language_are_kept() -> None:
    assert texts_by_language({"contentMap": {"und": "Chào"}}, "content") == ("Chào", None, ())


@pytest.mark.parametrize("map_", [None, [], "vi", {"vi": None}, {"vi": {}}, {"": ""}])
def test_maps_that_say_nothing(map_: object) -> None:
    assert texts_by_language({"contentMap": map_}, "content") == ("", None, ())
