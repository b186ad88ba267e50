"""How a person wants to write and to read, the same in every app."""

from collections.abc import Sequence
from typing import Any

import msgspec

from noi.db import locks, users
from noi.db.database import Transaction
from noi.models.accounts import User
from noi.models.errors import Invalid, NotFound
from noi.models.interactions import QUOTE_POLICIES, QuotePolicy
from noi.services.domain_blocks import normalised
from noi.services.network import Network

MAX_ATTRIBUTION_DOMAINS = 100
EXPAND_MEDIA = ("default", "show_all", "hide_all")


class Preferences(msgspec.Struct, frozen=True):
    """Defaults of new statuses, and what is opened or played while reading."""

    visibility: str
    sensitive: bool
    language: str
    expand_media: str
    expand_spoilers: bool
    autoplay_gifs: bool
    quote_policy: str


class _Writing(msgspec.Struct):
    """The part of `users.preferences` that is about writing."""

    quote_policy: str = QuotePolicy.PUBLIC.value
    attribution_domains: list[str] = []


class _Reading(msgspec.Struct):
    """The part of `users.preferences` that is about reading."""

    expand_media: str = "default"
    expand_spoilers: bool = False
    autoplay_gifs: bool = False


class _Finding(msgspec.Struct):
    """The part of `users.preferences` that is about searching."""

    asks_alliance: bool = True


async def get(network: Network, account_id: int) -> Preferences:
    """The preferences of a local account; raises NotFound."""
    user = await users.get(network.db, account_id)
    if user is None:
        raise NotFound
    return _preferences(user)


async def set_reading(
    network: Network,
    account_id: int,
    *,
    expand_media: str,
    expand_spoilers: bool,
    autoplay_gifs: bool,
) -> None:
    """Set what is opened or played while reading; raises NotFound and Invalid."""
    if expand_media not in EXPAND_MEDIA:
        raise Invalid("Not a way to show media", field="expand_media", code="ERR_INCLUSION")
    reading = _Reading(expand_media, expand_spoilers, autoplay_gifs)
    await _store(network, account_id, msgspec.structs.asdict(reading))


async def set_quote_policy(network: Network, account_id: int, policy: str) -> None:
    """Set who may quote one's new statuses; raises NotFound and Invalid."""
    if policy not in QUOTE_POLICIES:
        raise Invalid(
            "There is no quote policy of that name", field="quote_policy", code="ERR_INCLUSION"
        )
    await _store(network, account_id, {"quote_policy": policy})


async def asks_alliance(network: Network, account_id: int) -> bool:
    """Whether providers of the alliance are asked too when a person of this network searches."""
    user = await users.get(network.db, account_id)
    return user is not None and asks_alliance_of(user)


async def set_asks_alliance(network: Network, account_id: int, asks: bool) -> None:
    """Set that; raises NotFound."""
    await _store(network, account_id, {"asks_alliance": asks})


async def set_attribution_domains(
    network: Network, account_id: int, domains: Sequence[str]
) -> None:
    """Set which websites may name an account as their author; raises NotFound and Invalid."""
    names = list(dict.fromkeys(normalised(domain) for domain in domains if domain.strip()))
    if len(names) > MAX_ATTRIBUTION_DOMAINS:
        raise Invalid(
            "There can be {count} at most",
            field="attribution_domains",
            count=MAX_ATTRIBUTION_DOMAINS,
        )
    await _store(network, account_id, {"attribution_domains": names})


async def _store(network: Network, account_id: int, changes: dict[str, Any]) -> None:
    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        stored: dict[str, Any] = msgspec.json.decode(user.preferences, type=dict[str, Any])
        encoded = msgspec.json.encode(stored | changes).decode()
        await users.update_preferences(tx, account_id, {"preferences": encoded})

    await network.db.transaction(work)


def quote_policy_of(user: User) -> str:
    """Who may quote a person's new statuses: one of models.interactions.QuotePolicy."""
    return msgspec.json.decode(user.preferences or "{}", type=_Writing).quote_policy


def asks_alliance_of(user: User) -> bool:
    """Whether providers of the alliance are asked too when a person searches."""
    return msgspec.json.decode(user.preferences or "{}", type=_Finding).asks_alliance


def attribution_domains_of(user: User) -> list[str]:
    """Which websites may name a person as their author."""
    return msgspec.json.decode(user.preferences or "{}", type=_Writing).attribution_domains


def _preferences(user: User) -> Preferences:
    reading = msgspec.json.decode(user.preferences, type=_Reading)
    return Preferences(
        user.default_visibility,
        user.default_sensitive,
        user.default_language,
        reading.expand_media,
        reading.expand_spoilers,
        reading.autoplay_gifs,
        quote_policy_of(user),
    )
