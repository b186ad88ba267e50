import pytest

from activitypub.documents import (
    ANH,
    BOOKWYRM_REVIEW,
    FUNKWHALE_AUDIO,
    GHOST_ARTICLE,
    HOME,
    MASTODON_QUOTE,
    MISSKEY_NOTE,
    NOTE_ID,
    OWNCAST_NOTE,
    PIXELFED_NOTE,
    note,
)
from noi.activitypub.collections import CollectionRef
from noi.activitypub.normalize import Document
from noi.activitypub.objects import read_object
from noi.models.errors import BadDocument

QUOTED = "https://other.example/notes/7"


def test_mastodon_quotes_and_polls() -> None:
    read = read_object(MASTODON_QUOTE)
    assert (read.quote, read.quote_authorization) == (QUOTED, "https://other.example/stamps/3")
    assert read.policy is not None
    assert read.policy.can_quote is not None
    assert read.policy.can_quote.automatic == (f"{ANH}/followers",)
    assert read.poll is not None
    assert read.likes == CollectionRef(f"{NOTE_ID}/likes", 5)
    assert read.language == "vi"


def test_misskey() -> None:
    read = read_object(MISSKEY_NOTE)
    assert read.quote == "https://mastodon.example/users/b/statuses/2"
    assert (read.source, read.source_type) == ("やあ $[tada !]", "text/x.misskeymarkdown")
    assert read.sensitive  # a picture of it is
    assert read.content_warning == ""


def test_misskey_without_source() -> None:
    read = read_object({**MISSKEY_NOTE, "source": None})
    assert (read.source, read.source_type) == ("やあ $[tada !]", "text/x.misskeymarkdown")


def test_pixelfed() -> None:
    read = read_object(PIXELFED_NOTE)
    assert read.comments_enabled is False
    assert len(read.attachments) == 1


def test_funkwhale() -> None:
    read = read_object(FUNKWHALE_AUDIO)
    assert read.url == "https://music.example/library/tracks/1"
    assert (read.name, read.duration) == ("Trịnh Công Sơn - Cát bụi", 215_000)
    assert read.recipients.public


def test_bookwyrm() -> None:
    read = read_object(BOOKWYRM_REVIEW)
    assert (read.type, read.name, read.quote) == ("Review", "Số đỏ", "")
    assert read.replies == CollectionRef("https://books.example/user/anh/review/3/replies", 0)


def test_ghost() -> None:
    read = read_object(GHOST_ARTICLE)
    assert (read.name, read.preview) == ("Bài mới", "<p>Ngắn</p>")
    assert read.url == "https://blog.example/bai-moi/"


def test_owncast() -> None:
    read = read_object(OWNCAST_NOTE)
    assert len(read.attachments) == len(read.hashtags) == 1


@pytest.mark.parametrize("name", ["quote", "quoteUri", "quoteUrl", "_misskey_quote"])
def test_every_name_of_a_quote(name: str) -> None:
    assert read_object(note(**{name: QUOTED})).quote == QUOTED
    assert read_object(note(**{name: {"id": QUOTED, "type": "Note"}})).quote == QUOTED


def test_quotes_that_are_gone() -> None:
    assert read_object(note(quote={"type": "Tombstone"})).quote == ""


@pytest.mark.parametrize(
    "value", [QUOTED, {"id": QUOTED, "type": "Note"}, [QUOTED, f"{HOME}/2"], {"@id": QUOTED}]
)
def test_replies(value: object) -> None:
    assert read_object(note(inReplyTo=value)).in_reply_to == QUOTED


def test_threads() -> None:
    read = read_object(note(context=f"{HOME}/contexts/1", conversation="tag:a,2026:1"))
    assert (read.context, read.conversation) == (f"{HOME}/contexts/1", "tag:a,2026:1")
    assert read_object(note(inConversation=f"{HOME}/c/1")).conversation == f"{HOME}/c/1"


def test_a_summary_warns_of_a_note_and_sums_up_an_article() -> None:
    warned = read_object(note(summary="Chính trị"))
    assert (warned.content_warning, warned.summary) == ("Chính trị", "")
    article = read_object(note(type="Article", name="Tin", summary="Tóm tắt"))
    assert (article.content_warning, article.summary) == ("", "Tóm tắt")


@pytest.mark.parametrize(
    ("members", "author", "group"),
    [
        ({"attributedTo": [ANH, QUOTED]}, ANH, ""),
        ({"attributedTo": {"type": "Person", "id": ANH}}, ANH, ""),
        (
            {"attributedTo": [{"type": "Group", "id": QUOTED}, {"type": "Person", "id": ANH}]},
            ANH,
            QUOTED,
        ),
        ({"attributedTo": {"type": "Group", "id": QUOTED}}, QUOTED, ""),
        ({"attributedTo": None, "actor": ANH}, ANH, ""),
        ({"attributedTo": ["x"], "actor": {"id": ANH}}, ANH, ""),
    ],
)
def test_authors(members: dict[str, object], author: str, group: str) -> None:
    read = read_object(note(**members))
    assert (read.author, read.group) == (author, group)


def test_the_author_whom_the_activity_names() -> None:
    assert read_object(note(attributedTo=None), author=ANH).author == ANH
    assert read_object(note(), author=QUOTED).author == ANH


def test_pages_on_other_hosts_are_not_the_objects() -> None:
    assert read_object(note(url="https://phishing.example/")).url == NOTE_ID
    assert read_object(note(url=[f"{HOME}/@anh/1"])).url == f"{HOME}/@anh/1"
    assert read_object(note(url=None)).url == NOTE_ID


@pytest.mark.parametrize(
    ("media_type", "content_type"),
    [
        (None, "text/html"),
        ("text/markdown", "text/markdown"),
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("image/png", "text/html"),
    ],
)
def test_types_of_content(media_type: str | None, content_type: str) -> None:
    assert read_object(note(mediaType=media_type)).content_type == content_type


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ({"content": "*a*", "mediaType": "text/markdown"}, ("*a*", "text/markdown")),
        ("a", ("a", "")),
        (["a"], ("a", "")),
        ({}, ("", "")),
        (None, ("", "")),
    ],
)
def test_sources(source: object, read: tuple[str, str]) -> None:
    found = read_object(note(source=source))
    assert (found.source, found.source_type) == read


def test_votes() -> None:
    vote = note(name="Cà phê", inReplyTo=QUOTED, content=None)
    assert read_object(vote).is_vote
    assert read_object({**vote, "type": "Answer"}).is_vote
    assert not read_object({**vote, "content": "Tôi chọn"}).is_vote
    assert not read_object({**vote, "inReplyTo": None}).is_vote


def test_pinned_and_closed() -> None:
    read = read_object(note(type="Page", stickied=True, commentsEnabled="false"))
    assert (read.pinned, read.comments_enabled) == (True, False)


def test_approvals_of_gotosocial() -> None:
    stamp = f"{HOME}/stamps/2"
    assert read_object(note(replyAuthorization=stamp)).reply_authorization == stamp
    assert read_object(note(approvedBy=stamp)).reply_authorization == stamp


def test_tombstones() -> None:
    gone: Document = {
        "id": NOTE_ID,
        "type": "Tombstone",
        "formerType": "Note",
        "deleted": "2026-02-03T04:05:06Z",
    }
    read = read_object(gone)
    assert (read.type, read.author, read.deleted) == ("Tombstone", "", 1_770_091_506_000)


def test_unknown_types_are_kept_where_they_say_something() -> None:
    read = read_object(note(type="Recipe", summary="Phở"))
    assert (read.type, read.content_warning) == ("Recipe", "Phở")
    with pytest.raises(BadDocument, match="type Recipe are not understood"):
        read_object(note(type="Recipe", content=None))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"id": None}, "no usable id"),
        ({"id": "urn:uuid:1"}, "no usable id"),
        ({"id": "https://user@social.example/1"}, "no usable id"),
        ({"type": None}, "no type"),
        ({"type": "Person"}, "kind"),
        ({"attributedTo": None}, "no author"),
        ({"attributedTo": "anh@social.example"}, "no author"),
    ],
)
def test_refused(members: dict[str, object], reason: str) -> None:
    with pytest.raises(BadDocument, match=reason):
        read_object(note(**members))


def test_no_nul_reaches_the_database() -> None:
    read = read_object(note(content="a\0b", summary="c\0", name="d\0", conversation="e\0"))
    assert "\0" not in repr(read).encode().decode("unicode_escape")
