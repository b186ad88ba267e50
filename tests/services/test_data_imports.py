import csv
import io
from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import jobs
from noi.models.accounts import Viewer
from noi.models.data_lists import DataImport, ImportState
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import ContinueImport
from noi.services import (
    blocks,
    bookmarks,
    data_exports,
    data_imports,
    domain_blocks,
    follows,
    lists,
    mutes,
    relationships,
)
from noi.services.network import Network

NOBODY = "khongai@localhost:8000"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.fixture
async def lan(rig: testrig.Rig) -> Viewer:
    return await people.join(rig.network, "lan")


async def bring(
    rig: testrig.Rig, who: Viewer, kind: str, text: str, mode: str = "merge"
) -> DataImport:
    begun = await data_imports.begin(rig.network, who.account_id, kind, mode, text.encode())
    await rig.work()
    return await data_imports.get(rig.network, who.account_id, begun.id)


async def taken(rig: testrig.Rig, who: Viewer, name: str) -> str:
    parts = [part async for part in data_exports.write(rig.network, who.account_id, name)]
    return b"".join(parts).decode()


async def test_every_list_comes_back_as_it_was_taken(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    nam, hoa, mai = [await people.join(network, name) for name in ("nam", "hoa", "mai")]
    theirs = await people.write(network, nam, "của Nam")
    await follows.follow(network, own, nam.account_id, show_reblogs=False, languages=["vi", "lo"])
    await follows.follow(network, own, mai.account_id, notify=True)
    await blocks.block(network, own, hoa.account_id)
    await mutes.mute(network, own, nam.account_id, notifications=False)
    await bookmarks.bookmark(network, own, theirs)
    await domain_blocks.block(network, own, "spam.example")
    made = await lists.create(network, own, 'Bạn, "bè"')
    await lists.add(network, own, made.id, [nam.account_id, mai.account_id])
    heir = await people.join(network, "lan2")
    for kind in ("following", "blocks", "mutes", "bookmarks", "domains", "lists"):
        before = await taken(rig, lan, kind)
        done = await bring(rig, heir, kind, before)
        assert (done.state, done.failed) == (ImportState.DONE, 0), kind
        assert sorted((await taken(rig, heir, kind)).splitlines()) == sorted(before.splitlines())


async def test_merging_keeps_and_overwriting_removes(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    for name in ("nam", "hoa", "mai"):
        await people.join(network, name)
    await bring(rig, lan, "following", "nam\nhoa\n")
    await bring(rig, lan, "following", "mai\n")
    assert len((await taken(rig, lan, "following")).splitlines()) == 4
    done = await bring(rig, lan, "following", f"mai\nhoa\n{NOBODY}", mode="overwrite")
    assert (done.done, done.failed) == (2, 1)
    followed = await taken(rig, lan, "following")
    assert "nam@" not in followed
    assert "hoa@" in followed
    await bring(rig, lan, "domains", "a.example\nb.example\n")
    await bring(rig, lan, "domains", "B.example\n", mode="overwrite")
    assert await taken(rig, lan, "domains") == "b.example\n"
    await bring(rig, lan, "lists", "Một,mai\nHai,hoa\nHai,mai\n")
    await bring(rig, lan, "lists", "Hai,mai\n", mode="overwrite")
    assert [item.title for item in await lists.all_of(network, own)] == ["Hai"]
    assert await taken(rig, lan, "lists") == "Hai,mai@localhost:8000\n"
    nam = await network.db.fetch_value("SELECT id FROM accounts WHERE username = 'nam'")
    assert not (await relationships.load_one(network, own, nam)).following


async def test_terms_that_a_file_does_not_give_stay(rig: testrig.Rig, lan: Viewer) -> None:
    network = rig.network
    nam = await people.join(network, "nam")
    await follows.follow(network, lan.account_id, nam.account_id, show_reblogs=False, notify=True)
    await bring(rig, lan, "following", "nam@localhost:8000\n")
    assert "nam@localhost:8000,false,true," in await taken(rig, lan, "following")


async def test_what_failed_is_told_and_can_be_tried_again(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    text = f'lan\n{NOBODY}\n"mai\n-5@x\nnam@localhost:8000\n'
    await people.join(network, "nam")
    done = await bring(rig, lan, "blocks", text)
    assert (done.total, done.done, done.failed) == (5, 1, 4)
    told = await data_imports.problems(network, own, done.id)
    assert [number for number, _, _ in told] == [1, 2, 3, 4]
    assert told[0][2].message == "You cannot do this to your own account"
    assert told[1][2].message == "There is no such account or post"
    parts = [part async for part in data_imports.report(network, own, done.id)]
    rows = list(csv.reader(io.StringIO(b"".join(parts).decode())))
    assert rows[0] == ["Account address", "Reason"]
    assert rows[4][0] == "'-5@x"
    await people.join(network, "khongai")
    await data_imports.try_again(network, own, done.id)
    await rig.work()
    again = await data_imports.get(network, own, done.id)
    assert (again.state, again.done, again.failed) == (ImportState.DONE, 2, 3)


async def test_it_goes_on_where_it_was_interrupted(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    names = [f"nguoi{n}" for n in range(60)]
    for name in names:
        await people.join(network, name)
    begun = await data_imports.begin(network, own, "mutes", "merge", "\n".join(names).encode())
    job = ContinueImport(begun.id, own)
    await data_imports.advance(network, job)
    await data_imports.advance(network, job)  # again, as after a crash before it was recorded
    await data_imports.advance(network, job)
    await rig.work()
    done = await data_imports.get(network, own, begun.id)
    assert (done.state, done.total, done.done) == (ImportState.DONE, 60, 60)
    assert len((await taken(rig, lan, "mutes")).splitlines()) == 61


async def test_cancelling_leaves_the_rest_undone(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    nam = await people.join(network, "nam")
    await people.join(network, "hoa")
    await follows.follow(network, own, nam.account_id)
    begun = await data_imports.begin(network, own, "following", "overwrite", b"hoa\n")
    with pytest.raises(NotFound):
        await data_imports.cancel(network, nam.account_id, begun.id)
    await data_imports.cancel(network, own, begun.id)
    await rig.work()
    stopped = await data_imports.get(network, own, begun.id)
    assert (stopped.state, stopped.done) == (ImportState.CANCELLED, 0)
    assert "nam@" in await taken(rig, lan, "following")


async def test_bounds(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    for kind, mode in (("people", "merge"), ("blocks", "all")):
        with pytest.raises(Invalid):
            await data_imports.begin(network, own, kind, mode, b"a@b.example")
    for _ in range(data_imports.MOST_AT_ONCE):
        await data_imports.begin(network, own, "blocks", "merge", b"a@b.example")
    with pytest.raises(Conflict):
        await data_imports.begin(network, own, "blocks", "merge", b"a@b.example")


async def test_a_server_that_is_away_is_asked_once_in_a_batch(
    rig: testrig.Rig, lan: Viewer
) -> None:
    text = "a@127.0.0.1:1\nb@127.0.0.1:1\nc@127.0.0.1:1\n"
    done = await bring(rig, lan, "following", text)
    told = await data_imports.problems(rig.network, lan.account_id, done.id)
    assert [reason.message for _, _, reason in told] == ["{host} did not answer"] * 3
    assert (done.state, done.failed) == (ImportState.DONE, 3)


async def test_other_servers_are_asked_at_a_bounded_pace(rig: testrig.Rig, lan: Viewer) -> None:
    text = "\n".join(f"a{n}@127.0.0.1:1" for n in range(60))
    waiting = await bring(rig, lan, "following", text)
    assert (waiting.state, waiting.failed) == (ImportState.RUNNING, 50)
    due = await jobs.next_due(rig.network.db)
    assert due
    assert due > now_ms()
    await rig.work(until=due)
    done = await data_imports.get(rig.network, lan.account_id, waiting.id)
    assert (done.state, done.failed) == (ImportState.DONE, 60)


async def test_old_imports_are_forgotten(rig: testrig.Rig, lan: Viewer) -> None:
    done = await bring(rig, lan, "domains", "a.example\n")
    await data_imports.remove_old(rig.network)
    await data_imports.get(rig.network, lan.account_id, done.id)
    await rig.network.db.execute("UPDATE data_imports SET finished_at = 1")
    await data_imports.remove_old(rig.network)
    with pytest.raises(NotFound):
        await data_imports.get(rig.network, lan.account_id, done.id)


async def test_what_nobody_has_foreseen_fails_one_line(
    rig: testrig.Rig, lan: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    nam = await people.join(rig.network, "nam")
    await people.join(rig.network, "hoa")
    block = blocks.block

    async def odd(network: Network, account_id: int, target_id: int) -> None:
        if target_id == nam.account_id:
            raise ZeroDivisionError
        await block(network, account_id, target_id)

    monkeypatch.setattr("noi.services.blocks.block", odd)
    done = await bring(rig, lan, "blocks", "nam\nhoa\n")
    assert (done.state, done.done, done.failed) == (ImportState.DONE, 1, 1)
    monkeypatch.undo()
    parts = [part async for part in data_imports.report(rig.network, lan.account_id, done.id)]
    again = await bring(rig, lan, "blocks", b"".join(parts).decode())
    assert (again.done, again.failed) == (1, 0), "a report can be brought as it is"
