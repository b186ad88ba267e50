"""What people see of the documents that other servers really sent."""

import json
from pathlib import Path

import pytest

import strangers
import testrig
from activitypub.recorded import FOLDER, recorded
from noi.activitypub.activities import embedded_object, read_activity
from noi.activitypub.actors import read_actor
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.normalize import Document, compact, load
from noi.activitypub.objects import Object, read_object
from noi.activitypub.uris import authority_of
from noi.db import accounts, media
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import NoiError
from noi.models.statuses import Status
from noi.services import policies, remote_accounts, remote_statuses
from noi.services.network import Network
from noi.text.sanitize import strip_html

TABLE = Path(__file__).with_name("recorded_content.json")
_SHOWN = 60


def documents() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json"))


async def shown(network: Network, document: Document) -> str:
    """In one line, what becomes of a document; nothing for what holds neither post nor person."""
    try:
        kind = kind_of(compact(document))
        if kind is Kind.ACTOR:
            return await _account(network, document)
        if kind is Kind.OBJECT:
            return await _status(network, read_object(document))
        object_ = embedded_object(read_activity(document)) if kind is Kind.ACTIVITY else None
        return await _status(network, object_) if object_ is not None else ""
    except NoiError as refusal:
        return f"refused: {refusal}"


async def _account(network: Network, document: Document) -> str:
    actor = read_actor(document)
    domain = authority_of(actor.id)
    standing = await policies.of_actor(network, domain, actor.id)

    async def work(tx: Transaction) -> int:
        return await remote_accounts.upsert(tx, network, actor, domain, standing)

    account = await accounts.get(network.db, await network.db.transaction(work))
    assert account is not None
    fields = len(json.loads(account.fields))
    text = strip_html(account.note_html).replace("\n", " ")[:_SHOWN].strip()
    shown = f"{account.kind} {account.handle} “{account.display_name}” {fields} fields"
    return f"{shown}: {text}" if text else shown


async def _status(network: Network, object_: Object) -> str:
    author = await _author(network, object_)
    standing = await policies.of_actor(network, author.domain, author.uri)

    async def work(tx: Transaction) -> Status | None:
        return await remote_statuses.upsert(tx, network, object_, author, standing)

    status = await network.db.transaction(work)
    if status is None:
        return "nothing to show"
    attached = await media.of_statuses(network.db, [status.id])
    facts = [status.visibility.name.lower(), status.language or "?"]
    facts += [row.kind for row in attached]
    facts += ["poll"] if status.poll_id else []
    facts += [f"warning “{status.spoiler_text}”"] if status.spoiler_text else []
    text = strip_html(status.content).replace("\n", " ")[:_SHOWN].strip()
    return f"post {' '.join(facts)}: {text}"


async def _author(network: Network, object_: Object) -> Account:
    known = await accounts.get_by_uri(network.db, object_.author)
    if known is None:
        domain = authority_of(object_.author)
        id_ = await strangers.arrive(network, f"u{network.ids.next()}", domain)
        await network.db.execute(
            "UPDATE accounts SET uri = :uri WHERE id = :id", {"uri": object_.author, "id": id_}
        )
        known = await accounts.get(network.db, id_)
    assert known is not None
    return known


async def test_every_recorded_document_is_shown_as_told_here(engine: str) -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"no recorded documents in {FOLDER}")
    expected: dict[str, str] = json.loads(TABLE.read_text())
    seen: dict[str, str] = {}
    async with testrig.services(engine) as rig:
        for path in documents():
            for table in ("statuses", "media_attachments", "accounts"):
                await rig.network.db.execute(f"DELETE FROM {table}")
            if line := await shown(rig.network, load(recorded(path))):
                seen[path] = line
    assert seen == expected
