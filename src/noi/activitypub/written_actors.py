"""Accounts as this network writes them for others."""

from collections.abc import Callable, Sequence

import msgspec

from noi.activitypub import addresses
from noi.activitypub.keys import multikey
from noi.activitypub.outgoing import Written, timestamp
from noi.activitypub.vocabulary import PUBLIC
from noi.activitypub.written_notes import emoji_tag, hashtag, picture
from noi.config import host_name
from noi.models.accounts import Account, AccountKind, Field
from noi.models.statuses import CustomEmoji

_TYPES = {
    AccountKind.PERSON: "Person",
    AccountKind.BOT: "Service",
    AccountKind.GROUP: "Group",
    AccountKind.HUB: "Application",
}


class ActorFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an actor's document needs beside the account; keys as `accounts` holds them.

    `file_url` makes an address of a storage key.
    """

    account: Account
    origin: str
    host: str
    public_key: str
    ed25519_public_key: str
    file_url: Callable[[str], str]
    also_known_as: Sequence[str] = ()
    moved_to_uri: str = ""
    emojis: Sequence[CustomEmoji] = ()
    hashtags: Sequence[str] = ()
    suspended: bool = False


def actor(facts: ActorFacts) -> Written:
    """An account as a document, without `@context`; suspended ones tell nothing of themselves."""
    account, uri = facts.account, facts.account.uri
    document: Written = {
        "id": uri,
        "type": _TYPES[AccountKind(account.kind)],
        "preferredUsername": account.username,
        "webfinger": f"{account.username}@{facts.host}",
        "url": account.url,
        "inbox": addresses.inbox(uri),
        "outbox": addresses.outbox(uri),
        "followers": addresses.followers(uri),
        "following": addresses.following(uri),
        "featured": addresses.featured(uri),
        "featuredTags": addresses.featured_tags(uri),
        "endpoints": {"sharedInbox": addresses.shared_inbox(facts.origin)},
        "published": timestamp(account.created_at),
        "manuallyApprovesFollowers": bool(account.locked),
        "memorial": False,
        **keys(uri, facts.public_key, facts.ed25519_public_key),
    }
    if facts.suspended:
        return document | _UNTOLD
    return document | _profile(facts)


_UNTOLD: Written = {
    "name": "",
    "summary": "",
    "discoverable": False,
    "indexable": False,
    "alsoKnownAs": [],
    "attachment": [],
    "tag": [],
    "suspended": True,
}


def _profile(facts: ActorFacts) -> Written:
    account = facts.account
    profile: Written = {
        "name": account.display_name,
        "summary": account.note_html,
        "discoverable": bool(account.discoverable),
        "indexable": bool(account.indexable),
        "interactionPolicy": {"canFeature": _may_feature(account)},
        "alsoKnownAs": list(facts.also_known_as),
        "attachment": _fields(account),
        "tag": [emoji_tag(emoji, facts.origin, facts.file_url) for emoji in facts.emojis]
        + [hashtag(facts.origin, name) for name in facts.hashtags],
    }
    for name, key, description in (
        ("icon", account.avatar, account.avatar_description),
        ("image", account.header, account.header_description),
    ):
        if key:
            profile[name] = picture(facts.file_url(key), description)
    if facts.moved_to_uri:
        profile["movedTo"] = facts.moved_to_uri
    return profile


def _may_feature(account: Account) -> Written:
    """Who may show an account in collections (FEP-7aa9): the actor alone stands for nobody."""
    allowed = account.uri
    if account.discoverable:
        allowed = addresses.followers(account.uri) if account.locked else PUBLIC
    return {"automaticApproval": [allowed], "manualApproval": []}


def keys(actor_uri: str, public_key: str, ed25519_public_key: str) -> Written:
    """The keys of an actor: RSA as the signatures of requests need it, Ed25519 for proofs."""
    return {
        "publicKey": {
            "id": addresses.main_key(actor_uri),
            "owner": actor_uri,
            "publicKeyPem": public_key,
        },
        "assertionMethod": [
            {
                "id": addresses.ed25519_key(actor_uri),
                "type": "Multikey",
                "controller": actor_uri,
                "publicKeyMultibase": multikey(ed25519_public_key),
            }
        ],
    }


def key_stub(account: Account, public_key: str, ed25519_public_key: str) -> Written:
    """As little of an actor as others need to verify its signatures."""
    return {
        "id": account.uri,
        "type": _TYPES[AccountKind(account.kind)],
        "preferredUsername": account.username,
        "inbox": addresses.inbox(account.uri),
        **keys(account.uri, public_key, ed25519_public_key),
    }


def instance_actor(
    uri: str, origin: str, host: str, public_key: str, ed25519_public_key: str
) -> Written:
    """The actor that signs for the network itself: nobody follows it, and it writes nothing.

    It is named like its host, without the port, which no name may have.
    """
    return {
        "id": uri,
        "type": "Application",
        "preferredUsername": host_name(host),
        "webfinger": f"{host_name(host)}@{host}",
        "name": host,
        "url": f"{origin}/about",
        "inbox": addresses.inbox(uri),
        "outbox": addresses.outbox(uri),
        "endpoints": {"sharedInbox": addresses.shared_inbox(origin)},
        "manuallyApprovesFollowers": True,
        **keys(uri, public_key, ed25519_public_key),
    }


def tombstone(uri: str, deleted_at: int | None = None, former_type: str = "") -> Written:
    """What is left of something that was deleted."""
    document: Written = {"id": uri, "type": "Tombstone", "to": [PUBLIC]}
    if former_type:
        document["formerType"] = former_type
    if deleted_at is not None:
        document["deleted"] = timestamp(deleted_at)
    return document


def _fields(account: Account) -> list[Written]:
    return [
        {"type": "PropertyValue", "name": field.name, "value": field.value_html}
        for field in msgspec.json.decode(account.fields, type=list[Field])
    ]
