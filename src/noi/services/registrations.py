"""Providers that register here by themselves (FASP 0.1, general, registration).

Nothing comes of it before a person has compared the fingerprints: nothing is shared or asked.
"""

from urllib.parse import urlsplit

import msgspec

from noi.activitypub import fasp
from noi.activitypub.keys import BadKey
from noi.activitypub.uris import authority_of, web_uri
from noi.db import alliance as table
from noi.db.database import Transaction
from noi.models.alliance import Provider, ProviderState
from noi.models.errors import Conflict, Forbidden, Invalid, RateLimited
from noi.models.ids import now_ms
from noi.services import policies
from noi.services.network import Network
from noi.text.clean import clean_name

MAX_WAITING = 20
MAX_BASE_URL = 500
MAX_NAME = 100


class Registration(msgspec.Struct, frozen=True, rename="camel"):
    """What a provider sends; `public_key` is base64 of its 32 bytes."""

    name: str
    base_url: str
    server_id: str
    public_key: str


class Registered(msgspec.Struct, frozen=True, rename="camel"):
    """What it is answered: its name here, our key for it, and where our people go on."""

    fasp_id: str
    public_key: str
    registration_completion_uri: str


async def register(network: Network, asked: Registration) -> Registered:
    """Let a provider wait for a person to confirm it; asking again renews what waits.

    Raises Invalid, Forbidden for one that was refused or is blocked, Conflict for a confirmed
    one, RateLimited where too many wait already.
    """
    new = await _checked(network, asked)

    async def work(tx: Transaction) -> Provider:
        known = await table.by_url(tx, new.base_url)
        if known is None:
            if await table.count(tx, ProviderState.ASKED) >= MAX_WAITING:
                raise RateLimited("Too many providers wait here for an answer")
            if await table.insert(tx, new):
                return new
            known = await table.by_url(tx, new.base_url)
        if known is None:
            raise Conflict("This was done at the same time by another request")
        return await _renewed(tx, known, new)

    provider = await network.db.transaction(work)
    return Registered(
        str(provider.id),
        fasp.public_key_of(provider.private_key),
        f"{network.settings.origin}/owner/alliance/{provider.id}",
    )


async def _renewed(tx: Transaction, known: Provider, new: Provider) -> Provider:
    known = await table.get_locked(tx, known.id) or known
    same = (known.public_key, known.server_id) == (new.public_key, new.server_id)
    if known.state is ProviderState.REFUSED:
        raise Forbidden("This network has turned the provider down")
    if known.state in (ProviderState.CONFIRMED, ProviderState.LEAVING):
        if same and known.state is ProviderState.CONFIRMED:
            # Our answer was lost on its way.
            return known
        raise Conflict("A provider with this address is confirmed already")
    changes: dict[str, object] = {
        "state": ProviderState.ASKED,
        "name": known.name if known.hub and known.name else new.name,
        "server_id": new.server_id,
        "public_key": new.public_key,
        "private_key": new.private_key,
        "asked_at": new.asked_at,
        "membership": "",
        "rule_text": "",
        "reason": "",
    }
    await table.update(tx, known.id, changes)
    return msgspec.structs.replace(known, **changes)


async def _checked(network: Network, asked: Registration) -> Provider:
    base_url = checked_base_url(network, asked.base_url)
    name = clean_name(asked.name)[:MAX_NAME]
    if not name:
        raise Invalid("A provider needs a name", field="name")
    if not fasp.usable_id(asked.server_id):
        raise Invalid("This is not a name that can be signed with", field="serverId")
    try:
        fasp.parse_key(asked.public_key)
    except BadKey as error:
        raise Invalid(str(error), field="publicKey") from None
    if (await policies.of(network, authority_of(base_url))).blocked:
        raise Forbidden("This network does not speak with it")
    return Provider(
        id=network.ids.next(),
        base_url=base_url,
        state=ProviderState.ASKED,
        name=name,
        server_id=asked.server_id,
        public_key=asked.public_key,
        private_key=fasp.new_pair().private_key,
        asked_at=now_ms(),
    )


def checked_base_url(network: Network, text: str) -> str:
    """The base URL of a provider in its one form, without a slash at the end. Raises Invalid."""
    text = text.rstrip("/")
    parts = urlsplit(text) if web_uri(text) and len(text) <= MAX_BASE_URL else None
    if parts is None or parts.query or parts.fragment or not parts.netloc:
        raise Invalid("This is not an address", field="baseUrl")
    authority = authority_of(text)
    base_url = f"{parts.scheme.lower()}://{authority}{parts.path}"
    if parts.scheme.lower() not in network.client.schemes(authority):
        raise Invalid("Only addresses with https are used", field="baseUrl")
    if base_url == network.settings.origin or network.settings.owns(base_url):
        raise Invalid("This is the address of this network itself", field="baseUrl")
    return base_url
