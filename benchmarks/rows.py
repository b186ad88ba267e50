"""The rows of a made-up network: people who follow each other, and what they wrote for a year."""

import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from noi.auth.secrets import token_hash
from noi.models.ids import first_id_at, now_ms

ACCOUNTS = 1000
FOLLOWS = 50
FAMOUS = 10
"""The first accounts have FAMOUS_FOLLOWERS each, who are among the others."""
FAMOUS_FOLLOWERS = 100
TAGS = 200
_YEAR_MS = 365 * 86_400_000
_RECENT = 16_000
"""Of so many newest statuses the homes are made: about 800 each."""
_SYLLABLES = re.findall(
    r"\w+",
    """
    ba bạn biết bữa bình buổi cà cảm cây chào chiều chúng chuyện cơm của cùng đang đây đẹp đến
    đi đọc đông đường em gặp gì giờ hà hay học hoa hội hôm hơn huế khách khi không lá làm lại
    làng lòng lúc mai mẹ mình mọi mùa mưa nắng nay năm ngày người nhà nhau nhé nhớ những nội ơi
    phê phố quê qua quán ra rất rồi sách sài sáng sao sông ta tàu tết thăm tháng thấy thế thì
    thơ thu thương thành tôi tối trà trái trời trong trưa tuổi từ vào văn về vẫn việc viết với
    vui vườn xa xanh xe xuân yên
    """,
)

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]

COLUMNS: dict[str, str] = {
    "accounts": "id username username_key display_name note note_html discoverable indexable uri "
    "url created_at updated_at followers_count following_count statuses_count sort_key",
    "users": "account_id email password_hash confirmed_at approved_at created_at last_active_at "
    "home_built_at",
    "apps": "id client_id secret_hash name redirect_uris scopes created_at",
    "access_tokens": "id token_hash app_id account_id scopes created_at last_used_at",
    "sessions": "id_hash account_id created_at last_used_at expires_at",
    "follows": "id account_id target_id created_at",
    "tags": "id key family name created_at",
    "statuses": "id account_id uri url local visibility in_reply_to_id in_reply_to_account_id "
    "reblog_of_id reblog_of_account_id conversation_id text content language has_media "
    "has_mentions has_tags created_at replies_count reblogs_count favourites_count",
    "status_tags": "tag_id status_id family name",
    "mentions": "status_id account_id",
    "favourites": "id account_id status_id created_at",
    "media_attachments": "id account_id status_id kind state file preview content_type meta "
    "description created_at",
    "timeline_entries": "owner_id status_id",
}


class Recent(msgspec.Struct):
    """What later statuses may answer or reblog."""

    id: int
    author: int
    conversation: int


def token(number: int) -> str:
    """The access token of the account with a number, from 0."""
    return f"bench-{number}"


def session(number: int) -> str:
    """The session cookie of the account with a number."""
    return f"bench-session-{number}"


def account_id(number: int) -> int:
    """The id of the account with a number."""
    return first_id_at(1_600_000_000_000) + number + 1


def followed_by() -> list[list[int]]:
    """For each account by number, the numbers of those who follow it."""
    chance = random.Random(1)
    followers: list[list[int]] = [[] for _ in range(ACCOUNTS)]
    for number in range(ACCOUNTS):
        others = [other for other in range(FAMOUS, ACCOUNTS) if other != number]
        for target in chance.sample(others, FOLLOWS):
            followers[target].append(number)
    for famous in range(FAMOUS):
        followers[famous] = list(range(FAMOUS, FAMOUS + FAMOUS_FOLLOWERS))
    return followers


def texts() -> list[str]:
    """The texts that statuses are made of."""
    chance = random.Random(2)
    return [
        " ".join(chance.choices(_SYLLABLES, k=chance.randint(12, 45))).capitalize() + "."
        for _ in range(2000)
    ]


def people(origin: str) -> Rows:
    """Accounts, how they sign in, whom they follow, and the hashtags."""
    now = now_ms()
    rows: Rows = {name: [] for name in COLUMNS}
    rows["apps"].append((1, "bench", b"", "Đo đạc", "urn:ietf:wg:oauth:2.0:oob", "read", now))
    for number in range(ACCOUNTS):
        id_, name = account_id(number), f"nguoi{number}"
        uri = f"{origin}/users/{name}"
        rows["accounts"].append(
            (
                *(id_, name, name, f"Người thứ {number}", "Chào", "<p>Chào</p>", 1, 1, uri),
                *(f"{origin}/@{name}", now, now, FOLLOWS, FOLLOWS, 100, f"{number:04}"),
            )
        )
        rows["users"].append((id_, "", "", now, now, now, now, now))
        scopes = "read write follow push profile"
        rows["access_tokens"].append((id_, token_hash(token(number)), 1, id_, scopes, now, now))
        hashed = token_hash(session(number))
        rows["sessions"].append((hashed, id_, now, now, now + _YEAR_MS))
    for target, followers in enumerate(followed_by()):
        for number in followers:
            pair = len(rows["follows"]) + 1
            rows["follows"].append((pair, account_id(number), account_id(target), now))
    rows["tags"] = [
        (number + 1, f"thẻ{number}", f"the{number}", f"Thẻ{number}", now) for number in range(TAGS)
    ]
    return rows


def statuses(origin: str, many: int, *, batch: int = 20_000) -> Iterator[Rows]:
    """Statuses and what hangs on them, oldest first, in batches.

    A third are replies, a tenth reblogs; a fifth have a picture, a fifth a hashtag; a tenth name
    someone; every other one has a favourite.
    """
    chance = random.Random(3)
    writing = _Writing(chance, origin, followed_by(), texts())
    began, step = now_ms() - _YEAR_MS, _YEAR_MS / many
    for first in range(0, many, batch):
        rows: Rows = {name: [] for name in COLUMNS}
        for number in range(first, min(first + batch, many)):
            at = began + int(number * step)
            writing.add(rows, at, number, in_homes=number >= many - _RECENT)
        yield rows


class _Writing:
    def __init__(
        self, chance: random.Random, origin: str, followers: list[list[int]], pool: list[str]
    ) -> None:
        self._chance = chance
        self._origin = origin
        self._followers = followers
        self._texts = pool
        self._recent: list[Recent] = []
        self._reblogged: set[tuple[int, int]] = set()

    def add(self, rows: Rows, at: int, number: int, *, in_homes: bool) -> None:
        chance = self._chance
        id_, author = first_id_at(at) + (number & 0xFFFF), chance.randrange(FAMOUS, ACCOUNTS)
        kind = chance.random()
        other = chance.choice(self._recent) if self._recent else None
        reblog = other if kind < 0.1 and other and self._new_reblog(other, author) else None
        reply = other if 0.1 <= kind < 0.43 else None
        chances = [chance.random() for _ in range(4)]
        has_media, has_tags, has_mentions = (
            int(reblog is None and value < limit)
            for value, limit in zip(chances, (0.2, 0.2, 0.1), strict=False)
        )
        visibility = 0 if reblog or chances[3] < 0.85 else 1 if chances[3] < 0.95 else 2
        conversation = reply.conversation if reply else id_
        text = "" if reblog else self._texts[chance.randrange(len(self._texts))]
        uri = f"{self._origin}/users/nguoi{author}/statuses/{id_}"
        liked = int(chances[0] < 0.5)
        rows["statuses"].append(
            (id_, account_id(author), uri, uri, 1, visibility)
            + ((reply.id, account_id(reply.author)) if reply else (None, None))
            + ((reblog.id, account_id(reblog.author)) if reblog else (None, None))
            + (conversation, text, f"<p>{text}</p>" if text else "", "vi", has_media, has_mentions)
            + (has_tags, at, 0, 0, liked)
        )
        if has_tags:
            tag = min(int(chance.expovariate(0.05)), TAGS - 1)
            rows["status_tags"].append((tag + 1, id_, f"the{tag}", f"Thẻ{tag}"))
        if has_mentions:
            rows["mentions"].append((id_, account_id(chance.randrange(ACCOUNTS))))
        if has_media:
            rows["media_attachments"].append(_picture(id_, account_id(author), at))
        if liked:
            by = account_id(chance.randrange(ACCOUNTS))
            rows["favourites"].append((id_, by, id_, at))
        if in_homes:
            owners = [author, *self._followers[author]]
            rows["timeline_entries"] += [(account_id(owner), id_) for owner in owners]
        if reblog is None and visibility == 0:
            self._remember(Recent(id_, author, conversation))

    def _new_reblog(self, other: Recent, author: int) -> bool:
        pair = (other.id, author)
        if pair in self._reblogged:
            return False
        self._reblogged.add(pair)
        return True

    def _remember(self, status: Recent) -> None:
        if len(self._recent) < 5000:
            self._recent.append(status)
        else:
            self._recent[self._chance.randrange(5000)] = status


def _picture(id_: int, owner: int, at: int) -> Row:
    meta = '{"original":{"width":1200,"height":800,"size":"1200x800","aspect":1.5}}'
    file = f"{id_}.webp"
    return (id_, owner, id_, "image", "ready", file, file, "image/webp", meta, "Một bức ảnh", at)
