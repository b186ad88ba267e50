"""Quotes between networks: asked for, allowed, refused, taken back, and made up."""

from typing import Any

import pytest

import people
import testrig
from federation.networks import account, befriend, send, settle, status_here
from noi.db import quotes as table
from noi.db import statuses
from noi.models.accounts import Viewer
from noi.models.composition import Composition
from noi.models.errors import NotFound
from noi.models.federation import QuoteState
from noi.models.ids import now_ms
from noi.models.interactions import Quote
from noi.models.statuses import Status
from noi.services import blocks, quotes
from noi.services import statuses as status_verbs
from testrig import Rig

pytestmark = pytest.mark.anyio

TYPE = "application/activity+json"


async def post(
    rig: Rig,
    author: Viewer,
    *,
    text: str = "Xin chào",
    quoted_status_id: int | None = None,
    quote_policy: str = "",
) -> Status:
    composition = Composition(
        text=text, quoted_status_id=quoted_status_id, quote_policy=quote_policy
    )
    return (await status_verbs.create(rig.network, author.account_id, composition)).status


async def quote_of(rig: Rig, uri: str) -> Quote | None:
    return await table.by_status_uri(rig.network.db, uri)


async def kinds(rig: Rig, account_id: int) -> list[str]:
    sql = "SELECT kind FROM notifications WHERE account_id = :id ORDER BY id"
    return [row[0] for row in await rig.network.db.fetch_all(sql, {"id": account_id})]


async def quotes_count(rig: Rig, status_id: int) -> int:
    status = await statuses.get(rig.network.db, status_id)
    assert status
    return status.quotes_count


async def test_a_quote_is_allowed_shown_and_taken_back(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        original = await post(there, mai, text="Huế đẹp lắm")
        await settle(there, here)
        seen = await status_here(here, original.uri)
        assert seen
        quoting = await post(here, lan, text="Đúng thế", quoted_status_id=seen.id)
        waiting = await quote_of(here, quoting.uri)
        assert waiting and waiting.state is QuoteState.PENDING

        await settle(here, there)
        allowed = await quote_of(here, quoting.uri)
        assert allowed and allowed.state is QuoteState.ACCEPTED
        assert allowed.authorization_uri.startswith(f"{there.url}/users/mai/quote_authorizations/")
        assert await quotes_count(here, seen.id) == 1
        known = await quote_of(there, quoting.uri)
        assert known and known.state is QuoteState.ACCEPTED and known.quoted_id == original.id
        assert await quotes_count(there, original.id) == 1
        assert "quote" in await kinds(there, mai.account_id)
        stamp_path = allowed.authorization_uri.removeprefix(there.url)
        async with (
            there.client() as client,
            client.get(stamp_path, headers={"accept": TYPE}) as answer,
        ):
            stamp = await answer.json(content_type=None)
        assert stamp["interactingObject"] == quoting.uri
        assert stamp["interactionTarget"] == original.uri

        await quotes.revoke(there.network, mai.account_id, original.id, known.status_id)
        await settle(there, here)
        ended = await quote_of(here, quoting.uri)
        assert ended and ended.state is QuoteState.REVOKED
        assert (await quotes_count(here, seen.id), await quotes_count(there, original.id)) == (0, 0)
        async with (
            there.client() as client,
            client.get(stamp_path, headers={"accept": TYPE}) as answer,
        ):
            assert answer.status == 404


async def test_who_is_blocked_quotes_no_more(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        _, lan_there = await befriend(here, lan, there, mai)
        originals = [await post(there, mai, text=text) for text in ("Một", "Hai")]
        await settle(there, here)
        quoting: list[Status] = []
        for original in originals:
            seen = await status_here(here, original.uri)
            assert seen
            quoting.append(await post(here, lan, text="Đúng thế", quoted_status_id=seen.id))
        await settle(here, there)
        await blocks.block(there.network, mai.account_id, lan_there)
        await settle(there, here)
        for status in quoting:
            for rig in (here, there):
                ended = await quote_of(rig, status.uri)
                assert ended and ended.state is QuoteState.REVOKED
        assert [await quotes_count(there, original.id) for original in originals] == [0, 0]


async def test_who_may_not_quote_is_refused(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        original = await post(there, mai, quote_policy="public")
        closed = await post(there, mai, text="Không trích", quote_policy="nobody")
        await settle(there, here)
        hidden = await status_here(here, closed.uri)
        assert hidden
        with pytest.raises(NotFound):
            await quotes.quotable(here.network, lan.account_id, hidden.id)

        seen = await status_here(here, original.uri)
        assert seen
        await quotes.set_policy(there.network, mai.account_id, original.id, "nobody")
        # The word of the change has not come yet.
        quoting = await post(here, lan, quoted_status_id=seen.id)
        await settle(here, there)
        refused = await quote_of(here, quoting.uri)
        assert refused and refused.state is QuoteState.REJECTED
        assert await quotes_count(there, original.id) == 0
        assert "quote" not in await kinds(there, mai.account_id)
        with pytest.raises(NotFound):
            await quotes.quotable(here.network, lan.account_id, seen.id)


async def test_a_quote_of_somebody_elsewhere_is_checked_at_its_origin(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        ha = await people.join(there.network, "ha")
        await befriend(here, lan, there, mai)
        original = await post(there, ha, text="Chưa ai ở kia biết")
        quoting = await post(there, mai, text="Đọc đi", quoted_status_id=original.id)
        await settle(there, here)
        found = await quote_of(here, quoting.uri)
        seen = await status_here(here, original.uri)
        assert found and seen
        assert found.state is QuoteState.ACCEPTED and found.quoted_id == seen.id
        status = await status_here(here, quoting.uri)
        assert status and status.quote_of_id == seen.id


async def test_made_up_quotes(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        closed = await post(here, lan, text="Của tôi", quote_policy="nobody")
        ha = await people.join(there.network, "ha")
        foreign = await post(there, ha, text="Của Hà", quote_policy="nobody")
        actor = (await account(there, mai.account_id)).uri

        def note(number: int, quoted: str, **more: str) -> dict[str, Any]:
            uri = f"{actor}/statuses/{number}"
            return {
                "id": f"{uri}/activity",
                "type": "Create",
                "actor": actor,
                "object": {
                    "id": uri,
                    "type": "Note",
                    "attributedTo": actor,
                    "to": ["https://www.w3.org/ns/activitystreams#Public"],
                    "content": f"<p>RE: {quoted}</p>",
                    "_misskey_quote": quoted,
                    **more,
                },
            }

        stamp = f"{there.url}/users/ha/quote_authorizations/1"
        for number, activity in enumerate(
            [
                note(1, closed.uri),
                note(2, foreign.uri),
                note(3, foreign.uri, quoteAuthorization=stamp),
                note(4, foreign.uri, quoteAuthorization=f"{here.url}/users/lan"),
            ]
        ):
            assert await send(there, mai.account_id, here, activity) == 202, number
        await settle(here, there)
        states = [await quote_of(here, f"{actor}/statuses/{number}") for number in range(1, 5)]
        assert [quote and quote.state for quote in states] == [
            QuoteState.REJECTED,
            QuoteState.PENDING,
            QuoteState.REJECTED,
            QuoteState.REJECTED,
        ]
        assert "quote" not in await kinds(here, lan.account_id)


async def test_a_legacy_quote_goes_by_what_the_quoted_author_allows(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        own = await post(here, lan, text="Ai trích cũng được", quote_policy="public")
        actor = (await account(there, mai.account_id)).uri
        uri = f"{actor}/statuses/{now_ms()}"
        body = {
            "id": f"{uri}/activity",
            "type": "Create",
            "actor": actor,
            "object": {
                "id": uri,
                "type": "Note",
                "attributedTo": actor,
                "to": ["https://www.w3.org/ns/activitystreams#Public"],
                "content": "Hay quá",
                "quoteUrl": own.uri,
            },
        }
        assert await send(there, mai.account_id, here, body) == 202
        await settle(here, there)
        found = await quote_of(here, uri)
        assert found and found.state is QuoteState.ACCEPTED
        assert await quotes_count(here, own.id) == 1
        assert "quote" in await kinds(here, lan.account_id)
        await quotes.revoke(here.network, lan.account_id, own.id, found.status_id)
        body["id"], body["type"] = f"{uri}#update", "Update"
        assert await send(there, mai.account_id, here, body) == 202
        await settle(here, there)
        found = await quote_of(here, uri)
        assert found and found.state is QuoteState.REVOKED
