"""The relay of an alliance's hub: what is passed on, and to whom."""

from enum import StrEnum

import msgspec

from noi.models.federation import RelayKind


class TopicKind(StrEnum):
    """What a part of the relay is about."""

    HASHTAG = "hashtag"
    LANGUAGE = "language"


class RelayTopic(msgspec.Struct, array_like=True, frozen=True):
    """A part of the relay with an actor of its own; `value` is a family of hashtags, or a code."""

    account_id: int
    kind: TopicKind
    value: str
    username: str
    uri: str


class RelaySubscription(msgspec.Struct, array_like=True, frozen=True):
    """A member's server that takes part; `relay_id` is the account that it follows."""

    id: int
    relay_id: int
    actor_uri: str
    member_id: int
    kind: RelayKind
    inbox_uri: str
    follow_uri: str
    created_at: int
