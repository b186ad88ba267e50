"""New versions of the charters of hubs: learnt with every look at the hub, told to the owners,
compared with what was agreed to before, and agreed to, or not.
"""

import re
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from noi.db import alliance as providers
from noi.db import charter_versions as table
from noi.db import jobs
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.alliance import Provider, ProviderState
from noi.models.errors import Conflict, Forbidden, NotFound
from noi.models.jobs import SettleProvider
from noi.services import letters, memberships
from noi.services.memberships import Charter
from noi.services.network import Network
from noi.ui.translation import gettext

_SECONDS = 10.0
_MOST_COMPARED = 500
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")


class Part(msgspec.Struct, frozen=True):
    """A paragraph that stayed, went or came."""

    kind: Literal["same", "old", "new"]
    text: str


class Comparison(msgspec.Struct, frozen=True):
    """The charter as it is now beside the version that was agreed to (0: none that is known)."""

    provider: Provider
    agreed: int
    newest: int
    language: str
    parts: list[Part]


async def learn(network: Network, provider: Provider) -> None:
    """Look whether a hub has a new version; it is kept, and those who run the network are told.

    The version that was agreed to is kept too, so that both can be compared. What a hub has not
    signed by the key that it is known by is passed over.
    """
    if not provider.hub:
        return
    told = await memberships.signed_charter(network, provider, seconds=_SECONDS)
    if told is None:
        return
    found = [told]
    agreed = provider.charter_version
    if 0 < agreed < told.charter.version and not await table.get(network.db, provider.id, agreed):
        old = await memberships.signed_charter(network, provider, seconds=_SECONDS, version=agreed)
        found += [old] if old is not None and old.charter.version == agreed else []

    async def work(tx: Transaction) -> None:
        before = await providers.get_locked(tx, provider.id)
        if before is None:
            return
        last = await table.newest(tx, provider.id)
        for one in found:
            await table.put(tx, provider.id, one.charter.version, one.document)
        known = last.version if last else before.charter_version
        if told.charter.version > max(known, before.charter_version):
            await _tell(tx, network, before, told.charter.version)

    await network.db.transaction(work)


async def pending(network: Network) -> dict[int, int]:
    """The versions that wait to be agreed to, by the provider."""
    found: dict[int, int] = {}
    for provider in await providers.in_state(network.db, ProviderState.CONFIRMED):
        last = await table.newest(network.db, provider.id) if provider.hub else None
        if last is not None and last.version > provider.charter_version:
            found[provider.id] = last.version
    return found


async def compare(
    network: Network, admin: Viewer | None, provider_id: int, locale: str
) -> Comparison:
    """What changed since the version that was agreed to, in a reader's language if it is there.

    Raises Forbidden below admins, NotFound where no version is known.
    """
    _check(admin)
    provider = await providers.get(network.db, provider_id)
    last = await table.newest(network.db, provider_id)
    if provider is None or last is None:
        raise NotFound
    new = memberships.read_charter(last.document)
    kept = await table.get(network.db, provider_id, provider.charter_version)
    old = memberships.read_charter(kept.document) if kept else None
    language = _language(locale, new, old)
    before = old.texts.get(language, "") if old else ""
    return Comparison(
        provider=provider,
        agreed=old.version if old else 0,
        newest=new.version,
        language=language,
        parts=parts(before, new.texts.get(language, "")),
    )


async def agree(network: Network, admin: Viewer | None, provider_id: int, version: int) -> None:
    """Agree to the newest version, by its number; the hub is told.

    Raises Forbidden below admins, NotFound, Conflict where there is a newer one by now.
    """
    _check(admin)

    async def work(tx: Transaction) -> None:
        provider = await providers.get_locked(tx, provider_id)
        last = await table.newest(tx, provider_id)
        if provider is None or provider.state is not ProviderState.CONFIRMED or last is None:
            raise NotFound
        if last.version != version:
            raise Conflict("There is a newer version of the charter. Please read it first.")
        await providers.update(tx, provider_id, {"charter_version": version})
        await jobs.enqueue(tx, SettleProvider(provider_id), unique=True)

    await network.db.transaction(work)


def parts(old: str, new: str) -> list[Part]:
    """Two texts by paragraphs: what stayed, went and came, in the order of reading; of texts with
    very many paragraphs all that was, and then all that is.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    if max(len(before), len(after)) > _MOST_COMPARED:
        whole: tuple[Part, ...] = (Part("old", old.strip()), Part("new", new.strip()))
        return [part for part in whole if part.text]
    found: list[Part] = []
    matcher = SequenceMatcher(None, before, after)
    for kind, first, end, first_new, end_new in matcher.get_opcodes():
        if kind == "equal":
            found += [Part("same", text) for text in before[first:end]]
        else:
            found += [Part("old", text) for text in before[first:end]]
            found += [Part("new", text) for text in after[first_new:end_new]]
    return found


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in _PARAGRAPH.split(text.replace("\r\n", "\n")) if part.strip()]


def _language(locale: str, new: Charter, old: Charter | None) -> str:
    """The reader's, else one that both versions have, else any."""
    if locale in new.texts:
        return locale
    both = [code for code in new.texts if old is None or code in old.texts]
    return next(iter([*both, *new.texts]), "")


async def _tell(tx: Transaction, network: Network, provider: Provider, version: int) -> None:
    name = provider.name or provider.host

    def write(locale: str) -> tuple[str, str]:
        body = gettext(
            locale,
            "Hello,\n\n{name} has published version {version} of its charter. What changed, and "
            "where you agree or leave:\n\n{link}\n",
            name=name,
            version=version,
            link=f"{network.settings.origin}/owner/alliance/{provider.id}/charter",
        )
        return gettext(locale, "{name} has a new version of its charter", name=name), body

    await letters.send_to_admins(tx, network, write)


def _check(admin: Viewer | None) -> None:
    if admin is not None and admin.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins decide about the alliance")
