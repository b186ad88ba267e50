"""Keeping providers of the alliance's services as they are wanted: capabilities, leaving, news.

What the owner decides is written down at once and counts here at once; the provider is told as
soon as it answers.
"""

from datetime import UTC, datetime

import msgspec

from noi.db import alliance as table
from noi.db import jobs
from noi.db import sharing as sharing_table
from noi.db.database import Transaction
from noi.models.alliance import DATA_SHARING, Capability, Category, Provider, ProviderState
from noi.models.ids import now_ms
from noi.models.jobs import SettleProvider, ShareWith, TendProviders, WithdrawShared
from noi.services import (
    alliance_networks,
    charter_versions,
    memberships,
    provider_calls,
    sharing,
)
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.transport.errors import Gone, TransportError

CAPABILITIES = (
    DATA_SHARING,
    "account_search",
    "post_search",
    "follow_recommendation",
    "trends",
    "callback",
)
"""What this network can use; anything else that is offered is passed over."""

_MAX_TEXT = 300
_MAX_POLICIES = 20
_INFO_BYTES = 64 * 1024
_DAY_MS = 86_400_000
_STALE_MS = 14 * _DAY_MS
_LEAVING_MS = 7 * _DAY_MS
_KEPT_DAYS = 400


class Offered(msgspec.Struct, frozen=True):
    id: str
    version: str = ""


class PrivacyPolicy(msgspec.Struct, frozen=True):
    url: str = ""
    language: str = ""


class Info(msgspec.Struct, frozen=True, rename="camel"):
    """What a provider says of itself (FASP 0.1, general, provider info)."""

    name: str = ""
    privacy_policy: list[PrivacyPolicy] | None = None
    capabilities: list[Offered] = msgspec.field(default_factory=list[Offered])
    sign_in_url: str | None = None
    contact_email: str | None = None
    fediverse_account: str | None = None


async def tend(network: Network, job: TendProviders) -> None:
    """Go on with what waits for providers that may be called, and forget what is over."""
    await sharing.find_talked_about(network)
    now = now_ms()
    to_tell = await sharing_table.due(network.db, now)
    to_settle = await table.unsettled(network.db, now)
    first_day = datetime.fromtimestamp(now / 1000 - _KEPT_DAYS * 86_400, UTC).date().isoformat()

    async def work(tx: Transaction) -> None:
        for provider_id in to_tell:
            await jobs.enqueue(tx, ShareWith(provider_id), unique=True)
        for provider_id in to_settle:
            await jobs.enqueue(tx, SettleProvider(provider_id), unique=True)
        await table.delete_stale(tx, now - _STALE_MS)
        await sharing_table.clean(tx, day=first_day, before=now - 7 * _DAY_MS)

    await network.db.transaction(work)


async def settle(network: Network, job: SettleProvider) -> None:
    """Bring a provider to what is wanted of it, as far as it answers; ask how things stand."""
    provider = await table.get(network.db, job.provider_id)
    live = (ProviderState.CONFIRMED, ProviderState.LEAVING)
    if provider is None or provider.state not in live:
        return
    changes: dict[str, object] = {"visited_at": now_ms()}
    await network.db.transaction(lambda tx: table.update(tx, provider.id, changes))
    if provider.state is ProviderState.CONFIRMED:
        if await memberships.refresh(network, provider) in memberships.SHUT_OUT:
            return
        await describe(network, provider)
        await charter_versions.learn(network, provider)
        await alliance_networks.learn(network, provider)
    known = (await table.capabilities(network.db, [provider.id]))[provider.id]
    settled = [await _switched(network, provider, one) for one in known.values()]
    if provider.state is ProviderState.CONFIRMED:
        return
    given_up = (provider.left_at or 0) < now_ms() - _LEAVING_MS
    if (all(settled) and await memberships.end(network, provider)) or given_up:
        await _forget_keys(network, provider)


async def describe(network: Network, provider: Provider, *, seconds: float = 10.0) -> str:
    """Ask a provider what it is and offers; answers what went wrong, or an empty text."""
    try:
        answer = await provider_calls.call(
            network, provider, "", "GET", "/provider_info", seconds=seconds, limit_bytes=_INFO_BYTES
        )
        info = msgspec.json.decode(answer.body, type=Info)
    except TransportError as error:
        return str(error)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return f"{provider.host}: {error}"
    policies = (info.privacy_policy or [])[:_MAX_POLICIES]
    changes: dict[str, object] = {
        "contact_email": _line(info.contact_email),
        "fediverse_account": _line(info.fediverse_account),
        "sign_in_url": _line(info.sign_in_url),
        "privacy_policy": msgspec.json.encode(policies).decode(),
    }
    if name := _line(info.name):
        changes["name"] = name
    offered = {one.id: one.version for one in info.capabilities if _usable(one)}

    async def work(tx: Transaction) -> None:
        await table.update(tx, provider.id, changes)
        await table.offer(tx, provider.id, offered)

    await network.db.transaction(work)
    return ""


async def stop_sharing(tx: Transaction, provider_id: int) -> None:
    """Share nothing more with a provider from this commit on, and forget what it was told."""
    await sharing_table.forget_provider(tx, provider_id)
    for category in Category:
        await jobs.enqueue(tx, WithdrawShared(provider_id, category.value))


async def _switched(network: Network, provider: Provider, one: Capability) -> bool:
    """Whether the provider knows that a capability is wanted, or not."""
    if one.wanted == one.active or not one.capability:
        return True
    path = f"/capabilities/{one.capability}/{_major(one.version)}/activation"
    method = "POST" if one.wanted else "DELETE"
    try:
        await provider_calls.call(network, provider, "", method, path)
    except Gone:
        # Off is off; but what cannot be switched on is not there.
        if one.wanted:
            await network.db.transaction(lambda tx: _unavailable(tx, provider.id, one.capability))
    except TransportError:
        return False

    async def work(tx: Transaction) -> None:
        now = await table.capability(tx, provider.id, one.capability)
        if now is not None and now.wanted == one.wanted:
            await table.settled(tx, provider.id, one.capability, one.wanted)

    await network.db.transaction(work)
    return True


async def _unavailable(tx: Transaction, provider_id: int, capability: str) -> None:
    await table.want(tx, provider_id, capability, False)
    await table.failed(tx, provider_id, capability, "The provider does not have it (404)")


async def _forget_keys(network: Network, provider: Provider) -> None:
    changes: dict[str, object] = {
        "state": ProviderState.LEFT,
        "private_key": "",
        "public_key": "",
        "server_id": "",
        "membership": "",
    }
    await network.db.transaction(lambda tx: table.update(tx, provider.id, changes))


def _usable(one: Offered) -> bool:
    return one.id in CAPABILITIES and _major(one.version) == "0"


def _major(version: str) -> str:
    return version.removeprefix("v").partition(".")[0] or "0"


def _line(text: str | None) -> str:
    return clean_name(clean_text(text or ""))[:_MAX_TEXT]
