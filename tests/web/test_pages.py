"""What single pages do, over plain HTTP, on both databases."""

import re

import testrig
from noi.models.composition import Composition
from noi.models.moderation import EnforcementAction
from noi.services import applications, blocks, enforcements, rules, settings, statuses
from testrig import PASSWORD, Rig
from visitor import visiting

STRONG = "bốn từ dễ nhớ"


async def prepared(rig: Rig) -> None:
    await rig.create_account("lan")
    await rig.create_account("mai")
    await rig.set_up()


async def post(rig: Rig, name: str, text: str, **more: object) -> int:
    written = Composition(**{"text": text, "visibility": "public", **more})  # type: ignore[arg-type]
    view = await statuses.create(rig.network, await rig.account_id(name), written)
    await rig.work()
    return view.status.id


async def test_joining_and_leaving(engine: str) -> None:
    async with testrig.network(engine) as rig, visiting(rig) as visitor:
        await rig.set_up()
        await visitor.get("/sign-up")
        form = {"username": "Ánh", "email": "anh@thu.example", "password": STRONG}
        wrong = await visitor.post("/sign-up", form)
        assert wrong.status == 422
        assert 'value="Ánh"' in wrong.text, "what was typed is kept"
        assert STRONG not in wrong.text, "but never a password"
        assert wrong.text.count('class="error"') == 2
        done = await visitor.post("/sign-up", {**form, "username": "anh", "agreement": "1"})
        assert done.location == "/welcome"
        await visitor.get("/settings/delete")
        bad = {"password": STRONG, "confirmation": "someone"}
        assert (await visitor.post("/settings/delete", bad)).status == 422
        gone = await visitor.post("/settings/delete", {**bad, "confirmation": "@anh"})
        assert gone.location == "/"
        assert (await visitor.get("/@anh")).status == 404


async def test_the_profile_of_who_is_disabled_is_not_shown(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        sql = """UPDATE accounts SET display_name = 'Bẩn', note_html = '<p>Thỉu</p>',
            state = :state, revision = revision + 1 WHERE username = 'lan'"""
        async with visiting(rig, "mai") as visitor:
            for state, shown in ((0, True), (2, False)):
                await rig.network.db.execute(sql, {"state": state})
                page = await visitor.get("/@lan")
                assert page.status == 200
                assert [word in page.text for word in ("Bẩn", "Thỉu", '/follow"')] == [shown] * 3


async def test_a_thread_nests_replies_and_counts(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        first = await post(rig, "lan", "Ai đi chợ phiên?")
        second = await post(rig, "mai", "@lan Mình!", in_reply_to_id=first)
        await post(rig, "lan", "@mai Hay quá", in_reply_to_id=second)
        async with visiting(rig, "mai") as visitor:
            shown = await visitor.get(f"/@lan/{first}")
            assert shown.status == 200
            assert shown.text.count("<article") == 3
            assert shown.text.count("depth-1") == 1
            assert 'href="/@lan"' in shown.text
            moved = await visitor.get(f"/@mai/{first}")
            assert moved.location == f"/@lan/{first}"


async def test_what_others_may_not_see_is_not_there(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        hidden = await post(rig, "lan", "Riêng tư", visibility="private")
        async with visiting(rig, "mai") as mai, visiting(rig) as stranger:
            for visitor in (mai, stranger):
                assert (await visitor.get(f"/@lan/{hidden}")).status == 404
                assert (await visitor.get(f"/@lan/{hidden}/history")).status == 404
                assert "Riêng tư" not in (await visitor.get("/@lan")).text
            assert (await mai.post(f"/statuses/{hidden}/favourite")).status == 404
            assert (await mai.get(f"/compose?reply={hidden}")).status == 404


async def test_acts_answer_htmx_with_the_changed_status(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        id_ = await post(rig, "lan", "Chào")
        async with visiting(rig, "mai") as visitor:
            part = await visitor.post(
                f"/statuses/{id_}/favourite", {"shown": str(id_)}, headers={"HX-Request": "true"}
            )
            assert part.status == 200
            assert part.text.startswith("<article")
            assert f'formaction="/statuses/{id_}/unfavourite"' in part.plain
            plain = await visitor.post(f"/statuses/{id_}/reblog", {"next": "/local"})
            assert plain.location == "/local"
            assert "mai" in (await visitor.get(f"/@lan/{id_}/reblogs")).text


async def test_a_like_is_taken_back_after_a_block(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        id_ = await post(rig, "lan", "Chào")
        async with visiting(rig, "mai") as mai:
            await mai.post(f"/statuses/{id_}/favourite")
            await blocks.block(
                rig.network, await rig.account_id("lan"), await rig.account_id("mai")
            )
            part = await mai.post(
                f"/statuses/{id_}/unfavourite", {"shown": str(id_)}, headers={"HX-Request": "true"}
            )
            assert (part.status, part.text) == (200, "")
            again = await mai.post(f"/statuses/{id_}/unfavourite")
            assert again.status == 404


async def test_drafts_schedules_and_second_thoughts(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        async with visiting(rig, "lan") as visitor:
            await visitor.post("/statuses", {"text": "Để sau", "do": "draft"})
            waiting = await visitor.get("/drafts")
            found = re.search(r"/compose\?draft=(\d+)", waiting.text)
            assert found
            opened = await visitor.get(found[0])
            assert "Để sau" in opened.text
            soon = {"text": "Mai nhé", "do": "publish", "scheduled_at": "2020-01-01T10:00"}
            late = await visitor.post("/statuses", soon)
            assert late.status == 422
            assert "Mai nhé" in late.text
            future = {**soon, "scheduled_at": "2099-01-01T10:00", "draft_id": found[1]}
            assert (await visitor.post("/statuses", future)).location == "/drafts"
            listed = await visitor.get("/drafts")
            assert "Để sau" not in listed.text, "the draft was published"
            assert "10:00 Thứ Năm, 1 tháng 1, 2099" in listed.text
            id_ = await post(rig, "lan", "Sai rồi")
            again = await visitor.post(f"/statuses/{id_}/redraft")
            assert "Sai rồi" in (await visitor.get(again.location)).text
            assert (await visitor.get(f"/@lan/{id_}")).status == 404


async def test_an_app_is_allowed_or_refused(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        made = await applications.register(
            rig.network,
            name="Tusky",
            redirect_uris=["https://tusky.example/cb"],
            scope="read write",
        )
        asked = (
            f"/oauth/authorize?response_type=code&client_id={made.app.client_id}"
            "&redirect_uri=https%3A%2F%2Ftusky.example%2Fcb&scope=read&state=a%26b"
        )
        async with visiting(rig) as visitor:
            first = await visitor.get(asked)
            assert first.location.startswith("/sign-in?next=%2Foauth%2Fauthorize")
            assert "Tusky" in (await visitor.get(first.location)).text
            await visitor.sign_in("lan")
            page = await visitor.get(asked)
            assert "Cho phép Tusky?" in page.text
            assert (
                "form-action 'self' https://tusky.example;"
                in (page.headers["content-security-policy"])
            )
            names = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.plain)
            fields = {name: value for name, value in names if name not in ("csrf", "next")}
            yes = await visitor.post("/oauth/authorize", {**fields, "decision": "allow"})
            assert re.fullmatch(r"https://tusky\.example/cb\?code=[\w-]+&state=a%26b", yes.location)
            no = await visitor.post("/oauth/authorize", {**fields, "decision": "deny"})
            assert "error=access_denied" in no.location
            wrong = asked.replace("tusky.example", "evil.example")
            refused = await visitor.get(wrong)
            assert refused.status == 422
            assert not refused.location


async def test_a_decision_is_told_and_appealed(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        await rig.create_account("minh", role="owner")
        rule = await rules.create(rig.network, None, "Tôn trọng nhau")
        id_ = await post(rig, "lan", "Lời nặng")
        async with visiting(rig, "mai") as mai, visiting(rig, "minh") as minh:
            sent = await mai.post(
                "/report",
                {
                    "account": str(await rig.account_id("lan")),
                    "status": str(id_),
                    "category": "violation",
                    "rule": str(rule.id),
                    "comment": "Xem giúp",
                },
            )
            assert sent.location == "/"
            await rig.work()
            listed = await minh.get("/moderation")
            found = re.search(r"/moderation/reports/\d+", listed.text)
            assert found
            path = found[0]
            act = {"action": "hide_status", "rule": "", "reason": "Công kích người khác"}
            assert (await minh.post(f"{path}/enforce", act)).status == 422
            done = await minh.post(f"{path}/enforce", {**act, "rule": str(rule.id)})
            assert done.location == "/moderation"
            await rig.work()
            assert (await mai.get(f"/@lan/{id_}")).status == 404
        async with visiting(rig, "lan") as lan:
            told = await lan.get("/notifications")
            decision = re.search(r"/decisions/\d+", told.plain)
            assert decision
            read = await lan.get(decision[0])
            assert "Tôn trọng nhau" in read.text
            assert "Công kích người khác" in read.text
            appeal = await lan.post(f"{decision[0]}/appeal", {"text": "Tôi chỉ đùa"})
            assert appeal.location == decision[0]
            assert "Tôi chỉ đùa" in (await lan.get(decision[0])).text


async def test_the_disabled_may_read_why_and_take_their_data(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        rule = await rules.create(rig.network, None, "Không quảng cáo")
        async with visiting(rig, "lan") as visitor:
            await enforcements.enforce(
                rig.network,
                None,
                EnforcementAction.DISABLE,
                account_id=await rig.account_id("lan"),
                rule=rule.id,
                reason="Đăng quảng cáo",
            )
            await visitor.sign_in("lan")
            assert (await visitor.get("/")).status in (200, 403)
            assert (await visitor.get("/compose")).status == 403
            assert "Không quảng cáo" in (await visitor.get("/decisions")).text
            assert (await visitor.get("/settings/export")).status == 200


async def test_wrong_passwords_are_told_beside_their_field(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        async with visiting(rig, "lan") as visitor:
            wrong = await visitor.post("/settings/password", {"current": "x", "password": STRONG})
            assert wrong.status == 422
            assert 'id="current-error"' in wrong.text
            good = {"current": PASSWORD, "password": STRONG}
            assert (await visitor.post("/settings/password", good)).status == 303
            assert (await visitor.get("/me")).status == 200, "this device stays signed in"


async def test_a_closed_house_shows_no_timelines_to_strangers(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await prepared(rig)
        await post(rig, "lan", "Chuyện trong nhà")
        await settings.update(rig.network, None, {"local_timeline_public": False})
        async with visiting(rig) as visitor:
            assert "Chuyện trong nhà" not in (await visitor.get("/")).text
            assert (await visitor.get("/local")).location == "/sign-in"
            assert (await visitor.get("/tags/x")).location == "/sign-in"
