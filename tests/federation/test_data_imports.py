"""Lists that name people and posts of another network."""

import pytest

import people
import testrig
from federation.networks import counts, settle
from noi.models.composition import Composition
from noi.models.data_lists import ImportState
from noi.services import data_exports, data_imports, statuses

pytestmark = pytest.mark.anyio


async def test_bringing_a_list_across_networks(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network("sqlite") as there:
        lan = (await people.join(here.network, "lan")).account_id
        mai = await people.join(there.network, "mai")
        await people.join(there.network, "nam")
        post = await statuses.create(there.network, mai.account_id, Composition(text="Chào"))
        host = there.network.settings.host
        lists = {
            "following": f"mai@{host}\nkhongai@{host}\n",
            "blocks": f"@Nam@{host}\n",
            "bookmarks": f"{post.status.uri}\n{there.url}/users/mai/statuses/1\n",
        }
        begun = {
            kind: await data_imports.begin(here.network, lan, kind, "merge", text.encode())
            for kind, text in lists.items()
        }
        await settle(here, there)
        for kind, failed in (("following", 1), ("blocks", 0), ("bookmarks", 1)):
            done = await data_imports.get(here.network, lan, begun[kind].id)
            assert (done.state, done.done, done.failed) == (ImportState.DONE, 1, failed), kind
        assert await counts(there, mai.account_id) == (1, 0)
        parts = [part async for part in data_exports.write(here.network, lan, "bookmarks")]
        assert b"".join(parts).decode() == f"{post.status.uri}\n"
