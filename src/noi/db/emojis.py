"""Custom emojis: this network's own (`domain` is empty), and those seen from other servers."""

from collections.abc import Iterable, Sequence

from noi.db.database import Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.ids import now_ms
from noi.models.statuses import CustomEmoji

_COLUMNS = ", ".join(CustomEmoji.__struct_fields__)
# Each origin by itself: the same shortcode is drawn by a thousand servers.
_BY_SHORTCODES = f"""SELECT {_COLUMNS} FROM custom_emojis
WHERE domain = :domain AND shortcode @in(:shortcodes) AND disabled = 0"""
_GET = f"SELECT {_COLUMNS} FROM custom_emojis WHERE id = :id"
_LOCAL = f"""SELECT {_COLUMNS} FROM custom_emojis
WHERE domain = '' AND disabled = 0 ORDER BY category, shortcode"""
_ALL_LOCAL = f"""SELECT {_COLUMNS}, disabled FROM custom_emojis
WHERE domain = '' ORDER BY category, shortcode"""
_INSERT = """INSERT INTO custom_emojis (id, shortcode, domain, image, image_static, category,
    visible, created_at)
VALUES (:id, :shortcode, :domain, :image, :image_static, :category, :visible, :now)"""
_PUT_REMOTE = """INSERT INTO custom_emojis (id, shortcode, domain, image, image_static, visible,
    uri, created_at)
VALUES @rows(:id, :shortcode, :domain, :image, :image_static, 0, :uri, :now)
ON CONFLICT (shortcode, domain) DO UPDATE SET image = excluded.image,
    image_static = excluded.image_static, uri = excluded.uri
WHERE custom_emojis.image <> excluded.image"""
_UPDATE = """UPDATE custom_emojis SET category = :category, visible = :visible,
    disabled = :disabled WHERE id = :id AND domain = ''"""


async def by_shortcodes(
    reader: Reader, domain: str, shortcodes: Iterable[str]
) -> list[CustomEmoji]:
    """The emojis of one origin (empty for this network) that are written so."""
    params = {"domain": domain, "shortcodes": sorted(set(shortcodes))}
    if not params["shortcodes"]:
        return []
    return await reader.fetch_all(_BY_SHORTCODES, params, CustomEmoji)


async def by_names(
    reader: Reader, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], CustomEmoji]:
    """Emojis by shortcode and domain: one read for each domain; missing ones are left out."""
    by_domain: dict[str, set[str]] = {}
    for shortcode, domain in names:
        by_domain.setdefault(domain, set()).add(shortcode)
    found: dict[tuple[str, str], CustomEmoji] = {}
    for domain, shortcodes in by_domain.items():
        for emoji in await by_shortcodes(reader, domain, shortcodes):
            found[emoji.shortcode, domain] = emoji
    return found


async def put_remote(tx: Transaction, emojis: Sequence[CustomEmoji], uris: Sequence[str]) -> None:
    """Write emojis of other servers, with their ActivityPub ids, over what was known of them."""
    now = now_ms()
    rows = [
        {
            "id": emoji.id,
            "shortcode": emoji.shortcode,
            "domain": emoji.domain,
            "image": emoji.image,
            "image_static": emoji.image_static,
            "uri": uri,
            "now": now,
        }
        for emoji, uri in zip(emojis, uris, strict=True)
    ]
    for sql, params in with_rows(_PUT_REMOTE, sorted(rows, key=lambda row: str(row["shortcode"]))):
        await tx.execute(sql, params)


async def get(reader: Reader, emoji_id: int) -> CustomEmoji | None:
    return await reader.fetch_one(_GET, {"id": emoji_id}, CustomEmoji)


async def local(reader: Reader) -> list[CustomEmoji]:
    """This network's own emojis that are in use, by category and name."""
    return await reader.fetch_all(_LOCAL, {}, CustomEmoji)


async def all_local(reader: Reader) -> list[tuple[CustomEmoji, bool]]:
    """This network's own emojis, each with whether it is disabled."""
    width = len(CustomEmoji.__struct_fields__)
    rows = await reader.fetch_all(_ALL_LOCAL)
    return [(CustomEmoji(*row[:width]), bool(row[width])) for row in rows]


async def insert(tx: Transaction, emoji: CustomEmoji) -> None:
    """Add an emoji; raises Duplicate when the shortcode is taken."""
    row = {
        "id": emoji.id,
        "shortcode": emoji.shortcode,
        "domain": emoji.domain,
        "image": emoji.image,
        "image_static": emoji.image_static,
        "category": emoji.category,
        "visible": int(emoji.visible),
        "now": now_ms(),
    }
    await tx.execute(_INSERT, row)


async def update(
    tx: Transaction, emoji_id: int, *, category: str, visible: bool, disabled: bool
) -> bool:
    """Change one of the network's own; False when there is none."""
    row = {
        "id": emoji_id,
        "category": category,
        "visible": int(visible),
        "disabled": int(disabled),
    }
    return await tx.execute(_UPDATE, row) == 1
