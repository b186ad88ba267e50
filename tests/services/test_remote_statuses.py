import asyncio
import random
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

import people
import strangers
import testrig
from far_server import PUBLIC, Written
from noi.activitypub.objects import Object, read_object
from noi.db import accounts, conversations, media, polls, statuses, timelines, withdrawn
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Viewer
from noi.models.composition import Composition
from noi.models.errors import Conflict, NoiError
from noi.models.ids import now_ms
from noi.models.paging import Page
from noi.models.statuses import Status, Visibility
from noi.services import conversations as talks
from noi.services import policies, reblogs, remote_statuses, search, threads, views
from noi.services import statuses as status_verbs
from noi.services.network import Network
from noi.services.policies import Standing
from noi.services.remote_statuses import Arrival

DOMAIN = "mang.example"
NOBODY = Standing(None, False)


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def stranger(network: Network, name: str = "mai") -> Account:
    account = await accounts.get(network.db, await strangers.arrive(network, name, DOMAIN))
    assert account is not None
    return account


async def follower(network: Network, author: Account, name: str = "an") -> Viewer:
    viewer = await people.join(network, name)
    await strangers.follow_back(network, viewer.account_id, author.id)
    await network.db.execute("UPDATE users SET home_built_at = 1")
    return viewer


def written(author: Account, number: int | str = 1, /, **changes: Any) -> Written:
    uri = f"{author.uri}/statuses/{number}"
    return {
        "id": uri,
        "type": "Note",
        "attributedTo": author.uri,
        "to": [PUBLIC],
        "cc": [f"{author.uri}/followers"],
        "published": datetime.now(UTC).isoformat(),
        "content": "<p>Trời mưa</p>",
        **changes,
    }


def note(author: Account, number: int | str = 1, /, **changes: Any) -> Object:
    return read_object(written(author, number, **changes))


async def receive(
    network: Network, author: Account, object_: Object, arrival: Arrival | None = None
) -> Status | None:
    work = await remote_statuses.receive(network, object_, author, NOBODY, arrival)
    if work is not None:
        await network.db.transaction(work)
    return await statuses.get_by_uri(network.db, object_.id)


async def write(network: Network, author: Account, object_: Object) -> Status | None:
    async def work(tx: Transaction) -> Status | None:
        return await remote_statuses.upsert(tx, network, object_, author, NOBODY)

    return await network.db.transaction(work)


async def certain(network: Network, author: Account, object_: Object) -> Status:
    status = await write(network, author, object_)
    assert status is not None
    return status


async def home(network: Network, viewer: Viewer) -> list[int]:
    page = Page(limit=40)
    found = await timelines.stored(network.db, viewer.account_id, viewer.account_id, page)
    return [ref.id for ref in found]


async def found(network: Network, viewer: Viewer | None, text: str) -> list[int]:
    return [ref.id for ref in (await search.search(network, viewer, text)).statuses]


async def test_a_post_is_seen_and_found_at_once(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await follower(network, mai)
    await network.db.execute("UPDATE accounts SET indexable = 1")
    status = await receive(network, mai, note(mai, contentMap={"vi": "<p>Trời mưa</p>"}))
    assert status is not None
    assert (status.visibility, status.language) == (Visibility.PUBLIC, "vi")
    assert await home(network, an) == [status.id]
    assert await found(network, None, "trời mưa") == [status.id]
    assert await people.jobs_named(network, "DistributeStatus") == []
    events = await network.db.fetch_value("SELECT count(*) FROM live_events")
    assert events == (1 if network.db.dialect == "sqlite" else 0)
    author = await accounts.get(network.db, mai.id)
    assert author is not None and author.statuses_count == 1


async def test_what_concerns_nobody_here_is_not_kept(rig: testrig.Rig) -> None:
    network = rig.network
    mai, lan = await stranger(network), await stranger(network, "lan")
    an = await follower(network, lan, "an")
    local = await people.write(network, an)
    uri = f"{network.settings.origin}/users/an"
    parent = await certain(network, lan, note(lan, 9))
    assert await receive(network, mai, note(mai, 1)) is None
    kept = [
        note(mai, 2, tag=[{"type": "Mention", "href": uri}]),
        note(mai, 3, cc=[uri]),
        note(mai, 4, inReplyTo=f"{uri}/statuses/{local}"),
        note(mai, 5, quote=f"{uri}/statuses/{local}"),
        note(mai, 6, inReplyTo=parent.uri),
    ]
    for object_ in kept:
        assert await receive(network, mai, object_) is not None, object_.id
    assert await remote_statuses.receive(network, note(mai, 7), mai, NOBODY, wanted=True)


async def test_the_audience_is_who_is_addressed(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await follower(network, mai)
    await people.join(network, "binh")
    uri = f"{network.settings.origin}/users/binh"
    followers = f"{mai.uri}/followers"
    cases: dict[Visibility, tuple[list[str], list[str]]] = {
        Visibility.PUBLIC: ([PUBLIC], [followers]),
        Visibility.UNLISTED: ([followers], ["as:Public"]),
        Visibility.PRIVATE: ([followers], []),
        Visibility.DIRECT: ([uri], []),
    }
    for number, (visibility, (to, cc)) in enumerate(cases.items()):
        status = await receive(network, mai, note(mai, number, to=to, cc=cc))
        assert status is not None and status.visibility is visibility
        sees = await statuses.get_visible(network.db, status.id, an.account_id)
        assert (sees is not None) == (visibility is not Visibility.DIRECT)


async def test_a_private_message_is_a_conversation_and_a_notification(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await people.join(network, "an")
    uri = f"{network.settings.origin}/users/an"
    status = await receive(network, mai, note(mai, to=[uri], cc=[], type="ChatMessage"))
    assert status is not None
    [conversation] = await conversations.page(network.db, an.account_id, Page(limit=5))
    assert conversation.participants == f"[{mai.id}]"
    [notice] = await people.jobs_named(network, "Notify")
    assert notice["account_id"] == an.account_id
    await rig.work()
    assert await network.db.fetch_value("SELECT count(*) FROM notifications") == 1


async def test_an_answer_may_come_before_what_it_answers(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await follower(network, mai)
    child = await receive(network, mai, note(mai, 2, inReplyTo=f"{mai.uri}/statuses/1"))
    assert child is not None and child.in_reply_to_id is None
    [job] = await people.jobs_named(network, "FetchParent")
    assert job["status_id"] == child.id
    parent = await certain(network, mai, note(mai, 1))
    now = await statuses.get_many(network.db, [child.id, parent.id])
    assert now[child.id].in_reply_to_id == parent.id
    assert now[parent.id].replies_count == 1
    above, _ = await threads.context(network, an.account_id, child.id)
    assert [ref.id for ref in above] == [parent.id]


async def test_an_answer_joins_the_conversation_of_what_it_answers(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await people.join(network, "an")
    local = await people.write(network, an)
    uri = f"{network.settings.origin}/users/an/statuses/{local}"
    answer = await receive(network, mai, note(mai, 1, inReplyTo=uri))
    parent = await statuses.get(network.db, local)
    assert answer is not None and parent is not None
    assert (parent.replies_count, answer.conversation_id) == (1, parent.conversation_id)
    context = f"{network.settings.origin}/contexts/{parent.conversation_id}"
    unlinked = await certain(network, mai, note(mai, 2, context=context))
    assert unlinked.conversation_id == parent.conversation_id
    both = [await certain(network, mai, note(mai, n, conversation="tag:x")) for n in (3, 4)]
    assert both[0].conversation_id == both[1].conversation_id


async def test_what_comes_late_brings_its_answers_into_its_conversation(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await people.join(network, "an")

    def answer(number: int, above: int | None) -> Object:
        over = f"{mai.uri}/statuses/{above}" if above else None
        return note(mai, number, inReplyTo=over, conversation=f"tag:{number}")

    grandchild = await certain(network, mai, answer(3, 2))
    mine = Composition(text="Đúng", in_reply_to_id=grandchild.id)
    await status_verbs.create(network, an.account_id, mine)
    await talks.mute(network, an.account_id, grandchild.id)
    await reblogs.reblog(network, an.account_id, grandchild.id)
    await certain(network, mai, answer(2, 1))
    root = await certain(network, mai, answer(1, None))
    other = await certain(network, mai, answer(9, 8))
    rows = await network.db.fetch_all("SELECT conversation_id FROM statuses ORDER BY id")
    assert [row[0] for row in rows].count(root.conversation_id) == 5
    assert other.conversation_id != root.conversation_id
    muted = "SELECT 1 FROM conversation_mutes WHERE account_id = :me AND conversation_id = :id"
    params = {"me": an.account_id, "id": root.conversation_id}
    assert await network.db.fetch_value(muted, params) == 1


async def test_private_messages_that_come_in_the_wrong_order_are_one_talk(
    rig: testrig.Rig,
) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await people.join(network, "an")
    to = {"to": [f"{network.settings.origin}/users/an"], "cc": []}
    for number, above in ((3, 2), (2, 1), (1, None)):
        over = f"{mai.uri}/statuses/{above}" if above else None
        sent = note(mai, number, inReplyTo=over, conversation=f"tag:{number}", **to)
        await receive(network, mai, sent)
    [talk] = await conversations.page(network.db, an.account_id, Page(limit=5))
    newest = await network.db.fetch_value("SELECT max(id) FROM statuses")
    assert (talk.last_status_id, talk.unread) == (newest, True)
    assert talk.participants == f"[{mai.id}]"


async def test_two_that_answer_each_other_are_one_thread(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    one = await certain(network, mai, note(mai, 1, inReplyTo=f"{mai.uri}/statuses/2"))
    two = await certain(network, mai, note(mai, 2, inReplyTo=f"{mai.uri}/statuses/1"))
    now = await statuses.get_many(network.db, [one.id, two.id])
    assert now[one.id].conversation_id == now[two.id].conversation_id


async def test_an_edit_keeps_what_was_said_before(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    published = datetime.fromtimestamp(now_ms() // 1000 - 600, UTC).isoformat()
    later = datetime.fromtimestamp(now_ms() // 1000 - 60, UTC).isoformat()
    first = await certain(network, mai, note(mai, published=published))
    tag = {"type": "Hashtag", "name": "#HàNội", "href": "https://mang.example/tags/x"}
    change = {"published": published, "updated": later, "content": "<p>Nắng</p>", "tag": [tag]}
    await certain(network, mai, note(mai, **change))
    edited = await certain(network, mai, note(mai, **change))  # what comes twice changes once
    assert edited.id == first.id and edited.content == "<p>Nắng</p>" and edited.edited_at
    [before] = await statuses.edits(network.db, first.id)
    assert before.content == first.content
    assert len(await people.jobs_named(network, "AnnounceEdit")) == 1
    stale = note(mai, published=published, updated=published, content="<p>Cũ</p>")
    assert (await certain(network, mai, stale)).content == "<p>Nắng</p>"
    await rig.work()
    [view] = (await views.load(network, [first.id])).values()
    assert [tag.name for tag in view.tags] == ["HàNội"]


async def test_an_edit_by_somebody_else_changes_nothing(rig: testrig.Rig) -> None:
    network = rig.network
    mai, lan = await stranger(network), await stranger(network, "lan")
    await certain(network, mai, note(mai))
    forged = note(mai, content="<p>Giả</p>", updated="2031-01-01T00:00:00Z")
    assert await write(network, lan, forged) is None
    status = await statuses.get_by_uri(network.db, forged.id)
    assert status is not None and status.content == "<p>Trời mưa</p>"


async def test_polls_show_what_their_own_server_counts(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)

    def question(phở: int, bún: int, **more: Any) -> Object:
        options = [("Phở", phở), ("Bún", bún)]
        return note(
            mai,
            type="Question",
            oneOf=[
                {"type": "Note", "name": name, "replies": {"totalItems": votes}}
                for name, votes in options
            ],
            votersCount=phở + bún,
            published="2026-01-01T00:00:00Z",
            **more,
        )

    status = await certain(network, mai, question(1, 2, endTime="2099-01-01T00:00:00Z"))
    assert status.poll_id is not None
    again = await certain(network, mai, question(5, 2, endTime="2099-01-01T00:00:00Z"))
    assert again.poll_id == status.poll_id and again.edited_at is None
    [view] = (await polls.views(network.db, [status.poll_id])).values()
    assert [option.votes_count for option in view.options] == [5, 2]
    assert (view.poll.votes_count, view.poll.voters_count) == (7, 7)
    await write(network, mai, question(6, 2, closed="2026-02-01T00:00:00Z"))
    await rig.work(until=now_ms() + 1000)
    [view] = (await polls.views(network.db, [status.poll_id])).values()
    assert view.poll.closed_at is not None and view.poll.votes_count == 8


async def test_attachments_are_addresses_until_somebody_looks(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    hash_ = "LEHV6nWB2yk8pyo0adR*.7kCMdnj"
    attached = [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": f"https://cdn.example/{number}.png",
            "name": f"Ảnh {number}",
            "blurhash": hash_ if number else "<script>",
            "focalPoint": [0.5, -0.5],
            "width": 300,
            "height": 200,
        }
        for number in range(40)
    ]
    status = await certain(network, mai, note(mai, attachment=attached))
    rows = await media.of_statuses(network.db, [status.id])
    assert len(rows) == 16 and status.has_media
    assert rows[1].file.startswith("remote/") and rows[1].preview.endswith(".small")
    assert (rows[0].blurhash, rows[1].blurhash) == (None, hash_)
    assert (rows[1].description, rows[1].focus_x) == ("Ảnh 1", 0.5)
    assert msgspec.json.decode(rows[1].meta)["original"]["aspect"] == 1.5
    changed = attached[:1]
    edited = await certain(
        network, mai, note(mai, attachment=changed, updated="2031-01-01T00:00:00Z")
    )
    assert len(await media.of_statuses(network.db, [edited.id])) == 1


async def test_a_server_whose_media_are_rejected_has_bare_addresses(rig: testrig.Rig) -> None:
    network = rig.network
    await network.db.execute(
        """INSERT INTO domain_policies (domain, severity, reject_media, rule_text, reason,
            created_at, updated_at) VALUES (:domain, 'none', 1, 'Luật', 'Ảnh xấu', 0, 0)""",
        {"domain": DOMAIN},
    )
    mai = await stranger(network)
    standing = await policies.of(network, DOMAIN)
    attached = [{"type": "Image", "url": "https://cdn.example/1.png"}]
    object_ = note(mai, attachment=attached)

    async def work(tx: Transaction) -> Status | None:
        return await remote_statuses.upsert(tx, network, object_, mai, standing)

    status = await network.db.transaction(work)
    assert status is not None
    [row] = await media.of_statuses(network.db, [status.id])
    assert (row.file, row.preview, row.remote_url) == ("", "", "https://cdn.example/1.png")
    assert await network.db.fetch_value("SELECT count(*) FROM remote_files") == 0


async def test_what_was_taken_back_does_not_appear(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    object_ = note(mai)
    await network.db.transaction(lambda tx: withdrawn.insert(tx, mai.uri, object_.id))
    assert await write(network, mai, object_) is None
    shut_out = msgspec.structs.replace(mai, state=AccountState.DISABLED)
    assert await write(network, shut_out, note(mai, 2)) is None
    vote = note(mai, 3, name="Phở", content=None, inReplyTo="https://x.example/1")
    assert await write(network, mai, vote) is None


async def test_the_same_post_many_times_at_once_is_one(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    an = await follower(network, mai)
    object_ = note(mai)

    async def once() -> None:
        try:
            await receive(network, mai, object_)
        except Conflict:  # what the inbox tries again
            await receive(network, mai, object_)

    await asyncio.gather(*(once() for _ in range(8)))
    assert len(await home(network, an)) == 1
    author = await accounts.get(network.db, mai.id)
    assert author is not None and author.statuses_count == 1


async def test_times_of_broken_clocks_are_kept_within_reason(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    for number, published in enumerate(("2999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", None)):
        status = await certain(network, mai, note(mai, number, published=published))
        assert 946_684_800_000 <= status.created_at <= now_ms()
        assert 0 <= (status.id >> 16) - status.created_at < 1000


async def test_many_names_and_long_texts_are_bounded(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    tags = [{"type": "Hashtag", "name": f"#the{number}"} for number in range(300)]
    mentions = [
        {"type": "Mention", "href": f"https://x{number}.example/u"} for number in range(300)
    ]
    object_ = note(mai, tag=[*tags, *mentions], content="<p>" + "á" * 300_000 + "</p>")
    await people.join(network, "an")
    status = await receive(network, mai, object_, Arrival(delivered_to=None))
    assert status is None
    status = await certain(network, mai, object_)
    assert len(status.content) < 101_000 and object_.url in status.content
    [view] = (await views.load(network, [status.id])).values()
    assert len(view.tags) == 32


async def test_what_is_written_in_other_forms_is_shown_with_its_title(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    long = "<p>" + "Dài. " * 2000 + "</p>"
    cases: list[tuple[Written, str]] = [
        ({"type": "Article", "name": "Tựa <b>đề</b>"}, ">Tựa đề</a></strong></p><p>Trời mưa</p>"),
        ({"type": "Article", "name": "A", "summary": "Tóm tắt", "content": long}, "Tóm tắt"),
        (
            {"type": "Page", "attachment": [{"type": "Link", "href": "https://báo.example/1"}]},
            "https://báo.example/1",
        ),
        (
            {
                "type": "Event",
                "name": "Hội",
                "startTime": "2026-05-01T09:00:00+07:00",
                "location": {"type": "Place", "name": "Hồ Tây"},
            },
            "<p>📅 2026-05-01 02:00 UTC<br>📍 Hồ Tây</p>",
        ),
        (
            {"content": "", "source": {"content": "*Chào* #hà_nội", "mediaType": "text/markdown"}},
            "<em>Chào</em>",
        ),
        ({"content": "một\n\nhai"}, "<p>một</p><p>hai</p>"),
        ({"content": '<img src=x onerror=y><p style="x">chữ'}, "<p>chữ</p>"),
    ]
    for number, (changes, expected) in enumerate(cases):
        status = await certain(network, mai, note(mai, number, **changes))
        assert expected in status.content, status.content
        assert "onerror" not in status.content and long not in status.content


async def test_hostile_objects_raise_nothing_but_refusals(rig: testrig.Rig) -> None:
    network = rig.network
    mai = await stranger(network)
    dice = random.Random(5)
    odd: list[Any] = [
        None, "", 0, -1, 1e308, True, [], {}, [[]], {"@value": {}}, "\0", "\ud800", "http://[::1",
        "x" * 5000, ["https://a.example"] * 300, {"id": mai.uri}, "2026-13-45T99:99:99Z",
        {"type": "Link", "href": "javascript:1"}, "PT99999999H", "#", "😀" * 3000,
    ]  # fmt: skip
    whole = written(
        mai,
        tag=[{"type": "Emoji", "name": ":a_b:", "icon": {"url": "https://x.example/e.png"}}],
        attachment=[{"type": "Video", "url": "https://x.example/v.mp4", "duration": "PT5S"}],
        oneOf=[{"name": "a"}, {"name": "b"}],
        summary="x",
        name="y",
        context="https://x.example/c",
        conversation="tag:c",
        quote="https://x.example/q",
        interactionPolicy={"canQuote": {"automaticApproval": PUBLIC}},
        endTime="2030-01-01T00:00:00Z",
        updated="2030-01-01T00:00:00Z",
        sensitive=True,
        inReplyTo="https://x.example/p",
    )
    stored = 0
    for number in range(300):
        changed: Written = {**whole, "id": f"{mai.uri}/statuses/{number}"}
        for key in dice.sample(sorted(whole), 4):
            changed[key] = dice.choice(odd)
        changed["type"] = dice.choice(["Note", "Question", "Event", "Video", "Article", "Page"])
        try:
            object_ = read_object(changed)
            status = await write(network, mai, object_)
        except NoiError:
            continue
        stored += status is not None
        if status is not None:
            await write(network, mai, object_)
            await views.load(network, [status.id])
    assert stored > 50
