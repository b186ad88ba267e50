"""Every recorded document of other servers is read as what it is."""

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
import pytest

from activitypub.fixtures_table import ROWS, Facts
from activitypub.recorded import FOLDER, recorded
from noi.activitypub.activities import Activity, embedded_object, read_activity
from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.collections import Collection, read_collection
from noi.activitypub.kinds import kind_of
from noi.activitypub.normalize import Document, compact, load
from noi.activitypub.objects import Object, read_object
from noi.activitypub.vocabulary import PUBLIC

READERS: dict[str, Callable[[Document], msgspec.Struct]] = {
    "activity": read_activity,
    "actor": read_actor,
    "collection": read_collection,
    "object": read_object,
}


def read(path: str) -> Object:
    return read_object(load(recorded(path)))


def tail(uri: str) -> str:
    parts = urlsplit(uri)
    return uri.removeprefix(f"{parts.scheme}://{parts.netloc}") if uri else ""


def word(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "none"}[value]


def object_facts(read: Object) -> Facts:
    visible = "unlisted" if read.recipients.unlisted else "addressed"
    return {
        "type": read.type,
        "author": tail(read.author),
        "reply": tail(read.in_reply_to),
        "visible": "public" if read.recipients.public else visible,
        "media": str(len(read.attachments)),
        "links": str(len(read.links)),
        "mentions": str(len(read.mentions)),
        "hashtags": str(len(read.hashtags)),
        "language": read.language or "none",
        "title": word(bool(read.name)),
        "source": read.source_type,
    }


def actor_facts(actor: Actor) -> Facts:
    return {
        "type": actor.type,
        "username": actor.username,
        "keys": str(len(actor.keys)),
        "fields": str(len(actor.fields)),
        "emojis": str(len(actor.emojis)),
        "shared": word(bool(actor.shared_inbox)),
        "locked": word(actor.locked),
        "discoverable": word(actor.discoverable),
        "icon": word(actor.icon is not None),
        "image": word(actor.image is not None),
        "moderators": word(bool(actor.moderators)),
    }


def activity_facts(activity: Activity) -> Facts:
    signed = "signature" if activity.has_signature else "proof" if activity.has_proof else ""
    return {
        "type": activity.type,
        "actor": tail(activity.actor),
        "object": tail(activity.object_id),
        "nested": activity.nested.type if activity.nested else "",
        "target": tail(activity.target_id),
        "reason": activity.reason,
        "signed": signed,
    }


def collection_facts(collection: Collection) -> Facts:
    total = "none" if collection.total is None else str(collection.total)
    return {"type": collection.type, "total": total, "items": str(len(collection.items))}


def facts_of(read: msgspec.Struct) -> Facts:
    match read:
        case Object():
            return object_facts(read)
        case Actor():
            return actor_facts(read)
        case Activity():
            return activity_facts(read)
        case Collection():
            return collection_facts(read)
        case _:
            raise TypeError(type(read))


def inner_object(activity: Activity) -> Object | None:
    while activity.nested is not None:
        activity = activity.nested
    found = embedded_object(activity)
    return None if found is None or found.type == "Tombstone" else found


@pytest.mark.parametrize(("path", "kind", "facts", "inside"), ROWS, ids=[row[0] for row in ROWS])
def test_recorded(path: str, kind: str, facts: Facts, inside: Facts | None) -> None:
    document = load(recorded(path))
    assert kind_of(compact(document)) == kind
    read = READERS[kind](document)
    assert facts_of(read) == facts
    found = inner_object(read) if isinstance(read, Activity) else None
    assert (None if found is None else object_facts(found)) == inside


def test_no_recorded_document_is_left_out() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"no recorded documents in {FOLDER}")
    found = {file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.json")}
    assert found == {path for path, _, _, _ in ROWS}


def test_a_film_of_peertube() -> None:
    video = read("peertube/objects/video.json")
    assert video.group == "https://tilvids.com/video-channels/thelinuxexperiment_channel"
    assert video.url == "https://tilvids.com/videos/watch/e7946124-7b72-4ad7-9d22-844a84bb2de1"
    assert video.content_type == "text/markdown"
    assert video.duration == 1_145_000
    [film] = video.attachments
    assert (film.kind, film.media_type, film.height) == ("video", "video/mp4", 360)
    assert film.preview.endswith("/previews/ef6088ee-c83a-4fcf-8be2-58db95ca5135.jpg")
    assert video.replies is not None
    assert video.replies.id == f"{video.id}/comments"
    assert video.comments_enabled


def test_an_event_of_mobilizon() -> None:
    event = read("mobilizon/objects/event.json").event
    assert event is not None
    assert (event.starts_at, event.ends_at) == (1_670_785_200_000, 1_670_792_400_000)
    assert event.place == "The Kenn Centre"
    assert event.address == "Devon Expressway, EX6 7TW, Teignbridge, England, United Kingdom"


def test_an_article_of_wordpress() -> None:
    article = read("wordpress/objects/page.json")
    assert article.summary.startswith("I like the Last Light boardgame")
    assert not article.content_warning
    assert article.preview == article.summary
    assert article.attachments[0].description == "A fleet of varied spacships"
    assert article.likes is not None
    assert article.likes.total == 2
    assert article.policy is not None
    assert article.policy.can_quote is not None
    assert article.policy.can_quote.automatic == (PUBLIC,)


def test_a_photograph_of_mastodon() -> None:
    [photo] = read("mastodon/objects/note_2.json").attachments
    assert (photo.kind, photo.width, photo.height) == ("image", 1500, 1095)
    assert photo.blurhash == "USQv:h-W-qI-^,W;RPs=^-R%NZxbo#sDobSc"
    assert photo.focus == (0.0, 0.0)
    assert photo.description.startswith("The KDE dragons")


def test_pages_elsewhere_are_links() -> None:
    page = read("lotide/objects/page.json")
    assert page.url == page.id
    assert [link.url for link in page.links] == ["https://www.youtube.com/watch?v=ZI4LGTXscR4"]
    assert page.summary == page.content_warning == ""


def test_titles_are_no_warnings() -> None:
    activity = read_activity(load(recorded("lotide/activities/create_page_image.json")))
    image = embedded_object(activity)
    assert image is not None
    assert (image.name, image.content_warning) == ("image", "")


def test_a_report_names_all_it_is_about() -> None:
    flag = read_activity(load(recorded("mastodon/activities/flag.json")))
    assert [tail(uri) for uri in flag.object_ids] == ["/users/1", "/posts/380590", "/posts/380591"]


def test_a_block_in_a_community() -> None:
    block = read_activity(load(recorded("lemmy/activities/block/block_user.json")))
    assert block.removes_data
    assert block.ends_at == 1_635_769_430_151


def test_the_address_of_wordpress() -> None:
    actor = read_actor(load(recorded("wordpress/objects/group.json")))
    assert actor.webfinger == "dbzer0.com@dbzer0.com"
    assert actor.attribution_domains == ("dbzer0.com",)
    assert actor.restricted_to_moderators
    assert actor.also_known_as[0] == actor.id
    assert actor.owners == ()
