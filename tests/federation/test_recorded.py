"""Activities that other servers really sent, whole and broken: taken or refused, never stuck."""

import random
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest

import people
import testrig
from activitypub.recorded import FOLDER
from noi.activitypub.activities import read_activity
from noi.activitypub.normalize import Document, load
from noi.activitypub.uris import authority_of
from noi.db import accounts
from noi.federation.dispatch import dispatch
from noi.models.accounts import Account
from noi.models.errors import NoiError
from noi.services import remote_documents
from noi.services.inbox import Received
from noi.services.network import Network
from noi.transport.errors import TransportError, Unreachable

pytestmark = pytest.mark.anyio

BREAKAGES = 40
_ODD = b'[null, 0, -1, 1e300, "", "x", [], {}, [[]], [null, {}], true, {"id": 5}, "https://x.y/z"]'


def recordings() -> list[tuple[str, bytes]]:
    found = sorted(FOLDER.glob("*/activities/*.json"))
    if not found:
        pytest.skip(f"no recorded documents in {FOLDER}")
    return [(str(path.relative_to(FOLDER)), path.read_bytes()) for path in found]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    if isinstance(value, dict | list):
        holder = cast("dict[str, Any] | list[Any]", value)
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            yield from places(cast("Any", holder)[key])


def broken(document: Document, chance: random.Random) -> Document:
    """The same with some of it replaced by what nobody expects."""
    copy = msgspec.json.decode(msgspec.json.encode(document))
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(copy)))
        holder[key] = chance.choice(msgspec.json.decode(_ODD))
    return copy


_INSERT = """INSERT INTO accounts (id, domain, username, username_key, uri, url, followers_uri,
    created_at, updated_at) VALUES (:id, :domain, :name, :name, :uri, :uri, :followers, 0, 0)"""


async def sender(network: Network, uri: str, follower_id: int) -> Account:
    """The account of an actor, followed by somebody here."""
    account = await accounts.get_by_uri(network.db, uri)
    if account is None:
        id_ = network.ids.next()
        row = {"id": id_, "domain": authority_of(uri), "name": f"a{id_}", "uri": uri}
        await network.db.execute(_INSERT, {**row, "followers": f"{uri}/followers"})
        follow = (
            "INSERT INTO follows (id, account_id, target_id, created_at) VALUES (:id, :a, :t, 0)"
        )
        await network.db.execute(follow, {"id": id_, "a": follower_id, "t": id_})
        account = await accounts.get_by_uri(network.db, uri)
    assert account
    return account


async def handled(network: Network, document: Document, follower_id: int) -> str:
    """What became of a document: `done`, `nothing`, or the name of what refused it."""
    try:
        activity = read_activity(load(msgspec.json.encode(document)))
        actor = await sender(network, activity.actor, follower_id)
        received = Received(activity=activity, document=document, actor=actor, received_at=0)
        work = await dispatch(network, received)
        if work is None:
            return "nothing"
        await network.db.transaction(work)
    except (NoiError, TransportError) as error:
        return type(error).__name__
    return "done"


async def nowhere(_network: Network, uri: str) -> Document:
    raise Unreachable(f"{uri} is away")


async def test_recorded_activities_do_something(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_documents, "fetch", nowhere)
    async with testrig.services(engine) as rig:
        lan = await people.join(rig.network, "lan")
        outcomes = {
            name: await handled(rig.network, load(data), lan.account_id)
            for name, data in recordings()
        }
        written = [name for name, outcome in outcomes.items() if outcome == "done"]
        assert all(
            outcome == "done"
            for name, outcome in outcomes.items()
            if name.endswith(("create_note.json", "create_question.json"))
        ), outcomes
        assert len(written) > len(outcomes) // 4, outcomes


async def test_broken_ones_are_refused(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_documents, "fetch", nowhere)
    chance = random.Random(4)
    async with testrig.services(engine) as rig:
        lan = await people.join(rig.network, "lan")
        outcomes: set[str] = set()
        for _name, data in recordings():
            document = load(data)
            for _ in range(BREAKAGES):
                outcomes.add(await handled(rig.network, broken(document, chance), lan.account_id))
        assert {"done", "nothing"} & outcomes
