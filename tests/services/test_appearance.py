"""How a person likes the pages."""

import pytest

import testrig
from noi.models.errors import Invalid
from noi.services import accounts, appearance, preferences


async def test_looks_are_kept_beside_reading_preferences(engine: str) -> None:
    async with testrig.services(engine) as rig:
        await rig.create_account("lan")
        lan = await rig.account_id("lan")
        await appearance.update(
            rig.network,
            lan,
            locale="lo",
            time_zone="Asia/Vientiane",
            scheme="dark",
            shortcuts=False,
        )
        await preferences.set_reading(
            rig.network, lan, expand_media="hide_all", expand_spoilers=True, autoplay_gifs=False
        )
        user = (await accounts.own(rig.network, lan)).user
        assert (user.locale, user.time_zone) == ("lo", "Asia/Vientiane")
        liked = appearance.of_user(user)
        assert liked == appearance.Appearance("dark", False, "hide_all", True)


@pytest.mark.parametrize(
    ("field", "value"), [("locale", "xx"), ("time_zone", "Nowhere"), ("scheme", "pink")]
)
async def test_what_there_is_not_is_refused(field: str, value: str) -> None:
    async with testrig.services("sqlite") as rig:
        await rig.create_account("lan")
        given = {"locale": "vi", "time_zone": "Asia/Ho_Chi_Minh", "scheme": "", field: value}
        with pytest.raises(Invalid) as caught:
            await appearance.update(
                rig.network,
                await rig.account_id("lan"),
                locale=given["locale"],
                time_zone=given["time_zone"],
                scheme=given["scheme"],
                shortcuts=True,
            )
        assert caught.value.field == field
