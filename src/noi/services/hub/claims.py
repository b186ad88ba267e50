"""What a hub holds about somebody, shown to and removed by whoever shows that they are it.

They put a code into their profile for a moment; the hub fetches that anew. Nothing is stored of
somebody who is not held, but for the claim itself, which is forgotten after an hour.
"""

import secrets

import msgspec

from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.uris import web_uri
from noi.auth import limits
from noi.auth.secrets import new_token, token_hash
from noi.db import locks
from noi.db.database import Transaction
from noi.db.hub import accounts, posts
from noi.db.hub import claims as table
from noi.db.hub import withdrawals as withdrawn
from noi.models.errors import BadDocument, Forbidden, Invalid, NotFound, Unavailable
from noi.models.hub_records import HubAccount, HubClaim, HubPost
from noi.models.ids import now_ms
from noi.services import remote_documents
from noi.services.hub import withdrawals
from noi.services.network import Network
from noi.text.sanitize import strip_html
from noi.transport import webfinger
from noi.transport.errors import TransportError, Unreachable
from noi.transport.webfinger import parse_handle

EXPIRY_MS = 3_600_000
SHOWN_POSTS = 100
BY_ADDRESS = limits.Limit("claims by address", 20, 3600)
BY_ACTOR = limits.Limit("claims by actor", 400, 3600)
"""Far above BY_ADDRESS: nobody alone can keep somebody from asking for what is theirs."""
CHECKS = limits.Limit("checks of a claim", 30, 3600)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 20


class Claim(msgspec.Struct, frozen=True):
    """A claim as its maker gets it: `token` is theirs alone, `code` goes into the profile."""

    token: str
    code: str
    actor_uri: str
    expires_at: int
    proved: bool = False


class Held(msgspec.Struct, frozen=True):
    """All that is held about an account; `account` is None where that is nothing.

    `posts` are the newest of `posts_count`; `trending` is how many of these are said to be talked
    about; `tags` are the hashtags of the profile. `refused` says that it is never taken in again.
    """

    actor_uri: str
    account: HubAccount | None = None
    posts: tuple[HubPost, ...] = ()
    posts_count: int = 0
    trending: int = 0
    tags: tuple[str, ...] = ()
    follows: int = 0
    followers: int = 0
    refused: bool = False


async def begin(network: Network, handle_or_uri: str, address: str = "") -> Claim:
    """Begin to show that an account is one's own: `name@host`, or an address that is its actor's.

    `address` is the IP address that asks. Raises Invalid (no such account), Unavailable (its
    server does not answer), RateLimited.
    """
    if address:
        limits.check(network.settings, BY_ADDRESS, limits.address_subject(address))
    actor_uri = await _found(network, handle_or_uri.strip())
    limits.check(network.settings, BY_ACTOR, actor_uri)
    actor = await _fetch(network, actor_uri)
    token, code = new_token(), "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    now = now_ms()

    async def work(tx: Transaction) -> None:
        await table.insert(
            tx,
            network.ids.next(),
            token_hash(token),
            code=code,
            actor_uri=actor.id,
            now=now,
            expires_at=now + EXPIRY_MS,
        )

    await network.db.transaction(work)
    return Claim(token, code, actor.id, now + EXPIRY_MS)


async def get(network: Network, token: str) -> Claim:
    """A claim that was begun. Raises NotFound for others, and once it has expired."""
    row = await _row(network, token)
    return Claim(token, row.code, row.actor_uri, row.expires_at, row.proved_at is not None)


async def prove(network: Network, token: str) -> None:
    """Look for the code in the profile, fetched anew.

    Raises NotFound (no such claim, or expired), Invalid (it is not there), Unavailable (the server
    does not answer), RateLimited.
    """
    row = await _row(network, token)
    limits.check(network.settings, CHECKS, row.id)
    actor = await _fetch(network, row.actor_uri)
    if row.code not in _profile(actor):
        raise Invalid("The code is not in this profile yet")
    now = now_ms()
    await network.db.transaction(
        lambda tx: table.prove(tx, row.id, now=now, expires_at=now + EXPIRY_MS)
    )


async def held(network: Network, token: str) -> Held:
    """What is held about the account. Raises NotFound, and Forbidden before it was proved."""
    actor_uri = (await _proved(network, token)).actor_uri
    db = network.db
    refused = await withdrawn.refused(db, actor_uri)
    account = await accounts.by_uri(db, actor_uri)
    if account is None:
        return Held(actor_uri, refused=refused)
    newest = await posts.newest(db, account.id, SHOWN_POSTS)
    follows, followers = await accounts.count_follows(db, account.id)
    return Held(
        actor_uri,
        account=account,
        posts=tuple(newest),
        posts_count=await posts.count(db, account.id),
        trending=sum(post.trending_at is not None for post in newest),
        tags=tuple(await accounts.tags(db, account.id)),
        follows=follows,
        followers=followers,
        refused=refused,
    )


async def remove(network: Network, token: str, refuse: bool) -> None:
    """Remove all that is held about the account, at once; with `refuse` never take it in again.

    Raises NotFound, and Forbidden before it was proved.
    """
    actor_uri = (await _proved(network, token)).actor_uri
    await network.db.transaction(lambda tx: end(tx, actor_uri, refuse=refuse))


async def end(tx: Transaction, actor_uri: str, *, refuse: bool) -> None:
    """Remove an account by its owner's word; with `refuse` for good."""
    await withdrawals.withdraw(tx, [actor_uri])
    if refuse:
        await withdrawn.refuse(tx, actor_uri, now_ms())


async def permit(tx: Transaction, actor_uri: str) -> None:
    """Take an account in again, as far as its flags say so: its owner has changed their mind."""
    await locks.names(tx, [actor_uri])
    await withdrawn.allow(tx, actor_uri)


async def _row(network: Network, token: str) -> HubClaim:
    row = await table.get(network.db, token_hash(token), now_ms())
    if row is None:
        raise NotFound("This has taken too long. Please begin anew")
    return row


async def _proved(network: Network, token: str) -> HubClaim:
    row = await _row(network, token)
    if row.proved_at is None:
        raise Forbidden("First show that this account is yours")
    return row


async def _found(network: Network, name: str) -> str:
    if uri := web_uri(name):
        return uri.partition("#")[0]
    if parse_handle(name) is None:
        raise Invalid("Please write a full name, as in @lan@example.net", field="handle")
    try:
        return (await webfinger.look_up(network.client, name)).actor_uri
    except TransportError as error:
        raise _unanswered(error) from error


async def _fetch(network: Network, uri: str) -> Actor:
    try:
        return read_actor(await remote_documents.fetch(network, uri))
    except (TransportError, BadDocument, NotFound, Forbidden) as error:
        raise _unanswered(error) from error


def _unanswered(error: Exception) -> Exception:
    if isinstance(error, Unreachable):
        return Unavailable("This server does not answer just now")
    return Invalid("There is no such account", field="handle")


def _profile(actor: Actor) -> str:
    fields = [f"{field.name} {field.value}" for field in actor.fields]
    return strip_html("\n".join([actor.name, actor.summary, *fields]))
