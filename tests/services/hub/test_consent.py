"""The table of consent: what a hub may hold, and why not."""

from typing import Any

import pytest

from noi.activitypub.actors import read_actor
from noi.activitypub.objects import read_object
from noi.models.federation import DomainPolicy, Severity
from noi.services.hub import consent
from noi.services.hub.consent import Consent, Reason
from noi.services.policies import Standing

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTOR = "https://x.example/users/lan"
POST = "https://x.example/posts/1"
OPEN = Standing(None, blocked=False)


def policy(severity: Severity) -> Standing:
    row = DomainPolicy("x.example", severity, False, False, False, None, "", "", "", "", None, 0, 0)
    return Standing(row, blocked=severity is Severity.BLOCK)


def of_actor(uri: str = ACTOR, changes: dict[str, Any] | None = None, **known: Any) -> Consent:
    document: dict[str, object] = {
        "id": ACTOR,
        "type": "Person",
        "preferredUsername": "lan",
        "inbox": f"{ACTOR}/inbox",
        "discoverable": True,
        "indexable": True,
        **(changes or {}),
    }
    known.setdefault("standing", OPEN)
    return consent.of_actor(read_actor(document), uri, **known)


@pytest.mark.parametrize(
    ("discoverable", "indexable", "expected"),
    [
        (True, True, Consent(True, True)),
        (True, False, Consent(True, False)),
        (True, None, Consent(True, False)),
        (False, True, Consent(False, True)),
        (None, True, Consent(False, True)),
        (False, False, Consent(reason=Reason.FLAGS)),
        (None, None, Consent(reason=Reason.FLAGS)),
        ("maybe", "perhaps", Consent(reason=Reason.FLAGS)),
    ],
)
def test_silence_is_no_consent(discoverable: object, indexable: object, expected: Consent) -> None:
    assert of_actor(changes={"discoverable": discoverable, "indexable": indexable}) == expected


@pytest.mark.parametrize(
    ("changes", "known", "reason"),
    [
        ({"type": "Application"}, {}, Reason.TYPE),
        ({"movedTo": "https://y.example/users/lan"}, {}, Reason.MOVED),
        ({"suspended": True}, {}, Reason.SUSPENDED),
        ({}, {"uri": "https://x.example/other"}, Reason.ADDRESS),
        ({}, {"refused": True}, Reason.REFUSED),
        ({}, {"standing": policy(Severity.LIMIT)}, Reason.POLICY),
        ({}, {"standing": policy(Severity.BLOCK)}, Reason.POLICY),
        ({}, {"standing": Standing(None, blocked=True)}, Reason.POLICY),
        *(({}, {"member_state": state}, Reason.MEMBER) for state in ("refused", "suspended")),
        *(({}, {"member_state": state}, Reason.MEMBER) for state in ("leaving", "left", "silent")),
        *(({}, {"member_state": state}, "") for state in ("", "asked", "admitted")),
        *(({"type": kind}, {}, "") for kind in ("Service", "Group", "Organization")),
        ({"memorial": True}, {}, ""),
    ],
)
def test_what_speaks_against_an_account(
    changes: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    found = of_actor(changes=changes, **known)
    assert (found.reason, found.given) == (reason, not reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"to": "as:Public"}, None),
        ({"to": [f"{ACTOR}/followers", "Public"]}, None),
        ({"type": "Article"}, None),
        ({"type": "Question"}, None),
        ({"inReplyTo": "https://y.example/1"}, None),
        ({"sensitive": True, "summary": "!"}, None),
        ({"to": [f"{ACTOR}/followers"], "cc": [PUBLIC]}, Reason.AUDIENCE),
        ({"to": [], "audience": [PUBLIC]}, Reason.AUDIENCE),
        ({"to": [f"{ACTOR}/followers"]}, Reason.AUDIENCE),
        ({"to": None}, Reason.AUDIENCE),
        ({"bto": [PUBLIC], "to": []}, Reason.AUDIENCE),
        ({"attributedTo": "https://y.example/users/mai"}, Reason.AUTHOR),
        ({"attributedTo": "https://x.example:8443/users/lan"}, Reason.AUTHOR),
        ({"type": "Tombstone"}, Reason.GONE),
        ({"type": "ChatMessage"}, Reason.TYPE),
        ({"type": "Answer"}, Reason.TYPE),
        ({"type": "Recipe"}, Reason.TYPE),
        ({"name": "Có", "content": "", "inReplyTo": "https://y.example/1"}, Reason.TYPE),
        ({"id": "https://x.example/posts/2"}, Reason.ADDRESS),
    ],
)
def test_only_public_posts_of_their_own_author(
    changes: dict[str, Any], reason: Reason | None
) -> None:
    document: dict[str, object] = {
        "id": POST,
        "type": "Note",
        "attributedTo": ACTOR,
        "to": [PUBLIC],
        "content": "Chào",
        **changes,
    }
    assert consent.of_post(read_object(document), POST) == reason
