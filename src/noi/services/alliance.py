"""The owner's side of the alliance: which providers there are, what they do and are told."""

import asyncio
from collections.abc import Collection, Sequence

import msgspec

from noi.activitypub import fasp
from noi.db import alliance as table
from noi.db import jobs
from noi.db import sharing as sharing_table
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.alliance import (
    DATA_SHARING,
    Capability,
    Category,
    Kind,
    Provider,
    ProviderState,
    Volume,
)
from noi.models.errors import Conflict, Forbidden, NotFound, Unavailable
from noi.models.ids import now_ms
from noi.models.jobs import SettleProvider, ShareEarlier, ShareWith, WithdrawShared
from noi.models.paging import MAX_ID
from noi.services import memberships, provider_calls, providers
from noi.services.network import Network
from noi.transport.errors import TransportError

_MAX_PROVIDERS = 50
_LOOK_SECONDS = 3.0


class View(msgspec.Struct, frozen=True):
    """A provider with what it offers and how calls go; `pending` addresses wait to be told."""

    provider: Provider
    capabilities: list[Capability]
    pending: int

    @property
    def errors(self) -> list[Capability]:
        return [one for one in self.capabilities if one.failures]


class Look(msgspec.Struct, frozen=True):
    """What the owner compares before confirming: fingerprints of its key and of ours. `vouched`:
    a hub has said by its own signature that they are right.
    """

    view: View
    theirs: str
    ours: str
    charter: memberships.Charter | None
    vouched: bool
    error: str


async def fetch_all(network: Network, admin: Viewer | None) -> list[View]:
    """All providers, for those who run the network; None is the operator. Raises Forbidden."""
    _check(admin)
    found = await table.fetch_all(network.db)
    offered = await table.capabilities(network.db, [provider.id for provider in found])
    return [
        View(
            provider,
            list(offered[provider.id].values()),
            await sharing_table.count_waiting(network.db, provider.id),
        )
        for provider in found
    ]


async def get(network: Network, admin: Viewer | None, provider_id: int) -> View:
    """One provider. Raises NotFound, Forbidden."""
    _check(admin)
    provider = await _existing(network, provider_id)
    offered = await table.capabilities(network.db, [provider_id])
    waiting = await sharing_table.count_waiting(network.db, provider_id)
    return View(provider, list(offered[provider_id].values()), waiting)


async def offering(network: Network, capability: str) -> list[Provider]:
    """The confirmed providers whose capability is switched on; call them by `provider_calls`."""
    return await table.offering(network.db, capability)


async def told(network: Network) -> list[Provider]:
    """The providers that are told what people here have agreed to, for those people to read."""
    found = await table.offering(network.db, DATA_SHARING)
    return [one for one in found if one.share_content or one.share_accounts]


async def ask(network: Network, admin: Viewer | None, address: str) -> Provider:
    """Ask a hub of Nối's kind, by its host or address, to take this network in: it registers here,
    often before this returns. Other providers register by themselves. Raises Forbidden, Invalid,
    Conflict where it is confirmed already, Unavailable.
    """
    _check(admin)
    hub = await memberships.find(network, address)
    new = Provider(
        id=network.ids.next(),
        base_url=hub.origin,
        state=ProviderState.SOUGHT,
        hub=True,
        hub_key=hub.key,
        name=hub.name,
        charter_version=0,
        asked_at=now_ms(),
    )

    async def work(tx: Transaction) -> Provider:
        known = await table.by_url(tx, hub.origin)
        if known is None:
            if len(await table.fetch_all(tx)) >= _MAX_PROVIDERS:
                raise Conflict("There are too many providers already")
            await table.insert(tx, new)
            return new
        if known.state in (ProviderState.CONFIRMED, ProviderState.LEAVING):
            raise Conflict("This network is in that alliance already")
        sought: dict[str, object] = {"hub": True, "hub_key": hub.key, "name": hub.name}
        if known.state is not ProviderState.ASKED:
            sought |= {"state": ProviderState.SOUGHT, "asked_at": now_ms()}
        await table.update(tx, known.id, sought)
        return known

    provider = await network.db.transaction(work)
    try:
        await memberships.ask(network, hub.origin)
    except TransportError as error:
        raise Unavailable("The hub does not answer: {error}", error=str(error)) from None
    return await _existing(network, provider.id)


async def look(network: Network, admin: Viewer | None, provider_id: int) -> Look:
    """What is to be compared and read before a provider is confirmed. It is asked for what it
    offers; that its answer is signed shows that the key is really its own. Raises NotFound.
    """
    provider = (await get(network, admin, provider_id)).provider
    ours, error = _own_fingerprint(provider), ""
    if provider.state is ProviderState.ASKED:
        await _learn_hub(network, provider)
        provider = await _existing(network, provider_id)
        error, charter, vouched = await asyncio.gather(
            providers.describe(network, provider, seconds=_LOOK_SECONDS),
            memberships.charter(network, provider, seconds=_LOOK_SECONDS),
            memberships.vouches(network, provider, ours, seconds=_LOOK_SECONDS),
        )
    else:
        charter, vouched = None, False
    return Look(
        view=await get(network, admin, provider_id),
        theirs=fasp.fingerprint(provider.public_key) if provider.public_key else "",
        ours=ours,
        charter=charter,
        vouched=vouched,
        error=error,
    )


async def confirm(
    network: Network,
    admin: Viewer | None,
    provider_id: int,
    *,
    fingerprint: str,
    charter_version: int = 0,
    capabilities: Collection[str] = (),
    content: bool = False,
    accounts: bool = False,
) -> Provider:
    """Use a provider from now on: the fingerprint of its key was compared, its charter read.

    `capabilities` are switched on, and what is chosen of content and accounts is shared. Raises
    NotFound, Forbidden, and Conflict where it has another key by now or does not wait.
    """
    _check(admin)
    changes: dict[str, object] = {
        "state": ProviderState.CONFIRMED,
        "charter_version": charter_version,
        "confirmed_by_id": admin.account_id if admin else None,
        "confirmed_at": now_ms(),
        "share_content": content,
        "share_accounts": accounts,
        "receipt": "",
        "left_at": None,
        "visited_at": None,
    }

    async def work(tx: Transaction) -> Provider:
        provider = await _locked(tx, provider_id)
        if provider.state is not ProviderState.ASKED:
            raise Conflict("This provider does not wait for an answer")
        if fasp.fingerprint(provider.public_key) != fingerprint:
            raise Conflict("The provider has come with another key. Compare the fingerprints anew.")
        await table.update(tx, provider_id, changes)
        for name in providers.CAPABILITIES:
            wanted = name in capabilities if name != DATA_SHARING else content or accounts
            await table.want(tx, provider_id, name, wanted)
        await jobs.enqueue(tx, SettleProvider(provider_id), unique=True)
        return msgspec.structs.replace(provider, **changes)

    return await network.db.transaction(work)


async def refuse(network: Network, admin: Viewer | None, provider_id: int) -> None:
    """Turn a provider down that waits; it may not register again for two weeks."""
    _check(admin)

    async def work(tx: Transaction) -> None:
        provider = await _locked(tx, provider_id)
        if provider.state not in (ProviderState.ASKED, ProviderState.SOUGHT):
            raise Conflict("This provider does not wait for an answer")
        changes: dict[str, object] = {"state": ProviderState.REFUSED, "private_key": ""}
        await table.update(tx, provider_id, changes)

    await network.db.transaction(work)


async def switch(
    network: Network, admin: Viewer | None, provider_id: int, capability: str, on: bool
) -> None:
    """Begin or end to use a service of a provider. Raises NotFound for what is not offered."""
    _check(admin)
    if capability == DATA_SHARING:
        await set_sharing(network, admin, provider_id, content=on, accounts=on)
        return

    async def work(tx: Transaction) -> None:
        await _confirmed(tx, provider_id)
        if not await table.want(tx, provider_id, capability, on):
            raise NotFound
        await jobs.enqueue(tx, SettleProvider(provider_id), unique=True)

    await network.db.transaction(work)


async def set_sharing(
    network: Network, admin: Viewer | None, provider_id: int, *, content: bool, accounts: bool
) -> None:
    """Choose what a provider is told. What ends counts from this commit on, and is taken back."""
    _check(admin)
    changes: dict[str, object] = {"share_content": content, "share_accounts": accounts}

    async def work(tx: Transaction) -> None:
        before = await _confirmed(tx, provider_id)
        known = await table.capability(tx, provider_id, DATA_SHARING)
        was_on = known is not None and known.wanted
        if known is not None and known.active and not was_on and (content or accounts):
            # It would not know that it has to ask for everything anew.
            raise Conflict("The provider has still to be told that sharing has ended")
        await table.update(tx, provider_id, changes)
        after = msgspec.structs.replace(before, **changes)
        if not await table.want(tx, provider_id, DATA_SHARING, content or accounts):
            if content or accounts:
                raise NotFound
        elif not (content or accounts):
            await providers.stop_sharing(tx, provider_id)
        elif was_on:
            await _change_categories(tx, before, after)
        await jobs.enqueue(tx, SettleProvider(provider_id), unique=True)

    await network.db.transaction(work)


async def leave(network: Network, admin: Viewer | None, provider_id: int) -> None:
    """Use a provider no more: nothing is shared from this commit on, and it is told to forget.

    A hub of Nối's kind ends the membership, and gives a receipt once all is gone there.
    """
    _check(admin)

    async def work(tx: Transaction) -> None:
        await _confirmed(tx, provider_id)
        now = now_ms()
        changes: dict[str, object] = {"state": ProviderState.LEAVING, "left_at": now}
        changes |= {"share_content": False, "share_accounts": False, "visited_at": now}
        await table.update(tx, provider_id, changes)
        await table.want_nothing(tx, provider_id)
        await providers.stop_sharing(tx, provider_id)
        await table.try_again(tx, provider_id)
        await jobs.enqueue(tx, SettleProvider(provider_id))

    await network.db.transaction(work)


async def forget(network: Network, admin: Viewer | None, provider_id: int) -> None:
    """Remove the record of a provider that was left or turned down, or that nothing came of."""
    _check(admin)

    async def work(tx: Transaction) -> None:
        provider = await _locked(tx, provider_id)
        if provider.state in (ProviderState.CONFIRMED, ProviderState.LEAVING):
            raise Conflict("Leave it first")
        await table.delete(tx, provider_id)

    await network.db.transaction(work)


async def try_again(network: Network, admin: Viewer | None, provider_id: int) -> None:
    """Call a provider at once whose calls were put off after errors."""
    _check(admin)

    async def work(tx: Transaction) -> None:
        await _locked(tx, provider_id)
        await table.try_again(tx, provider_id)
        await jobs.enqueue_all(tx, [SettleProvider(provider_id), ShareWith(provider_id)])

    await network.db.transaction(work)


async def test(network: Network, admin: Viewer | None, provider_id: int) -> str:
    """Ask a provider to call this network (FASP's debug callback); what went wrong, or nothing."""
    _check(admin)
    provider = await _existing(network, provider_id)
    body = msgspec.json.encode({"hello": network.settings.host})
    try:
        await provider_calls.call(
            network, provider, "callback", "POST", "/debug/v0/callback/logs", body
        )
    except TransportError as error:
        return str(error)
    return ""


async def volumes(network: Network, provider_id: int, since: str) -> Sequence[Volume]:
    """How many addresses a provider was told from a day on (`2026-11-22`), newest first."""
    return await sharing_table.volumes(network.db, provider_id, since)


async def shared(network: Network, provider_id: int) -> dict[Category, int]:
    """How much a provider was told of and may have still."""
    return await sharing_table.count_shared(network.db, provider_id)


async def people(network: Network) -> sharing_table.People:
    """How many people here have consented to what."""
    return await sharing_table.people(network.db)


async def _change_categories(tx: Transaction, before: Provider, after: Provider) -> None:
    for category in Category:
        if before.shares(category) and not after.shares(category):
            await jobs.enqueue(tx, WithdrawShared(after.id, category.value))
        elif after.shares(category) and not before.shares(category):
            wanted = await sharing_table.subscriptions_of(tx, after.id)
            if any(one.category is category and one.kind is Kind.LIFECYCLE for one in wanted):
                await jobs.enqueue(tx, ShareEarlier(after.id, category.value, MAX_ID))


async def _learn_hub(network: Network, provider: Provider) -> None:
    """Find out whether a provider that came by itself is a hub of Nối's kind."""
    if provider.hub:
        return
    try:
        hub = await memberships.introduce(network, provider.base_url, seconds=_LOOK_SECONDS)
    except TransportError:
        return
    if hub is not None:
        learnt: dict[str, object] = {"hub": True, "hub_key": hub.key}
        await network.db.transaction(lambda tx: table.update(tx, provider.id, learnt))


def _own_fingerprint(provider: Provider) -> str:
    if not provider.private_key:
        return ""
    return fasp.fingerprint(fasp.public_key_of(provider.private_key))


async def _existing(network: Network, provider_id: int) -> Provider:
    provider = await table.get(network.db, provider_id)
    if provider is None:
        raise NotFound
    return provider


async def _locked(tx: Transaction, provider_id: int) -> Provider:
    provider = await table.get_locked(tx, provider_id)
    if provider is None:
        raise NotFound
    return provider


async def _confirmed(tx: Transaction, provider_id: int) -> Provider:
    provider = await _locked(tx, provider_id)
    if provider.state is not ProviderState.CONFIRMED:
        raise Conflict("This provider is not in use")
    return provider


def _check(admin: Viewer | None) -> None:
    if admin is not None and admin.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins decide about the alliance")
