"""FEDERATION.md tells the truth: its examples are what the code writes, its figures the code's.

`python tests/test_federation_document.py` writes the examples anew.
"""

import importlib
import json
import re
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub.views import LAN, NOW, ORIGIN, account, file_url, mention, picture, poll, tag, view
from noi.activitypub import addresses, integrity, outgoing, written_collections
from noi.activitypub.activities import read_activity
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.written_actors import ActorFacts, actor, instance_actor, tombstone
from noi.activitypub.written_notes import NoteFacts, QuotedStatus, emoji_tag, note
from noi.federation import dispatch
from noi.models.accounts import Account
from noi.models.statuses import CustomEmoji, StatusView

PAGE = Path(__file__).parent.parent / "FEDERATION.md"
NAM = "https://xa.example/users/nam"
STATUS = f"{LAN}/statuses/90"
FAR = "https://xa.example/users/nam/statuses/5"

_EXAMPLE = re.compile(r"<!-- example: ([\w-]+) -->\n```json\n(.+?)```", re.DOTALL)
_FIGURE = re.compile(r"`([a-z0-9_.]+)\.(_?[A-Z][A-Z0-9_.a-z]*)` = ([0-9.]+)")

_RSA = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0…\n-----END PUBLIC KEY-----\n"
_ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _pem() -> str:
    public = _ED25519.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


def _facts(seen: StatusView, **more: object) -> NoteFacts:
    values: dict[str, object] = {
        "view": seen,
        "origin": ORIGIN,
        "actor_uris": {2: NAM},
        "file_url": file_url,
        "context_uri": addresses.context(ORIGIN, 80),
    }
    return NoteFacts(**cast("Any", values | more))


def _account(**changes: object) -> Account:
    return account(display_name="Lan", note_html="<p>Người Huế</p>", discoverable=True, **changes)


def _create() -> dict[str, object]:
    seen = view(content="<p>Chào @nam!</p>", text="Chào @nam@xa.example!", language="vi")
    seen.mentions = [mention(2, "nam", "xa.example")]
    seen.media = [picture()]
    seen.tags = [tag("Huế")]
    return outgoing.create(note(_facts(seen)), addresses.status_activity(STATUS))


def _part(document: dict[str, object], *names: str) -> dict[str, object]:
    return {name: document[name] for name in names}


def _question() -> dict[str, object]:
    seen = view()
    seen.poll = poll(2, 1)
    written = note(_facts(seen))
    return _part(written, "id", "type", "oneOf", "votersCount", "endTime")


def _quoting() -> dict[str, object]:
    stamp = f"{NAM}/quote_authorizations/90"
    written = note(_facts(view(), quoted=QuotedStatus(FAR, stamp)))
    names = ("id", "content", "tag", "quote", "quoteUrl", "quoteUri", "_misskey_quote")
    return _part(written, *names, "quoteAuthorization")


def _proved() -> dict[str, object]:
    like = outgoing.like(addresses.like(LAN, 6), LAN, FAR)
    document = {"@context": "https://www.w3.org/ns/activitystreams", **like}
    return integrity.sign(document, _ED25519, addresses.ed25519_key(LAN), NOW)


def _examples() -> dict[str, dict[str, object]]:
    follow = outgoing.follow(addresses.follow(LAN, 5), LAN, NAM)
    asked = outgoing.follow(f"{NAM}#follows/3", NAM, LAN)
    emoji = CustomEmoji(4, "non_la", "", "emojis/a.webp", "emojis/b.webp", "", visible=True)
    facts = ActorFacts(
        account=_account(),
        origin=ORIGIN,
        host="nha.example",
        public_key=_RSA,
        ed25519_public_key=_pem(),
        file_url=file_url,
        also_known_as=["https://cu.example/users/lan"],
    )
    request = outgoing.quote_request(addresses.quote_request(STATUS), LAN, FAR, STATUS)
    wanted = outgoing.quote_request(f"{FAR}/quote_request", NAM, STATUS, FAR)
    stamp = addresses.quote_authorization(LAN, 117)
    replies = addresses.replies(STATUS)
    return {
        "actor": actor(facts),
        "network": instance_actor(
            addresses.instance_actor(ORIGIN), ORIGIN, "nha.example", _RSA, _pem()
        ),
        "create": _create(),
        "question": _question(),
        "update": outgoing.update({"id": STATUS, "type": "Note"}, LAN, NOW),
        "delete": outgoing.delete_status(
            STATUS, LAN, ["https://www.w3.org/ns/activitystreams#Public"], [f"{LAN}/followers"]
        ),
        "delete-account": outgoing.delete_actor(LAN),
        "tombstone": tombstone(STATUS, NOW),
        "announce": outgoing.announce(
            f"{LAN}/statuses/91/activity",
            LAN,
            FAR,
            to=["https://www.w3.org/ns/activitystreams#Public"],
            cc=[f"{LAN}/followers", NAM],
            published=NOW,
        ),
        "follow": follow,
        "undo": outgoing.undo(follow),
        "accept": outgoing.accept(asked, LAN, 17),
        "like": outgoing.like(addresses.like(LAN, 6), LAN, FAR),
        "reaction": outgoing.react(
            addresses.reaction(LAN, 8), LAN, FAR, ":non_la:", emoji_tag(emoji, ORIGIN, file_url)
        ),
        "block": outgoing.block(addresses.block(LAN, 9), LAN, NAM),
        "vote": outgoing.vote(addresses.vote(LAN, 3, 0), LAN, NAM, FAR, "Trà", NOW),
        "add": outgoing.add(LAN, STATUS, addresses.featured(LAN), 12),
        "move": outgoing.move(LAN, NAM, 13),
        "flag": outgoing.flag(f"{ORIGIN}/actor#reports/14", f"{ORIGIN}/actor", NAM, [FAR], "Spam"),
        "quote": _quoting(),
        "quote-request": request,
        "quote-accept": outgoing.accept_quote(wanted, LAN, stamp, 15),
        "quote-stamp": outgoing.quote_authorization(stamp, LAN, FAR, STATUS),
        "feature-stamp": outgoing.feature_authorization(
            addresses.feature_authorization(LAN, 118),
            LAN,
            "https://xa.example/users/nam/featured_collections/2",
        ),
        "relay-announce": outgoing.announce_to_relay(
            {"id": f"{STATUS}/activity", "object": STATUS}, addresses.instance_actor(ORIGIN)
        ),
        "replies": {
            "id": replies,
            "type": "Collection",
            "first": written_collections.replies_page(
                replies, [(95, f"{LAN}/statuses/95")], own=True, after=0, limit=40
            ),
        },
        "proof": _proved(),
    }


def _plain(document: object) -> Any:
    return json.loads(msgspec.json.encode(document))


def _found() -> dict[str, Any]:
    return {name: json.loads(text) for name, text in _EXAMPLE.findall(PAGE.read_text())}


def _constant(module: str, names: str) -> object:
    value: object = importlib.import_module(f"noi.{module}")
    for name in names.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize("name", _examples())
def test_examples_are_what_is_written(name: str) -> None:
    assert _found()[name] == _plain(_examples()[name])


def test_no_example_is_made_up() -> None:
    assert _found().keys() == _examples().keys()
    assert PAGE.read_text().count("```json\n") == len(_examples())


def test_examples_of_activities_are_read() -> None:
    for name, document in _found().items():
        if "type" in document and kind_of(document) is Kind.ACTIVITY:
            assert read_activity(document).actor, name


def test_figures_are_those_of_the_code() -> None:
    found = _FIGURE.findall(PAGE.read_text())
    assert len(found) > 40
    for module, names, told in found:
        assert float(cast("int", _constant(module, names))) == float(told), names


def test_each_activity_that_is_handled_is_named() -> None:
    table: dict[str, object] = vars(dispatch)["_HANDLERS"]
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))
    assert set(table) <= rows


def _written(value: Any, indent: str = "") -> str:
    """JSON in which what fits stands in one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) < 92 or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        parts = [_written(item, inner) for item in cast("list[Any]", value)]
        first, last = "[", "]"
    else:
        members = cast("dict[str, Any]", value)
        parts = [f'"{name}": {_written(item, inner)}' for name, item in members.items()]
        first, last = "{", "}"
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{last}"


if __name__ == "__main__":
    made = _examples()

    def _renewed(match: re.Match[str]) -> str:
        text = _written(_plain(made[match[1]]))
        return f"<!-- example: {match[1]} -->\n```json\n{text}\n```"

    PAGE.write_text(_EXAMPLE.sub(_renewed, PAGE.read_text()))
