"""Lists: timelines of some of the followed accounts."""

from enum import StrEnum

import msgspec


class RepliesPolicy(StrEnum):
    """Which replies a list shows: none, to its members, or to anyone its owner follows."""

    NONE = "none"
    LIST = "list"
    FOLLOWED = "followed"


class AccountList(msgspec.Struct, array_like=True):
    """A row of `lists`; an exclusive one keeps its members' statuses out of the home timeline."""

    id: int
    account_id: int
    title: str
    replies_policy: RepliesPolicy
    exclusive: bool
