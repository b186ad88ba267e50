from collections.abc import AsyncGenerator

import pytest

import people
import strangers
import testrig
from far_server import PUBLIC, Answer, FarServer, far_server
from noi.activitypub.objects import read_object
from noi.db import accounts, pins, statuses, streams, timelines
from noi.models.accounts import Account, Viewer
from noi.models.errors import BadDocument, NotFound, RateLimited
from noi.models.paging import Page
from noi.models.search import SearchResults
from noi.models.statuses import Status
from noi.services import notifications, resolution, search, threads
from noi.services.network import Network
from noi.services.remote_statuses import Arrival
from noi.transport.errors import TransportError

pytestmark = pytest.mark.usefixtures("quick_keys")


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.fixture
def far(far: FarServer) -> FarServer:
    far.person("mai")
    return far


async def follower(network: Network, far: FarServer) -> tuple[Viewer, Account]:
    """An, whose home is built, and Mai elsewhere, whom she follows."""
    an = await people.join(network, "an")
    mai = await resolution.resolve(network, f"mai@{far.domain}", an)
    assert isinstance(mai, Account)
    await strangers.follow_back(network, an.account_id, mai.id)
    await network.db.execute("UPDATE users SET home_built_at = 1")
    return an, mai


async def searched(network: Network, viewer: Viewer | None, text: str) -> SearchResults:
    return await search.search(network, viewer, text, resolve=True)


async def thread(network: Network, viewer: Viewer, status: Status) -> list[str]:
    above, below = await threads.context(network, viewer.account_id, status.id)
    rows = await statuses.get_many(network.db, [ref.id for ref in (*above, *below)])
    return sorted(row.uri.rpartition("/")[2] for row in rows.values())


async def test_a_handle_finds_somebody_who_was_never_seen_here(
    rig: testrig.Rig, far: FarServer
) -> None:
    an = await people.join(rig.network, "an")
    assert (await searched(rig.network, None, f"@mai@{far.domain}")).accounts == []
    assert not far.asked
    for text in (f"@mai@{far.domain}", f"mai@{far.domain}", f"acct:mai@{far.domain}"):
        found = await resolution.resolve(rig.network, text, an)
        assert isinstance(found, Account) and found.username == "mai"
    [account] = (await searched(rig.network, an, f"@mai@{far.domain}")).accounts
    assert account.handle == f"mai@{far.domain}"
    assert (await searched(rig.network, an, f"@nobody@{far.domain}")).accounts == []
    own = await resolution.resolve(rig.network, f"an@{rig.network.settings.host}", an)
    assert isinstance(own, Account) and own.id == an.account_id


async def test_a_handle_at_another_name_of_the_host_finds_who_has_it(
    rig: testrig.Rig, far: FarServer
) -> None:
    an = await people.join(rig.network, "an")
    async with far_server() as alias:
        alias.handles["mai"] = f"{far.origin}/users/mai"
        alias.subjects["mai"] = f"acct:mai@{far.domain}"
        [account] = (await searched(rig.network, an, f"@mai@{alias.domain}")).accounts
        assert account.handle == f"mai@{far.domain}"
        await rig.network.db.execute("UPDATE accounts SET state = 2 WHERE domain <> ''")
        assert (await searched(rig.network, an, f"@mai@{far.domain}")).accounts == []


async def test_the_address_of_a_page_finds_what_is_on_it(rig: testrig.Rig, far: FarServer) -> None:
    an = await people.join(rig.network, "an")
    note = far.note("mai", 1)
    far.answers["/@mai/1"] = far.answers["/users/mai/statuses/1"]  # as Mastodon answers
    link = '<html><link rel="alternate" type="application/activity+json" href="/users/mai">'
    far.answers["/@mai"] = Answer(link.encode(), "text/html")
    [status] = (await searched(rig.network, an, f"{far.origin}/@mai/1")).statuses
    row = await statuses.get(rig.network.db, status.id)
    assert row is not None and row.uri == note["id"]
    [account] = (await searched(rig.network, an, f"{far.origin}/@mai")).accounts
    assert account.username == "mai"
    far.answers["/other"] = Answer(b"<html>", "text/html")
    assert await searched(rig.network, an, f"{far.origin}/other") == SearchResults()


async def test_posts_that_are_not_for_the_viewer_are_not_shown(
    rig: testrig.Rig, far: FarServer
) -> None:
    an = await people.join(rig.network, "an")
    note = far.note("mai", 1, to=[f"{far.origin}/users/mai/followers"], cc=[])
    assert (await searched(rig.network, an, str(note["id"]))).statuses == []
    assert await statuses.get_by_uri(rig.network.db, str(note["id"])) is not None


async def test_looking_up_is_limited(far: FarServer, engine: str) -> None:
    async with testrig.services(engine, rate_limits=True) as rig:
        an = await people.join(rig.network, "an")
        with pytest.raises(RateLimited):
            for number in range(resolution.RESOLVES.amount + 1):
                await searched(rig.network, an, f"@x{number}@{far.domain}")


async def test_a_post_is_believed_only_from_the_host_of_its_author(
    rig: testrig.Rig, far: FarServer
) -> None:
    async with far_server() as other:
        other.person("lan")
        forged = far.note("mai", 1, attributedTo=f"{other.origin}/users/lan")
        with pytest.raises(BadDocument):
            await resolution.fetch_status(rig.network, str(forged["id"]))
        copy = other.note("lan", 1)
        far.answers["/copy"] = other.answers["/users/lan/statuses/1"]
        found = await resolution.fetch_status(rig.network, f"{far.origin}/copy")
        assert found is not None and found.uri == copy["id"]
        assert other.count("/users/lan/statuses/1") == 1


async def test_what_cannot_be_had_is_refused(rig: testrig.Rig, far: FarServer) -> None:
    gone = far.note("mai", 1, type="Tombstone")
    with pytest.raises(NotFound):
        await resolution.fetch_status(rig.network, str(gone["id"]))
    with pytest.raises(TransportError):
        await resolution.fetch_status(rig.network, f"{far.origin}/nothing")
    with pytest.raises(BadDocument):
        await resolution.fetch_status(rig.network, f"{far.origin}/users/mai")
    with pytest.raises(NotFound):
        await resolution.fetch_status(rig.network, f"{rig.network.settings.origin}/users/x/1")


async def test_a_thread_is_followed_upwards(rig: testrig.Rig, far: FarServer) -> None:
    an = await people.join(rig.network, "an")
    for number in range(1, 30):
        above = f"{far.origin}/users/mai/statuses/{number + 1}"
        far.note("mai", number, inReplyTo=above)
    lowest = await resolution.fetch_status(rig.network, f"{far.origin}/users/mai/statuses/1")
    assert lowest is not None
    await rig.work()
    fetched = await thread(rig.network, an, lowest)
    assert len(fetched) == resolution.MAX_DEPTH
    assert all(far.count(f"/users/mai/statuses/{number}") == 1 for number in range(1, 22))


async def test_a_post_that_is_found_before_it_is_sent_reaches_whom_it_is_for(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    binh = await people.join(network, "binh")
    an, _ = await follower(network, far)
    tag = {"type": "Mention", "href": f"{network.settings.origin}/users/binh", "name": "@binh"}
    old = far.note("mai", 1, published="2020-01-01T00:00:00Z", tag=[tag])
    new = far.note("mai", 2, tag=[tag])
    answer = far.note("mai", 3, inReplyTo=f"{far.origin}/users/xa/statuses/9")
    for post in (old, new, new, answer):
        assert await resolution.fetch_status(network, str(post["id"]))
    await rig.work()
    status = await statuses.get_by_uri(network.db, str(new["id"]))
    assert status is not None
    home = await timelines.stored(network.db, an.account_id, an.account_id, Page(limit=40))
    assert [ref.id for ref in home] == [status.id]
    told = await notifications.page(network, binh.account_id, Page(limit=40))
    assert [(one.kind, one.status_id) for one in told] == [("mention", status.id)]


async def test_an_answer_to_a_stranger_is_nothing_for_the_homes_of_ones_followers(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    an, mai = await follower(network, far)
    far.person("xa")
    begun = (far.note("xa", 1), far.note("mai", 2), {"id": f"{far.origin}/none"})
    for number, post in enumerate(begun, 11):
        answer = read_object(far.note("mai", number, inReplyTo=post["id"]))
        await resolution.take(network, answer, arrival=Arrival())

    async def home() -> list[str]:
        page = Page(limit=40)
        found = await timelines.stored(network.db, an.account_id, an.account_id, page)
        rows = await statuses.get_many(network.db, [ref.id for ref in found])
        return sorted(row.uri.rpartition("/")[2] for row in rows.values())

    async def answering_others() -> list[str]:
        ids = [row[0] for row in await network.db.fetch_all("SELECT id FROM statuses")]
        facts = await streams.facts(network.db, ids)
        others = await statuses.get_many(
            network.db, [one.id for one in facts.values() if one.answers_others]
        )
        return sorted(row.uri.rpartition("/")[2] for row in others.values())

    assert (await home(), await answering_others()) == ([], ["11", "12", "13"])
    await rig.work()
    assert (await home(), await answering_others()) == (["12", "2"], ["11", "13"])
    shown = await timelines.by_account(
        network.db, an.account_id, mai.id, Page(limit=40), exclude_replies=True
    )
    rows = await statuses.get_many(network.db, [ref.id for ref in shown])
    assert sorted(row.uri.rpartition("/")[2] for row in rows.values()) == ["12", "2"]


async def test_a_circle_of_answers_ends(rig: testrig.Rig, far: FarServer) -> None:
    for number in (1, 2):
        other = f"{far.origin}/users/mai/statuses/{3 - number}"
        far.note("mai", number, inReplyTo=other)
    await resolution.fetch_status(rig.network, f"{far.origin}/users/mai/statuses/1")
    await rig.work()
    assert len(far.asked) < 12


async def test_opening_a_thread_fetches_what_was_answered_elsewhere(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    an = await people.join(network, "an")
    note = far.note("mai", 1, replies=f"{far.origin}/users/mai/statuses/1/replies")
    uri = str(note["id"])
    async with far_server() as other:
        other.person("lan")
        foreign = other.note("lan", 5, inReplyTo=uri)
        forged = {**other.note("lan", 6, inReplyTo=uri), "content": "<p>Giả</p>"}
        unrelated = other.note("lan", 7)
        own = far.note("mai", 2, inReplyTo=uri)
        page = {"type": "CollectionPage", "items": [own, foreign["id"]], "next": f"{uri}/more"}
        far.put({"id": f"{uri}/replies", "type": "Collection", "first": page})
        more = {"id": f"{uri}/more", "type": "CollectionPage"}
        far.put({**more, "items": [forged, unrelated["id"], f"{other.origin}/gone"]})
        status = await resolution.fetch_status(network, uri)
        assert status is not None
        assert await thread(network, an, status) == []
        await rig.work()
        assert await thread(network, an, status) == ["2", "5", "6"]
        asked = len(far.asked)
        await rig.work()  # and not again so soon
        assert len(far.asked) == asked
        true = await statuses.get_by_uri(network.db, str(forged["id"]))
        assert true is not None and "Giả" not in true.content
        assert await statuses.get_by_uri(network.db, str(unrelated["id"])) is None


async def test_people_who_are_named_are_found_afterwards(rig: testrig.Rig, far: FarServer) -> None:
    network = rig.network
    an = await people.join(network, "an")
    local = await people.write(network, an)
    note = far.note(
        "mai",
        1,
        inReplyTo=f"{network.settings.origin}/users/an/statuses/{local}",
        tag=[{"type": "Mention", "href": far.person("lan")["id"]}],
    )
    await resolution.fetch_status(network, str(note["id"]), arrival=Arrival())
    await rig.work()
    assert await accounts.get_by_handle(network.db, "lan", far.domain) is not None
    assert await network.db.fetch_value("SELECT count(*) FROM mentions") == 1


async def test_a_profile_that_is_looked_up_gets_its_counts_and_featured_posts(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    an = await people.join(network, "an")
    base = f"{far.origin}/users/mai"
    far.person("mai", featured=f"{base}/featured", following=f"{base}/following")
    for name, total in (("followers", 120), ("following", 7), ("outbox", 31)):
        far.put({"id": f"{base}/{name}", "type": "OrderedCollection", "totalItems": total})
    items = [far.note("mai", 1), f"{base}/statuses/2"]
    far.note("mai", 2, to=[PUBLIC])
    far.put({"id": f"{base}/featured", "type": "OrderedCollection", "orderedItems": items})
    [account] = (await searched(network, an, f"@mai@{far.domain}")).accounts
    await rig.work()
    row = await accounts.get(network.db, account.id)
    assert row is not None
    assert (row.followers_count, row.following_count, row.statuses_count) == (120, 7, 31)
    assert await pins.count(network.db, account.id) == 2
    asked = len(far.asked)
    await searched(network, an, f"@mai@{far.domain}")
    await rig.work()
    assert len(far.asked) == asked


async def test_an_answer_is_shown_once_what_it_answers_is_sent(
    rig: testrig.Rig, far: FarServer
) -> None:
    network = rig.network
    an, _ = await follower(network, far)
    late = far.note("mai", 30)
    kept_back = far.answers.pop("/users/mai/statuses/30")
    answer = read_object(far.note("mai", 31, inReplyTo=late["id"]))
    await resolution.take(network, answer, arrival=Arrival())
    await rig.work()
    home = Page(limit=40)
    assert await timelines.stored(network.db, an.account_id, an.account_id, home) == []
    far.answers["/users/mai/statuses/30"] = kept_back
    await resolution.take(network, read_object(late), arrival=Arrival())
    await rig.work()
    found = await timelines.stored(network.db, an.account_id, an.account_id, home)
    rows = await statuses.get_many(network.db, [ref.id for ref in found])
    assert {row.uri.rpartition("/")[2] for row in rows.values()} == {"30", "31"}
