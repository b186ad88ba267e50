"""The requests whose cost is measured."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from benchmarks import rows
from benchmarks.load import Request

TOKENS = 500


def home(many: int) -> list[Request]:
    """The home timelines of many people."""
    return [Request("/api/v1/timelines/home", token=_token(number)) for number in range(many)]


def public(many: int) -> list[Request]:
    """The public timeline, as many people see it."""
    return [Request("/api/v1/timelines/public", token=_token(number)) for number in range(many)]


def hashtag(many: int) -> list[Request]:
    """Timelines of frequent hashtags."""
    return [
        Request(f"/api/v1/timelines/tag/{quote(f'Thẻ{number % 20}')}", token=_token(number))
        for number in range(many)
    ]


def search(many: int) -> list[Request]:
    """Searches for two words of a text, among statuses."""
    texts = rows.texts()
    return [
        Request(
            "/api/v2/search?type=statuses&q=" + quote(" ".join(texts[number].split()[3:5])),
            token=_token(number),
        )
        for number in range(many)
    ]


def page(many: int) -> list[Request]:
    """The rendered home page of many people."""
    cookies = [f"noi-session={rows.session(number % TOKENS)}" for number in range(many)]
    return [Request("/", cookie=cookie) for cookie in cookies]


def posts(many: int, *, famous: bool = False) -> list[Request]:
    """New public statuses; of `famous` people, who have a hundred followers each."""
    people = range(rows.FAMOUS) if famous else range(rows.FAMOUS, rows.FAMOUS + TOKENS)
    return [
        Request("/api/v1/statuses", token=rows.token(people[n % len(people)]), body=_body(text))
        for n, text in enumerate(_texts(many))
    ]


def _texts(many: int) -> Sequence[str]:
    pool = rows.texts()
    return [f"{pool[number % len(pool)]} #Thẻ{number % 20}" for number in range(many)]


def _body(text: str) -> bytes:
    return msgspec.json.encode({"status": text, "language": "vi"})


def _token(number: int) -> str:
    return rows.token(number % TOKENS)
