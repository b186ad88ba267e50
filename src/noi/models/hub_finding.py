"""What is found in an alliance's hub."""

import msgspec

from noi.models.hub_records import HubAccount, HubPost


class PostHit(msgspec.Struct, frozen=True):
    """A post that may be shown, with who wrote it."""

    post: HubPost
    account: HubAccount


class FoundAccounts(msgspec.Struct, frozen=True):
    """A page of accounts, best first; `next` is the `after` of the following page, or empty."""

    accounts: list[HubAccount]
    next: str = ""


class FoundPosts(msgspec.Struct, frozen=True):
    """A page of posts, best first; `next` is the `after` of the following page, or empty."""

    posts: list[PostHit]
    next: str = ""


class Recommendation(msgspec.Struct, frozen=True):
    """Somebody to follow, and why: `reason` is a message with `params` to fill in.

    `kind` is followed_by, tag, topic, language or newcomer.
    """

    account: HubAccount
    kind: str
    reason: str
    params: dict[str, str | int]


class Trend(msgspec.Struct, frozen=True):
    """A hashtag (`name` without #), link or post that is talked about more than usual.

    `rank` is 1 to 100; `people` and `networks` were counted in the hours asked for; `hourly` has
    an entry of 0 to 100 for each of those hours, oldest first. `examples` may be shown.
    """

    name: str
    rank: int
    people: int
    networks: int
    hourly: list[int]
    examples: list[PostHit]
