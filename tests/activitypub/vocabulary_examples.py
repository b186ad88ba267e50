"""A document for each class and property of the Activity Vocabulary, in the shapes that its
specification shows them in: https://www.w3.org/TR/activitystreams-vocabulary/

Many of those lack what a server needs (an id, one actor with an id) and are refused for it.
"""

from noi.activitypub.normalize import Document

HOST = "https://nha.example"
LAN, NAM, HOA = f"{HOST}/lan", f"{HOST}/nam", f"{HOST}/nhom/hoa"
NOTE_URI, POST = f"{HOST}/ghi-chu/1", f"{HOST}/bai/1"
CONTEXT = "https://www.w3.org/ns/activitystreams"

PERSON: Document = {"type": "Person", "name": "Lan"}
"""Somebody who is only described: nobody else can know who that is."""

NO_ACTOR = "does not name one actor"
NO_OBJECT = "has no object"
NO_ID = "no usable id"
NO_AUTHOR = "author"
NO_INBOX = "no usable inbox"
NO_TYPE = "has no type"
NOT_UNDERSTOOD = "are not understood"

Expected = dict[str, object] | str
"""What is read (some fields), or a part of the reason why nothing is."""


def did(type_: str, object_: object = POST, **more: object) -> Document:
    return {
        "@context": CONTEXT,
        "id": f"{HOST}/viec/{type_.lower()}",
        "type": type_,
        "actor": LAN,
        "object": object_,
        **more,
    }


def thing(type_: str, **more: object) -> Document:
    uri = f"{HOST}/{type_.lower()}/1"
    return {"@context": CONTEXT, "id": uri, "type": type_, "attributedTo": LAN, **more}


def gathered(type_: str, **more: object) -> Document:
    return {"@context": CONTEXT, "id": f"{HOST}/gom", "type": type_, **more}


# Core classes: https://www.w3.org/TR/activitystreams-vocabulary/#types
CORE: dict[str, tuple[Document, Expected]] = {
    "Object": (
        {"type": "Object", "id": f"{HOST}/vat/1", "name": "Một vật", "attributedTo": LAN},
        {"kind": "object", "name": "Một vật"},
    ),
    "Object without an author": ({"type": "Object", "id": f"{HOST}/vat/1", "name": "x"}, NO_AUTHOR),
    "Link": ({"type": "Link", "href": f"{HOST}/abc", "hreflang": "vi", "name": "Lối"}, NO_ID),
    "Activity": (did("Activity"), {"kind": "activity", "type": "Activity", "object_id": POST}),
    "Activity of somebody described": (did("Activity", actor=PERSON), NO_ACTOR),
    "IntransitiveActivity": (
        did("IntransitiveActivity", None, target={"type": "Place", "name": "Chợ"}),
        NO_OBJECT,
    ),
    "Collection": (
        gathered("Collection", totalItems=2, items=[{"type": "Note", "name": "Một"}, POST]),
        {"kind": "collection", "total": 2, "count": 2},
    ),
    "OrderedCollection": (
        gathered("OrderedCollection", totalItems=2, orderedItems=[NOTE_URI, POST]),
        {"items": (NOTE_URI, POST)},
    ),
    "CollectionPage": (
        gathered("CollectionPage", partOf=f"{HOST}/gom/0", items=[POST], next=f"{HOST}/gom/2"),
        {"part_of": f"{HOST}/gom/0", "next": f"{HOST}/gom/2", "is_page": True},
    ),
    "OrderedCollectionPage": (
        gathered("OrderedCollectionPage", partOf=f"{HOST}/gom/0", startIndex=5, orderedItems=[]),
        {"items": (), "is_page": True},
    ),
}

# Kinds of activities: https://www.w3.org/TR/activitystreams-vocabulary/#activity-types
_INVITATION = {
    "type": "Invite",
    "actor": NAM,
    "object": {"type": "Event", "name": "Họp lớp"},
}
ACTIVITIES: dict[str, tuple[Document, Expected]] = {
    "Accept": (
        did("Accept", _INVITATION),
        {"object_id": "", "nested.type": "Invite", "nested.actor": NAM},
    ),
    "Accept into a group": (
        did("Accept", NAM, target={"type": "Group", "name": "Hội"}),
        {"object_id": NAM, "target_id": ""},
    ),
    "TentativeAccept": (did("TentativeAccept", _INVITATION), {"nested.type": "Invite"}),
    "Add": (
        did("Add", {"type": "Image", "name": "Mèo", "url": f"{HOST}/meo.jpg"}, target=f"{HOST}/b"),
        {"object_id": "", "target_id": f"{HOST}/b"},
    ),
    "Arrive": (
        did("Arrive", None, location={"type": "Place", "name": "Cơ quan"}, origin=HOST),
        NO_OBJECT,
    ),
    "Create": (
        did("Create", thing("Note", content="Một ghi chú")),
        {"object_id": f"{HOST}/note/1", "embedded_kind": "object"},
    ),
    "Delete": (did("Delete", NOTE_URI, origin={"type": "Collection"}), {"object_id": NOTE_URI}),
    "Follow": (did("Follow", NAM), {"object_id": NAM}),
    "Follow of somebody described": (did("Follow", PERSON), {"object_id": ""}),
    "Ignore": (did("Ignore", NOTE_URI), {"object_id": NOTE_URI}),
    "Join": (did("Join", {"type": "Group", "name": "Hội"}), {"embedded_kind": "actor"}),
    "Leave": (did("Leave", {"type": "Group", "id": HOA, "name": "Hội"}), {"object_id": HOA}),
    "Like": (did("Like", NOTE_URI), {"object_id": NOTE_URI, "reaction": ""}),
    "Offer": (
        did("Offer", {"type": "http://qua.example#Phieu", "name": "Giảm nửa"}, target=PERSON),
        {"object_id": ""},
    ),
    "Invite": (
        did("Invite", {"type": "Event", "name": "Tiệc"}, target=[NAM, HOA]),
        {"target_id": NAM},
    ),
    "Reject": (did("Reject", _INVITATION), {"nested.type": "Invite"}),
    "TentativeReject": (did("TentativeReject", _INVITATION), {"nested.type": "Invite"}),
    "Remove": (did("Remove", NOTE_URI, target={"type": "Collection"}), {"target_id": ""}),
    "Remove from somewhere": (
        did("Remove", PERSON, origin={"type": "Collection", "name": "Ban"}),
        {"object_id": ""},
    ),
    "Undo": (
        did("Undo", {"type": "Offer", "actor": LAN, "object": POST, "target": NAM}),
        {"nested.type": "Offer", "nested.object_id": POST},
    ),
    "Update": (did("Update", NOTE_URI), {"object_id": NOTE_URI}),
    "View": (did("View", {"type": "Article", "name": "Bài"}), {"embedded_kind": "object"}),
    "Listen": (did("Listen", f"{HOST}/nhac.mp3"), {"object_id": f"{HOST}/nhac.mp3"}),
    "Read": (did("Read", f"{HOST}/bai.html"), {"object_id": f"{HOST}/bai.html"}),
    "Move": (did("Move", POST, target=f"{HOST}/b", origin=HOST), {"target_id": f"{HOST}/b"}),
    "Travel": (
        did("Travel", None, target={"type": "Place", "name": "Nhà"}, origin={"type": "Place"}),
        NO_OBJECT,
    ),
    "Announce": (
        did("Announce", {"type": "Arrive", "actor": NAM, "location": {"type": "Place"}}),
        {"object_id": "", "embedded_kind": "activity", "nested": None},
    ),
    "Block": (did("Block", NAM), {"object_id": NAM}),
    "Flag": (did("Flag", {"type": "Note", "content": "Tục"}), {"object_id": "", "reason": ""}),
    "Dislike": (did("Dislike", POST), {"object_id": POST}),
    "Question of many answers": (
        thing("Question", name="Ăn gì?", oneOf=[{"type": "Note", "name": n} for n in "AB"]),
        {"kind": "object", "poll.multiple": False},
    ),
    "Question that is closed": (
        thing("Question", anyOf=[{"name": "A"}, {"name": "B"}], closed="2026-05-10T00:00:00Z"),
        {"poll.multiple": True},
    ),
    "Question of an actor": (
        {"type": "Question", "id": f"{HOST}/hoi/1", "actor": LAN, "name": "Ăn gì?", "oneOf": []},
        {"author": LAN, "poll": None},
    ),
}

_START, _END = "2026-12-31T23:00:00-08:00", "2027-01-01T08:30Z"

# Kinds of actors and objects: #actor-types, #object-types
THINGS: dict[str, tuple[Document, Expected]] = {
    "Application": ({"type": "Application", "id": f"{HOST}/may", "name": "Máy"}, NO_INBOX),
    "Group": (
        {"type": "Group", "id": HOA, "preferredUsername": "hoa", "inbox": f"{HOA}/inbox"},
        {"kind": "actor", "type": "Group", "username": "hoa"},
    ),
    "Organization": ({"type": "Organization", "name": "Công ty"}, NO_ID),
    "Person": ({"type": "Person", "name": "Lan"}, NO_ID),
    "Service": (
        {"type": "Service", "id": f"{HOST}/dv", "inbox": f"{HOST}/dv/inbox", "name": "Dịch vụ"},
        {"username": "nha.example", "name": "Dịch vụ"},
    ),
    "Relationship": (
        thing("Relationship", subject=PERSON, relationship="http://quan-he.example/ban"),
        NOT_UNDERSTOOD,
    ),
    "Article": (
        thing("Article", name="Tên bài", content="<div>Dài</div>", attributedTo=NAM),
        {"name": "Tên bài", "author": NAM},
    ),
    "Document": (thing("Document", name="Bản", url=f"{HOST}/ban.pdf"), {"name": "Bản"}),
    "Audio": (
        thing("Audio", name="Bài hát", url={"type": "Link", "href": f"{HOST}/a.mp3"}),
        {"name": "Bài hát"},
    ),
    "Image": (
        thing(
            "Image",
            name="Mèo",
            url=[
                {"type": "Link", "href": f"{HOST}/m.jpg", "mediaType": "image/jpeg"},
                {"type": "Link", "href": f"{HOST}/m.png", "mediaType": "image/png"},
            ],
        ),
        {"name": "Mèo"},
    ),
    "Video": (
        thing("Video", name="Mèo chơi", url=f"{HOST}/m.mkv", duration="PT2H"),
        {"duration": 7_200_000},
    ),
    "Note": (thing("Note", name="Một từ", content="Trông như một ghi chú"), {"name": "Một từ"}),
    "Page": (thing("Page", name="Trang", url=f"{HOST}/trang.html"), {"name": "Trang"}),
    "Event": (
        thing("Event", name="Hội", startTime=_START, endTime=_END),
        {"event.starts_at": 1_798_786_800_000, "event.ends_at": 1_798_792_200_000},
    ),
    "Place": (
        thing("Place", name="Huế", latitude=16.46, longitude=107.59, radius=15, units="miles"),
        {"type": "Place", "name": "Huế"},
    ),
    "Mention": ({"type": "Mention", "href": LAN, "name": "Lan"}, NO_ID),
    "Profile": (
        thing("Profile", summary="Hồ sơ của Lan", describes=PERSON),
        NOT_UNDERSTOOD,
    ),
    "Tombstone": (
        {"type": "Tombstone", "id": f"{HOST}/mat/1", "formerType": "Image", "deleted": "2026Z"},
        {"type": "Tombstone", "author": "", "deleted": None},
    ),
}

# Properties: https://www.w3.org/TR/activitystreams-vocabulary/#properties
PROPERTIES: dict[str, tuple[Document, Expected]] = {
    "actor as a list": (did("Offer", actor=[LAN, PERSON]), {"actor": LAN}),
    "actor twice": (did("Offer", actor=[LAN, NAM]), NO_ACTOR),
    "actor embedded": (did("Offer", actor=PERSON | {"id": LAN}), {"actor": LAN}),
    "attachment": (
        thing("Note", name="Ảnh", attachment=[{"type": "Image", "url": f"{HOST}/m.jpg"}]),
        {"attachments.0.url": f"{HOST}/m.jpg"},
    ),
    "attributedTo twice": (
        thing("Image", name="Mèo", attributedTo=[NAM, PERSON]),
        {"author": NAM},
    ),
    "audience": (
        thing("Note", content="Nghỉ lễ", audience={"type": "http://tv.example#Nha"}),
        {"recipients.public": False},
    ),
    "bcc and bto": (
        did("Offer", bcc=[NAM], bto=[HOA], cc=["as:Public"], to=[NAM]),
        {"recipients.unlisted": True},
    ),
    "context": (thing("Note", content="x", context="http://hoi-thoai.example/1"), {"content": "x"}),
    "generator": (thing("Note", content="x", generator={"type": "Application"}), {"content": "x"}),
    "icon and image": (
        thing("Note", content="x", icon={"type": "Image", "url": f"{HOST}/i.png", "width": 16}),
        {"content": "x"},
    ),
    "inReplyTo whole": (
        thing("Note", content="x", inReplyTo={"id": POST, "type": "Note", "content": "Trước"}),
        {"in_reply_to": POST},
    ),
    "instrument": (
        did("Listen", f"{HOST}/a.mp3", instrument={"type": "Service", "name": "Loa"}),
        {"instrument_id": ""},
    ),
    "items without a type": (gathered("Collection", items=[{"name": "x"}]), {"count": 1}),
    "first, last and current": (
        gathered("Collection", first=f"{HOST}/p/1", last=f"{HOST}/p/9", current=f"{HOST}/p/9"),
        {"first": f"{HOST}/p/1"},
    ),
    "first as a link": (
        gathered("Collection", first={"type": "Link", "href": f"{HOST}/p/1", "name": "Đầu"}),
        {"first": f"{HOST}/p/1"},
    ),
    "oneOf": (
        thing("Question", content="?", oneOf=[{"type": "Note", "name": "A"}], anyOf=[]),
        {"content": "?"},
    ),
    "preview": (
        thing("Video", name="Phim", preview={"type": "Video", "name": "Thử"}, duration="PT2H30M"),
        {"preview": "", "duration": 9_000_000},
    ),
    "result": (did("Accept", result={"type": "http://qua.example#Ket"}), {"result_id": ""}),
    "replies": (
        thing("Note", content="x", replies={"type": "Collection", "totalItems": 1, "items": []}),
        {"replies.total": 1},
    ),
    "tag": (
        thing("Image", name="Mèo", tag=[PERSON | {"id": LAN}]),
        {"mentions": (), "hashtags": ()},
    ),
    "url as links": (
        thing("Note", content="x", url=[f"{HOST}/m.html", {"type": "Link", "href": HOST}]),
        {"url": f"{HOST}/m.html"},
    ),
    "contentMap": (
        thing("Note", contentMap={"en": "A note", "vi": "Một ghi chú"}),
        {"content": "A note", "language": "en"},
    ),
    "content and mediaType": (
        thing("Note", content="## Ghi chú", mediaType="text/markdown"),
        {"content_type": "text/markdown"},
    ),
    "nameMap": (thing("Article", nameMap={"vi": "Tên", "en": "Name"}), {"name": "Tên"}),
    "times": (
        thing("Note", content="x", published="2026-12-12T12:12:12Z", updated="2026-12-12T12Z"),
        {"published": 1_797_077_532_000, "updated": 1_797_076_800_000},
    ),
    "summaryMap": (
        thing("Note", content="x", summaryMap={"vi": "Tóm tắt <em>ngắn</em>"}),
        {"content_warning": "Tóm tắt <em>ngắn</em>"},
    ),
    "no type": ({"id": f"{HOST}/vat/1", "content": "x"}, NO_TYPE),
}

EXAMPLES = CORE | ACTIVITIES | THINGS | PROPERTIES
