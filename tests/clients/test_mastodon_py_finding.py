"""Suggestions, trends and the directory, with Mastodon.py."""

from consenting import person, post
from noi.db import cards
from noi.db import trends as table
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.jobs import GatherTrends
from noi.models.statuses import PreviewCard
from noi.services import favourites, follows, trends
from strict_client import Net
from testrig import Rig


async def talk(rig: Rig) -> None:
    """Let ten people speak of the same, and a link be on top."""
    people = [await person(rig, f"p{n}") for n in range(trends.MIN_PEOPLE)]
    statuses = [await post(rig, id_, "Mùa rồi #MùaGặt") for id_ in people]
    liker = await person(rig, "qua")
    for id_ in (*people[1:], liker):
        await favourites.favourite(rig.network, id_, statuses[0])
    await follows.follow(rig.network, await rig.account_id("an"), people[0])
    await follows.follow(rig.network, people[0], people[1])
    await trends.gather(rig.network, GatherTrends())

    async def work(tx: Transaction) -> None:
        url = "https://bao.example/mua-gat"
        texts = {"description": "", "kind": "link", "author_name": "", "author_url": ""}
        await cards.begin(tx, 1, url)
        await cards.save(
            tx,
            PreviewCard(
                id=1,
                url=url,
                title="Mùa gặt",
                provider_name="Báo",
                provider_url="https://bao.example",
                image="",
                image_description="",
                width=0,
                height=0,
                blurhash=None,
                language="vi",
                published_at=None,
                fetched_at=now_ms(),
                state="ready",
                **texts,
            ),
        )
        await table.replace(tx, table.OWN, "link", [1])

    await rig.network.db.transaction(work)


def test_suggestions_trends_and_the_directory(net: Net) -> None:
    an = net.person("an")
    net.run(talk, net.rig)
    an.suggestions()
    net.work()
    found = an.suggestions_v2()
    first = found[0]
    assert (first.account.acct, first.sources) == ("p1", ["friends_of_friends"])
    assert len(found) == trends.MIN_PEOPLE
    an.suggestion_delete(first.account)
    assert "p1" not in [one.acct for one in an.suggestions()]
    assert len(an.suggestions_v1()) == len(found) - 1
    for app in (an, net.app()):
        (tag,) = app.trending_tags()
        assert (tag.name, str(tag.history[0].accounts)) == ("mùagặt", "10")
        assert [status.account.acct for status in app.trending_statuses()] == ["p0"]
        (link,) = app.trending_links()
        assert (link.title, len(link.history)) == ("Mùa gặt", 7)
    assert len(net.app().directory(local=True)) == trends.MIN_PEOPLE + 1
