"""The directory: listed members by subject, language and size."""

import found
import testrig
from noi.services.hub import directory


async def test_networks_by_subject_language_and_size(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        net = rig.network
        await found.member(
            net,
            "bao.vn",
            name="Đất Việt",
            subjects='["Báo chí", "Hà Nội"]',
            languages='["vi", "en"]',
            people=1000,
            admitted_at=1,
        )
        await found.member(
            net, "lao.la", name="Anh", subjects='["bao chi"]', languages='["lo-LA"]', people=50
        )
        await found.member(net, "xa.vn", people=1, admitted_at=3)
        await found.member(net, "hidden.vn", listed=0)
        await found.member(net, "asked.vn", "asked")
        await found.member(net, "gone.vn", "suspended")
        hosts = [one.host for one in await directory.networks(net)]
        assert hosts == ["lao.la", "bao.vn", "xa.vn"]
        by_subject = await directory.networks(net, subject="BAO CHÍ")
        assert [one.host for one in by_subject] == ["lao.la", "bao.vn"]
        assert [one.host for one in await directory.networks(net, language="lo")] == ["lao.la"]
        assert await directory.networks(net, language="l") == []
        assert [one.host for one in await directory.networks(net, size="tiny")] == ["xa.vn"]
        assert await directory.networks(net, subject="hà nội", size="small") == []
        facets = await directory.facets(net)
        assert {(one.value, one.networks) for one in facets.subjects} == {
            ("Báo chí", 2),
            ("Hà Nội", 1),
        }
        assert {one.value for one in facets.languages} == {"vi", "en", "lo-LA"}
        assert [(one.value, one.networks) for one in facets.sizes] == [
            ("tiny", 1),
            ("small", 1),
            ("large", 1),
        ]
        assert [one.host for one in await directory.newest(net, 2)] == ["xa.vn", "bao.vn"]
