"""Quotes and reactions on pages, without scripts."""

import msgspec
import pytest

import testrig
from noi.db import quotes as quote_rows
from noi.db import statuses as status_rows
from noi.models.composition import Composition
from noi.models.federation import QuoteState
from noi.models.interactions import Interactions, Rule
from noi.models.paging import Page
from noi.services import preferences, statuses, views
from testrig import Rig
from visitor import visiting

pytestmark = pytest.mark.anyio


async def post(rig: Rig, name: str, text: str, quoted: int | None = None, policy: str = "") -> int:
    written = Composition(text=text, quoted_status_id=quoted, quote_policy=policy)
    view = await statuses.create(rig.network, await rig.account_id(name), written)
    return view.status.id


async def test_quoting_from_the_composer_and_taking_it_out(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        await rig.create_account("mai")
        original = await post(rig, "lan", "Dã quỳ nở vàng")
        closed = await post(rig, "lan", "Đừng trích", policy="nobody")
        async with visiting(rig, "mai") as mai:
            thread = (await mai.get(f"/@lan/{original}")).text
            assert f'href="/compose?quote={original}"' in thread
            assert "/compose?quote=" not in (await mai.get(f"/@lan/{closed}")).text
            assert (await mai.get(f"/compose?quote={closed}")).status == 404
            form = await mai.get(f"/compose?quote={original}")
            assert f'name="quoted_status_id" value="{original}"' in form.text
            assert "Dã quỳ nở vàng" in form.plain
            fields = {
                "text": "Đẹp ghê",
                "quoted_status_id": str(original),
                "quote_policy": "nobody",
            }
            assert (await mai.post("/statuses", fields)).status == 303
            again = await mai.post("/statuses", {**fields, "text": "x" * 10_001})
            assert again.status == 422 and "Dã quỳ nở vàng" in again.plain
        (quoting,) = await quote_rows.page(rig.network.db, 0, original, Page(limit=20))
        made = await status_rows.get(rig.network.db, quoting)
        assert made and made.interaction_policy == "nobody"
        async with visiting(rig, "lan") as lan:
            listed = await lan.get(f"/@lan/{original}/quotes")
            assert "Đẹp ghê" in listed.plain and "<blockquote" in listed.text
            assert f"/statuses/{quoting}/unquote" in listed.text
            assert (await lan.post(f"/statuses/{quoting}/unquote")).status == 303
            shown = (await lan.get(f"/@mai/{quoting}")).plain
            assert "<blockquote" not in shown and "Tác giả đã gỡ bài được trích." in shown


async def test_who_may_quote_is_set_in_the_settings(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        async with visiting(rig, "lan") as lan:
            await lan.get("/settings/privacy")
            fields = {"default_visibility": "public", "quote_policy": "followers"}
            assert (await lan.post("/settings/privacy", fields)).status == 303
        account_id = await rig.account_id("lan")
        assert (await preferences.get(rig.network, account_id)).quote_policy == "followers"
        status_id = await post(rig, "lan", "Mới")
        status = await status_rows.get(rig.network.db, status_id)
        assert status and status.interaction_policy == "followers"


async def test_what_may_not_be_shown_says_why(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        await rig.create_account("mai")
        original = await post(rig, "lan", "Sẽ mất")
        quoting = await post(rig, "mai", "Nhắc lại", original)
        async with visiting(rig) as stranger:
            path = f"/@mai/{quoting}"
            assert "Sẽ mất" in (await stranger.get(path)).plain
            for state, says in (
                (QuoteState.PENDING, "chưa cho phép"),
                (QuoteState.REJECTED, "không cho phép"),
            ):
                row = await quote_rows.get(rig.network.db, quoting)
                assert row
                changed = msgspec.structs.replace(row, state=state)
                await rig.network.db.transaction(lambda tx, row=changed: quote_rows.put(tx, row))
                shown = (await stranger.get(path)).plain
                assert "Sẽ mất" not in shown and says in shown
            accepted = msgspec.structs.replace(changed, state=QuoteState.ACCEPTED)
            await rig.network.db.transaction(lambda tx: quote_rows.put(tx, accepted))
            await statuses.delete(rig.network, await rig.account_id("lan"), original)
            assert "Bài được trích đã bị xoá." in (await stranger.get(path)).plain


async def test_reacting(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        await rig.create_account("mai")
        status_id = await post(rig, "lan", "Vui quá")
        async with visiting(rig, "mai") as mai:
            await mai.get(f"/@lan/{status_id}")
            react, unreact = f"/statuses/{status_id}/react", f"/statuses/{status_id}/unreact"
            assert (await mai.post(react, {"emoji": "🎉"})).status == 303
            page = (await mai.get(f"/@lan/{status_id}")).text
            assert f'value="🎉" formaction="{unreact}" aria-pressed="true"' in page
            assert (await mai.post(react, {"emoji": "hay"})).status == 422
            assert (await mai.post(unreact, {"emoji": "🎉"})).status == 303
        assert await views.reactions_of(rig.network.db, [status_id]) == []


async def test_an_author_elsewhere_who_takes_no_answers(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        await rig.create_account("mai")
        status_id = await post(rig, "lan", "Không trả lời được")
        nobody = msgspec.json.encode(Interactions(reply=Rule(), like=Rule())).decode()
        sql = "UPDATE statuses SET uri = :uri, interaction_policy = :policy WHERE id = :id"
        row = {"uri": "https://peer.example/1", "policy": nobody, "id": status_id}
        await rig.network.db.execute(sql, row)
        async with visiting(rig, "mai") as mai:
            warning = "Tác giả không nhận trả lời từ bạn"
            assert warning in (await mai.get(f"/@lan/{status_id}")).plain
            form = await mai.get(f"/compose?reply={status_id}")
            assert warning in form.plain
