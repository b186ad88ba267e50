"""People, posts and networks of the alliance as the hub's pages show them."""

import msgspec

from noi.models.hub_finding import PostHit
from noi.models.hub_records import HubAccount
from noi.pages.people import initials

SIZES = ("tiny", "small", "medium", "large", "huge")


class PersonCard(msgspec.Struct, frozen=True):
    """Somebody who wants to be found; `url` is their page at home."""

    name: str
    handle: str
    url: str
    initials: str
    kind: str
    bio: str
    language: str


class PostCard(msgspec.Struct, frozen=True):
    """A post whose author lets it be found; `url` leads to where it was written."""

    name: str
    handle: str
    url: str
    initials: str
    at: int
    excerpt: str
    language: str


def person_card(account: HubAccount) -> PersonCard:
    name = account.name or account.username
    return PersonCard(
        name=name,
        handle=f"@{account.handle}",
        url=web_address(account.url) or web_address(account.uri),
        initials=initials(name),
        kind=account.kind,
        bio=account.bio,
        language=account.language,
    )


def post_card(hit: PostHit) -> PostCard:
    post, author = hit.post, person_card(hit.account)
    return PostCard(
        name=author.name,
        handle=author.handle,
        url=web_address(post.url) or web_address(post.uri),
        initials=author.initials,
        at=post.published_at,
        excerpt=post.excerpt,
        language=post.language,
    )


def web_address(url: str) -> str:
    """An address that came from elsewhere if a link may lead there, else an empty text."""
    return url if url.startswith(("https://", "http://")) else ""
