import asyncio
from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import accounts, statuses
from noi.db import scheduled as table
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Viewer
from noi.models.composition import Composition, NewPoll
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import PublishScheduled
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.models.paging import Page
from noi.models.statuses import Status
from noi.services import drafts, scheduled

_HOUR = 3_600_000


one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def all_of(rig: testrig.Rig, person: Viewer) -> list[Status]:
    rows = await rig.network.db.fetch_all(
        "SELECT id FROM statuses WHERE account_id = :id ORDER BY id", {"id": person.account_id}
    )
    found = await statuses.get_many(rig.network.db, [row[0] for row in rows])
    return [found[row[0]] for row in rows]


async def picture(rig: testrig.Rig, person: Viewer) -> int:
    media_id = rig.network.ids.next()
    columns = ", ".join(MediaAttachment.__struct_fields__)
    values = ", ".join(f":{name}" for name in MediaAttachment.__struct_fields__)
    row: dict[str, object] = {
        "id": media_id,
        "account_id": person.account_id,
        "status_id": None,
        "scheduled_status_id": None,
        "position": 0,
        "kind": MediaKind.IMAGE.value,
        "state": MediaState.READY.value,
        "file": "",
        "preview": "",
        "content_type": "image/webp",
        "file_size": 1,
        "meta": "{}",
        "blurhash": None,
        "description": "",
        "focus_x": 0.0,
        "focus_y": 0.0,
        "remote_url": "",
        "created_at": now_ms(),
    }
    await rig.network.db.execute(
        f"INSERT INTO media_attachments ({columns}) VALUES ({values})", row
    )
    return media_id


async def holder_of(rig: testrig.Rig, media_id: int) -> tuple[int | None, int | None]:
    row = await rig.network.db.fetch_one(
        "SELECT status_id, scheduled_status_id FROM media_attachments WHERE id = :id",
        {"id": media_id},
    )
    assert row is not None
    return row[0], row[1]


async def make_due(rig: testrig.Rig, scheduled_id: int) -> None:
    """As if its time had come."""
    await rig.network.db.transaction(lambda tx: table.move(tx, scheduled_id, now_ms() - 1))


async def test_it_is_published_when_due_and_once(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    media_id = await picture(rig, lan)
    made = await scheduled.schedule(
        network,
        lan.account_id,
        Composition(text="Sáng mai", visibility="unlisted", media_ids=[media_id]),
        now_ms() + _HOUR,
    )
    assert await holder_of(rig, media_id) == (None, made.id)
    job = PublishScheduled(made.id)
    await scheduled.publish(network, job)
    assert await all_of(rig, lan) == []
    await make_due(rig, made.id)
    await asyncio.gather(*(scheduled.publish(network, job) for _ in range(3)))
    await scheduled.publish(network, job)
    (status,) = await all_of(rig, lan)
    assert (status.text, status.visibility.api_name) == ("Sáng mai", "unlisted")
    assert await holder_of(rig, media_id) == (status.id, None)
    with pytest.raises(NotFound):
        await scheduled.get(network, lan.account_id, made.id)


@one_engine
async def test_job_waits_for_its_time(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    at = now_ms() + _HOUR
    await scheduled.schedule(rig.network, lan.account_id, Composition(text="Mai"), at)
    assert await rig.work() == 0
    await rig.work(until=at + 1000)
    # The clock has not moved, so what the job finds is not due.
    assert await all_of(rig, lan) == []


@one_engine
async def test_time_limits(rig: testrig.Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    with pytest.raises(Invalid):
        await scheduled.schedule(
            network, lan.account_id, Composition(text="a"), now_ms() + 4 * 60_000
        )
    monkeypatch.setattr(scheduled, "MAX_A_DAY", 2)
    monkeypatch.setattr(scheduled, "MAX_TOTAL", 3)
    day = (now_ms() // 86_400_000 + 2) * 86_400_000
    for hour in range(2):
        await scheduled.schedule(network, lan.account_id, Composition(text="a"), day + hour * _HOUR)
    with pytest.raises(Invalid):
        await scheduled.schedule(network, lan.account_id, Composition(text="a"), day + 5 * _HOUR)
    other = await scheduled.schedule(
        network, lan.account_id, Composition(text="a"), day + 86_400_000
    )
    with pytest.raises(Invalid):
        await scheduled.move(network, lan.account_id, other.id, day + 6 * _HOUR)
    with pytest.raises(Invalid):
        await scheduled.schedule(
            network, lan.account_id, Composition(text="a"), day + 2 * 86_400_000
        )


@one_engine
async def test_only_ones_own(rig: testrig.Rig) -> None:
    network = rig.network
    lan, binh = await people.join(network, "lan"), await people.join(network, "binh")
    at = now_ms() + _HOUR
    made = await scheduled.schedule(network, lan.account_id, Composition(text="a"), at)
    for attempt in (
        scheduled.get(network, binh.account_id, made.id),
        scheduled.move(network, binh.account_id, made.id, at + _HOUR),
        scheduled.delete(network, binh.account_id, made.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await scheduled.fetch_page(network, binh.account_id, Page()) == []
    moved = await scheduled.move(network, lan.account_id, made.id, at + _HOUR)
    assert await scheduled.fetch_page(network, lan.account_id, Page()) == [moved]
    await scheduled.delete(network, lan.account_id, made.id)
    assert await scheduled.fetch_page(network, lan.account_id, Page()) == []


async def test_a_repeated_key_answers_the_first(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    at = now_ms() + _HOUR
    first, second = [
        await scheduled.schedule(
            rig.network, lan.account_id, Composition(text="a"), at, idempotency_key="k"
        )
        for _ in range(2)
    ]
    assert first == second


@one_engine
async def test_what_cannot_be_published_says_why(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    media_id = await picture(rig, lan)
    composition = Composition(text="a", media_ids=[media_id])
    made = await scheduled.schedule(network, lan.account_id, composition, now_ms() + _HOUR)
    await rig.network.db.execute("DELETE FROM media_attachments")
    await make_due(rig, made.id)
    await scheduled.publish(network, PublishScheduled(made.id))
    assert await all_of(rig, lan) == []
    assert (await scheduled.get(network, lan.account_id, made.id)).error


@one_engine
async def test_disabled_people_post_nothing(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    made = await scheduled.schedule(
        network, lan.account_id, Composition(text="a"), now_ms() + _HOUR
    )

    async def disable(tx: Transaction) -> None:
        await accounts.set_state(tx, lan.account_id, AccountState.DISABLED)

    await network.db.transaction(disable)
    await make_due(rig, made.id)
    await scheduled.publish(network, PublishScheduled(made.id))
    assert await all_of(rig, lan) == []


@one_engine
async def test_polls_and_wrong_parts_are_checked_at_once(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    poll = NewPoll(options=["Có", "Không"], expires_in=3600)
    made = await scheduled.schedule(
        network, lan.account_id, Composition(text="Hỏi", poll=poll), now_ms() + _HOUR
    )
    assert made.composition.poll == poll
    wrong = NewPoll(options=["Một"], expires_in=3600)
    with pytest.raises(Invalid):
        await scheduled.schedule(
            network, lan.account_id, Composition(text="Hỏi", poll=wrong), now_ms() + _HOUR
        )


async def test_drafts_are_kept_with_their_pictures(
    rig: testrig.Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = rig.network
    lan, binh = await people.join(network, "lan"), await people.join(network, "binh")
    media_id = await picture(rig, lan)
    draft = await drafts.save(
        network, lan.account_id, Composition(text="Nháp", media_ids=[media_id])
    )
    assert await holder_of(rig, media_id) == (None, draft.id)
    with pytest.raises(NotFound):
        await drafts.save(network, binh.account_id, Composition(text="x"), draft.id)
    changed = await drafts.save(network, lan.account_id, Composition(text="Nháp 2"), draft.id)
    assert (changed.id, changed.composition.text) == (draft.id, "Nháp 2")
    assert await holder_of(rig, media_id) == (None, None)
    assert await drafts.fetch_all(network, lan.account_id) == [changed]
    assert await drafts.fetch_all(network, binh.account_id) == []
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 1)
    with pytest.raises(Invalid):
        await drafts.save(network, lan.account_id, Composition(text="Nữa"))
    await drafts.delete(network, binh.account_id, draft.id)
    assert await drafts.get(network, lan.account_id, draft.id) == changed
    await drafts.delete(network, lan.account_id, draft.id)
    await drafts.delete(network, lan.account_id, draft.id)
    with pytest.raises(NotFound):
        await drafts.get(network, lan.account_id, draft.id)
