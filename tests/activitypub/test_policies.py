import pytest

from activitypub.documents import ANH, HOME
from noi.activitypub.policies import InteractionRule, read_authorization, read_policy
from noi.activitypub.vocabulary import PUBLIC
from noi.models.errors import BadDocument

STAMP = {
    "id": f"{HOME}/stamps/1",
    "type": "QuoteAuthorization",
    "attributedTo": ANH,
    "interactingObject": "https://other.example/notes/7",
    "interactionTarget": f"{HOME}/notes/1",
}


def test_rules_by_their_present_names() -> None:
    policy = read_policy(
        {
            "canReply": {"automaticApproval": [ANH, "as:Public"], "manualApproval": []},
            "canQuote": {"automaticApproval": PUBLIC},
            "canAnnounce": {"manualApproval": f"{ANH}/followers"},
        }
    )
    assert policy is not None
    assert policy.can_reply == InteractionRule((ANH, PUBLIC), ())
    assert policy.can_quote == InteractionRule((PUBLIC,), ())
    assert policy.can_announce == InteractionRule((), (f"{ANH}/followers",))
    assert policy.can_like is None


def test_rules_by_their_former_names() -> None:
    policy = read_policy({"gts:canLike": {"always": [PUBLIC], "approvalRequired": [ANH]}})
    assert policy is not None
    assert policy.can_like == InteractionRule((PUBLIC,), (ANH,))


def test_expanded_rules() -> None:
    gts = "https://gotosocial.org/ns#"
    policy = read_policy([{gts + "canLike": [{gts + "always": [{"@id": PUBLIC}]}]}])
    assert policy is not None
    assert policy.can_like == InteractionRule((PUBLIC,), ())


def test_the_present_name_wins() -> None:
    policy = read_policy({"canLike": {"always": [PUBLIC], "automaticApproval": []}})
    assert policy is not None
    assert policy.can_like == InteractionRule((), ())


@pytest.mark.parametrize("value", [None, "", [], {}, "https://other.example/policy", 5])
def test_no_policy(value: object) -> None:
    assert read_policy(value) is None


def test_authorizations() -> None:
    stamp = read_authorization({**STAMP, "@context": []})
    assert stamp.type == "QuoteAuthorization"
    assert (stamp.id, stamp.attributed_to) == (f"{HOME}/stamps/1", ANH)
    assert stamp.interacting == "https://other.example/notes/7"
    assert stamp.target == f"{HOME}/notes/1"


@pytest.mark.parametrize(
    "changes",
    [{"type": "Note"}, {"id": None}, {"interactingObject": "x"}, {"interactionTarget": {}}],
)
def test_authorizations_that_say_nothing(changes: dict[str, object]) -> None:
    with pytest.raises(BadDocument):
        read_authorization({**STAMP, **changes})
