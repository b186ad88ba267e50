"""Documents in the shapes that other servers send, made up after their documentation."""

from noi.activitypub.normalize import Document
from noi.activitypub.vocabulary import PUBLIC

HOME = "https://social.example"
ANH = f"{HOME}/users/anh"
NOTE_ID = f"{HOME}/notes/1"


def note(**members: object) -> Document:
    """A small public note, with other or further members."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": NOTE_ID,
        "type": "Note",
        "attributedTo": ANH,
        "to": [PUBLIC],
        "cc": [f"{ANH}/followers"],
        "content": "<p>Chào cả nhà</p>",
        "published": "2026-02-03T04:05:06Z",
        **members,
    }


def actor(**members: object) -> Document:
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": ANH,
        "type": "Person",
        "preferredUsername": "anh",
        "inbox": f"{ANH}/inbox",
        **members,
    }


def activity(type_: str, object_: object, **members: object) -> Document:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{HOME}/activities/1",
        "type": type_,
        "actor": ANH,
        "object": object_,
        **members,
    }


MISSKEY_NOTE = note(
    id="https://misskey.example/notes/9x",
    attributedTo="https://misskey.example/users/8k",
    content="<p><span>やあ $[tada !]</span></p>",
    _misskey_content="やあ $[tada !]",
    source={"content": "やあ $[tada !]", "mediaType": "text/x.misskeymarkdown"},
    summary=None,
    _misskey_quote="https://mastodon.example/users/b/statuses/2",
    quoteUrl="https://mastodon.example/users/b/statuses/2",
    quoteUri="https://mastodon.example/users/b/statuses/2",
    sensitive=False,
    inReplyTo=None,
    attachment=[
        {
            "type": "Document",
            "mediaType": "image/webp",
            "url": "https://files.misskey.example/a.webp",
            "name": "mèo",
            "sensitive": True,
        }
    ],
    tag=[
        {"type": "Hashtag", "href": "https://misskey.example/tags/猫", "name": "#猫"},
        {
            "id": "https://misskey.example/emojis/neko",
            "type": "Emoji",
            "name": ":neko:",
            "updated": "2023-05-06T07:08:09.010Z",
            "icon": {
                "type": "Image",
                "mediaType": "image/png",
                "url": "https://files.misskey.example/neko.png",
            },
        },
    ],
)

PIXELFED_NOTE = note(
    id="https://pixelfed.example/p/anh/5",
    url="https://pixelfed.example/p/anh/5",
    attributedTo="https://pixelfed.example/users/anh",
    content="Biển sớm",
    attachment={
        "type": "Image",
        "mediaType": "image/jpeg",
        "url": "https://pixelfed.example/storage/m/5.jpg",
        "name": "Mặt trời trên biển",
        "blurhash": "U6PZfSi_.AyE_3t7t7R**0o#DgR4_3R*D%xt",
        "focalPoint": [0.5, -0.25],
        "width": "1080",
        "height": 1350,
    },
    commentsEnabled=False,
    capabilities={"announce": PUBLIC, "like": PUBLIC, "reply": None},
    location={"type": "Place", "name": "Đà Nẵng", "country": "Vietnam"},
)

GOTOSOCIAL_KEY: Document = {
    "@context": ["https://w3id.org/security/v1", "https://www.w3.org/ns/activitystreams"],
    "id": "https://gts.example/users/anh",
    "preferredUsername": "anh",
    "publicKey": {
        "id": "https://gts.example/users/anh/main-key",
        "owner": "https://gts.example/users/anh",
        "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
    },
    "type": "Person",
}

MASTODON_QUOTE = note(
    type="Question",
    content='<p class="quote-inline">RE: …</p><p>Cà phê hay trà?</p>',
    contentMap={"vi": '<p class="quote-inline">RE: …</p><p>Cà phê hay trà?</p>'},
    quote="https://other.example/notes/7",
    _misskey_quote="https://other.example/notes/7",
    quoteUri="https://other.example/notes/7",
    quoteAuthorization="https://other.example/stamps/3",
    interactionPolicy={"canQuote": {"automaticApproval": [f"{ANH}/followers"]}},
    oneOf=[
        {
            "type": "Note",
            "name": "Cà phê",
            "replies": {"type": "Collection", "totalItems": 3},
        },
        {"type": "Note", "name": "Trà", "replies": {"type": "Collection", "totalItems": 1}},
    ],
    endTime="2026-02-04T04:05:06Z",
    votersCount=4,
    likes={"id": f"{NOTE_ID}/likes", "type": "Collection", "totalItems": 5},
    attachment=[{"type": "Link", "href": "https://news.example/tin"}],
)

FUNKWHALE_AUDIO: Document = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "Audio",
    "id": "https://music.example/federation/music/uploads/1",
    "name": "Trịnh Công Sơn - Cát bụi",
    "attributedTo": "https://music.example/federation/actors/anh",
    "to": PUBLIC,
    "bitrate": 320000,
    "size": 9_000_000,
    "duration": 215,
    "url": [
        {
            "type": "Link",
            "href": "https://music.example/api/v1/listen/1/?upload=2&download=false",
            "mediaType": "audio/mpeg",
        },
        {
            "type": "Link",
            "href": "https://music.example/library/tracks/1",
            "mediaType": "text/html",
        },
    ],
}

BOOKWYRM_REVIEW: Document = {
    "id": "https://books.example/user/anh/review/3",
    "type": "Review",
    "published": "2024-01-02T03:04:05.678901+00:00",
    "attributedTo": "https://books.example/user/anh",
    "content": "<p>Hay lắm.</p>",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": ["https://books.example/user/anh/followers"],
    "replies": {
        "id": "https://books.example/user/anh/review/3/replies",
        "type": "OrderedCollection",
        "totalItems": 0,
        "first": "https://books.example/user/anh/review/3/replies?page=1",
        "@context": "https://www.w3.org/ns/activitystreams",
    },
    "tag": [],
    "attachment": [],
    "sensitive": False,
    "inReplyToBook": "https://books.example/book/9",
    "name": "Số đỏ",
    "rating": 4.5,
    "quote": "<p>Biết rồi, khổ lắm, nói mãi!</p>",
    "@context": "https://www.w3.org/ns/activitystreams",
}

GHOST_ARTICLE = note(
    type="Article",
    id="https://blog.example/.ghost/activitypub/article/1",
    url="https://blog.example/bai-moi/",
    attributedTo="https://blog.example/.ghost/activitypub/users/index",
    name="Bài mới",
    content="<p>Dài</p>",
    image="https://blog.example/content/images/1.jpg",
    preview={
        "type": "Note",
        "id": "https://blog.example/.ghost/activitypub/note/1",
        "content": "<p>Ngắn</p>",
    },
)

OWNCAST_NOTE = note(
    id="https://live.example/federation/abc",
    attributedTo="https://live.example/federation/user/live",
    content="<p>Đang phát trực tiếp!</p>",
    attachment={
        "type": "Image",
        "url": "https://live.example/thumbnail.jpg?us=abc",
        "mediaType": "image/jpeg",
    },
    tag={"type": "Hashtag", "href": "https://directory.example/tags/live", "name": "#live"},
)

AKKOMA_REACTION = activity(
    "EmojiReact",
    "https://other.example/objects/1",
    content=":hoa:",
    tag=[
        {
            "type": "Emoji",
            "id": None,
            "name": "hoa",
            "icon": {"type": "Image", "url": f"{HOME}/emoji/hoa.png"},
            "updated": "1970-01-01T00:00:00Z",
        }
    ],
)

FEATURED_COLLECTION: Document = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": f"{ANH}/collections/1",
    "type": "FeaturedCollection",
    "url": f"{HOME}/collections/1",
    "totalItems": 1,
    "name": "Nhà thơ",
    "attributedTo": ANH,
    "sensitive": False,
    "discoverable": True,
    "published": "2026-01-02T03:04:05Z",
    "updated": "2026-01-03T03:04:05Z",
    "summaryMap": {"vi": "Những người làm thơ"},
    "topic": {"type": "Hashtag", "name": "#thơ", "href": f"{HOME}/tags/thơ"},
    "orderedItems": [
        {
            "id": f"{ANH}/collections/1/items/1",
            "type": "FeaturedItem",
            "featuredObject": "https://other.example/users/b",
            "featuredObjectType": "Person",
            "featureAuthorization": "https://other.example/users/b/feature_authorizations/1",
        }
    ],
}
