from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from noi.models.composition import Composition, NewPoll
from noi.services import applications, statuses, views


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.mark.parametrize(
    "composition",
    [
        Composition(text="Chỉ có chữ"),
        Composition(text="Chào @MAI, @lan và @ai_đó: #ĐàLạt #đàlạt #hoa https://example.org/"),
        Composition(text="Cảnh báo", spoiler_text="Nội dung", sensitive=True, visibility="direct"),
        Composition(text="Hỏi", poll=NewPoll(["a", "b"], 600)),
        Composition(text=" ".join(f"#t{number}" for number in range(25)), visibility="private"),
    ],
)
async def test_what_posting_answers_is_what_is_stored(
    rig: testrig.Rig, composition: Composition
) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    await people.join(network, "mai")
    await applications.create_token(network, lan.account_id, "write")
    app_id = await network.db.fetch_value("SELECT max(id) FROM apps")
    first = await statuses.create(network, lan.account_id, composition, app_id=app_id)
    assert first == await views.load_one(network, first.status.id)
    answer = msgspec.structs.replace(composition, in_reply_to_id=first.status.id)
    reply = await statuses.create(network, lan.account_id, answer)
    assert reply == await views.load_one(network, reply.status.id)
    assert reply.account.statuses_count == 2


async def test_each_use_of_a_tag_is_counted_and_its_first_spelling_stays(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    for text in ("#HàNội #phở", "#hànội #bún", "#PHỞ #HÀNỘI"):
        view = await people.write(network, lan, text)
    [loaded] = (await views.load(network, [view])).values()
    assert [tag.name for tag in loaded.tags] == ["PHỞ", "HÀNỘI"]
    rows = await network.db.fetch_all("SELECT name, statuses_count FROM tags ORDER BY id")
    assert sorted(rows) == [("HàNội", 3), ("bún", 1), ("phở", 2)]
