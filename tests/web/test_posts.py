"""Posts whose markup is kept look as if it were not, to every reader, and change at once."""

import asyncio
import re
import time

import pytest

import testrig
from noi.db import emojis, uploads
from noi.models.composition import Composition, NewPoll
from noi.models.ids import now_ms
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.models.statuses import CustomEmoji
from noi.services import (
    appearance,
    bookmarks,
    favourites,
    filters,
    follows,
    mutes,
    pins,
    polls,
    profiles,
    reblogs,
    statuses,
)
from noi.services import emojis as emoji_service
from noi.services.network import Network
from noi.ui.dates import HOUR
from noi.web import posts
from testrig import Rig
from visitor import Visitor, visiting

PLACES = ("/", "/public", "/@lan", "/tags/HàNội", "/search?q=sáng")
EMOJI = 77


async def write(rig: Rig, name: str, text: str, **more: object) -> int:
    written = Composition(**{"text": text, "visibility": "public", **more})  # type: ignore[arg-type]
    view = await statuses.create(rig.network, await rig.account_id(name), written)
    return view.status.id


async def add_emoji(network: Network) -> None:
    emoji = CustomEmoji(EMOJI, "non_la", "", "non_la.png", "non_la.png", "", True)
    await network.db.transaction(lambda tx: emojis.insert(tx, emoji))


async def add_picture(network: Network, account_id: int) -> int:
    row = MediaAttachment(
        id=network.ids.next(),
        account_id=account_id,
        status_id=None,
        scheduled_status_id=None,
        position=0,
        kind=MediaKind.IMAGE,
        state=MediaState.READY,
        file="a.webp",
        preview="b.webp",
        content_type="image/webp",
        file_size=9,
        meta='{"original":{"width":1200,"height":800}}',
        blurhash=None,
        description='Hoa "đào" 100% <đẹp>',
        focus_x=0,
        focus_y=0.5,
        remote_url="",
        created_at=now_ms(),
    )
    await network.db.transaction(lambda tx: uploads.insert(tx, row, ""))
    return row.id


async def lively(rig: Rig) -> dict[str, int]:
    """Lan and Mai, who follow each other, and posts of every kind."""
    await rig.set_up()
    for name in ("lan", "mai", "minh"):
        await rig.create_account(name)
    network = rig.network
    lan, mai = await rig.account_id("lan"), await rig.account_id("mai")
    await add_emoji(network)
    for one, other in ((lan, mai), (mai, lan)):
        await follows.follow(network, one, other)
    named = profiles.Profile(display_name="Lan <3 :non_la:")
    await profiles.update(network, lan, named)
    made = {
        "plain": await write(rig, "lan", "Chào buổi sáng, giảm 100%(ago1)s & 5% #HàNội"),
        "warned": await write(rig, "lan", "Sáng nay @mai", spoiler_text="Ăn %s sáng"),
        "picture": await write(
            rig, "mai", "Sáng", sensitive=True, media_ids=[await add_picture(network, mai)]
        ),
        "poll": await write(rig, "mai", "Sáng hay tối?", poll=NewPoll(["Sáng", "Tối"], 3600)),
        "private": await write(rig, "lan", "Chuyện riêng sáng nay", visibility="private"),
        "emoji": await write(rig, "mai", "Sáng đội :non_la: đi chợ"),
    }
    made["reply"] = await write(rig, "mai", "@lan Sáng ghê", in_reply_to_id=made["plain"])
    await reblogs.reblog(network, mai, made["warned"])
    await pins.pin(network, lan, made["plain"])
    await favourites.favourite(network, mai, made["plain"])
    await bookmarks.bookmark(network, lan, made["emoji"])
    await rig.work()
    # Long ago, so that no minute passes from one page to the next.
    past = {"past": 36 * HOUR}
    await network.db.execute(
        "UPDATE statuses SET created_at = created_at - CAST(:past AS BIGINT)", past
    )
    return made


async def see(visitor: Visitor, path: str) -> str:
    page = await visitor.get(path)
    assert page.status == 200, page.text
    return re.sub(r'name="idempotency_key" value="\w+"', "", page.text)


async def live_as(rig: Rig, name: str, locale: str, time_zone: str) -> None:
    await appearance.update(
        rig.network,
        await rig.account_id(name),
        locale=locale,
        time_zone=time_zone,
        scheme="",
        shortcuts=True,
    )


async def test_a_warm_page_is_the_same_as_a_cold_one(engine: str) -> None:
    async with testrig.network(engine) as rig:
        made = await lively(rig)
        await live_as(rig, "mai", "en", "Europe/Paris")
        await live_as(rig, "minh", "lo", "America/New_York")
        async with (
            visiting(rig) as stranger,
            visiting(rig) as guest,
            visiting(rig, "lan") as lan,
            visiting(rig, "mai") as mai,
            visiting(rig, "minh") as minh,
        ):
            await guest.get("/about?lang=en")
            everyone = (stranger, guest, lan, mai, minh)
            places = (*PLACES, f"/@lan/{made['plain']}")
            asked = [(visitor, place) for place in places for visitor in everyone]
            cold: list[str] = []
            for visitor, place in asked:
                posts.forget_all()
                cold.append(await see(visitor, place))
            posts.forget_all()
            for _ in range(2):
                for (visitor, place), expected in zip(asked, cold, strict=True):
                    assert await see(visitor, place) == expected, place
            assert sum(page.count("<article") for page in cold) > 80
            assert not any("slot" in page for page in cold)
            seen = [text for (visitor, _), text in zip(asked, cold, strict=True) if visitor is minh]
            assert "riêng" not in "".join(seen)


async def test_what_changes_shows_at_once(engine: str) -> None:
    async with testrig.network(engine) as rig, visiting(rig) as stranger:
        made = await lively(rig)
        network = rig.network
        lan, mai = await rig.account_id("lan"), await rig.account_id("mai")
        async with visiting(rig, "lan") as reader:

            async def both() -> tuple[str, str]:
                return await see(reader, "/"), await see(stranger, "/local")

            await both()
            await statuses.edit(network, lan, made["plain"], Composition(text="Chiều rồi"))
            for page in await both():
                assert "Chiều rồi" in page
                assert "Chào buổi sáng" not in page
            await profiles.update(network, mai, profiles.Profile(display_name="Mai Ánh"))
            for page in await both():
                assert "Mai Ánh" in page
            await favourites.favourite(network, lan, made["reply"])
            mine, others = await both()
            assert f"/statuses/{made['reply']}/unfavourite".replace("/", "&#x2f;") in mine
            assert "unfavourite" not in others
            for vote in (lan, await rig.account_id("minh")):
                view = await poll_of(network, made["poll"])
                await polls.vote(network, vote, view, [0])
            mine, others = await both()
            assert "100%</span>" in mine and "100%</span>" in others
            assert "result chosen" in mine and "result chosen" not in others
            await statuses.delete(network, lan, made["plain"])
            for page in await both():
                assert "Chiều rồi" not in page
            await mutes.mute(network, lan, mai)
            mine, others = await both()
            assert "Mai Ánh" not in mine and "Mai Ánh" in others


async def poll_of(network: Network, status_id: int) -> int:
    row = await network.db.fetch_value(
        "SELECT poll_id FROM statuses WHERE id = :id", {"id": status_id}
    )
    assert isinstance(row, int)
    return row


@pytest.mark.parametrize("action", ["warn", "hide", "blur"])
async def test_a_new_filter_is_heeded_and_is_its_owners_only(action: str) -> None:
    async with testrig.network("sqlite") as rig:
        made = await lively(rig)
        async with visiting(rig, "lan") as lan, visiting(rig, "minh") as minh:
            before = [await see(lan, "/public"), await see(minh, "/public")]
            assert f'id="s{made["emoji"]}"' in before[1]
            keyword = filters.KeywordChange(keyword="chợ", whole_word=True)
            change = filters.FilterChange(
                title="Kinh", contexts=["public"], action=action, keywords=[keyword]
            )
            await filters.create(rig.network, await rig.account_id("minh"), change)
            assert await see(lan, "/public") == before[0]
            filtered = await see(minh, "/public")
            match action:
                case "warn":
                    assert "Kinh" in filtered
                case "hide":
                    assert f'id="s{made["emoji"]}"' not in filtered
                case _:
                    assert filtered == before[1], "there is no picture in it"


async def test_a_disabled_emoji_is_drawn_no_more(engine: str) -> None:
    async with testrig.network(engine) as rig, visiting(rig) as stranger:
        await lively(rig)
        assert "non_la.png" in await see(stranger, "/local")
        await emoji_service.update(
            rig.network, None, EMOJI, category="", visible=True, disabled=True
        )
        until = time.monotonic() + 10
        while "non_la.png" in await see(stranger, "/local"):
            assert time.monotonic() < until
            await asyncio.sleep(0.02)
