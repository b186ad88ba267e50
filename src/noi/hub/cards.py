"""People, posts and networks of the alliance as the hub's pages show them."""

import msgspec

from noi.config import is_local_host
from noi.db.hub.hidden_trends import HiddenTrend
from noi.models.hub import Member
from noi.models.hub_finding import PostHit
from noi.models.hub_records import HubAccount, HubPost
from noi.pages.languages import language_name
from noi.pages.people import initials


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


class OwnPostCard(msgspec.Struct, frozen=True):
    """A post as its author sees that it is held, and why it is kept out of the trends, if it is."""

    url: str
    at: int
    excerpt: str
    rule: str = ""
    reason: str = ""


class NetworkCard(msgspec.Struct, frozen=True):
    """A network as everybody may see it; `size` is the name of a band, or empty."""

    host: str
    name: str
    initials: str
    url: str
    join_url: str
    state: str
    description: str
    subjects: list[str]
    languages: list[str]
    rules: list[str]
    registrations: str
    size: str
    software: str
    charter_version: int
    admitted_at: int | None
    rule_text: str
    reason: str


def network_card(member: Member) -> NetworkCard:
    url = f"{'http' if is_local_host(member.host) else 'https'}://{member.host}/"
    # Nối and Mastodon each have a page of their own for newcomers; elsewhere the front page leads.
    own = {"noi": "sign-up", "mastodon": "auth/sign_up"}
    software = member.software.partition(" ")[0].lower()
    return NetworkCard(
        host=member.host,
        name=member.title,
        initials=initials(member.title),
        url=url,
        join_url=url + own.get(software, ""),
        state=member.state.value,
        description=member.description,
        subjects=member.subjects,
        languages=[language_name(code) for code in member.languages],
        rules=member.rules,
        registrations=member.registrations,
        size=member.size,
        software=member.software,
        charter_version=member.charter_version,
        admitted_at=member.admitted_at,
        rule_text=member.rule_text,
        reason=member.reason,
    )


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


def own_post_card(post: HubPost, hidden: HiddenTrend | None = None) -> OwnPostCard:
    return OwnPostCard(
        url=web_address(post.url) or web_address(post.uri),
        at=post.published_at,
        excerpt=post.excerpt,
        rule=hidden.rule_text if hidden else "",
        reason=hidden.reason if hidden else "",
    )


def web_address(url: str) -> str:
    """An address that came from elsewhere if a link may lead there, else an empty text."""
    return url if url.startswith(("https://", "http://")) else ""
