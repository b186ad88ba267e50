"""What is in an archive of one's own data, and in which form."""

import asyncio
import os
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from noi.db import exports as table
from noi.models.accounts import Account, Field
from noi.models.media import MediaAttachment
from noi.models.statuses import StatusView
from noi.services import data_exports, views
from noi.services.network import Network

_PAGE = 200
_README = """An archive of one account of a Noi network.

profile.json            the profile, as it was typed
outbox.json             all posts, oldest first: {"format": "noi-outbox", "version": 1, "statuses":
                        [...]}, one post a line. Without its comma each line is as
                        `noi import statuses` reads it. "reblog_of" is the address of someone
                        else's post that was shared.
media/                  the files that the posts show, by the names in "media"
avatar.*, header.*      the pictures of the profile
following_accounts.csv, followers.csv, lists.csv, blocked_accounts.csv, muted_accounts.csv,
blocked_domains.csv, bookmarks.csv
                        as Mastodon writes and reads them
"""


async def write(network: Network, account: Account, target: Path) -> int:
    """Write the archive whole or not at all; answers its size in bytes."""
    temporary = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", _README)
            archive.writestr("profile.json", _profile(account))
            media = await _write_statuses(network, account, archive)
            for name, file_name in data_exports.FILES.items():
                parts = [part async for part in data_exports.write(network, account.id, name)]
                archive.writestr(file_name, b"".join(parts))
            pictures = {
                f"avatar{Path(account.avatar).suffix}": account.avatar,
                f"header{Path(account.header).suffix}": account.header,
            }
            for name, key in {**media, **pictures}.items():
                if key and network.storage.exists(key):
                    path = network.storage.path(key)
                    await asyncio.to_thread(archive.write, path, name, zipfile.ZIP_STORED)
        return await asyncio.to_thread(_settle, temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _settle(temporary: Path, target: Path) -> int:
    temporary.chmod(0o600)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    return target.stat().st_size


def _profile(account: Account) -> bytes:
    fields = msgspec.json.decode(account.fields, type=list[Field])
    profile = {
        "handle": account.handle,
        "uri": account.uri,
        "display_name": account.display_name,
        "note": account.note,
        "fields": [{"name": field.name, "value": field.value} for field in fields],
        "avatar_description": account.avatar_description,
        "header_description": account.header_description,
        "locked": account.locked,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "hide_collections": account.hide_collections,
        "created_at": _moment(account.created_at),
    }
    return msgspec.json.format(msgspec.json.encode(profile), indent=2)


async def _write_statuses(
    network: Network, account: Account, archive: zipfile.ZipFile
) -> dict[str, str]:
    """Write all statuses and answer the files they show: name in the archive to storage key."""
    media: dict[str, str] = {}
    with archive.open("outbox.json", "w", force_zip64=True) as file:
        file.write(b'{"format": "noi-outbox", "version": 1, "statuses": [')
        separator = b"\n"
        async for view in _statuses(network, account.id):
            file.write(separator + msgspec.json.encode(_status(view)))
            separator = b",\n"
            media.update({_media_name(row): row.file for row in view.media if row.file})
        file.write(b"\n]}\n")
    return media


async def _statuses(network: Network, account_id: int) -> AsyncGenerator[StatusView]:
    after = 0
    while ids := await table.status_ids(network.db, account_id, after, _PAGE):
        found = await views.load(network, ids)
        for id_ in ids:
            if id_ in found:
                yield found[id_]
        after = ids[-1]


def _status(view: StatusView) -> dict[str, object]:
    status = view.status
    line: dict[str, object] = {
        "id": str(status.id),
        "uri": status.uri,
        "url": status.url,
        "created_at": _moment(status.created_at),
        "edited_at": None if status.edited_at is None else _moment(status.edited_at),
        "visibility": status.visibility.api_name,
        "local_only": status.local_only,
        "language": status.language,
        "text": status.text,
        "content_type": status.content_type,
        "content": status.content,
        "spoiler_text": status.spoiler_text,
        "sensitive": status.sensitive,
        "media": [
            {"path": _media_name(row), "description": row.description}
            for row in view.media
            if row.file
        ],
        "in_reply_to": None,
        "reblog_of": view.reblog.status.uri if view.reblog else None,
        "poll": None,
    }
    if status.in_reply_to_id is not None:
        line["in_reply_to"] = str(status.in_reply_to_id)
    if view.poll is not None:
        line["poll"] = {
            "options": [option.title for option in view.poll.options],
            "votes": [option.votes_count for option in view.poll.options],
            "multiple": view.poll.poll.multiple,
        }
    return line


def _media_name(row: MediaAttachment) -> str:
    return f"media/{Path(row.file).name}"


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
