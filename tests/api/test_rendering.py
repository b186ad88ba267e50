"""Statuses as JSON: from kept bytes, in part or not at all, a page is the same."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
import testrig
from noi.api.entities.accounts import account_entity
from noi.api.entities.dates import day, midnight, timestamp
from noi.api.entities.statuses import shared_status
from noi.api.rendering import statuses_json
from noi.api.status_bytes import forget_all
from noi.models.accounts import Account, AccountKind, AccountState
from noi.models.statuses import ContentType, Status, StatusView, Visibility
from noi.services import profiles, reblogs, timelines
from noi.services.network import Network

_YEAR_9999 = 253_402_300_799_999


@pytest.fixture(params=["sqlite", "postgresql"])
async def network(request: pytest.FixtureRequest) -> AsyncGenerator[Network]:
    async with testrig.services(request.param) as rig:
        yield rig.network


async def test_a_page_of_which_some_is_kept(network: Network) -> None:
    an, binh = await people.join(network, "an"), await people.join(network, "binh")
    written = [
        await people.write(network, author, f"Bài {n} #Thẻ{n}, chào @binh")
        for n, author in enumerate([an, binh, an])
    ]
    reblogged = await reblogs.reblog(network, binh.account_id, written[0])
    ids = [*written, reblogged]

    async def page(*wanted: int) -> bytes:
        refs = await timelines.by_ids(network, an.account_id, list(wanted))
        return await statuses_json(network, an, refs, "public")

    forget_all()
    whole = await page(*ids)
    found = msgspec.json.decode(whole)
    assert [status["id"] for status in found] == [str(id_) for id_ in ids]
    assert found[3]["reblog"]["id"] == str(written[0])
    assert [status["account"]["username"] for status in found] == ["an", "binh", "an", "binh"]
    assert await page(*ids) == whole
    for kept in ([written[0]], written, [reblogged], []):
        forget_all()
        await page(*kept)
        assert await page(*ids) == whole

    await profiles.update(network, an.account_id, profiles.Profile(display_name="An mới"))
    after = msgspec.json.decode(await page(*ids))
    names = [status["account"]["display_name"] for status in after]
    assert names == ["An mới", "", "An mới", ""]
    assert after[3]["reblog"]["account"]["display_name"] == "An mới"


async def test_every_field_is_in_its_place(network: Network) -> None:
    author = _author()
    entity = msgspec.to_builtins(account_entity(network, author))
    for name in ("username", "display_name", "url", "uri", "avatar_description"):
        assert entity[name] == name
    for name in ("locked", "discoverable", "indexable", "hide_collections"):
        assert entity[name] is getattr(author, name)
        other = msgspec.structs.replace(author, **{name: not getattr(author, name)})
        changed = msgspec.to_builtins(account_entity(network, other))
        assert {key for key in entity if entity[key] != changed[key]} == {name}
    assert (entity["id"], entity["acct"], entity["note"]) == ("1", "username@domain", "note_html")
    assert (entity["bot"], entity["group"]) == (True, False)
    for name in ("avatar", "avatar_static", "header", "header_static"):
        assert entity[name] == network.storage.url(name)
    assert entity["header_description"] == "header_description"
    counts = [entity[f"{name}_count"] for name in ("statuses", "followers", "following")]
    assert counts == [27, 28, 29]
    assert entity["created_at"] == "1970-01-03T00:00:00.000Z"
    assert entity["last_status_at"] == "1970-01-04"

    status = _status()
    shared = msgspec.to_builtins(shared_status(network, StatusView(status, author)))
    for name in ("uri", "url", "spoiler_text", "language", "content"):
        assert shared[name] == name
    for name in ("sensitive", "local_only"):
        other = msgspec.structs.replace(status, **{name: True})
        changed = msgspec.to_builtins(shared_status(network, StatusView(other, author)))
        assert {key for key in shared if shared[key] != changed[key]} == {name}
    ids = [shared[name] for name in ("id", "in_reply_to_id", "in_reply_to_account_id")]
    assert ids == ["1", "8", "9"]
    counts = [shared[f"{name}_count"] for name in ("replies", "reblogs", "favourites", "quotes")]
    assert counts == [31, 32, 33, 34]
    assert shared["visibility"] == "unlisted"
    assert shared["created_at"] == "1970-01-02T00:00:00.001Z"
    assert shared["edited_at"] == "1970-01-03T00:00:00.002Z"


def _author() -> Account:
    names = Account.__struct_fields__
    values: dict[str, object] = {name: name for name in names}
    values |= {name: 2 + place for place, name in enumerate(names) if name.endswith("_count")}
    values |= {
        "id": 1,
        "kind": AccountKind.BOT,
        "state": AccountState.ACTIVE,
        "fields": "[]",
        "emojis": "[]",
        "locked": True,
        "discoverable": False,
        "indexable": True,
        "hide_collections": False,
        "moved_to_id": None,
        "created_at": 2 * 86_400_000 + 5,
        "last_status_at": 3 * 86_400_000,
        "revision": 1,
    }
    return msgspec.convert([values[name] for name in names], Account)


def _status() -> Status:
    names = Status.__struct_fields__
    text = {"uri", "url", "text", "content", "spoiler_text", "language", "interaction_policy"}
    values: dict[str, object] = {
        name: name if name in text else place + 1 for place, name in enumerate(names)
    }
    values |= {
        "id": 1,
        "visibility": Visibility.UNLISTED,
        "content_type": ContentType.PLAIN,
        "emojis": "[]",
        "created_at": 86_400_001,
        "edited_at": 2 * 86_400_000 + 2,
    }
    flags = ("local_only", "sensitive", "has_media", "has_mentions", "has_tags")
    values |= dict.fromkeys(flags, False)
    return msgspec.convert([values[name] for name in names], Status)


@given(st.integers(0, _YEAR_9999))
def test_dates(milliseconds: int) -> None:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    expected = moment.replace(microsecond=milliseconds % 1000 * 1000, tzinfo=None)
    assert timestamp(milliseconds) == expected.isoformat(timespec="milliseconds") + "Z"
    assert day(milliseconds) == expected.date().isoformat()
    assert midnight(milliseconds) == f"{expected.date().isoformat()}T00:00:00.000Z"
