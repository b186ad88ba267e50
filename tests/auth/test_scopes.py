import pytest

from noi.auth import scopes
from noi.models.errors import Invalid


def test_all_scopes_of_the_api_are_known() -> None:
    assert len(scopes.SCOPES) == len(set(scopes.SCOPES)) == 47


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "read"),
        ("read read:accounts", "read read:accounts"),
        ("write+read write", "write read"),
    ],
)
def test_parsing(text: str, expected: str) -> None:
    assert scopes.parse_scopes(text) == expected


@pytest.mark.parametrize("text", ["reading", "read:", "admin", "read:media", "READ"])
def test_unknown_scopes_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        scopes.parse_scopes(text)


@pytest.mark.parametrize(
    ("wanted", "limit", "expected"),
    [
        ("read:accounts", "read", True),
        ("read", "read:accounts read:statuses", False),
        ("write:follows", "follow", True),
        ("write:statuses", "follow", False),
        ("profile", "read", False),
        ("admin:read:reports", "admin:read", True),
        ("admin:read:reports", "read write", False),
    ],
)
def test_broad_scopes_hold_narrow_ones(wanted: str, limit: str, expected: bool) -> None:
    assert scopes.within(wanted, limit) is expected


def test_any_of_several_is_enough() -> None:
    given = scopes.granted("read:accounts")
    assert scopes.allows(given, "profile read:accounts")
    assert not scopes.allows(given, "write:accounts read:statuses")


def test_members_have_no_scopes_of_staff() -> None:
    asked = "read admin:write"
    assert "admin:write:reports" in scopes.granted_to(asked, staff=True)
    assert not any(name.startswith("admin") for name in scopes.granted_to(asked, staff=False))
