import asyncio
from collections.abc import AsyncGenerator

import msgspec
import pytest

import people
import testrig
from noi.db import accounts, statuses
from noi.models.accounts import Viewer
from noi.models.composition import Composition, NewPoll
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.paging import Page
from noi.models.statuses import StatusView, Visibility
from noi.services import (
    bookmarks,
    conversations,
    favourites,
    follows,
    pins,
    polls,
    reblogs,
    threads,
    timelines,
    views,
)
from noi.services import statuses as service
from noi.services.composing import UnexpectedMentions
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def post(
    network: Network, author: Viewer, text: str = "Xin chào", **parts: object
) -> StatusView:
    composition = msgspec.convert({"text": text, **parts}, Composition)
    return await service.create(network, author.account_id, composition)


async def home_ids(network: Network, viewer: Viewer, page: Page | None = None) -> list[int]:
    return [ref.id for ref in await timelines.home(network, viewer, page or Page())]


async def test_a_post_is_stored_as_written_and_as_html(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    mai = await people.join(rig.network, "mai")
    view = await post(rig.network, lan, "Chào @mai, đi #ĐàLạt nhé?\n\nhttps://example.org/a")
    status = view.status
    assert status.text.startswith("Chào @mai")
    assert '<a href="http://localhost:8000/@mai" class="u-url mention">' in status.content
    assert [mention.account_id for mention in view.mentions] == [mai.account_id]
    assert [tag.name for tag in view.tags] == ["ĐàLạt"]
    assert status.language == "vi"
    assert status.uri == f"http://localhost:8000/users/lan/statuses/{status.id}"
    author = await accounts.get(rig.network.db, lan.account_id)
    assert author is not None
    assert author.statuses_count == 1


async def test_followers_get_it_in_their_home_and_others_do_not(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai, other = [await people.join(network, name) for name in ("lan", "mai", "other")]
    await follows.follow(network, mai.account_id, lan.account_id)
    view = await post(network, lan)
    assert await home_ids(network, lan) == [view.status.id]
    await rig.work()
    assert await home_ids(network, mai) == [view.status.id]
    assert await home_ids(network, other) == []


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
async def test_visibility_decides_who_sees_a_status(rig: testrig.Rig, visibility: str) -> None:
    network = rig.network
    lan, follower, named, other = [
        await people.join(network, name) for name in ("lan", "follower", "named", "other")
    ]
    await follows.follow(network, follower.account_id, lan.account_id)
    view = await post(network, lan, "Gửi @named", visibility=visibility)
    seen_by = {
        name
        for name, viewer_id in {
            "stranger": 0,
            "author": lan.account_id,
            "follower": follower.account_id,
            "named": named.account_id,
            "other": other.account_id,
        }.items()
        if await statuses.get_visible(network.db, view.status.id, viewer_id) is not None
    }
    assert (
        seen_by
        == {
            "public": {"stranger", "author", "follower", "named", "other"},
            "unlisted": {"stranger", "author", "follower", "named", "other"},
            "private": {"author", "follower", "named"},
            "direct": {"author", "named"},
        }[visibility]
    )


async def test_local_only_statuses_are_for_people_who_are_signed_in(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    mai = await people.join(rig.network, "mai")
    view = await post(rig.network, lan, local_only=True)
    assert await statuses.get_visible(rig.network.db, view.status.id, mai.account_id)
    assert await statuses.get_visible(rig.network.db, view.status.id, 0) is None
    assert await timelines.public(rig.network, 0, Page()) == []


async def test_an_idempotency_key_makes_one_status_of_many_requests(rig: testrig.Rig) -> None:
    lan = await people.join(rig.network, "lan")
    composition = Composition(text="Một lần thôi")
    made = await asyncio.gather(
        *(
            service.create(rig.network, lan.account_id, composition, idempotency_key="khóa")
            for _ in range(5)
        )
    )
    assert len({view.status.id for view in made}) == 1
    other = await service.create(
        rig.network, lan.account_id, composition, idempotency_key="khóa khác"
    )
    assert other.status.id != made[0].status.id


async def test_threads_hold_ancestors_and_replies(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    first = (await post(network, lan, "một")).status
    second = (await post(network, lan, "hai", in_reply_to_id=first.id)).status
    third = (await post(network, lan, "ba", in_reply_to_id=second.id)).status
    hidden = (
        await post(network, lan, "riêng", in_reply_to_id=second.id, visibility="private")
    ).status
    below_hidden = (await post(network, lan, "dưới", in_reply_to_id=hidden.id)).status
    up, down = await threads.context(network, 0, second.id)
    assert [ref.id for ref in up] == [first.id]
    assert [ref.id for ref in down] == [third.id]
    assert below_hidden.visibility == Visibility.PRIVATE
    up, down = await threads.context(network, lan.account_id, first.id)
    assert [ref.id for ref in down] == [second.id, third.id, hidden.id, below_hidden.id]
    assert second.conversation_id == first.conversation_id
    counted = await statuses.get(network.db, second.id)
    assert counted is not None
    assert counted.replies_count == 2


async def test_an_edit_keeps_the_earlier_version(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    view = await post(network, lan, "Bản đầu #một", spoiler_text="")
    edited = await service.edit(
        network, lan.account_id, view.status.id, Composition(text="Bản sau #hai")
    )
    assert edited.status.text == "Bản sau #hai"
    assert edited.status.edited_at is not None
    assert [tag.name for tag in edited.tags] == ["hai"]
    _, edits = await service.history(network, 0, view.status.id)
    assert [edit.text for edit in edits] == ["Bản đầu #một"]
    assert edited.status.revision > view.status.revision
    mai = await people.join(network, "mai")
    with pytest.raises(NotFound):
        await service.edit(network, mai.account_id, view.status.id, Composition(text="của tôi"))


async def test_a_deleted_status_is_gone_everywhere_but_its_tombstone_stays(
    rig: testrig.Rig,
) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    await follows.follow(network, mai.account_id, lan.account_id)
    parent = await post(network, lan, "gốc")
    view = await post(network, lan, "Bí mật #tag", in_reply_to_id=parent.status.id)
    await reblogs.reblog(network, mai.account_id, view.status.id)
    await favourites.favourite(network, mai.account_id, view.status.id)
    await bookmarks.bookmark(network, mai.account_id, view.status.id)
    await rig.work()
    await service.delete(network, lan.account_id, view.status.id)
    assert view.status.id not in await home_ids(network, mai)
    await rig.work()
    tombstone = await statuses.get(network.db, view.status.id)
    assert tombstone is not None
    assert tombstone.deleted_at is not None
    assert tombstone.text == tombstone.content == ""
    assert await home_ids(network, mai) == [parent.status.id]
    assert await timelines.by_account(network, 0, mai.account_id, Page()) == []
    assert await timelines.bookmarked(network, mai, Page()) == []
    counted = await statuses.get(network.db, parent.status.id)
    assert counted is not None
    assert counted.replies_count == 0
    author = await accounts.get(network.db, lan.account_id)
    assert author is not None
    assert author.statuses_count == 1
    with pytest.raises(NotFound):
        await service.delete(network, lan.account_id, view.status.id)


async def test_reblogging_twice_makes_one_reblog(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    view = await post(network, lan)
    first, second = await asyncio.gather(
        reblogs.reblog(network, mai.account_id, view.status.id),
        reblogs.reblog(network, mai.account_id, view.status.id),
    )
    assert first == second
    shown = (await views.load(network, [first]))[first]
    assert shown.reblog is not None
    assert shown.reblog.status.reblogs_count == 1
    refs = await timelines.by_ids(network, mai.account_id, [first, view.status.id])
    assert [ref.reblogged for ref in refs] == [True, True]
    undone = await reblogs.unreblog(network, mai.account_id, first)
    counted = await statuses.get(network.db, undone)
    assert counted is not None
    assert (undone, counted.reblogs_count) == (view.status.id, 0)


async def test_private_statuses_are_reblogged_by_nobody_else(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    await follows.follow(network, mai.account_id, lan.account_id)
    view = await post(network, lan, visibility="private")
    with pytest.raises(Forbidden):
        await reblogs.reblog(network, mai.account_id, view.status.id)
    own = await reblogs.reblog(network, lan.account_id, view.status.id)
    made = await statuses.get(network.db, own)
    assert made is not None
    assert made.visibility == Visibility.PRIVATE


async def test_favourites_and_bookmarks_are_idempotent_and_paged(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    posts = [(await post(network, lan, f"bài {number}")).status.id for number in range(5)]
    for status_id in reversed(posts):
        await favourites.favourite(network, mai.account_id, status_id)
        await favourites.favourite(network, mai.account_id, status_id)
    first = await timelines.favourited(network, mai, Page(limit=2))
    second = await timelines.favourited(network, mai, Page(limit=10, max_id=first[-1].page_id))
    assert [ref.id for ref in [*first, *second]] == posts
    counted = await statuses.get(network.db, posts[0])
    assert counted is not None
    assert counted.favourites_count == 1
    await favourites.unfavourite(network, mai.account_id, posts[0])
    await favourites.unfavourite(network, mai.account_id, posts[0])
    counted = await statuses.get(network.db, posts[0])
    assert counted is not None
    assert counted.favourites_count == 0


async def test_votes_count_once_however_many_arrive(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    poll = NewPoll(options=["phở", "bún"], expires_in=600)
    view = await post(network, lan, "Ăn gì?", poll=poll)
    assert view.poll is not None
    results = await asyncio.gather(
        *(polls.vote(network, mai.account_id, view.poll.poll.id, [1]) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Invalid) for result in results) == 3
    shown = await polls.show(network, 0, view.poll.poll.id)
    assert [option.votes_count for option in shown.options] == [0, 1]
    assert shown.poll.voters_count == 1
    with pytest.raises(Invalid):
        await polls.vote(network, lan.account_id, view.poll.poll.id, [0])


async def test_a_poll_closes_when_its_time_is_up(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    poll = NewPoll(options=["có", "không"], expires_in=300)
    view = await post(network, lan, "Đi không?", poll=poll)
    assert view.poll is not None
    assert not polls.ended(view.poll.poll)
    await network.db.execute("UPDATE polls SET expires_at = 1")
    assert view.poll.poll.expires_at is not None
    await rig.work(until=view.poll.poll.expires_at + 1)
    shown = await polls.show(network, 0, view.poll.poll.id)
    assert shown.poll.closed_at is not None


@pytest.mark.parametrize(
    "parts",
    [
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "x", "visibility": "secret"},
        {"text": "x", "language": "klingon language"},
        {"text": "x", "content_type": "text/html"},
        {"text": "x", "media_ids": [1]},
        {"text": "x", "media_ids": [1, 2, 3, 4, 5]},
        {"text": "x", "poll": {"options": ["một"], "expires_in": 600}},
        {"text": "x", "poll": {"options": ["một", "Một"], "expires_in": 600}},
        {"text": "x", "poll": {"options": ["một", " "], "expires_in": 600}},
        {"text": "x", "poll": {"options": ["một", "hai"], "expires_in": 1}},
    ],
)
async def test_what_cannot_be_posted_is_refused(parts: dict[str, object]) -> None:
    async with testrig.services("sqlite") as rig:
        lan = await people.join(rig.network, "lan")
        with pytest.raises(Invalid):
            await service.create(rig.network, lan.account_id, msgspec.convert(parts, Composition))
        assert await home_ids(rig.network, lan) == []


async def test_replies_need_a_parent_that_one_may_see(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    secret = await post(network, lan, visibility="direct")
    with pytest.raises(NotFound):
        await post(network, mai, in_reply_to_id=secret.status.id)


async def test_unexpected_mentions_are_named_before_anything_is_sent(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    composition = Composition(text="@mai chào", allowed_mentions=[])
    with pytest.raises(UnexpectedMentions) as refused:
        await service.create(network, lan.account_id, composition)
    assert [account.id for account in refused.value.accounts] == [mai.account_id]


async def test_direct_statuses_make_a_conversation_for_each_side(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    view = await post(network, lan, "@mai chào riêng", visibility="direct")
    (mine,) = await conversations.page(network, lan.account_id, Page())
    (theirs,) = await conversations.page(network, mai.account_id, Page())
    assert (mine.unread, theirs.unread) == (False, True)
    assert theirs.participants == f"[{lan.account_id}]"
    await post(network, mai, "@lan đây", visibility="direct", in_reply_to_id=view.status.id)
    (mine,) = await conversations.page(network, lan.account_id, Page())
    assert mine.unread
    read = await conversations.mark(network, lan.account_id, mine.id, unread=False)
    assert not read.unread
    with pytest.raises(NotFound):
        await conversations.delete(network, mai.account_id, mine.id)


async def test_pins_are_few_and_ones_own(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    posts = [(await post(network, lan, f"bài {number}")).status.id for number in range(6)]
    for status_id in posts[:5]:
        await pins.pin(network, lan.account_id, status_id)
    with pytest.raises(Invalid):
        await pins.pin(network, lan.account_id, posts[5])
    with pytest.raises(Invalid, match="Someone else"):
        await pins.pin(network, mai.account_id, posts[0])
    shown = await timelines.pinned(network, 0, lan.account_id)
    assert {ref.id for ref in shown} == set(posts[:5])


async def test_home_pages_are_exact(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    ids = [(await post(network, lan, f"bài {number}")).status.id for number in range(9)]
    newest_first = ids[::-1]
    assert await home_ids(network, lan, Page(limit=3)) == newest_first[:3]
    assert await home_ids(network, lan, Page(limit=3, max_id=ids[5])) == newest_first[4:7]
    assert await home_ids(network, lan, Page(limit=3, since_id=ids[1])) == newest_first[:3]
    assert await home_ids(network, lan, Page(limit=3, min_id=ids[1])) == [ids[4], ids[3], ids[2]]


async def test_a_new_follow_brings_recent_statuses_into_the_home(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    view = await post(network, lan)
    await rig.work()
    await follows.follow(network, mai.account_id, lan.account_id)
    await rig.work()
    assert await home_ids(network, mai) == [view.status.id]


async def test_a_home_that_rested_is_rebuilt_on_return(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    await follows.follow(network, mai.account_id, lan.account_id)
    await rig.work()
    await network.db.execute("UPDATE users SET home_built_at = NULL")
    view = await post(network, lan)
    await rig.work()
    assert await home_ids(network, mai) == [view.status.id]
    again = await post(network, lan)
    await rig.work()
    assert await home_ids(network, mai) == [again.status.id, view.status.id]


async def test_hashtags_in_all_spellings_share_a_page(rig: testrig.Rig) -> None:
    network = rig.network
    lan = await people.join(network, "lan")
    spellings = ["#HàNội", "#hanoi", "#Hànội", "#hànỗi"]
    ids = [(await post(network, lan, text)).status.id for text in spellings]
    found = await timelines.hashtag(network, 0, "hanoi", Page())
    assert [ref.id for ref in found] == ids[::-1]
    exact = await timelines.hashtag(network, 0, "hànội", Page(), exact=True)
    assert [ref.id for ref in exact] == [ids[2], ids[0]]
    none = await timelines.hashtag(network, 0, "hanoi", Page(), none_of=["hanoi"])
    assert none == []
    both = await post(network, lan, "#hanoi #phở")
    narrowed = await timelines.hashtag(network, 0, "hanoi", Page(), all_of=["pho"])
    assert [ref.id for ref in narrowed] == [both.status.id]
    widened = await timelines.hashtag(network, 0, "phở", Page(limit=2), any_of=["hanoi"])
    assert [ref.id for ref in widened] == [both.status.id, ids[3]]


async def test_views_hold_everything_readers_see(rig: testrig.Rig) -> None:
    network = rig.network
    lan, mai = [await people.join(network, name) for name in ("lan", "mai")]
    view = await post(network, lan, "@mai #tag", poll=NewPoll(["a", "b"], 600))
    reblog = await reblogs.reblog(network, mai.account_id, view.status.id)
    loaded = (await views.load(network, [reblog]))[reblog]
    assert loaded.account.username == "mai"
    assert loaded.reblog is not None
    assert loaded.reblog.account.username == "lan"
    assert loaded.reblog.poll is not None
    assert [option.title for option in loaded.reblog.poll.options] == ["a", "b"]
