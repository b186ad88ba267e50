import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.activitypub import contexts
from noi.activitypub.contexts import UnknownContext

FOLDER = Path(contexts.__file__).with_name("contexts")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/ns/activitystreams",
        contexts.SECURITY_V1,
        contexts.IDENTITY_V1,
        contexts.DATA_INTEGRITY_V1,
        "http://www.w3.org/ns/activitystreams",
        "https://www.w3.org/ns/activitystreams#",
        "https://akkoma.example/schemas/litepub-0.1.jsonld",
        "https://purl.archive.org/socialweb/webfinger",
    ],
)
def test_known_contexts(url: str) -> None:
    assert "@context" in contexts.load(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/context",
        "file:///etc/passwd",
        "",
        "ftp://www.w3.org/ns/activitystreams",
    ],
)
def test_unknown_contexts(url: str) -> None:
    with pytest.raises(UnknownContext):
        contexts.load(url)


@given(st.text())
def test_any_text_is_known_or_refused(url: str) -> None:
    with pytest.raises(UnknownContext):
        contexts.load(url)


def test_every_file_is_used_and_described() -> None:
    described = (FOLDER / "README.md").read_text()
    for path in FOLDER.glob("*.json"):
        assert "@context" in json.loads(path.read_text("utf-8"))
        assert f"`{path.stem}`" in described
    for known in ("https://join-lemmy.org/context.json", "https://gotosocial.org/ns"):
        assert known in described
