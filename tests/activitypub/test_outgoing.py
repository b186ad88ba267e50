"""What is written of activities is what is read of them, by JSON-LD's rules too."""

import importlib
import re
from typing import Any

import msgspec
import pytest

from activitypub.views import LAN, NOW, ORIGIN, account, file_url, picture, poll, tag, view
from noi.activitypub import contexts, outgoing
from noi.activitypub.activities import Activity, read_activity
from noi.activitypub.keys import new_ed25519_pair, new_rsa_pair
from noi.activitypub.outgoing import Written, encode
from noi.activitypub.policies import read_authorization
from noi.activitypub.vocabulary import PUBLIC
from noi.activitypub.written_actors import ActorFacts, actor, instance_actor
from noi.activitypub.written_notes import NoteFacts, QuotedStatus, note
from noi.models.statuses import CustomEmoji

BINH = "https://kia.example/users/binh"
THEIRS = f"{BINH}/statuses/1"
MINE = f"{LAN}/statuses/90"
EMOJI = CustomEmoji(5, "meo", "", "e/m.png", "e/s.png", "", True)


def _note() -> Written:
    seen = view(edited_at=NOW + 5, language="vi", spoiler_text="Ừ")
    seen.media, seen.tags, seen.poll = [picture(focus_x=0.5)], [tag("làng")], poll(1, 2)
    seen.emojis = [EMOJI]
    return note(
        NoteFacts(
            view=seen,
            origin=ORIGIN,
            actor_uris={},
            file_url=file_url,
            context_uri=f"{ORIGIN}/contexts/80",
            group_uri=f"{ORIGIN}/users/lang",
            quoted=QuotedStatus(THEIRS, f"{BINH}/stamps/1"),
        )
    )


def _actor() -> Written:
    return actor(
        ActorFacts(
            account=account(avatar="a.png", fields='[{"name":"a","value":"b","value_html":"b"}]'),
            origin=ORIGIN,
            host="nha.example",
            public_key=new_rsa_pair().public_key,
            ed25519_public_key=new_ed25519_pair().public_key,
            file_url=file_url,
            moved_to_uri=BINH,
            emojis=[EMOJI],
            hashtags=["làng"],
        )
    )


def _activities() -> dict[str, Written]:
    follow = outgoing.follow(f"{BINH}/follows/1", BINH, LAN)
    request = outgoing.quote_request(f"{THEIRS}/request", BINH, MINE, THEIRS)
    announce = outgoing.announce(
        f"{LAN}/statuses/91/activity", LAN, THEIRS, to=[PUBLIC], cc=[BINH], published=NOW
    )
    emoji: Written = {"type": "Emoji", "name": ":meo:"}
    return {
        "Create": outgoing.create(_note(), f"{MINE}/activity"),
        "Update": outgoing.update(_note(), LAN, NOW),
        "Update of an actor": outgoing.update(_actor(), LAN, NOW),
        "Delete": outgoing.delete_status(MINE, LAN, [PUBLIC], []),
        "Delete of an actor": outgoing.delete_actor(LAN),
        "Announce": announce,
        "Undo": outgoing.undo(announce),
        "Follow": outgoing.follow(f"{LAN}/follows/1", LAN, BINH),
        "Like": outgoing.like(f"{LAN}/likes/1", LAN, THEIRS),
        "Like with an emoji": outgoing.react(f"{LAN}/reactions/1", LAN, THEIRS, ":meo:", emoji),
        "Block": outgoing.block(f"{LAN}/blocks/1", LAN, BINH),
        "Accept": outgoing.accept(follow, LAN, 1),
        "Reject": outgoing.reject(follow, LAN, 1),
        "Accept of a quote": outgoing.accept_quote(request, LAN, f"{LAN}/stamps/1", 1),
        "QuoteRequest": outgoing.quote_request(f"{MINE}/quote_request", LAN, THEIRS, _note()),
        "Add": outgoing.add(LAN, MINE, f"{LAN}/collections/featured", 1),
        "Remove": outgoing.remove(LAN, MINE, f"{LAN}/collections/featured", 1),
        "Move": outgoing.move(LAN, BINH, 1),
        "Flag": outgoing.flag(f"{ORIGIN}/flags/1", f"{ORIGIN}/actor", BINH, [THEIRS], "Thư rác"),
        "Create of a vote": outgoing.vote(f"{LAN}/votes/3/0", LAN, BINH, THEIRS, "Ý 0", NOW),
        "Delete of a stamp": outgoing.delete_authorization(f"{LAN}/stamps/1", LAN),
        "FeatureRequest": outgoing.feature_request(f"{LAN}/1/requests/2", LAN, BINH, f"{LAN}/1"),
    }


def _read(name: str) -> Activity:
    return read_activity(msgspec.json.decode(encode(_activities()[name])))


@pytest.mark.parametrize("name", list(_activities()))
def test_every_activity_is_read_back(name: str) -> None:
    read, written = _read(name), _activities()[name]
    assert read.type == name.partition(" ")[0]
    assert (read.id, read.actor) == (written["id"], written["actor"])
    assert read.id.startswith((f"{LAN}", f"{ORIGIN}/"))


def test_what_activities_are_about() -> None:
    objects = {
        "Create": MINE,
        "Delete": MINE,
        "Delete of an actor": LAN,
        "Announce": THEIRS,
        "Follow": BINH,
        "Like": THEIRS,
        "Add": MINE,
        "Move": LAN,
        "QuoteRequest": THEIRS,
        "Delete of a stamp": f"{LAN}/stamps/1",
    }
    for name, uri in objects.items():
        assert _read(name).object_id == uri, name


def test_stamps() -> None:
    stamp = outgoing.quote_authorization(f"{LAN}/stamps/1", LAN, THEIRS, MINE)
    read = read_authorization(msgspec.json.decode(encode(stamp)))
    assert (read.attributed_to, read.interacting, read.target) == (LAN, THEIRS, MINE)


def test_stamps_of_collections() -> None:
    stamp = outgoing.feature_authorization(f"{LAN}/stamps/2", LAN, THEIRS)
    read = read_authorization(msgspec.json.decode(encode(stamp)))
    assert (read.type, read.interacting, read.target) == ("FeatureAuthorization", THEIRS, LAN)
    ended = read_activity(msgspec.json.decode(encode(outgoing.delete_authorization(stamp, LAN))))
    assert (ended.id, ended.object_id) == (f"{LAN}/stamps/2#delete", f"{LAN}/stamps/2")


def _documents() -> list[Written]:
    stamp = outgoing.quote_authorization(f"{LAN}/stamps/1", LAN, THEIRS, MINE)
    own = instance_actor(
        f"{ORIGIN}/actor", ORIGIN, "nha.example", "", new_ed25519_pair().public_key
    )
    return [*_activities().values(), _actor(), _note(), stamp, own]


def _unknown(document: Written) -> set[str]:
    """Names and types without a meaning: ActivityStreams makes blank nodes of them."""
    jsonld: Any = importlib.import_module("pyld.jsonld")

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.load(url)}

    whole = msgspec.json.decode(encode(document))
    return set(re.findall(r"'_:\w+", str(jsonld.expand(whole, {"documentLoader": load}))))


def test_the_context_knows_every_name_and_type() -> None:
    assert _unknown({"id": MINE, "type": "Unheard", "ofIt": 1}) == {"'_:Unheard", "'_:ofIt"}
    for document in _documents():
        assert not _unknown(document), document["type"]
