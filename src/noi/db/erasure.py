"""What an erased account leaves in other tables, found and removed in small batches."""

from noi.db.database import Reader, Transaction
from noi.models.accounts import Role

BATCH = 200

_STATUSES = """SELECT id FROM statuses
WHERE account_id = :account_id AND deleted_at IS NULL ORDER BY id DESC LIMIT :limit"""
_FOLLOWS = """SELECT id, account_id, target_id FROM follows WHERE account_id = :account_id
LIMIT :limit"""
_FOLLOWERS = """SELECT id, account_id, target_id FROM follows WHERE target_id = :account_id
LIMIT :limit"""
_REACTIONS = "SELECT id, status_id FROM reactions WHERE account_id = :account_id LIMIT :limit"
_FAVOURITES = "SELECT id, status_id FROM favourites WHERE account_id = :account_id LIMIT :limit"
_POLLS = """SELECT DISTINCT poll_id FROM poll_votes WHERE account_id = :account_id
ORDER BY poll_id LIMIT :limit"""
_MEDIA = """SELECT id, file, preview, upload FROM media_attachments
WHERE account_id = :account_id AND status_id IS NULL LIMIT :limit"""
_EXPORTS = "SELECT id, file FROM exports WHERE account_id = :account_id LIMIT :limit"
_CLEAR_PICTURES = """UPDATE accounts SET avatar = '', avatar_static = '', avatar_description = '',
    header = '', header_static = '', header_description = '', statuses_count = 0,
    followers_count = 0, following_count = 0, last_status_at = NULL, revision = revision + 1
WHERE id = :account_id AND deleted_at IS NOT NULL"""
_OWNERS = """SELECT count(*) FROM users u JOIN accounts a ON a.id = u.account_id
WHERE u.role = :role AND a.state <= 1 AND u.account_id <> :account_id"""

_MINE = "account_id = :account_id"
_MY_LISTS = "(SELECT id FROM lists WHERE account_id = :account_id)"
_MY_IMPORTS = "(SELECT id FROM data_imports WHERE account_id = :account_id)"
_MY_FILTERS = "(SELECT id FROM filters WHERE account_id = :account_id)"
REST = (
    ("follow_requests", "id", _MINE),
    ("follow_requests", "id", "target_id = :account_id"),
    ("blocks", "id", _MINE),
    ("blocks", "id", "target_id = :account_id"),
    ("mutes", "id", _MINE),
    ("user_domain_blocks", "id", _MINE),
    ("endorsements", "id", _MINE),
    ("endorsements", "id", "target_id = :account_id"),
    ("mutes", "id", "target_id = :account_id"),
    ("account_notes", "account_id, target_id", _MINE),
    ("list_accounts", "id", _MINE),
    ("list_accounts", "id", f"list_id IN {_MY_LISTS}"),
    ("timeline_entries", "owner_id, status_id", f"owner_id IN {_MY_LISTS}"),
    ("timeline_entries", "owner_id, status_id", "owner_id = :account_id"),
    ("lists", "id", _MINE),
    ("filter_keywords", "id", f"filter_id IN {_MY_FILTERS}"),
    ("filter_statuses", "id", f"filter_id IN {_MY_FILTERS}"),
    ("filters", "id", _MINE),
    ("notifications", "id", _MINE),
    ("severed_follows", "account_id, severance_id, incoming, other_id", _MINE),
    ("notification_permissions", "account_id, from_account_id", _MINE),
    ("markers", "account_id, timeline", _MINE),
    ("scheduled_statuses", "id", _MINE),
    ("drafts", "id", _MINE),
    ("followed_tags", "id", _MINE),
    ("featured_tags", "id", _MINE),
    ("account_conversations", "id", _MINE),
    ("conversation_mutes", "account_id, conversation_id", _MINE),
    ("bookmarks", "id", _MINE),
    ("pins", "account_id, status_id", _MINE),
    ("idempotency_keys", "account_id, key_hash", _MINE),
    ("imported_statuses", "account_id, source_id", _MINE),
    ("invitations", "id", _MINE),
    ("data_import_lines", "import_id, number", f"import_id IN {_MY_IMPORTS}"),
    ("data_imports", "id", _MINE),
    ("featurings", "id", _MINE),
    ("featurings", "id", "collector_id = :account_id"),
    ("suggestions", "account_id, target_id", _MINE),
    ("suggestions", "account_id, target_id", "target_id = :account_id"),
    ("dismissed_suggestions", "account_id, target_id", _MINE),
    ("dismissed_suggestions", "account_id, target_id", "target_id = :account_id"),
    ("suggestion_rounds", "account_id", _MINE),
    ("one_time_codes", "code_hash", _MINE),
)
"""Tables with their key and what in them is the account's; what others depend on comes last."""


async def other_owners(reader: Reader, account_id: int) -> int:
    """How many owners of the network there are besides this account."""
    return await reader.fetch_value(_OWNERS, {"account_id": account_id, "role": Role.OWNER})


async def statuses(reader: Reader, account_id: int) -> list[int]:
    """Some of the account's statuses that are not tombstones yet."""
    row = {"account_id": account_id, "limit": BATCH // 4}
    return [found[0] for found in await reader.fetch_all(_STATUSES, row)]


async def remove_follows(tx: Transaction, account_id: int) -> list[tuple[int, int]]:
    """Remove some follows in either direction; answers pairs of follower and followed."""
    row = {"account_id": account_id, "limit": BATCH}
    found = await tx.fetch_all(_FOLLOWS, row) or await tx.fetch_all(_FOLLOWERS, row)
    await _delete(tx, "follows", [id_ for id_, _, _ in found])
    return [(follower, followed) for _, follower, followed in found]


async def remove_favourites(tx: Transaction, account_id: int) -> list[int]:
    """Remove some favourites; answers their statuses."""
    found = await tx.fetch_all(_FAVOURITES, {"account_id": account_id, "limit": BATCH})
    await _delete(tx, "favourites", [id_ for id_, _ in found])
    return [status_id for _, status_id in found]


async def remove_reactions(tx: Transaction, account_id: int) -> list[int]:
    """Remove some reactions; answers their statuses."""
    found = await tx.fetch_all(_REACTIONS, {"account_id": account_id, "limit": BATCH})
    await _delete(tx, "reactions", [id_ for id_, _ in found])
    return [status_id for _, status_id in found]


async def polls(reader: Reader, account_id: int) -> list[int]:
    """Some polls in which the account has voted."""
    found = await reader.fetch_all(_POLLS, {"account_id": account_id, "limit": BATCH // 4})
    return [row[0] for row in found]


async def uploads(reader: Reader, account_id: int) -> list[tuple[int, list[str]]]:
    """Some uploads that no status uses: their ids, each with the keys of its files."""
    found = await reader.fetch_all(_MEDIA, {"account_id": account_id, "limit": BATCH})
    return [(row[0], [key for key in row[1:] if key]) for row in found]


async def exports(reader: Reader, account_id: int) -> list[tuple[int, str]]:
    """Some archives: their ids, each with the name of its file."""
    found = await reader.fetch_all(_EXPORTS, {"account_id": account_id, "limit": BATCH})
    return [(row[0], row[1]) for row in found]


async def remove(tx: Transaction, table: str, ids: list[int]) -> None:
    """Remove rows of `media_attachments` or `exports`, whose files are gone."""
    await _delete(tx, table, ids)


async def remove_rest(tx: Transaction, account_id: int) -> bool:
    """Remove a batch of what else is the account's; False when nothing is left."""
    for table, key, condition in REST:
        sql = f"""DELETE FROM {table} WHERE ({key}) IN
    (SELECT {key} FROM {table} WHERE {condition} LIMIT :limit)"""
        if await tx.execute(sql, {"account_id": account_id, "limit": BATCH}):
            return True
    return False


async def clear_pictures(tx: Transaction, account_id: int) -> None:
    """Take what the tombstone still showed, at the very end."""
    await tx.execute(_CLEAR_PICTURES, {"account_id": account_id})


async def _delete(tx: Transaction, table: str, ids: list[int]) -> None:
    if ids:
        await tx.execute(f"DELETE FROM {table} WHERE id @in(:ids)", {"ids": ids})
