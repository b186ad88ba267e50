"""The members of an alliance, and what was decided about them."""

from collections.abc import Mapping, Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.hub import Decision, Member, MemberState

_COLUMNS = """id, host, state, base_url, server_id, fasp_id, public_key, private_key,
    completion_uri, charter_version, rule_text, reason, name, description, subjects, languages,
    rules, registrations, software, people, contact, listed, described_at, heard_at,
    failing_since, asked_at, admitted_at, left_at"""
_SELECT = f"SELECT {_COLUMNS} FROM hub_members"
_GET = f"{_SELECT} WHERE id = :id"
_BY_HOST = f"{_SELECT} WHERE host = :host"
_BY_SERVER_ID = f"{_SELECT} WHERE server_id = :server_id"
_LIST = f"""{_SELECT} WHERE state @in(:states) AND id > :after
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""
_COUNTS = "SELECT state, count(*) FROM hub_members GROUP BY state"
_ASK = """INSERT INTO hub_members (id, host, state, base_url, server_id, private_key, fasp_id,
    public_key, completion_uri, asked_at)
VALUES (:id, :host, 'asked', :base_url, :server_id, :private_key, :fasp_id, :public_key,
    :completion_uri, :now)
ON CONFLICT (host) DO UPDATE SET state = 'asked', base_url = excluded.base_url,
    server_id = excluded.server_id, private_key = excluded.private_key,
    fasp_id = excluded.fasp_id, public_key = excluded.public_key,
    completion_uri = excluded.completion_uri, rule_text = '', reason = '', heard_at = NULL,
    failing_since = NULL, asked_at = excluded.asked_at, admitted_at = NULL, left_at = NULL
WHERE hub_members.state IN ('refused', 'left')
    OR hub_members.state = 'asked' AND hub_members.heard_at IS NULL"""
_FORGET_STALE = """DELETE FROM hub_members
WHERE state = 'asked' AND heard_at IS NULL AND asked_at < :before"""
_DECIDE = """UPDATE hub_members SET state = :state, rule_text = :rule_text, reason = :reason,
    charter_version = coalesce(CAST(:charter_version AS BIGINT), charter_version),
    admitted_at = coalesce(CAST(:admitted_at AS BIGINT), admitted_at)
WHERE id = :id AND state @in(:before)"""
_NOTE = """INSERT INTO hub_member_decisions
    (id, member_id, state, rule_text, reason, steward_id, created_at)
VALUES (:id, :member_id, :state, :rule_text, :reason, :steward_id, :created_at)"""
_DECISIONS = """SELECT id, member_id, state, rule_text, reason, steward_id, created_at
FROM hub_member_decisions WHERE member_id = :member_id ORDER BY id DESC LIMIT 1000"""
_LEFT = """UPDATE hub_members SET state = 'left', left_at = :now, completion_uri = '',
    rule_text = '', reason = '', name = '', description = '', subjects = '[]',
    languages = '[]', rules = '[]', registrations = '', software = '', people = 0,
    contact = '', described_at = NULL, heard_at = NULL, failing_since = NULL
WHERE id = :id AND state = 'leaving'"""
_DESCRIBE = """UPDATE hub_members SET name = :name, description = :description,
    subjects = :subjects, languages = :languages, rules = :rules,
    registrations = :registrations, software = :software, people = :people,
    contact = :contact, described_at = :now, failing_since = NULL
WHERE id = :id AND state @in(:states)"""
_FAILED = """UPDATE hub_members SET failing_since = coalesce(failing_since, :now)
WHERE id = :id"""
_HEARD = """UPDATE hub_members SET heard_at = :now
WHERE id = :id AND (heard_at IS NULL OR heard_at < :before)"""
_SET_LISTED = "UPDATE hub_members SET listed = :listed WHERE id = :id"

_AGREE = """UPDATE hub_members SET charter_version = :version
WHERE id = :id AND charter_version < :version"""
_RECENT = f"""SELECT m.host, m.name, {", ".join(f"d.{name}" for name in Decision.__struct_fields__)}
FROM hub_member_decisions d JOIN hub_members m ON m.id = d.member_id
WHERE d.id < :before AND m.state @in(:states)
ORDER BY d.id DESC LIMIT CAST(:limit AS BIGINT)"""


class Ask(msgspec.Struct, frozen=True):
    """A network that was asked, the keys that the hub made for it, and what it answered."""

    id: int
    host: str
    base_url: str
    server_id: str
    private_key: str
    fasp_id: str
    public_key: str
    completion_uri: str


async def get(reader: Reader, member_id: int) -> Member | None:
    return await reader.fetch_one(_GET, {"id": member_id}, Member)


async def by_host(reader: Reader, host: str) -> Member | None:
    return await reader.fetch_one(_BY_HOST, {"host": host}, Member)


async def by_server_id(reader: Reader, server_id: str) -> Member | None:
    """The member that the hub calls so."""
    return await reader.fetch_one(_BY_SERVER_ID, {"server_id": server_id}, Member)


async def fetch_page(
    reader: Reader, states: Sequence[MemberState], *, after: int, limit: int
) -> list[Member]:
    """Members in one of these states, in the order in which they first asked."""
    params = {"states": list(states), "after": after, "limit": limit}
    return await reader.fetch_all(_LIST, params, Member)


async def counts(reader: Reader) -> dict[MemberState, int]:
    return {MemberState(row[0]): row[1] for row in await reader.fetch_all(_COUNTS)}


async def ask(tx: Transaction, new: Ask, now: int) -> bool:
    """Write a request, in place of an earlier one of the same host.

    False where the network is a member, or has called by the keys that it was given before.
    """
    return await tx.execute(_ASK, {**msgspec.structs.asdict(new), "now": now}) == 1


async def forget_stale(tx: Transaction, before: int) -> int:
    """Forget requests from before a time (ms) of networks that never called; how many it were."""
    return await tx.execute(_FORGET_STALE, {"before": before})


async def decide(
    tx: Transaction,
    decision: Decision,
    *,
    before: Sequence[MemberState],
    charter_version: int | None = None,
    admitted_at: int | None = None,
) -> bool:
    """Bring a member into a state, on record; False unless it was in one of those `before`."""
    params = {
        "id": decision.member_id,
        "state": decision.state,
        "rule_text": decision.rule_text,
        "reason": decision.reason,
        "charter_version": charter_version,
        "admitted_at": admitted_at,
        "before": list(before),
    }
    if await tx.execute(_DECIDE, params) != 1:
        return False
    await tx.execute(_NOTE, msgspec.structs.asdict(decision))
    return True


async def left(tx: Transaction, decision: Decision) -> bool:
    """End a membership: what is known of the network goes, but for its host and the decisions, and
    the keys by which it can still ask how it stands.
    """
    params = {"id": decision.member_id, "now": decision.created_at}
    if await tx.execute(_LEFT, params) != 1:
        return False
    await tx.execute(_NOTE, msgspec.structs.asdict(decision))
    return True


async def decisions(reader: Reader, member_id: int) -> list[Decision]:
    """What was decided about a member, newest first."""
    return await reader.fetch_all(_DECISIONS, {"member_id": member_id}, Decision)


async def agree(tx: Transaction, member_id: int, version: int) -> None:
    """Note which version of the charter a member has agreed to; never an earlier one."""
    await tx.execute(_AGREE, {"id": member_id, "version": version})


async def recent(
    reader: Reader, states: Sequence[MemberState], *, before: int, limit: int
) -> list[tuple[str, str, Decision]]:
    """Decisions below an id about members that are in some states now, newest first, each with
    the member's host and name.
    """
    params = {"states": list(states), "before": before, "limit": limit}
    rows = await reader.fetch_all(_RECENT, params)
    return [
        (host, name, Decision(id_, member_id, MemberState(state), *rest))
        for host, name, id_, member_id, state, *rest in rows
    ]


async def describe(
    tx: Transaction, member_id: int, row: Mapping[str, object], states: Sequence[MemberState]
) -> None:
    """Write what a network says of itself, and that it answers."""
    await tx.execute(_DESCRIBE, {**row, "id": member_id, "states": list(states)})


async def failed(tx: Transaction, member_id: int, now: int) -> None:
    """Note that a member does not answer."""
    await tx.execute(_FAILED, {"id": member_id, "now": now})


async def heard(tx: Transaction, member_id: int, now: int, before: int) -> None:
    """Note that a member called, unless that was noted since `before` (ms)."""
    await tx.execute(_HEARD, {"id": member_id, "now": now, "before": before})


async def set_listed(tx: Transaction, member_id: int, listed: bool) -> None:
    """Show a member in the directory, or not."""
    await tx.execute(_SET_LISTED, {"id": member_id, "listed": int(listed)})
