import pytest

from activitypub.documents import AKKOMA_REACTION, ANH, HOME, NOTE_ID, activity, actor, note
from noi.activitypub.activities import MAX_NESTING, embedded_object, read_activity
from noi.activitypub.kinds import Kind
from noi.activitypub.normalize import Document
from noi.models.errors import BadDocument

OTHER = "https://other.example/users/b"
POST = "https://other.example/notes/7"


def test_create() -> None:
    create = read_activity(activity("Create", note(attributedTo=None, to=None, cc=None), to=ANH))
    assert create.embedded_kind is Kind.OBJECT
    assert create.object_id == NOTE_ID
    made = embedded_object(create)
    assert made is not None
    assert made.author == ANH
    assert made.recipients.to == (ANH,)


def test_references() -> None:
    for reference in (POST, {"id": POST}, {"type": "Link", "href": POST}, [POST]):
        announce = read_activity(activity("Announce", reference))
        assert announce.object_id == POST
        assert announce.embedded is announce.embedded_kind is embedded_object(announce) is None


TYPES = """
    Accept Add Announce Block Create Delete Dislike EmojiReact Flag Follow Join Leave Like Lock
    Move QuoteRequest Reject Remove TentativeAccept Undo Update View Warn Resolve FeatureRequest
    LikeRequest ReplyRequest AnnounceRequest Applaud
"""


@pytest.mark.parametrize("type_", TYPES.split())
def test_types(type_: str) -> None:
    assert read_activity(activity(type_, POST)).type == type_


@pytest.mark.parametrize("actor_", [ANH, {"id": ANH, "type": "Person"}, [ANH], [{"@id": ANH}]])
def test_actors(actor_: object) -> None:
    assert read_activity(activity("Follow", OTHER, actor=actor_)).actor == ANH


def test_the_attribution_stands_in_for_the_actor() -> None:
    assert read_activity(activity("Follow", OTHER, actor=None, attributedTo=ANH)).actor == ANH


@pytest.mark.parametrize("actor_", [None, "", "x", [], [ANH, OTHER], {"id": 5}])
def test_no_single_actor(actor_: object) -> None:
    with pytest.raises(BadDocument, match="one actor"):
        read_activity(activity("Follow", OTHER, actor=actor_))


@pytest.mark.parametrize("object_", [None, "", [], {}, 5, "urn:uuid:1"])
def test_no_object(object_: object) -> None:
    with pytest.raises(BadDocument, match="no object"):
        read_activity(activity("Like", object_))


def test_ids() -> None:
    assert read_activity(activity("Like", POST, id=None)).id == ""
    with pytest.raises(BadDocument, match="no usable id"):
        read_activity(activity("Like", POST, id="urn:uuid:1"))


def test_undo_knows_who_did_it() -> None:
    follow = {"type": "Follow", "object": OTHER}
    undo = read_activity(activity("Undo", follow))
    assert undo.nested is not None
    assert (undo.nested.actor, undo.nested.object_id, undo.object_id) == (ANH, OTHER, "")


def test_what_cannot_be_read_inside_is_left_to_its_id() -> None:
    accept = read_activity(activity("Accept", {"id": POST, "type": "Follow"}))
    assert (accept.object_id, accept.nested, accept.embedded_kind) == (POST, None, Kind.ACTIVITY)
    assert embedded_object(accept) is None


def test_a_group_passes_on_what_was_done() -> None:
    like = activity("Like", POST, id=f"{HOME}/likes/1")
    undo = activity("Undo", like, id=f"{HOME}/likes/1/undo")
    announce = read_activity(activity("Announce", undo, actor="https://group.example/c/1"))
    assert announce.nested is not None
    assert announce.nested.nested is not None
    assert announce.nested.nested.object_id == POST
    assert announce.nested.actor == ANH


def test_nesting_is_bounded() -> None:
    document: Document = activity("Like", POST)
    for _ in range(20):
        document = activity("Announce", document)
    found = read_activity(document)
    for _ in range(MAX_NESTING - 1):
        assert found.nested is not None
        found = found.nested
    assert found.nested is None
    assert found.embedded_kind is Kind.ACTIVITY


def test_updates_of_actors() -> None:
    update = read_activity(activity("Update", actor()))
    assert update.embedded_kind is Kind.ACTOR
    assert embedded_object(update) is None


def test_reports() -> None:
    flag = read_activity(activity("Flag", [OTHER, {"id": POST}, None], content="Quấy rối"))
    assert (flag.object_ids, flag.reason) == ((OTHER, POST), "Quấy rối")


def test_reactions() -> None:
    react = read_activity(AKKOMA_REACTION)
    assert react.reaction == ":hoa:"
    assert [emoji.name for emoji in react.emojis] == ["hoa"]
    assert read_activity(activity("Like", POST, content="❤")).reaction == "❤"
    assert read_activity(activity("Like", POST, _misskey_reaction=":a:")).reaction == ":a:"
    assert read_activity(activity("Like", POST)).reaction == ""
    assert read_activity(activity("Create", POST, content="❤")).reaction == ""


def test_moves_and_moderation() -> None:
    move = read_activity(activity("Move", ANH, target=OTHER))
    assert (move.object_id, move.target_id) == (ANH, OTHER)
    block = read_activity(activity("Block", OTHER, target=HOME, removeData=True, summary="Rác"))
    assert (block.target_id, block.removes_data, block.reason) == (HOME, True, "Rác")


def test_quote_requests() -> None:
    request = read_activity(activity("QuoteRequest", POST, instrument=note()))
    assert (request.object_id, request.instrument_id) == (POST, NOTE_ID)
    assert request.instrument is not None
    accept = read_activity(activity("Accept", f"{ANH}#request", result=f"{HOME}/stamps/1"))
    assert accept.result_id == f"{HOME}/stamps/1"


def test_signatures_are_noticed() -> None:
    signed = read_activity(activity("Delete", ANH, signature={"type": "RsaSignature2017"}))
    assert (signed.has_signature, signed.has_proof) == (True, False)
    proved = read_activity(activity("Delete", ANH, proof={"type": "DataIntegrityProof"}))
    assert (proved.has_signature, proved.has_proof) == (False, True)


def test_other_documents() -> None:
    with pytest.raises(BadDocument, match="kind"):
        read_activity(note())
