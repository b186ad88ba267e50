"""Many at once: nothing counts twice, no limit is passed, nobody waits in a circle for ever."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

import people
import testrig
from noi.auth.secrets import token_hash
from noi.db import accounts, codes, featured_tags, locks, polls, statuses, timelines, users
from noi.db import scheduled as scheduled_table
from noi.db import tags as tag_table
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.composition import Composition, NewPoll
from noi.models.errors import Conflict, Invalid, NoiError, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import MergeTimeline, PublishScheduled
from noi.models.moderation import EnforcementAction
from noi.models.paging import Page
from noi.services import (
    approvals,
    blocks,
    conversations,
    distribution,
    enforcements,
    exports,
    favourites,
    follows,
    invitations,
    lists,
    pins,
    reblogs,
    scheduled,
    search,
    settings,
    sign_up,
    tags,
)
from noi.services import polls as poll_verbs
from noi.services import statuses as status_verbs
from noi.services import timelines as timeline_verbs
from noi.services.network import Network
from noi.text.hashtags import tag_key


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def together(*acts: Coroutine[Any, Any, object]) -> list[object]:
    """What each answered; a NoiError is an answer too, anything else that is raised is a fault."""
    ended = await asyncio.gather(*acts, return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException) and not isinstance(result, NoiError):
            raise result
    return list(ended)


def done(ended: list[object]) -> int:
    return sum(not isinstance(result, NoiError) for result in ended)


async def members(network: Network, count: int) -> list[Viewer]:
    return [await people.join(network, f"người{number}") for number in range(count)]


async def counter(network: Network, sql: str, **params: object) -> int:
    return await network.db.fetch_value(sql, params)


async def home(network: Network, viewer: Viewer) -> list[int]:
    refs = await timelines.stored(network.db, viewer.account_id, viewer.account_id, Page(limit=40))
    return [ref.id for ref in refs]


async def test_a_status_is_favourited_and_reblogged_by_many(rig: testrig.Rig) -> None:
    everyone = await members(rig.network, 6)
    status_id = await people.write(rig.network, everyone[0])
    for _ in range(2):
        await together(
            *(favourites.favourite(rig.network, who.account_id, status_id) for who in everyone),
            *(reblogs.reblog(rig.network, who.account_id, status_id) for who in everyone),
            *(favourites.favourite(rig.network, who.account_id, status_id) for who in everyone),
        )
    found = await statuses.get(rig.network.db, status_id)
    assert found is not None
    assert (found.favourites_count, found.reblogs_count) == (6, 6)
    await together(
        *(reblogs.unreblog(rig.network, who.account_id, status_id) for who in everyone * 2),
        *(favourites.unfavourite(rig.network, who.account_id, status_id) for who in everyone * 2),
    )
    found = await statuses.get(rig.network.db, status_id)
    assert found is not None
    assert (found.favourites_count, found.reblogs_count) == (0, 0)


async def test_what_is_deleted_meanwhile_gets_neither_answers_nor_reblogs(rig: testrig.Rig) -> None:
    lan, *others = await members(rig.network, 5)
    status_id = await people.write(rig.network, lan)
    await together(
        *(reblogs.reblog(rig.network, who.account_id, status_id) for who in others),
        *(favourites.favourite(rig.network, who.account_id, status_id) for who in others),
        status_verbs.delete(rig.network, lan.account_id, status_id),
        *(
            status_verbs.create(
                rig.network, who.account_id, Composition(text="đáp", in_reply_to_id=status_id)
            )
            for who in others
        ),
    )
    await rig.work()
    for table in ("favourites", "bookmarks"):
        assert await counter(rig.network, f"SELECT count(*) FROM {table}") == 0
    live = "SELECT count(*) FROM statuses WHERE reblog_of_id = :id AND deleted_at IS NULL"
    assert await counter(rig.network, live, id=status_id) == 0
    posted = "SELECT count(*) FROM statuses WHERE account_id = :id AND deleted_at IS NULL"
    for who in (lan, *others):
        account = await accounts.get(rig.network.db, who.account_id)
        assert account is not None
        assert account.statuses_count == await counter(rig.network, posted, id=who.account_id)


async def test_relations_changed_by_both_sides_keep_their_counts(rig: testrig.Rig) -> None:
    an, binh, chi = await members(rig.network, 3)
    trio = [an.account_id, binh.account_id, chi.account_id]
    pairs = [(a, b) for a in trio for b in trio if a != b]
    await together(
        *(follows.follow(rig.network, a, b) for a, b in pairs * 2),
        *(follows.unfollow(rig.network, a, b) for a, b in pairs),
        *(blocks.block(rig.network, a, b) for a, b in pairs[:2]),
        *(follows.follow(rig.network, a, b) for a, b in pairs),
    )
    for id_ in trio:
        account = await accounts.get(rig.network.db, id_)
        assert account is not None
        sql = "SELECT count(*) FROM follows WHERE {} = :id"
        assert account.followers_count == await counter(
            rig.network, sql.format("target_id"), id=id_
        )
        assert account.following_count == await counter(
            rig.network, sql.format("account_id"), id=id_
        )


async def test_posts_with_the_same_tags_in_another_order(rig: testrig.Rig) -> None:
    everyone = await members(rig.network, 6)
    texts = ["#an #bình #chi", "#chi #bình #an"] * 3
    ended = await together(
        *(
            status_verbs.create(rig.network, who.account_id, Composition(text=text))
            for who, text in zip(everyone, texts, strict=True)
        )
    )
    assert done(ended) == 6
    rows = await rig.network.db.fetch_all("SELECT statuses_count FROM tags")
    assert rows == [(6,)] * 3


async def test_caps_hold_for_many_requests_at_once(rig: testrig.Rig) -> None:
    (an,) = await members(rig.network, 1)
    me = an.account_id
    ids = [await people.write(rig.network, an) for _ in range(pins.MAX_PINS + 3)]
    assert done(await together(*(pins.pin(rig.network, me, id_) for id_ in ids))) == pins.MAX_PINS
    wanted = (tags.feature(rig.network, me, f"thẻ{number}") for number in range(14))
    assert done(await together(*wanted)) == tags.MAX_FEATURED
    for number in range(lists.MAX_LISTS - 1):
        await lists.create(rig.network, me, f"{number}")
    assert done(await together(*(lists.create(rig.network, me, "x") for _ in range(6)))) == 1
    assert done(await together(*(exports.request(rig.network, me) for _ in range(4)))) == 1


async def test_an_invitation_lets_in_as_many_as_it_says(rig: testrig.Rig) -> None:
    closed = settings.NetworkSettings(
        registrations=settings.Registrations.INVITATION, setup_done=True
    )
    await rig.network.db.transaction(lambda tx: settings.save(tx, closed))
    settings.forget()
    owner = await people.join(rig.network, "chu", Role.OWNER)
    made = await invitations.create(rig.network, owner, max_uses=2, days=None)

    def form(name: str) -> sign_up.SignUp:
        return sign_up.SignUp(
            username=name,
            email=f"{name}@example.com",
            password="một mật khẩu dài",
            agreement=True,
            invitation=made.code,
        )

    joining = (
        sign_up.sign_up(rig.network, form(f"khach{number}"), address="192.0.2.1")
        for number in range(4)
    )
    assert done(await together(*joining)) == 2


async def test_one_name_or_address_goes_to_one_of_many(rig: testrig.Rig) -> None:
    def person(name: str, email: str) -> Coroutine[Any, Any, object]:
        return sign_up.create_account(
            rig.network, username=name, email=email, password="một mật khẩu dài"
        )

    same_name = await together(*(person("lan", f"lan{n}@example.com") for n in range(3)))
    assert done(same_name) == 1
    same_address = await together(*(person(f"mai{n}", "mai@example.com") for n in range(3)))
    assert done(same_address) == 1
    fields = {error.field for error in same_address if isinstance(error, Invalid)}
    assert fields == {"email"}


async def test_who_is_approved_at_the_moment_of_being_turned_down_stays_whole(
    rig: testrig.Rig,
) -> None:
    judge = await people.join(rig.network, "chu", Role.OWNER)
    for number in range(4):
        who = await people.join(rig.network, f"moi{number}")
        unseen = "UPDATE users SET approved_at = NULL WHERE account_id = :id"
        await rig.network.db.execute(unseen, {"id": who.account_id})
        ended = await together(
            approvals.approve(rig.network, judge, who.account_id),
            approvals.reject(rig.network, judge, who.account_id, "không hợp"),
        )
        assert done(ended) == 1
        user = await users.get(rig.network.db, who.account_id)
        account = await accounts.get(rig.network.db, who.account_id)
        assert (user is None) == (account is None)
        assert user is None or user.approved_at is not None


async def test_a_one_time_code_opens_once(rig: testrig.Rig) -> None:
    (an,) = await members(rig.network, 1)

    async def put(tx: Transaction) -> None:
        await codes.insert(
            tx,
            token_hash("mã"),
            purpose="x",
            expires_at=now_ms() + 60_000,
            account_id=an.account_id,
        )

    await rig.network.db.transaction(put)
    taken = await together(
        *(
            rig.network.db.transaction(lambda tx: codes.take(tx, token_hash("mã"), "x"))
            for _ in range(5)
        )
    )
    assert sum(found is not None for found in taken) == 1


async def test_one_of_two_edits_at_once_is_told_of_the_other(rig: testrig.Rig) -> None:
    (an,) = await members(rig.network, 1)
    status_id = await people.write(rig.network, an, "đầu #một")
    ended = await together(
        *(
            status_verbs.edit(
                rig.network, an.account_id, status_id, Composition(text=f"sửa {number} #một")
            )
            for number in range(4)
        )
    )
    assert all(isinstance(error, Conflict) for error in ended if isinstance(error, NoiError))
    _, versions = await status_verbs.history(rig.network, an.account_id, status_id)
    assert len(versions) == done(ended) >= 1
    assert len({version.text for version in versions}) == len(versions)
    assert await counter(rig.network, "SELECT statuses_count FROM tags") == 1


async def test_a_closed_poll_takes_no_more_votes(rig: testrig.Rig) -> None:
    an, *others = await members(rig.network, 5)
    poll = NewPoll(["có", "không"], 300)
    view = await status_verbs.create(rig.network, an.account_id, Composition(text="?", poll=poll))
    assert view.poll is not None
    poll_id = view.poll.poll.id
    await together(
        *(poll_verbs.vote(rig.network, who.account_id, poll_id, [0]) for who in others * 2),
        rig.network.db.transaction(lambda tx: polls.close(tx, poll_id)),
    )
    with pytest.raises(NotFound):
        await rig.network.db.transaction(lambda tx: polls.vote(tx, poll_id, 999, [1]))
    shown = (await polls.views(rig.network.db, [poll_id]))[poll_id]
    votes = await counter(rig.network, "SELECT count(*) FROM poll_votes")
    assert shown.poll.votes_count == shown.poll.voters_count == votes
    assert sum(option.votes_count for option in shown.options) == votes


async def test_a_scheduled_status_is_published_once_and_never_after_it_was_taken_back(
    rig: testrig.Rig,
) -> None:
    (an,) = await members(rig.network, 1)
    me = an.account_id
    due = "UPDATE scheduled_statuses SET scheduled_at = 0 WHERE id = :id"
    posted = "SELECT count(*) FROM statuses"
    for number in range(4):
        made = await scheduled.schedule(
            rig.network, me, Composition(text=f"mai {number}"), now_ms() + 3_600_000
        )
        await rig.network.db.execute(due, {"id": made.id})
        before = await counter(rig.network, posted)
        job = PublishScheduled(made.id)
        later = now_ms() + 7_200_000
        change = (
            scheduled.delete(rig.network, me, made.id)
            if number % 2
            else scheduled.move(rig.network, me, made.id, later)
        )
        *_, changed = await together(
            scheduled.publish(rig.network, job), scheduled.publish(rig.network, job), change
        )
        published = await counter(rig.network, posted) - before
        assert published == (1 if isinstance(changed, NotFound) else 0)
        kept = await scheduled_table.get(rig.network.db, made.id)
        assert kept is None or (kept.scheduled_at, kept.error) == (later, "")


async def test_a_status_is_hidden_once_and_shown_again_once(rig: testrig.Rig) -> None:
    judge = await people.join(rig.network, "chu", Role.OWNER)
    (an,) = await members(rig.network, 1)
    status_id = await people.write(rig.network, an, "#một")
    await tags.feature(rig.network, an.account_id, "một")

    def hide() -> Coroutine[Any, Any, Any]:
        return enforcements.enforce(
            rig.network,
            judge,
            EnforcementAction.HIDE_STATUS,
            account_id=an.account_id,
            status_id=status_id,
            rule="luật",
            reason="lý do",
        )

    ended = await together(*(hide() for _ in range(4)))
    assert done(ended) == 1
    (featured,) = await featured_tags.all_of(rig.network.db, an.account_id)
    assert featured.statuses_count == 0
    id_ = await counter(rig.network, "SELECT id FROM enforcements")
    reversals = (enforcements.reverse(rig.network, judge, id_, "nhầm") for _ in range(3))
    assert done(await together(*reversals)) == 1
    (featured,) = await featured_tags.all_of(rig.network.db, an.account_id)
    assert featured.statuses_count == 1


async def test_featured_tags_count_what_comes_changes_and_goes(rig: testrig.Rig) -> None:
    an, binh = await members(rig.network, 2)
    me = an.account_id
    earlier = await people.write(rig.network, an, "#mùa #khác")
    await people.write(rig.network, binh, "#mùa")
    await status_verbs.create(rig.network, me, Composition(text="#mùa kín", visibility="private"))
    featured = await tags.feature(rig.network, me, "mùa")
    assert (featured.statuses_count, featured.last_status_id) == (1, earlier)
    later = await people.write(rig.network, an, "lại #mùa")
    (featured,) = await tags.featured(rig.network, me)
    assert (featured.statuses_count, featured.last_status_id) == (2, later)
    await status_verbs.edit(rig.network, me, later, Composition(text="không còn"))
    (featured,) = await tags.featured(rig.network, me)
    assert featured.statuses_count == 1
    await status_verbs.delete(rig.network, me, earlier)
    await rig.work()
    (featured,) = await tags.featured(rig.network, me)
    assert (featured.statuses_count, featured.last_status_id) == (0, None)
    tag = await tag_table.get(rig.network.db, tag_key("khác"))
    assert tag is not None
    sql = "SELECT statuses_count FROM tags WHERE id = :id"
    assert await counter(rig.network, sql, id=tag.id) == 0


async def test_an_unfollow_leaves_what_friends_reblogged(rig: testrig.Rig) -> None:
    an, binh, chi = await members(rig.network, 3)
    await follows.follow(rig.network, an.account_id, binh.account_id)
    await follows.follow(rig.network, an.account_id, chi.account_id)
    await rig.work()
    own = await people.write(rig.network, binh, "của Bình")
    other = await people.write(rig.network, binh, "hay")
    await rig.work()
    await rig.network.db.transaction(lambda tx: timelines.remove_status(tx, other))
    shared = await reblogs.reblog(rig.network, chi.account_id, other)
    await rig.work()
    assert set(await home(rig.network, an)) == {own, shared}
    await follows.unfollow(rig.network, an.account_id, binh.account_id)
    assert await home(rig.network, an) == [shared]
    await follows.unfollow(rig.network, an.account_id, chi.account_id)
    assert await home(rig.network, an) == []


async def test_what_was_unfollowed_or_taken_off_does_not_come_in_afterwards(
    rig: testrig.Rig,
) -> None:
    an, binh = await members(rig.network, 2)
    me = an.account_id
    plain = await people.write(rig.network, binh)
    shared = await reblogs.reblog(rig.network, binh.account_id, plain)
    await follows.follow(rig.network, me, binh.account_id, show_reblogs=False)
    item = await lists.create(rig.network, me, "bạn")
    await lists.add(rig.network, me, item.id, [binh.account_id])
    await rig.work()
    assert await home(rig.network, an) == [plain]
    in_list = await timelines.stored(rig.network.db, me, item.id, Page(limit=40))
    assert [ref.id for ref in in_list] == [plain], shared
    await follows.unfollow(rig.network, me, binh.account_id)
    for owner_id in (me, item.id):
        await distribution.merge(rig.network, MergeTimeline(owner_id, binh.account_id))
    assert await home(rig.network, an) == []
    assert not await timelines.stored(rig.network.db, me, item.id, Page(limit=40))


async def test_merging_and_unfollowing_at_once_leave_nothing_behind(rig: testrig.Rig) -> None:
    an, binh = await members(rig.network, 2)
    await people.write(rig.network, binh)
    for _ in range(5):
        await follows.follow(rig.network, an.account_id, binh.account_id)
        job = MergeTimeline(an.account_id, binh.account_id)
        await together(
            distribution.merge(rig.network, job),
            follows.unfollow(rig.network, an.account_id, binh.account_id),
            distribution.merge(rig.network, job),
        )
        assert await home(rig.network, an) == []


async def test_a_lock_lets_one_in_at_a_time(rig: testrig.Rig) -> None:
    inside: list[int] = []

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, 7)
        inside.append(1)
        await tx.fetch_value("SELECT 1")
        assert len(inside) == 1
        inside.pop()

    await together(*(rig.network.db.transaction(work) for _ in range(8)))


async def test_sign_ups_that_are_not_through_are_not_found(rig: testrig.Rig) -> None:
    an, moi = await members(rig.network, 2)
    unseen = "UPDATE users SET approved_at = NULL WHERE account_id = :id"
    await rig.network.db.execute(unseen, {"id": moi.account_id})
    for query in ("người1", f"{rig.network.settings.origin}/@người1"):
        found = await search.search(rig.network, an, query)
        assert found.accounts == []
    too_large = f"{rig.network.settings.origin}/@người0/9999999999999999999"
    assert (await search.search(rig.network, an, too_large)).statuses == []


async def test_who_returns_by_writing_finds_the_whole_home(rig: testrig.Rig) -> None:
    an, binh = await members(rig.network, 2)
    await follows.follow(rig.network, an.account_id, binh.account_id)
    theirs = await people.write(rig.network, binh)
    await rig.work()
    long_ago = "UPDATE users SET home_built_at = 1, last_active_at = 1 WHERE account_id = :id"
    await rig.network.db.execute(long_ago, {"id": an.account_id})
    await distribution.rest_homes(rig.network)
    assert await home(rig.network, an) == []
    own = await people.write(rig.network, an)
    await rig.work()
    refs = await timeline_verbs.home(rig.network, an, Page(limit=20))
    assert [ref.id for ref in refs] == [own, theirs]


async def test_a_deleted_message_leaves_the_conversation_at_the_one_before(
    rig: testrig.Rig,
) -> None:
    an, _ = await members(rig.network, 2)
    me = an.account_id

    async def message(text: str, reply_to: int | None = None) -> int:
        composition = Composition(
            text=f"@người1 {text}", visibility="direct", in_reply_to_id=reply_to
        )
        return (await status_verbs.create(rig.network, me, composition)).status.id

    async def last() -> list[int]:
        found = await conversations.page(rig.network, me, Page(limit=20))
        return [conversation.last_status_id for conversation in found]

    first = await message("một")
    second = await message("hai", first)
    assert await last() == [second]
    await status_verbs.delete(rig.network, me, second)
    await rig.work()
    assert await last() == [first]
    await status_verbs.delete(rig.network, me, first)
    await rig.work()
    assert await last() == []
    assert await counter(rig.network, "SELECT count(*) FROM account_conversations") == 0


_DRIFTED = """SELECT a.id FROM accounts a
WHERE a.statuses_count <> (SELECT count(*) FROM statuses s
        WHERE s.account_id = a.id AND s.deleted_at IS NULL)
    OR a.followers_count <> (SELECT count(*) FROM follows f WHERE f.target_id = a.id)
    OR a.following_count <> (SELECT count(*) FROM follows f WHERE f.account_id = a.id)
UNION ALL SELECT s.id FROM statuses s WHERE s.deleted_at IS NULL
    AND (s.favourites_count <> (SELECT count(*) FROM favourites f WHERE f.status_id = s.id)
        OR s.reblogs_count <> (SELECT count(*) FROM statuses r
            WHERE r.reblog_of_id = s.id AND r.deleted_at IS NULL)
        OR s.replies_count <> (SELECT count(*) FROM statuses r
            WHERE r.in_reply_to_id = s.id AND r.deleted_at IS NULL))
UNION ALL SELECT t.id FROM tags t WHERE t.statuses_count <> (
    SELECT count(*) FROM status_tags st WHERE st.tag_id = t.id)
UNION ALL SELECT t.status_id FROM timeline_entries t JOIN statuses s ON s.id = t.status_id
WHERE s.account_id <> t.owner_id AND NOT EXISTS (SELECT 1 FROM follows f
    WHERE f.account_id = t.owner_id AND f.target_id = s.account_id)"""


async def test_whatever_everyone_does_at_once_nothing_drifts(rig: testrig.Rig) -> None:
    network, chance = rig.network, random.Random(7)
    everyone = await members(network, 6)
    ids = [await people.write(network, who, "#a #b") for who in everyone]

    async def act() -> None:
        me, other = (who.account_id for who in chance.sample(everyone, 2))
        status_id = chance.choice(ids)
        text = " ".join(chance.sample(["#a", "#b", "#c", "#d", "@người1", "@người2"], 4))

        async def post() -> None:
            composition = Composition(
                text=text,
                visibility=chance.choice(["public", "direct"]),
                in_reply_to_id=chance.choice([None, status_id]),
            )
            ids.append((await status_verbs.create(network, me, composition)).status.id)

        acts: list[Callable[[], Coroutine[Any, Any, object]]] = [
            post,
            post,
            lambda: status_verbs.edit(network, me, status_id, Composition(text=text)),
            lambda: status_verbs.delete(network, me, status_id),
            lambda: favourites.favourite(network, me, status_id),
            lambda: favourites.unfavourite(network, me, status_id),
            lambda: reblogs.reblog(network, me, status_id),
            lambda: reblogs.unreblog(network, me, status_id),
            lambda: follows.follow(network, me, other),
            lambda: follows.unfollow(network, me, other),
        ]
        with suppress(NoiError):
            await chance.choice(acts)()

    async def busy() -> None:
        for _ in range(20):
            await act()

    await asyncio.gather(*(busy() for _ in range(8)), rig.work())
    await rig.work()
    assert await network.db.fetch_all(_DRIFTED) == []
