"""Other servers: their actors as they are delivered to and verified by, hosts, mail both ways."""

from enum import StrEnum

import msgspec

from noi.models.errors import NoiError

INSTANCE_ACTOR_ID = 1
"""The account that signs for the network itself, at `/actor`; no person ever has this id."""


class Declined(NoiError):
    """What another server sent is not taken. The reason is for its people and our logs: English.

    `status` is the HTTP status that an inbox answers with.
    """

    def __init__(self, message: str, *, status: int = 403, **params: object) -> None:
        super().__init__(message, **params)
        self.status = status


class Peer(msgspec.Struct, array_like=True, frozen=True):
    """What delivering to an account and verifying its signatures takes.

    `state` is models.accounts.AccountState; `domain` is empty for local accounts.
    """

    id: int
    uri: str
    domain: str
    state: int
    inbox_uri: str
    shared_inbox_uri: str
    inbox_host: str
    key_id: str
    public_key: str
    ed25519_key_id: str
    ed25519_public_key: str
    fetched_at: int | None


class Host(msgspec.Struct, array_like=True, frozen=True):
    """A row of `hosts`; `retry_at` is when it is tried next (ms), `dead_at` since when given up."""

    host: str
    waiting: bool
    retry_at: int
    signatures: str
    failures: int
    failing_since: int | None
    dead_at: int | None
    delivered_at: int | None
    heard_at: int | None
    error_at: int | None
    error: str
    software: str
    software_version: str
    created_at: int


class OutgoingKind(StrEnum):
    """How an activity is sent: plain; with the header by which the followers that a host knows are
    compared (FEP-8fcf); with a linked-data signature, for relays; or just as it came, by a relay.
    """

    PLAIN = "plain"
    FOLLOWERS_ONLY = "followers_only"
    RELAYED = "relayed"
    FORWARDED = "forwarded"


class Delivery(msgspec.Struct, array_like=True, frozen=True):
    """An activity on its way to one inbox, without the activity itself."""

    id: int
    activity_id: int
    actor_id: int
    host: str
    inbox_uri: str
    attempts: int
    created_at: int


class OutgoingActivity(msgspec.Struct, array_like=True, frozen=True):
    """An activity as it waits to be sent; `body` is its JSON, without proofs and signatures."""

    id: int
    actor_id: int
    kind: OutgoingKind
    created_at: int
    body: str


class Mail(msgspec.Struct, array_like=True, frozen=True):
    """A received activity in the journal; `signature` is empty where it is verified."""

    id: int
    host: str
    actor_uri: str
    inbox_account_id: int | None
    attempts: int
    received_at: int
    signature: str
    body: bytes


class FailedMail(msgspec.Struct, array_like=True, frozen=True):
    """A received activity that could not be handled, for the people who look after the network."""

    id: int
    host: str
    actor_uri: str
    attempts: int
    received_at: int
    error: str
    body: bytes


class QuoteState(StrEnum):
    """Mastodon's names: https://docs.joinmastodon.org/entities/Quote/#state"""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"
    DELETED = "deleted"


class Severity(StrEnum):
    """What a domain policy does to accounts and activities of a domain."""

    NONE = "none"
    LIMIT = "limit"
    BLOCK = "block"


class DomainPolicy(msgspec.Struct, array_like=True, frozen=True):
    """A row of `domain_policies`; it holds for the domain and all names under it."""

    domain: str
    severity: Severity
    reject_media: bool
    reject_reports: bool
    obfuscate: bool
    rule_id: int | None
    rule_text: str
    reason: str
    private_note: str
    source: str
    moderator_id: int | None
    created_at: int
    updated_at: int


class Featuring(msgspec.Struct, array_like=True, frozen=True):
    """A row of `featurings`: a collection elsewhere that may show an account of this network.

    `collector` is whose collection it is, as `name@domain`.
    """

    id: int
    account_id: int
    collector_id: int
    collector: str
    collection_uri: str
    name: str
    url: str
    created_at: int


class RelayKind(StrEnum):
    """How servers take part in a relay (FEP-ae0c); LitePub's kind gets addresses only."""

    MASTODON = "mastodon"
    LITEPUB = "litepub"


class Relay(msgspec.Struct, array_like=True, frozen=True):
    """A row of `relays`; `state` is pending, accepted or rejected."""

    id: int
    inbox_uri: str
    actor_uri: str
    kind: RelayKind
    state: str
    follow_uri: str
    error: str
    created_at: int
    answered_at: int | None


class RemoteKind(StrEnum):
    """What a file of another server is shown as, which decides its size and form here."""

    AVATAR = "avatar"
    HEADER = "header"
    EMOJI = "emoji"
    PICTURE = "picture"
    PREVIEW = "preview"
    RECORDING = "recording"


class RemoteFile(msgspec.Struct, array_like=True, frozen=True):
    """A row of `remote_files`; `file` and `small` are the storage keys of what was fetched.

    `state` is unfetched, stored or failed.
    """

    key: str
    url: str
    host: str
    kind: RemoteKind
    state: str
    file: str
    small: str
    file_size: int
    used_at: int | None
    retry_at: int
    failures: int
    error: str
