"""The hub's relay: its topics, who takes part, and what was passed on of late."""

import hashlib
from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.federation import RelayKind
from noi.models.hub_relay import RelaySubscription, RelayTopic
from noi.models.ids import now_ms

_TOPIC_COLUMNS = "t.account_id, t.kind, t.value, a.username, a.uri"
_TOPICS = f"""SELECT {_TOPIC_COLUMNS} FROM hub_relay_topics t
JOIN accounts a ON a.id = t.account_id ORDER BY t.kind, t.value LIMIT 1000"""
_MATCHING = """SELECT account_id FROM hub_relay_topics
WHERE kind = 'language' AND value = :language OR kind = 'hashtag' AND value @in(:families)"""
_INSERT_TOPIC = """INSERT INTO hub_relay_topics (account_id, kind, value, created_at)
VALUES (:account_id, :kind, :value, :now)"""
_DELETE_TOPIC = "DELETE FROM hub_relay_topics WHERE account_id = :account_id"

_COLUMNS = ", ".join(RelaySubscription.__struct_fields__)
_PUT = f"""INSERT INTO hub_relay_subscriptions ({_COLUMNS})
VALUES (:id, :relay_id, :actor_uri, :member_id, :kind, :inbox_uri, :follow_uri, :created_at)
ON CONFLICT (relay_id, actor_uri) DO UPDATE SET member_id = excluded.member_id,
    kind = excluded.kind, inbox_uri = excluded.inbox_uri, follow_uri = excluded.follow_uri"""
_END = """DELETE FROM hub_relay_subscriptions
WHERE actor_uri = :actor_uri AND relay_id = :relay_id"""
_END_NAMED = """DELETE FROM hub_relay_subscriptions
WHERE actor_uri = :actor_uri AND follow_uri = :follow_uri"""
_END_TOPIC = "DELETE FROM hub_relay_subscriptions WHERE relay_id = :relay_id"
_OF_MEMBER = f"""SELECT {_COLUMNS} FROM hub_relay_subscriptions
WHERE member_id = :member_id ORDER BY id LIMIT 1"""
_TAKERS = """SELECT s.relay_id, s.kind, s.inbox_uri FROM hub_relay_subscriptions s
JOIN hub_members m ON m.id = s.member_id
WHERE s.relay_id @in(:relays) AND m.state = 'admitted' AND s.member_id <> :from_member
ORDER BY s.relay_id, s.id"""
_MEMBER_AT = "SELECT id FROM hub_members WHERE host = :host AND state = 'admitted'"
_COUNTS = """SELECT relay_id, count(DISTINCT member_id) FROM hub_relay_subscriptions
GROUP BY relay_id"""

_NOTE = """INSERT INTO hub_relayed (key, relayed_at) VALUES (:key, :now)
ON CONFLICT (key) DO NOTHING"""
_FORGET = "DELETE FROM hub_relayed WHERE relayed_at < :before"


class Taker(msgspec.Struct, array_like=True, frozen=True):
    """An inbox that a topic is passed on to; `kind` is the relay's kind that it understands."""

    relay_id: int
    kind: RelayKind
    inbox_uri: str


async def topics(reader: Reader) -> list[RelayTopic]:
    """All topics, by kind and value."""
    return await reader.fetch_all(_TOPICS, {}, RelayTopic)


async def matching(reader: Reader, language: str, families: Sequence[str]) -> list[int]:
    """The topics that something in this language with these families of hashtags is part of."""
    params = {"language": language, "families": list(families)}
    return [row[0] for row in await reader.fetch_all(_MATCHING, params)]


async def insert_topic(tx: Transaction, account_id: int, kind: str, value: str) -> None:
    """Begin a topic; raises Duplicate where it is there."""
    row = {"account_id": account_id, "kind": kind, "value": value, "now": now_ms()}
    await tx.execute(_INSERT_TOPIC, row)


async def delete_topic(tx: Transaction, account_id: int) -> bool:
    """End a topic and the subscriptions to it; False where there is none."""
    await tx.execute(_END_TOPIC, {"relay_id": account_id})
    return await tx.execute(_DELETE_TOPIC, {"account_id": account_id}) == 1


async def put(tx: Transaction, subscription: RelaySubscription) -> None:
    """Write a subscription, in place of the same actor's earlier one."""
    await tx.execute(_PUT, msgspec.structs.asdict(subscription))


async def end(tx: Transaction, actor_uri: str, relay_id: int) -> bool:
    """End an actor's subscription to a topic."""
    return await tx.execute(_END, {"actor_uri": actor_uri, "relay_id": relay_id}) > 0


async def end_named(tx: Transaction, actor_uri: str, follow_uri: str) -> bool:
    """End the subscription that an actor began with this Follow."""
    return await tx.execute(_END_NAMED, {"actor_uri": actor_uri, "follow_uri": follow_uri}) > 0


async def of_member(reader: Reader, member_id: int) -> RelaySubscription | None:
    """One of a member's subscriptions, if it has any."""
    return await reader.fetch_one(_OF_MEMBER, {"member_id": member_id}, RelaySubscription)


async def takers(reader: Reader, relays: Sequence[int], from_member: int) -> list[Taker]:
    """Whom these topics are passed on to, but for the member that it comes from."""
    params = {"relays": list(relays), "from_member": from_member}
    return await reader.fetch_all(_TAKERS, params, Taker)


async def member_at(reader: Reader, host: str) -> int | None:
    """The id of the admitted member at a host."""
    return await reader.fetch_value(_MEMBER_AT, {"host": host})


async def counts(reader: Reader) -> dict[int, int]:
    """How many members take part, by the account of a topic."""
    return {row[0]: row[1] for row in await reader.fetch_all(_COUNTS)}


async def note_passed_on(tx: Transaction, activity_id: str) -> bool:
    """Remember that an activity was passed on; False where it was already."""
    key = hashlib.sha256(activity_id.encode()).digest()
    return await tx.execute(_NOTE, {"key": key, "now": now_ms()}) == 1


async def forget(tx: Transaction, before: int) -> None:
    """Let go of what was passed on before a time (ms)."""
    await tx.execute(_FORGET, {"before": before})
