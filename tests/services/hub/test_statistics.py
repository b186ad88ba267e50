"""Statistics: counted each day for everybody, but not where few people would be told apart."""

import csv
import io

import found
import testrig
from noi.models.hub_jobs import CountStatistics
from noi.services.hub import statistics
from noi.services.network import Network


async def latest(network: Network) -> dict[str, int | None]:
    await statistics.count(network, CountStatistics())
    return {one.name: one.points[-1].value for one in await statistics.series(network, 7)}


async def test_members_people_posts_and_languages_are_counted(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        for number in range(4):
            await found.member(net, f"m{number}.vn")
        await found.member(net, "asked.vn", "asked")
        await found.member(net, "off.vn", failing_since=5)
        people = [await found.person(net, f"u{n}@m{n % 4}.vn") for n in range(12)]
        await found.person(net, "u@hidden.vn", discoverable=False, indexable=False)
        for number, person in enumerate(people):
            language = "vi" if number < 10 else "lo"
            await found.post(net, person, "x", hours_ago=0, language=language)
            await found.post(net, person, "x", hours_ago=48, language=language)
        counts = await latest(net)
        assert counts == {
            "members": 5,
            "failing": 1,
            "waiting": 0,
            "accounts": 12,
            "posts": 12,
            "language:vi": 10,
        }
        # What was withdrawn counts no more, and too few are not told.
        for person in people[:3]:
            await found.change(net, person, indexable=False, discoverable=False)
        counts = await latest(net)
        assert counts["accounts"] is None and counts["posts"] is None
        text = await statistics.csv(net)
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0] == ["day", "name", "value"]
        told = {row[1]: row[2] for row in rows[1:]}
        assert told["members"] == "5" and told["accounts"] == told["posts"] == "<10"


async def test_what_is_of_two_networks_alone_is_not_told(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        people = [await found.person(net, f"u{n}@m{n % 2}.vn") for n in range(20)]
        for person in people:
            await found.post(net, person, "x", hours_ago=0)
        counts = await latest(net)
        assert counts["accounts"] is None and counts["posts"] is None
        assert "language:vi" not in counts
        assert counts["members"] == 0


async def test_a_day_without_anything_is_zero(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        counts = await latest(rig.network)
        assert counts == dict.fromkeys(("accounts", "failing", "members", "posts", "waiting"), 0)
