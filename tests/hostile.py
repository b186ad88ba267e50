"""A network whose people put HTML and templates into whatever they may fill in."""

from typing import Any

import msgspec

from noi.db import cards
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.statuses import PreviewCard
from noi.services import settings
from testrig import Rig

SHORT = "\"'><img src=x onerror=alert(2)>{{191*193}}"
LONG = f"{SHORT}<script>alert(1)</script><b style='x' onclick=alert(3)>${{191*193}}</b>"
LINK = "https://example.org/a\"'><img src=x onerror=alert(2)>"
MARKDOWN = (
    f"{LONG}\n\n[một](javascript:alert(1)) <javascript:alert(1)> ![](data:text/html,x)\n"
    '[hai](https://example.org/"onmouseover="alert(1)) <a href="javascript:alert(1)">x</a>'
)


async def fill(rig: Rig) -> None:
    """Make a network with `chu` (owner) and `ma` (member), whose every text is hostile."""
    chu, ma = await rig.create_account("chu", "owner"), await rig.create_account("ma")
    network = await settings.get(rig.network)
    hostile = dict.fromkeys(
        ("short_description", "description", "terms", "privacy_policy", "registration_message"),
        MARKDOWN,
    )
    done = msgspec.structs.replace(
        network,
        **{**hostile, "name": SHORT, "setup_done": True},
        registrations=settings.Registrations.OPEN,
    )
    await rig.network.db.transaction(lambda tx: settings.save(tx, done))
    settings.forget()
    async with rig.client(chu) as client:
        await _profile(client)
    async with rig.client(ma) as client:
        await _profile(client)
        await _posts(client, await rig.account_id("chu"))
    async with rig.client(chu) as client:
        await _answers(client, await rig.account_id("ma"))
    await rig.work()
    await _card(rig)


async def ask(client: Any, method: str, path: str, **json: object) -> Any:
    """Call the API and answer its JSON; anything but success fails the test."""
    async with client.request(method, path, json=json) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def _profile(client: Any) -> None:
    await ask(
        client,
        "PATCH",
        "/api/v1/accounts/update_credentials",
        display_name=SHORT,
        note=MARKDOWN[:500],
        fields_attributes=[{"name": SHORT, "value": SHORT}, {"name": "x", "value": LINK}],
        discoverable=True,
        indexable=True,
    )


async def _posts(client: Any, target: int) -> None:
    await ask(client, "POST", f"/api/v1/accounts/{target}/follow")
    for kind in ("text/plain", "text/markdown"):
        text = {"status": f"{MARKDOWN} @chu #thẻ{SHORT}", "content_type": kind}
        posted = await ask(client, "POST", "/api/v1/statuses", spoiler_text=LONG, **text)
    changed = {"status": f"{LONG} sửa", "spoiler_text": SHORT}
    await ask(client, "PUT", f"/api/v1/statuses/{posted['id']}", **changed)
    poll = {"options": [SHORT, f"{SHORT}2"], "expires_in": 3600}
    await ask(client, "POST", "/api/v1/statuses", status=LONG, poll=poll)
    await ask(client, "POST", "/api/v1/statuses", status=f"@chu {LONG}", visibility="direct")
    await ask(client, "POST", "/api/v1/reports", account_id=str(target), comment=LONG)
    await ask(client, "POST", f"/api/v1/accounts/{target}/note", comment=LONG)


async def _answers(client: Any, target: int) -> None:
    await ask(client, "POST", f"/api/v1/accounts/{target}/follow")
    await ask(client, "POST", "/api/v1/lists", title=SHORT)
    hidden = {"title": SHORT, "context": ["home"], "keywords_attributes": [{"keyword": SHORT}]}
    await ask(client, "POST", "/api/v2/filters", **hidden, filter_action="warn")
    await ask(client, "POST", "/api/v1/statuses", status=LONG)
    await ask(client, "POST", "/api/v1/reports", account_id=str(target), comment=LONG)


async def _card(rig: Rig) -> None:
    """A preview card as a hostile page would make it."""

    async def work(tx: Transaction) -> None:
        await cards.begin(tx, 1, LINK)
        card = PreviewCard(
            id=1,
            url=LINK,
            title=LONG,
            description=LONG,
            kind="link",
            author_name=LONG,
            author_url="javascript:alert(1)",
            provider_name=LONG,
            provider_url="javascript:alert(1)",
            image="",
            image_description=LONG,
            width=0,
            height=0,
            blurhash=None,
            language=SHORT,
            published_at=None,
            fetched_at=now_ms(),
            state="ready",
        )
        await cards.save(tx, card)
        ids = await tx.fetch_all("SELECT id FROM statuses")
        for (status_id,) in ids:
            await cards.attach(tx, status_id, 1)

    await rig.network.db.transaction(work)
