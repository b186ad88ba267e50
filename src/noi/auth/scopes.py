"""OAuth scopes, as Mastodon 4.6 has them: `read` holds every `read:…`, and so on."""

from functools import lru_cache

from noi.models.errors import Invalid

_BOTH = (
    *("accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows"),
    *("lists", "mutes", "notifications", "statuses"),
)
_READ = (*_BOTH, "search")
_WRITE = (*_BOTH, "conversations", "media", "reports")
_ADMIN = (
    *("accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks"),
    *("email_domain_blocks", "canonical_email_blocks"),
)

_HOLDS: dict[str, list[str]] = {
    "profile": [],
    "read": [f"read:{name}" for name in _READ],
    "write": [f"write:{name}" for name in _WRITE],
    # Deprecated, of old apps: everything between two accounts.
    "follow": [
        f"{verb}:{name}" for verb in ("read", "write") for name in ("blocks", "follows", "mutes")
    ],
    "push": [],
    "admin:read": [f"admin:read:{name}" for name in _ADMIN],
    "admin:write": [f"admin:write:{name}" for name in _ADMIN],
}
SCOPES: tuple[str, ...] = tuple(
    dict.fromkeys([*_HOLDS, *(part for parts in _HOLDS.values() for part in parts)])
)
"""Every scope there is, broad ones first."""

DEFAULT = "read"


def parse_scopes(text: str) -> str:
    """The scopes of a space-separated list, each once, in the order given; `read` when empty.

    Raises Invalid for a scope that does not exist.
    """
    names = list(dict.fromkeys(text.replace("+", " ").split())) or [DEFAULT]
    for name in names:
        if name not in SCOPES:
            raise Invalid("The requested scope is invalid, unknown, or malformed.", field="scopes")
    return " ".join(names)


@lru_cache(maxsize=512)
def granted(scopes: str) -> frozenset[str]:
    """Everything that a stored list of scopes allows, narrow scopes spelled out."""
    names = set(scopes.split())
    for name in scopes.split():
        names.update(_HOLDS.get(name, ()))
    return frozenset(names)


def within(scopes: str, limit: str) -> bool:
    """Whether `scopes` asks for nothing beyond `limit`."""
    return granted(scopes) <= granted(limit)


def for_member(scopes: str) -> str:
    """`scopes` without those only staff may be given."""
    return " ".join(name for name in scopes.split() if not name.startswith("admin:"))


def allows(given: frozenset[str], needed: str) -> bool:
    """Whether any of the scopes in `needed` (space-separated) is among those given."""
    return any(name in given for name in needed.split())


@lru_cache(maxsize=512)
def granted_to(scopes: str, *, staff: bool) -> frozenset[str]:
    """What a token allows its person now: who is no longer staff has lost the staff's scopes."""
    return granted(scopes if staff else for_member(scopes))
