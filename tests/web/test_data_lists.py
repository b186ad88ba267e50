import io
import re

import aiohttp

import testrig
from visitor import Page, Visitor, visiting


async def bring(visitor: Visitor, kind: str, data: bytes, mode: str = "merge") -> Page:
    await visitor.get("/settings/import")
    form = aiohttp.FormData({"csrf": visitor.token, "kind": kind, "mode": mode})
    form.add_field("file", io.BytesIO(data), filename="a.csv", content_type="text/csv")
    return await visitor.ask("POST", "/settings/import", data=form)


async def test_a_list_goes_out_and_comes_in_again(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        for name in ("lan", "mai", "nam"):
            await rig.create_account(name)
        async with visiting(rig, "lan") as lan, visiting(rig, "mai") as mai:
            begun = await bring(lan, "following", b"mai\nnam\nkhongai\nodd line\n")
            assert begun.status == 303, begun.text
            waiting = await lan.get(begun.location)
            assert "every 3s" in waiting.text
            await rig.work()
            done = await lan.get(begun.location)
            assert "every 3s" not in done.text
            assert "khongai" in done.text
            assert "odd line" in done.text
            part = await lan.get(begun.location, headers={"HX-Request": "true"})
            assert part.text.startswith("<div")
            report = await lan.get(f"{begun.location}/problems.csv")
            assert report.headers["content-type"].startswith("text/csv")
            assert report.text.count("\n") == 3
            assert (await mai.get(begun.location)).status == 404
            assert (await mai.get(f"{begun.location}/problems.csv")).status == 404
            await lan.get(begun.location)
            assert (await lan.post(f"{begun.location}/again")).status == 303
            await lan.post(f"{begun.location}/cancel")
            page = await lan.get("/settings/export")
            names = re.findall(r'href="/settings/export/lists/(\w+)"', page.text)
            assert len(names) == 7
            for name in names:
                taken = await lan.get(f"/settings/export/lists/{name}")
                assert "attachment" in taken.headers["content-disposition"], name
            followed = await lan.get("/settings/export/lists/following")
            assert followed.text.count("\n") == 3
            assert (await lan.get("/settings/export/lists/nothing")).status == 404


async def test_useless_files_are_told_beside_their_field() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("lan")
        async with visiting(rig, "lan") as lan:
            for data in (b"", b"\0\0", b"x" * (6 * 1024 * 1024), b"a b c\n"):
                refused = await bring(lan, "blocks", data)
                assert refused.status == 422
                assert 'id="file-error"' in refused.text
            assert (await bring(lan, "nothing", b"a@b.example")).status == 422
            await lan.get("/settings/import")
            none = await lan.post("/settings/import", {"kind": "blocks", "mode": "merge"})
            assert none.status == 422
