import pytest

from activitypub.documents import MASTODON_QUOTE
from noi.activitypub.polls import PollOption, read_poll


def test_mastodon() -> None:
    poll = read_poll(MASTODON_QUOTE)
    assert poll is not None
    assert poll.options == (PollOption("Cà phê", 3), PollOption("Trà", 1))
    assert (poll.multiple, poll.voters) == (False, 4)
    assert (poll.ends_at, poll.closed) == (1_770_177_906_000, False)


def test_several_choices() -> None:
    poll = read_poll({"anyOf": [{"type": "Note", "name": "a"}, {"name": "b"}], "oneOf": []})
    assert poll is not None
    assert poll.multiple
    assert poll.options == (PollOption("a", None), PollOption("b", None))


def test_votes_of_misskey() -> None:
    poll = read_poll(
        {
            "oneOf": [
                {"name": "a", "_misskey_votes": 2},
                {"name": "b", "replies": {"totalItems": "3"}},
                {"nameMap": {"vi": "c"}, "replies": {"totalItems": -1}},
            ]
        }
    )
    assert poll is not None
    assert [option.votes for option in poll.options] == [2, 3, None]


@pytest.mark.parametrize(
    ("closed", "at", "is_closed"),
    [
        ("2026-02-04T04:05:06Z", 1_770_177_906_000, True),
        (True, None, True),
        (False, None, False),
        (None, None, False),
    ],
)
def test_closed(closed: object, at: int | None, is_closed: bool) -> None:
    poll = read_poll({"oneOf": {"name": "a"}, "closed": closed})
    assert poll is not None
    assert (poll.closed_at, poll.closed) == (at, is_closed)


@pytest.mark.parametrize("choices", [None, [], "a", [1], [{}], [{"name": ""}]])
def test_no_choices(choices: object) -> None:
    assert read_poll({"oneOf": choices}) is None
