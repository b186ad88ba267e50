"""What is written of a status is what is read of it."""

from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub.views import LAN, NOW, ORIGIN, file_url, mention, picture, poll, tag, view
from noi.activitypub.collections import CollectionRef
from noi.activitypub.objects import Object, read_object
from noi.activitypub.outgoing import encode
from noi.activitypub.vocabulary import PUBLIC
from noi.activitypub.written_notes import NoteFacts, QuotedStatus, note
from noi.models.media import MediaKind
from noi.models.statuses import CustomEmoji, StatusView, Visibility

BINH = "https://kia.example/users/binh"
HOA = f"{ORIGIN}/users/hoa"


def _facts(seen: StatusView, **more: object) -> NoteFacts:
    values: dict[str, object] = {
        "view": seen,
        "origin": ORIGIN,
        "actor_uris": {2: BINH, 3: HOA},
        "file_url": file_url,
        "context_uri": f"{ORIGIN}/contexts/80",
    }
    return NoteFacts(**cast("Any", values | more))


def _written(seen: StatusView, **more: object) -> dict[str, Any]:
    return msgspec.json.decode(encode(note(_facts(seen, **more))))


def _read(seen: StatusView, **more: object) -> Object:
    return read_object(_written(seen, **more))


@pytest.mark.parametrize("visibility", list(Visibility))
def test_the_audience(visibility: Visibility) -> None:
    seen = view(visibility=visibility)
    seen.mentions = [mention(2, "binh", "kia.example"), mention(3, "hoa")]
    read = _read(seen)
    assert read.author == LAN
    assert read.recipients.public == (visibility is Visibility.PUBLIC)
    assert read.recipients.unlisted == (visibility is Visibility.UNLISTED)
    assert (f"{LAN}/followers" in read.recipients.everyone) == (visibility < Visibility.DIRECT)
    assert {BINH, HOA} <= set(read.recipients.everyone)
    assert [named.href for named in read.mentions] == [BINH, HOA]
    assert [named.name for named in read.mentions] == ["@binh@kia.example", "@hoa@nha.example"]
    policy = read.policy
    assert policy is not None
    assert policy.can_quote is not None
    assert (PUBLIC in policy.can_quote.automatic) == (visibility <= Visibility.UNLISTED)


def test_texts_and_times() -> None:
    seen = view(
        text="**Chào** & hỏi",
        content_type="text/markdown",
        content="<p><strong>Chào</strong> &amp; hỏi</p>",
        spoiler_text="Ăn uống",
        sensitive=True,
        language="vi",
        edited_at=NOW + 5,
    )
    read = _read(seen, in_reply_to_uri=f"{BINH}/1")
    assert (read.type, read.id, read.url) == ("Note", f"{LAN}/statuses/90", f"{ORIGIN}/@lan/90")
    assert (read.content, read.language) == (seen.status.content, "vi")
    assert (read.source, read.source_type) == ("**Chào** & hỏi", "text/markdown")
    assert (read.content_warning, read.sensitive) == ("Ăn uống", True)
    assert (read.published, read.updated) == (NOW, NOW + 5)
    assert read.in_reply_to == f"{BINH}/1"
    assert read.context == read.conversation == f"{ORIGIN}/contexts/80"
    assert _read(view()).language is None


def test_counts_and_replies() -> None:
    seen = view(favourites_count=3, reblogs_count=2)
    own = [(91, f"{LAN}/statuses/91")]
    read = _read(seen, own_replies=own)
    assert read.likes == CollectionRef(f"{LAN}/statuses/90/likes", 3)
    assert read.shares == CollectionRef(f"{LAN}/statuses/90/shares", 2)
    first = _written(seen, own_replies=own)["replies"]["first"]
    assert first["items"] == [f"{LAN}/statuses/91"]
    assert first["next"] == f"{LAN}/statuses/90/replies?only_other_accounts=true&page=true"
    many = [(number, f"{LAN}/statuses/{number}") for number in range(91, 96)]
    first = _written(seen, own_replies=many)["replies"]["first"]
    assert first["next"] == f"{LAN}/statuses/90/replies?min_id=95&page=true"


def test_attachments_are_always_a_list() -> None:
    assert _written(view())["attachment"] == []
    seen = view()
    seen.media = [
        picture(focus_x=0.5, focus_y=-0.25),
        picture(
            kind=MediaKind.VIDEO,
            file="a/d.mp4",
            content_type="video/mp4",
            description="",
            meta="{}",
        ),
    ]
    assert {item["type"] for item in _written(seen)["attachment"]} == {"Document"}
    first, second = _read(seen).attachments
    assert (first.url, first.kind, first.media_type) == (
        f"{ORIGIN}/media/a/b.jpg",
        "image",
        "image/jpeg",
    )
    assert (first.description, first.focus) == ("Con mèo", (0.5, -0.25))
    assert (first.width, first.height, first.blurhash) == (640, 480, "UBL_:rOpGG-oBUNG")
    assert (second.kind, second.description, second.width) == ("video", "", None)


def test_tags_are_always_a_list() -> None:
    assert _written(view())["tag"] == []
    seen = view()
    seen.tags = [tag("HàNội")]
    seen.emojis = [CustomEmoji(5, "meo", "", "e/m.png", "e/s.png", "", True)]
    read = _read(seen)
    assert [found.name for found in read.hashtags] == ["HàNội"]
    assert read.hashtags[0].href == f"{ORIGIN}/tags/H%C3%A0N%E1%BB%99i"
    (emoji,) = read.emojis
    assert (emoji.id, emoji.name) == (f"{ORIGIN}/emojis/5", "meo")
    assert (emoji.url, emoji.media_type) == (f"{ORIGIN}/media/e/m.png", "image/png")


def test_polls() -> None:
    seen = view()
    seen.poll = poll(2, 0, multiple=True)
    read = _read(seen)
    assert read.type == "Question"
    assert read.poll is not None
    assert read.poll.multiple
    assert [(option.title, option.votes) for option in read.poll.options] == [
        ("Ý 0", 2),
        ("Ý 1", 0),
    ]
    assert (read.poll.ends_at, read.poll.closed, read.poll.voters) == (NOW + 1000, False, 2)
    seen.poll = poll(2, 1, hide_totals=True)
    hidden = _read(seen).poll
    assert hidden is not None
    assert [option.votes for option in hidden.options] == [0, 0]
    seen.poll = poll(2, 1, hide_totals=True, closed_at=NOW + 1000)
    closed = _read(seen).poll
    assert closed is not None
    assert (closed.closed_at, closed.options[0].votes) == (NOW + 1000, 2)


def test_quotes_for_everybody_who_reads_them() -> None:
    uri = "https://kia.example/notes/1?a=1&b=<x>".replace("<x>", "2")
    stamp = "https://kia.example/stamps/9"
    read = _read(view(), quoted=QuotedStatus(uri, stamp))
    assert (read.quote, read.quote_authorization) == (uri, stamp)
    document = _written(view(), quoted=QuotedStatus(uri))
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        assert document[name] == uri
        others = {key: value for key, value in document.items() if key != "@context"}
        only = {key: others[key] for key in others if "quote" not in key.lower() or key == name}
        assert read_object(only).quote == uri
    assert "quoteAuthorization" not in document
    assert 'href="https://kia.example/notes/1?a=1&amp;b=2"' in document["content"]


def test_groups() -> None:
    group = f"{ORIGIN}/users/lang"
    read = _read(view(), group_uri=group)
    assert group in read.recipients.cc
    assert read.recipients.audience == (group,)


# No NUL, which no text here ever has.
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)


@settings(max_examples=50)
@given(
    text=_TEXT,
    warning=_TEXT.map(str.strip),
    sensitive=st.booleans(),
    visibility=st.sampled_from(list(Visibility)),
    language=st.sampled_from(["", "vi", "lo", "en"]),
    created=st.integers(0, 4_000_000_000_000),
    names=st.lists(st.sampled_from([2, 3]), unique=True),
    votes=st.none() | st.lists(st.integers(0, 1000), min_size=2, max_size=4),
    pictures=st.lists(_TEXT, max_size=4),
)
def test_whatever_is_written_is_read(
    text: str,
    warning: str,
    sensitive: bool,
    visibility: Visibility,
    language: str,
    created: int,
    names: list[int],
    votes: list[int] | None,
    pictures: list[str],
) -> None:
    content = f"<p>{text}</p>"
    seen = view(
        text=text,
        content=content,
        spoiler_text=warning,
        sensitive=sensitive,
        visibility=visibility,
        language=language,
        created_at=created,
    )
    seen.mentions = [mention(id_, "ai") for id_ in names]
    seen.poll = poll(*votes) if votes else None
    seen.media = [
        picture(file=f"{place}.jpg", description=words) for place, words in enumerate(pictures)
    ]
    read = _read(seen)
    assert (read.content, read.source) == (content, text)
    assert read.content_warning.strip() == warning
    assert read.sensitive == sensitive
    assert (read.language or "", read.published) == (language, created)
    assert read.recipients.public == (visibility is Visibility.PUBLIC)
    assert len(read.mentions) == len(names)
    assert [option.votes for option in read.poll.options] == votes if read.poll else not votes
    assert [item.description for item in read.attachments] == [
        words.strip() and words for words in pictures
    ]
