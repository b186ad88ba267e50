"""What a hub may hold of what it has read: decided here alone, by what was read and nothing else.

Silence is no consent. Every answer that is a no has its reason, for logs and counts.
"""

from enum import StrEnum

import msgspec

from noi.activitypub.actors import Actor
from noi.activitypub.objects import Object
from noi.activitypub.uris import same_authority
from noi.activitypub.vocabulary import NOTE_TYPES, TITLED_TYPES
from noi.models.accounts import AccountState
from noi.services.policies import Standing

POST_TYPES = (NOTE_TYPES | TITLED_TYPES) - {"Answer", "ChatMessage"}
KINDS = {
    "Person": "person",
    "Service": "bot",
    "Group": "group",
    "Organization": "organization",
}
SILENT = "silent"
"""What a member is called here that shares nothing."""

OUT = frozenset({SILENT, "refused", "suspended", "leaving", "left"})
"""The states of networks whose people are not taken in, whoever announces them."""


class Reason(StrEnum):
    """Why something is not held."""

    TYPE = "type"
    ADDRESS = "address"
    AUTHOR = "author"
    AUDIENCE = "audience"
    FLAGS = "flags"
    MOVED = "moved"
    SUSPENDED = "suspended"
    POLICY = "policy"
    MEMBER = "member"
    REFUSED = "refused"
    GONE = "gone"
    UNREADABLE = "unreadable"


class Consent(msgspec.Struct, frozen=True):
    """What somebody agreed to: to be found themselves, to have their posts found.

    `reason` says why neither, and is empty otherwise.
    """

    discoverable: bool = False
    indexable: bool = False
    reason: str = ""

    @property
    def given(self) -> bool:
        return self.discoverable or self.indexable


def of_actor(
    actor: Actor, uri: str, *, standing: Standing, member_state: str = "", refused: bool = False
) -> Consent:
    """What an actor that was fetched from `uri` agrees to, as far as this hub may act on it.

    `standing` is how the hub stands to it, `member_state` that of its network where the hub knows
    it, `refused` whether its owner asked never to be taken in.
    """
    reason = _against(actor, uri, standing, member_state, refused)
    if reason:
        return Consent(reason=reason)
    discoverable, indexable = actor.discoverable is True, actor.indexable is True
    if not discoverable and not indexable:
        return Consent(reason=Reason.FLAGS)
    return Consent(discoverable, indexable)


def _against(
    actor: Actor, uri: str, standing: Standing, member_state: str, refused: bool
) -> Reason | None:
    if actor.id != uri:
        return Reason.ADDRESS
    if actor.type not in KINDS:
        return Reason.TYPE
    if refused:
        return Reason.REFUSED
    if standing.blocked or standing.state is not AccountState.ACTIVE:
        return Reason.POLICY
    if member_state in OUT:
        return Reason.MEMBER
    if actor.moved_to:
        return Reason.MOVED
    return Reason.SUSPENDED if actor.suspended else None


def of_post(object_: Object, uri: str) -> Reason | None:
    """Why an object that was fetched from `uri` is no public post of its author; None if it is one.

    Whether its author agrees is asked apart, of the author.
    """
    if object_.id != uri:
        return Reason.ADDRESS
    if object_.type == "Tombstone":
        return Reason.GONE
    if object_.type not in POST_TYPES or object_.is_vote:
        return Reason.TYPE
    if not same_authority(object_.author, object_.id):
        return Reason.AUTHOR
    return None if object_.recipients.public else Reason.AUDIENCE
