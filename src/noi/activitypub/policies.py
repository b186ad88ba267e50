"""Who may interact with something, and the proofs that somebody was allowed to.

FEP-044f (quotes) and GoToSocial's interaction controls
(https://docs.gotosocial.org/en/latest/federation/interaction_controls/).
"""

import msgspec

from noi.activitypub.normalize import (
    Document,
    audience,
    compact,
    identifier,
    node_at,
    types_of,
)
from noi.activitypub.vocabulary import AUTHORIZATION_TYPES
from noi.models.errors import BadDocument

_MAX_ACTORS = 100


class InteractionRule(msgspec.Struct, frozen=True):
    """Actors and collections of actors (also `PUBLIC`) that may, at once or when approved."""

    automatic: tuple[str, ...]
    manual: tuple[str, ...]


class InteractionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A rule for each interaction; None where the author said nothing of it."""

    can_reply: InteractionRule | None = None
    can_like: InteractionRule | None = None
    can_announce: InteractionRule | None = None
    can_quote: InteractionRule | None = None


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """A stamp by which the owner of `target` lets `interacting` reply, quote, feature and so on."""

    id: str
    type: str
    attributed_to: str
    interacting: str
    target: str


def read_policy(value: object) -> InteractionPolicy | None:
    """The policy under `interactionPolicy`; None where there is none."""
    node = node_at(value) if value else None
    if node is None:
        return None
    return InteractionPolicy(
        can_reply=_rule(node.get("canReply")),
        can_like=_rule(node.get("canLike")),
        can_announce=_rule(node.get("canAnnounce")),
        can_quote=_rule(node.get("canQuote")),
    )


def _rule(value: object) -> InteractionRule | None:
    node = node_at(value)
    if node is None:
        return None
    return InteractionRule(
        automatic=_actors(node, "automaticApproval", "always"),
        manual=_actors(node, "manualApproval", "approvalRequired"),
    )


def _actors(node: Document, name: str, former_name: str) -> tuple[str, ...]:
    value = node.get(name)
    return audience(node.get(former_name) if value is None else value, _MAX_ACTORS)


def read_authorization(document: Document) -> Authorization:
    """A `QuoteAuthorization`, `FeatureAuthorization` and so on.

    Raises `BadDocument` where it is none or lacks an address.
    """
    node = compact(document)
    type_ = next((name for name in types_of(node) if name in AUTHORIZATION_TYPES), "")
    if not type_:
        raise BadDocument("The document is not of the kind that was expected")
    stamp = Authorization(
        id=identifier(node.get("id")),
        type=type_,
        attributed_to=identifier(node.get("attributedTo")),
        interacting=identifier(node.get("interactingObject")),
        target=identifier(node.get("interactionTarget")),
    )
    if not stamp.id:
        raise BadDocument("The document has no usable id")
    if not stamp.interacting or not stamp.target:
        raise BadDocument("The approval does not say what it approves")
    return stamp
