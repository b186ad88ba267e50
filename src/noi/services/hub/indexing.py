"""Keep the hub's search rows, hashtags and links, within the transactions that store and remove.

Scope tokens: `l_vi` for a language (and `l_zh` besides `l_zh_tw`), `h_…` for a server.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from noi.db.database import Transaction
from noi.db.hub import search, topics
from noi.db.hub.search import Column
from noi.models.hub_records import HubAccount, HubPost
from noi.services.indexing import tag_words
from noi.text.entities import MAX_TAG_LENGTH, EntityKind, find_entities
from noi.text.fold import search_terms, tokens
from noi.text.hashtags import display, family_key

MAX_START = 12
"""Of longer words more than so many characters are looked for whole."""
_MAX_TAGS = 30
_MAX_LINKS = 20
_MAX_LINK_BYTES = 2000
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid")


async def put_account(tx: Transaction, account: HubAccount) -> None:
    """Write what an account is found by; whoever is not discoverable is found by nothing."""
    if not account.discoverable:
        await remove_account(tx, account.id)
        return
    await search.put(tx, "hub_account_search", account.id, account_columns(account))
    found = find_entities(account.bio)
    tags = [entity.value for entity in found if entity.kind is EntityKind.TAG]
    await topics.put_of_account(tx, account.id, by_family(tags))


class Found(msgspec.Struct, frozen=True):
    """What a post is found by: its words, hashtags (their spelling by family) and links."""

    columns: dict[Column, list[str]]
    tags: dict[str, str]
    links: list[str]


def found_by(
    text: str, language: str, host: str, tags: Sequence[str], links: Sequence[str]
) -> Found:
    """What a post is found by, of its plain text, hashtags as written, and links."""
    families = by_family(tags)
    cleaned = dict.fromkeys(link for link in map(plain_link, links) if link)
    columns = post_columns(language, host, text, list(families.values()))
    return Found(columns, families, list(cleaned)[:_MAX_LINKS])


async def put_posts(
    tx: Transaction, several: Sequence[tuple[HubPost, Found]], *, new: bool
) -> None:
    """Write what posts are found by; `new` says that nothing is written of them yet."""
    about: list[topics.PostTopics] = []
    for post, found in several:
        if not new:
            await topics.remove_of_post(tx, post.id)
        await search.put(tx, "hub_post_search", post.id, found.columns, new=new)
        about.append(topics.PostTopics(post.id, post.published_at, found.tags, found.links))
    await topics.add_of_posts(tx, about)


async def remove_account(tx: Transaction, account_id: int) -> None:
    """Let an account be found no more; its posts are apart."""
    await search.remove(tx, "hub_account_search", account_id)
    await topics.remove_of_account(tx, account_id)


async def remove_post(tx: Transaction, post_id: int) -> None:
    """Let a post be found no more, and count no more for its hashtags and links."""
    await search.remove(tx, "hub_post_search", post_id)
    await topics.remove_of_post(tx, post_id)


def account_columns(account: HubAccount) -> dict[Column, list[str]]:
    """The tokens of an account: its name, handle and bio, and how its names begin."""
    naming = f"{account.name}\n{account.username}"
    tags = [entity.value for entity in find_entities(account.bio) if entity.kind is EntityKind.TAG]
    spelled = "\n".join(filter(None, map(tag_words, tags)))
    columns = _words(f"{naming}\n{account.domain}\n{account.bio}\n{spelled}")
    names, folded = search_terms(naming)
    starts = dict.fromkeys(key[:end] for key in folded for end in range(1, MAX_START + 1))
    starts |= dict.fromkeys(folded)
    columns["names"], columns["starts"] = names, list(starts)
    columns["scope"] = [*language_tokens(account.language), host_token(account.host)]
    return columns


def post_columns(
    language: str, host: str, text: str, tags: Sequence[str]
) -> dict[Column, list[str]]:
    """The tokens of a post; #HàNội is found as Hà Nội too."""
    columns = _words("\n".join([text, *filter(None, map(tag_words, tags))]))
    columns["scope"] = [*language_tokens(language), host_token(host)]
    return columns


def _words(text: str) -> dict[Column, list[str]]:
    exact, folded = search_terms(text)
    # What stands after the words are parts of them, in scripts without spaces.
    return {"exact": exact, "folded": folded, "pairs": pairs(folded[: len(tokens(text))])}


def pairs(folded: Sequence[str]) -> list[str]:
    """One key for each two words that follow one another."""
    return [f"{first}_{second}" for first, second in pairwise(folded)]


def language_token(language: str) -> str:
    """The scope of what is in a language or, for a language alone, in any of its kinds."""
    return f"l_{language.lower().replace('-', '_')}"


def language_tokens(language: str) -> list[str]:
    """All scopes that something in a language is in."""
    parts = language.split("-") if language else []
    return [language_token("-".join(parts[:end])) for end in range(1, len(parts) + 1)]


def host_token(host: str) -> str:
    """The scope of what comes from a server."""
    return f"h_{hashlib.blake2b(host.lower().encode(), digest_size=8).hexdigest()}"


def by_family(tags: Iterable[str]) -> dict[str, str]:
    """The spelling of each hashtag by the key of its family; overlong ones are left out."""
    found: dict[str, str] = {}
    for tag in tags:
        name = display(tag)[: MAX_TAG_LENGTH + 1]
        family = family_key(name)
        if family and len(name) <= MAX_TAG_LENGTH and len(found) < _MAX_TAGS:
            found.setdefault(family, name)
    return found


def plain_link(url: str) -> str:
    """An address in its plain form, without what tells who shared it; empty for what is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    asked = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in asked if not name.lower().startswith(_TRACKING)]
    query = parts.query if len(kept) == len(asked) else urlencode(kept)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.lower()
    plain = urlunsplit((parts.scheme.lower(), f"{host}{port}", parts.path or "/", query, ""))
    return plain if len(plain.encode()) <= _MAX_LINK_BYTES else ""
