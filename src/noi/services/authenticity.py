"""Whose word an activity is: of what waits in the journal unverified, and of what was passed on.

What somebody passes on is its author's word only with a signature inside it (an integrity proof or
a linked-data signature). Else it is a hint to fetch its object from where that belongs.
"""

import asyncio

import msgspec

from noi.activitypub import integrity, linked_data
from noi.activitypub.contexts import UnknownContext
from noi.activitypub.keys import BadKey, PublicKey, parse_public_key
from noi.activitypub.normalize import Document, compact, identifier, load
from noi.activitypub.signatures import BadSignature, Request
from noi.activitypub.uris import authority_of
from noi.db import accounts, peers
from noi.models.accounts import Account, AccountState
from noi.models.federation import Declined, Mail, Peer
from noi.models.ids import now_ms
from noi.services import policies, remote_accounts
from noi.services.inbox import RENEWED_AFTER_MS, Forwarded, Unverified
from noi.services.network import Network
from noi.transport.verification import UnknownKey, Verified, WrongKey, forget, verify


class Confirmed(msgspec.Struct, frozen=True):
    """A document and whose word it is; see services.inbox.Received."""

    document: Document
    actor: Account
    trusted: bool
    via: Account | None


_decoder = msgspec.json.Decoder(Unverified | Forwarded)


async def confirm(network: Network, mail: Mail, document: Document) -> Confirmed:
    """What waits in the journal with a note about its signature, and who stands behind it.

    Raises BadSignature, Forbidden, what services.remote_accounts raises, and transport.errors.
    """
    note = _decoder.decode(mail.signature)
    if isinstance(note, Unverified):
        signer_uri = (await _verified(network, note, mail)).peer.uri
    else:
        signer_uri = note.signer_uri
    if signer_uri == mail.actor_uri:
        return Confirmed(document, await _account(network, signer_uri), True, None)
    via = await _account(network, signer_uri)
    if via.state > AccountState.LIMITED:
        raise Declined("This network does not speak with who passed this on")
    if (await policies.of(network, authority_of(mail.actor_uri))).blocked:
        raise Declined("This network does not speak with {host}", host=mail.actor_uri)
    actor = await remote_accounts.by_uri(network, mail.actor_uri)
    signed = await signed_inside(network, document, mail.actor_uri)
    return Confirmed(signed or document, actor, signed is not None, via)


async def signed_inside(network: Network, document: Document, actor_uri: str) -> Document | None:
    """A document as its actor has signed it inside; None where it did not."""
    peer = await peers.by_uri(network.db, actor_uri)
    if peer is None:
        return None
    try:
        if integrity.verification_method(document) == peer.ed25519_key_id != "":
            key = _parsed(peer.ed25519_public_key)
            await asyncio.to_thread(integrity.verify, document, key, now_ms())
            return document
        if linked_data.creator(document) == peer.key_id != "":
            signed = await asyncio.to_thread(linked_data.verify, document, _parsed(peer.public_key))
            return _of_actor(load(signed), actor_uri)
    except (BadSignature, UnknownContext):
        return None
    return None


async def _verified(network: Network, note: Unverified, mail: Mail) -> Verified:
    request = Request(
        method=note.method,
        origin=network.settings.origin,
        target=note.target,
        headers=note.headers,
        body=mail.body,
    )
    try:
        return await verify(network.db, request, mail.received_at)
    except UnknownKey as unknown:
        await remote_accounts.by_key_id(network, unknown.key_id)
    except WrongKey as wrong:
        if not _stale(wrong.peer):
            raise
        await remote_accounts.by_uri(network, wrong.peer.uri, refresh=True)
        forget(network.db, wrong.key_id)
    return await verify(network.db, request, mail.received_at)


def _of_actor(document: Document, actor_uri: str) -> Document | None:
    """What a signature covers may say something else than the text around it."""
    return document if identifier(compact(document).get("actor")) == actor_uri else None


def _stale(peer: Peer) -> bool:
    return (peer.fetched_at or 0) < now_ms() - RENEWED_AFTER_MS


async def _account(network: Network, uri: str) -> Account:
    account = await accounts.get_by_uri(network.db, uri)
    if account is None or account.state is AccountState.DELETED:
        raise Declined("This account is gone")
    return account


def _parsed(text: str) -> PublicKey:
    try:
        return parse_public_key(text)
    except BadKey as error:
        raise BadSignature("The key of the document cannot be read") from error
