"""The pages about other networks, for those who run one and for those who lost someone."""

from collections.abc import AsyncGenerator
from urllib.parse import urlencode

import pytest

import testrig
from noi.db import inbox
from noi.models.federation import Severity
from noi.models.paging import Page
from noi.services import policy_decisions, policy_lists, rules, severances
from other_networks import meet
from testrig import Rig
from visitor import visiting

pytestmark = pytest.mark.anyio

HOME = "/owner/federation"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.network(engine) as rig:
        await rig.create_account("lan", "owner")
        await rig.create_account("mai")
        await rig.set_up()
        yield rig


async def test_every_page_shows(rig: Rig) -> None:
    await rules.create(rig.network, None, "Tôn trọng nhau")
    paths = await meet(rig.network, await rig.account_id("lan"))
    await rig.work()
    async with visiting(rig, "lan") as visitor, visiting(rig, "mai") as other:
        for path in paths:
            assert (await visitor.get(path)).status == 200, path
            if path.startswith(HOME):
                assert (await other.get(path)).status == 404, path


async def test_a_network_is_blocked_with_its_effect_shown_before(rig: Rig) -> None:
    network = rig.network
    rule = await rules.create(network, None, "Tôn trọng nhau")
    await meet(network, await rig.account_id("lan"))
    async with visiting(rig, "lan") as visitor:
        form = await visitor.get(f"{HOME}/policies/decide?domain=Dalat.example")
        assert "dalat.example" in form.plain
        fields = {"domain": "dalat.example", "severity": "block", "rule": str(rule.id)}
        wrong = await visitor.post(f"{HOME}/policies/decide", {**fields, "reason": " "})
        assert wrong.status == 422
        assert await policy_decisions.get(network, "dalat.example") is None
        done = await visitor.post(f"{HOME}/policies/decide", {**fields, "reason": "Chửi bới"})
        assert done.location == f"{HOME}/policies"
        policy = await policy_decisions.get(network, "dalat.example")
        assert policy and policy.severity is Severity.BLOCK
        assert policy.moderator_id == await rig.account_id("lan")
        edited = await visitor.get(f"{HOME}/policies/decide?domain=dalat.example")
        assert "Chửi bới" in edited.plain
        assert (
            await visitor.post(f"{HOME}/policies/lift", {"domain": "dalat.example"})
        ).status == 422
        lift = {"domain": "dalat.example", "lift_reason": "Đã xin lỗi"}
        assert (await visitor.post(f"{HOME}/policies/lift", lift)).status == 303
        assert await policy_decisions.get(network, "dalat.example") is None
        own = await visitor.get(f"{HOME}/policies/decide?{urlencode({'domain': 'localhost'})}")
        assert own.location == f"{HOME}/policies"


async def test_whoever_lost_someone_sees_whom_and_takes_the_list_along(rig: Rig) -> None:
    await meet(rig.network, await rig.account_id("lan"))
    await rig.work()
    (lost,) = await severances.page(rig.network, await rig.account_id("lan"), Page())
    async with visiting(rig, "lan") as visitor, visiting(rig, "mai") as other:
        told = await visitor.get("/notifications")
        assert f"/severances/{lost.id}" in told.plain
        shown = await visitor.get(f"/severances/{lost.id}")
        assert "quangcao@rat-dai-va-xau.mang-quang-cao-thu-rac.example" in shown.plain
        assert "Không gửi thư rác" in shown.plain
        assert (await visitor.get(f"/severances/{lost.id}/followers")).status == 200
        assert (await visitor.get(f"/severances/{lost.id}/friends")).status == 404
        file = await visitor.get(f"/severances/{lost.id}/following/export")
        assert file.text.startswith("Account address,")
        assert file.headers["content-disposition"].startswith("attachment")
        assert (await other.get(f"/severances/{lost.id}")).status == 404
        assert (await other.get(f"/severances/{lost.id}/following/export")).status == 404


async def test_lists_are_shown_first_and_added_then(rig: Rig) -> None:
    network = rig.network
    rule = await rules.create(network, None, "Tôn trọng nhau")
    await meet(network, await rig.account_id("lan"))
    text = "#domain,#severity\nxau.example,suspend\nten sai,suspend\n"
    fields = {"list": text, "rule": str(rule.id), "reason": "Theo bạn bè", "severity": "block"}
    async with visiting(rig, "lan") as visitor:
        await visitor.get(f"{HOME}/policies/import")
        shown = await visitor.post(f"{HOME}/policies/import", {**fields, "act": "show"})
        assert shown.status == 200
        assert "xau.example" in shown.plain
        assert "ten sai" in shown.plain
        assert await policy_decisions.get(network, "xau.example") is None
        assert (await visitor.post(f"{HOME}/policies/import", {**fields, "act": "apply"})).location
        assert await policy_decisions.get(network, "xau.example")
        file = await visitor.get(f"{HOME}/policies/export")
        assert "xau.example,suspend,false,false,Theo bạn bè,false\n" in file.plain


async def test_a_subscribed_list_adds_what_is_confirmed(rig: Rig) -> None:
    network = rig.network
    await meet(network, await rig.account_id("lan"))
    (found,) = await policy_lists.fetch_all(network)
    path = f"{HOME}/lists/{found.id}"
    async with visiting(rig, "lan") as visitor:
        assert "thu-rac.example" in (await visitor.get(path)).plain
        await visitor.post(f"{path}/confirm", {"domain": "thu-rac.example"})
        policy = await policy_decisions.get(network, "thu-rac.example")
        assert policy and policy.source == found.url
        assert await policy_decisions.get(network, "ban-be.example") is None
        assert (await visitor.post(f"{path}/delete")).location == f"{HOME}/lists"


async def test_a_failing_network_is_tried_again_or_given_up(rig: Rig) -> None:
    await meet(rig.network, await rig.account_id("lan"))
    path = f"{HOME}/hosts/ban-be.example"
    async with visiting(rig, "lan") as visitor:
        assert "no complete answer in time" in (await visitor.get(path)).plain
        assert (await visitor.post(f"{path}/retry")).location == path
        assert "no complete answer in time" not in (await visitor.get(path)).plain
        assert (await visitor.post(f"{path}/drop")).location == path
        assert (await visitor.get(f"{HOME}/hosts/nobody.example")).status == 404
        assert (await visitor.get(f"{HOME}/find?name=Ban-be.example")).location == path
        assert (await visitor.get(f"{HOME}/find?name=nobody.example")).location == HOME


async def test_mail_that_was_set_aside_is_shown_retried_and_dropped(rig: Rig) -> None:
    db = rig.network.db
    await inbox.insert(
        db, host="a.example", actor_uri="https://a.example/u/1", body=b'{"type": "Odd"}'
    )
    await db.execute("UPDATE inbox_journal SET state = 'failed', error = 'KeyError: id'")
    async with visiting(rig, "lan") as visitor:
        shown = await visitor.get(f"{HOME}/mail")
        assert "KeyError: id" in shown.plain
        id_ = await db.fetch_value("SELECT id FROM inbox_journal")
        await visitor.post(f"{HOME}/mail/{id_}/retry")
        assert await db.fetch_value("SELECT state FROM inbox_journal") == "ready"
        await db.execute("UPDATE inbox_journal SET state = 'failed'")
        await visitor.post(f"{HOME}/mail/{id_}/drop")
        assert await db.fetch_value("SELECT count(*) FROM inbox_journal") == 0


async def test_the_list_of_allowed_networks_is_kept(rig: Rig) -> None:
    path = f"{HOME}/policies/allowed"
    rule = str((await rules.create(rig.network, None, "Tôn trọng nhau")).id)
    async with visiting(rig, "lan") as visitor:
        await visitor.get(path)
        await visitor.post(path, {"domain": "Ban.example", "act": "add"})
        assert "ban.example" in (await visitor.get(path)).plain
        removal = f"{path}/remove"
        assert "ban.example" in (await visitor.get(f"{removal}?domain=ban.example")).plain
        form = {"domain": "ban.example", "rule": rule}
        assert (await visitor.post(removal, form)).status == 422
        await visitor.post(removal, {**form, "reason": "Không còn ai trông"})
        assert "ban.example" not in (await visitor.get(path)).plain
        assert (await visitor.post(path, {"domain": "không phải tên", "act": "add"})).status == 422
