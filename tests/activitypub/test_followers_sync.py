"""FEP-8fcf's header and digest."""

from hypothesis import given
from hypothesis import strategies as st

from noi.activitypub.followers_sync import Synchronization, digest, read, written

# As Mastodon sends it.
HEADER = (
    'collectionId="https://kia.example/users/lan/followers", '
    'url="https://kia.example/users/lan/followers_synchronization", '
    'digest="b08ab6951c7a2fdb4d1a8a8d6e2d1c6e8ae1b6a87c1a5b6d2f0c7c1d4a2e5f60"'
)


def test_the_digest_does_not_depend_on_the_order() -> None:
    uris = [f"https://kia.example/users/u{number}" for number in range(5)]
    assert digest(uris) == digest(reversed(uris))
    assert digest([]) == "0" * 64
    assert digest([*uris, uris[0]]) == digest(uris[1:])


def test_headers_as_they_come() -> None:
    found = read(HEADER)
    assert found is not None
    assert found.collection_id == "https://kia.example/users/lan/followers"
    assert written(found) == HEADER


_URL = st.from_regex(r"https://[a-z]{1,9}\.example/[a-zA-Z0-9/_]{0,20}", fullmatch=True)


@given(_URL, _URL, st.lists(_URL))
def test_what_is_written_is_read(collection: str, url: str, followers: list[str]) -> None:
    said = Synchronization(collection, digest(followers), url)
    assert read(written(said)) == said


@given(st.text(max_size=300))
def test_other_headers_are_no_error(header: str) -> None:
    assert read(header) is None or '"' in header
