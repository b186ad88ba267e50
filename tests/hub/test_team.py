"""New stewards by invitation: one person, one role, a week, while an owner stands by it."""

import re

import testrig
from noi.models.accounts import Role
from noi.services import invitations, roles
from testrig import Rig
from visitor import Visitor, visiting

FORM = {
    "username": "lien",
    "email": "lien@tram.example",
    "password": "mật khẩu để thử",
    "display_name": "Liên",
}


async def invite(owner: Visitor, role: str) -> str:
    """The code of a new invitation."""
    await owner.get("/manage/team")
    page = await owner.post("/manage/team/invitations", {"role": role})
    return re.findall(r"/invited\?invitation=([\w-]+)", page.plain)[0]


async def accept(guest: Visitor, code: str, **changes: str) -> int:
    page = await guest.get(f"/invited?invitation={code}")
    if page.status != 200:
        return page.status
    return (await guest.post("/invited", {**FORM, "invitation": code, **changes})).status


async def opened(hub: Rig) -> None:
    await hub.set_up()
    await hub.create_account("lan", "owner")
    await hub.create_account("on", "admin")


async def test_an_owner_invites_a_steward(engine: str) -> None:
    async with testrig.hub(engine) as hub:
        await opened(hub)
        async with visiting(hub, "lan") as lan, visiting(hub) as guest:
            code = await invite(lan, "moderator")
            page = await lan.get("/manage/team")
            assert code not in page.plain  # it is shown once
            assert "/manage/team/invitations/" in page.plain
            page = await guest.get(f"/invited?invitation={code}")
            assert "lan" in page.plain
            assert page.headers["referrer-policy"] == "same-origin"
            for changes in ({"password": "ngắn"}, {"email": ""}, {"username": "lan"}):
                assert await accept(guest, code, **changes) == 422, changes
            assert await accept(guest, code) == 303
            assert await accept(guest, code, username="khac", email="k@x.example") == 404
            assert (await guest.post("/invited", {**FORM, "invitation": code})).status == 404
            team = {account.username: role for account, role in await roles.team(hub.network)}
            assert team["lien"] is Role.MODERATOR
            assert "/manage/team/invitations/" not in (await lan.get("/manage/team")).plain
            done = await guest.sign_in("lien")
            assert done.status == 303
            assert (await guest.get("/manage/members")).status == 200
            assert (await guest.get("/manage/charter")).status == 404


async def test_invitations_that_are_none(engine: str) -> None:
    async with testrig.hub(engine) as hub:
        await opened(hub)
        async with visiting(hub, "lan") as lan, visiting(hub) as guest:
            assert (await guest.get("/invited")).status == 404
            assert (await guest.get("/invited?invitation=x")).status == 404
            async with visiting(hub, "on") as admin:
                await admin.get("/manage/team")
                asked = await admin.post("/manage/team/invitations", {"role": "owner"})
                assert asked.status == 403
            for role in ("member", "king", ""):
                await lan.get("/manage/team")
                assert (await lan.post("/manage/team/invitations", {"role": role})).status == 422
            withdrawn = await invite(lan, "admin")
            page = await lan.get("/manage/team")
            path = re.findall(r'action="(/manage/team/invitations/\d+/delete)"', page.plain)[0]
            assert (await lan.post(path)).location == "/manage/team"
            assert (await lan.post(path)).status == 404
            assert await accept(guest, withdrawn) == 404
            old = await invite(lan, "admin")
            await hub.network.db.execute("UPDATE invitations SET expires_at = 1")
            assert await accept(guest, old) == 404
            # Who is an owner no more has invited nobody; and it is no way to be a mere member.
            open_ = await invite(lan, "owner")
            assert await invitations.check(hub.network, open_) is None
            await roles.set_role(hub.network, None, await hub.account_id("on"), Role.OWNER)
            await roles.set_role(hub.network, None, await hub.account_id("lan"), Role.ADMIN)
            assert await accept(guest, open_) == 404
