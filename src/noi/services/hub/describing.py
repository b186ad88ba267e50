"""Reading what networks say of themselves, for the directory and the stewards."""

from typing import cast

import msgspec
import orjson

from noi.activitypub.uris import authority_of
from noi.db import jobs
from noi.db.database import Transaction
from noi.db.hub import members as table
from noi.models.hub import BANDS, Member, MemberState
from noi.models.hub_jobs import DescribeMember, DescribeMembers
from noi.models.ids import now_ms
from noi.services.hub import members
from noi.services.network import Network
from noi.text.clean import clean_name
from noi.text.language import valid_language
from noi.text.sanitize import strip_html
from noi.transport import nodeinfo
from noi.transport.errors import TransportError
from noi.transport.nodeinfo import Node

DESCRIBED = (MemberState.ASKED, MemberState.ADMITTED, MemberState.SUSPENDED)
STALE_MS = 60 * 86_400_000
"""Networks that asked so long ago, and never called, are forgotten."""

_SPREAD_MS = 3_600_000
_LIMIT_BYTES = 256 * 1024
_MAX_SOURCE = 20_000
_MAX = {"name": 100, "description": 500, "contact": 254, "software": 100}
_MAX_RULES, _MAX_RULE = 50, 500
_MAX_LANGUAGES, _MAX_SUBJECTS, _MAX_SUBJECT = 20, 10, 40


async def describe_all(network: Network, _job: DescribeMembers) -> None:
    """Have every member described within the hour; forget requests that led to nothing."""
    found = await members.fetch_all(network, DESCRIBED)
    now = now_ms()

    async def work(tx: Transaction) -> None:
        await table.forget_stale(tx, now - STALE_MS)
        for position, member in enumerate(found):
            run_at = now + position * _SPREAD_MS // len(found)
            await jobs.enqueue(tx, DescribeMember(member.id), run_at=run_at, unique=True)

    await network.db.transaction(work)


async def describe(network: Network, job: DescribeMember) -> None:
    """Ask one network who it is; where it does not answer, what was known stays."""
    member = await table.get(network.db, job.member_id)
    if member is None or member.state not in DESCRIBED:
        return
    try:
        node = await nodeinfo.fetch_node(network.client, member.host)
        if node == Node():
            raise TransportError("It says nothing of itself")
    except TransportError:
        await network.db.transaction(lambda tx: table.failed(tx, member.id, now_ms()))
        return
    instance = _object(await _get(network, member, "/api/v2/instance"))
    rules = await _get(network, member, "/api/v1/instance/rules")
    row = {**_described(node, instance, rules), "now": now_ms()}
    await network.db.transaction(lambda tx: table.describe(tx, member.id, row, DESCRIBED))


async def _get(network: Network, member: Member, path: str) -> object:
    """A document of Mastodon's API, which not every network has; None for none."""
    origin = member.base_url.partition("://")[0] + "://" + member.host
    try:
        answer = await network.client.get(
            origin + path, accept="application/json", limit_bytes=_LIMIT_BYTES
        )
        if answer.status != 200 or authority_of(answer.url) != member.host:
            return None
        return orjson.loads(answer.body)
    except (TransportError, orjson.JSONDecodeError):
        return None


def _described(node: Node, instance: dict[str, object], rules: object) -> dict[str, object]:
    told = _list(rules) or _list(instance.get("rules"))
    texts = [_text(_object(rule).get("text"), _MAX_RULE) for rule in told]
    languages = [str(code)[:20] for code in _list(instance.get("languages"))]
    subjects = [_text(subject, _MAX_SUBJECT) for subject in node.subjects]
    software = f"{node.software.name} {node.software.version}".strip()
    return {
        "name": _text(instance.get("title"), _MAX["name"]) or _text(node.name, _MAX["name"]),
        "description": _text(instance.get("description"), _MAX["description"])
        or _text(node.description, _MAX["description"]),
        "subjects": _json(subjects, _MAX_SUBJECTS),
        "languages": _json(filter(valid_language, languages), _MAX_LANGUAGES),
        "rules": _json(texts, _MAX_RULES),
        "registrations": _registrations(node, instance),
        "software": software[: _MAX["software"]],
        "people": _band(node.people),
        "contact": _contact(instance),
    }


def _registrations(node: Node, instance: dict[str, object]) -> str:
    told = _object(instance.get("registrations"))
    enabled = told.get("enabled")
    if not isinstance(enabled, bool):
        enabled = node.open_registrations
    if enabled is None:
        return ""
    if not enabled:
        return "closed"
    return "approval" if told.get("approval_required") is True else "open"


def _contact(instance: dict[str, object]) -> str:
    email = _object(instance.get("contact")).get("email")
    return _text(email, _MAX["contact"])


def _band(people: int) -> int:
    """Only the lower edge of the band is kept."""
    return max((least for _, least in BANDS if people >= least), default=0)


def _json(texts: "filter[str] | list[str]", most: int) -> str:
    return msgspec.json.encode(list(dict.fromkeys(filter(None, texts)))[:most]).decode()


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        return ""
    source = value[:_MAX_SOURCE]
    return clean_name(strip_html(source) if "<" in source or "&" in source else source)[:most]


def _list(value: object) -> list[object]:
    return cast("list[object]", value)[:200] if isinstance(value, list) else []


def _object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
