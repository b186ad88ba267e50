"""Posting, and all that one does with statuses, with Mastodon.py."""

import datetime
import time
from typing import Any

import pytest

from media.samples import encoded
from noi.db import scheduled as scheduled_table
from noi.db.database import Transaction
from strict_client import Net, mastodon


def wait_for(net: Net, app: Any, media: Any) -> Any:
    """An upload once it is processed."""
    assert media.url is None
    net.work()
    ready = app.media(media)
    assert ready.url
    return ready


def make_due(net: Net, scheduled_id: int) -> None:
    """Let the time of a scheduled status come."""
    before = int(time.time() * 1000) - 1

    async def work(tx: Transaction) -> None:
        await scheduled_table.move(tx, scheduled_id, before)

    net.run(net.rig.network.db.transaction, work)


def test_post_and_delete(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    status = an.status_post(
        "Chào @lan, xem #HàNội :)", spoiler_text="Cảnh báo", language="vi", visibility="unlisted"
    )
    assert (status.visibility, status.language, status.sensitive) == ("unlisted", "vi", True)
    assert status.spoiler_text == "Cảnh báo"
    assert [mention.acct for mention in status.mentions] == ["lan"]
    assert [tag.name for tag in status.tags] == ["hànội"]
    assert 'class="u-url mention"' in status.content
    assert isinstance(status.created_at, datetime.datetime)
    assert an.status(status).uri == status.uri
    assert lan.status(status).id == status.id
    assert [found.id for found in lan.statuses([status.id])] == [status.id]
    assert an.status_source(status).text == "Chào @lan, xem #HàNội :)"
    deleted = an.status_delete(status)
    assert deleted.text == "Chào @lan, xem #HàNội :)"
    with pytest.raises(mastodon.MastodonNotFoundError):
        lan.status(status)


def test_same_key_posts_once(net: Net) -> None:
    an = net.person("an")
    first = an.status_post("một lần", idempotency_key="k1")
    assert an.status_post("một lần", idempotency_key="k1").id == first.id
    assert an.status_post("một lần", idempotency_key="k2").id != first.id
    assert an.me().statuses_count == 2


def test_media(net: Net) -> None:
    an = net.person("an")
    photo = an.media_post(
        encoded("jpeg"), "image/jpeg", description="Bốn màu", focus=(0.5, -0.25), file_name="a.jpg"
    )
    ready = wait_for(net, an, photo)
    assert (ready.type, ready.description) == ("image", "Bốn màu")
    assert (ready.meta.focus.x, ready.meta.focus.y) == (0.5, -0.25)
    assert (ready.meta.original.width, ready.meta.original.height) == (320, 200)
    assert len(ready.blurhash) > 6
    for address in (ready.url, ready.preview_url):
        shown = net.session.get(address, timeout=20)
        assert (shown.status_code, shown.headers["content-type"][:6]) == (200, "image/")
    changed = an.media_update(ready, description="Bốn góc màu")
    assert changed.description == "Bốn góc màu"
    status = an.status_post("Ảnh", media_ids=[ready], sensitive=True)
    assert status.media_attachments[0].description == "Bốn góc màu"
    attributes = an.generate_media_edit_attributes(ready.id, description="Sửa lời tả")
    edited = an.status_update(status, "Ảnh nữa", media_attributes=[attributes])
    assert edited.media_attachments[0].description == "Sửa lời tả"
    assert [found.id for found in an.account_statuses(an.me(), only_media=True)] == [status.id]
    # Deleted to be written anew: the upload stays.
    again = an.status_delete(status)
    assert an.status_post(again.text, media_ids=again.media_attachments).media_attachments
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.media_post(b"#!/bin/sh\n", "image/png", file_name="a.png")


def test_polls(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    status = an.status_post("Ăn gì?", poll=an.make_poll(["Phở", "Bún"], 3600, multiple=False))
    poll = status.poll
    assert [option.title for option in poll.options] == ["Phở", "Bún"]
    assert (poll.voted, poll.own_votes, poll.expired) == (True, [], False)
    voted = lan.poll_vote(poll, [1])
    assert (voted.voted, voted.own_votes) == (True, [1])
    assert [option.votes_count for option in voted.options] == [0, 1]
    assert (voted.votes_count, voted.voters_count) == (1, 1)
    for choices in ([0], [0, 1], [2], []):
        with pytest.raises(mastodon.MastodonAPIError, match="422"):
            (lan if choices == [0] else minh).poll_vote(poll, choices)
    assert minh.status(status).poll.voted is False
    assert lan.poll(poll).own_votes == [1]
    assert net.app().poll(poll).votes_count == 1
    hidden = an.status_post(
        "?", poll=an.make_poll(["a", "b"], 300, multiple=True, hide_totals=True)
    )
    assert lan.poll_vote(hidden.poll, [0, 1]).options[0].votes_count is None
    net.work(until=int(time.time() * 1000) + 3_700_000)


def test_threads(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    root = an.status_post("Gốc")
    reply = lan.status_reply(root, "Trả lời")
    assert reply.in_reply_to_id == root.id
    assert reply.in_reply_to_account_id == an.me().id
    assert [mention.acct for mention in reply.mentions] == ["an"]
    deeper = an.status_post("@lan nữa", in_reply_to_id=reply)
    context = lan.status_context(reply)
    assert [found.id for found in context.ancestors] == [root.id]
    assert [found.id for found in context.descendants] == [deeper.id]
    assert an.status(root).replies_count == 1
    secret = an.status_post("@lan riêng", in_reply_to_id=reply, visibility="direct")
    assert secret.id in [found.id for found in lan.status_context(root).descendants]
    assert secret.id not in [found.id for found in net.app().status_context(root).descendants]
    net.work()
    (conversation,) = lan.conversations()
    assert (conversation.unread, conversation.last_status.id) == (True, secret.id)
    assert lan.conversations_read(conversation).unread is False


def test_edit(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    status = an.status_post("Lần một", poll=an.make_poll(["a", "b"], 600))
    lan.status_reblog(status)
    edited = an.status_update(status, "Lần hai @lan", spoiler_text="mới")
    assert edited.edited_at is not None
    assert [mention.acct for mention in edited.mentions] == ["lan"]
    versions = an.status_history(status)
    assert [version.content for version in versions] == [
        "<p>Lần một</p>",
        edited.content,
    ]
    assert versions[1].spoiler_text == "mới"
    net.work()
    assert "update" in [found.type for found in lan.notifications()]


def test_marks(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    status = an.status_post("Hay")
    assert lan.status_favourite(status).favourited
    assert lan.status_bookmark(status).bookmarked
    reblog = lan.status_reblog(status)
    assert (reblog.reblog.id, reblog.reblogged, reblog.reblog.reblogs_count) == (status.id, True, 1)
    assert lan.status_reblog(status).id == reblog.id
    assert [found.acct for found in an.status_favourited_by(status)] == ["lan"]
    assert [found.acct for found in an.status_reblogged_by(status)] == ["lan"]
    assert [found.id for found in lan.favourites()] == [status.id]
    assert [found.id for found in lan.bookmarks()] == [status.id]
    seen = net.app().status(status)
    assert (seen.favourites_count, seen.reblogs_count, seen.favourited) == (1, 1, None)
    assert not lan.status_unfavourite(status).favourited
    assert not lan.status_unbookmark(status).bookmarked
    assert lan.status_unreblog(status).reblogs_count == 0
    assert lan.favourites() == lan.bookmarks() == []
    assert an.status_pin(status).pinned
    assert [found.id for found in lan.account_statuses(an.me(), pinned=True)] == [status.id]
    assert not an.status_unpin(status).pinned
    with pytest.raises(mastodon.MastodonAPIError, match="cannot be pinned"):
        lan.status_pin(status)


def test_muted_conversations(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    status = an.status_post("Ồn ào")
    assert an.status_mute(status).muted
    lan.status_reply(status, "một")
    net.work()
    assert an.notifications(mentions_only=True) == []
    assert not an.status_unmute(status).muted
    lan.status_reply(status, "hai")
    net.work()
    assert len(an.notifications(mentions_only=True)) == 1


def test_scheduled(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    lan.account_follow(an.me())
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
    photo = wait_for(net, an, an.media_post(encoded("png"), "image/png", file_name="a.png"))
    scheduled = an.status_post("Sau này", scheduled_at=at, media_ids=[photo], visibility="private")
    assert (scheduled.params.text, scheduled.params.visibility) == ("Sau này", "private")
    assert scheduled.media_attachments[0]["id"] == photo.id
    assert [found.id for found in an.scheduled_statuses()] == [scheduled.id]
    later = at + datetime.timedelta(hours=1)
    moved = an.scheduled_status_update(scheduled, later)
    assert abs(moved.scheduled_at - later) < datetime.timedelta(seconds=1)
    assert an.scheduled_status(scheduled).scheduled_at == moved.scheduled_at
    dropped = an.status_post("Bỏ đi", scheduled_at=at)
    an.scheduled_status_delete(dropped)
    with pytest.raises(mastodon.MastodonNotFoundError):
        an.scheduled_status(dropped)
    with pytest.raises(mastodon.MastodonNotFoundError):
        lan.scheduled_status(scheduled)
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.status_post("sớm", scheduled_at=datetime.datetime.now(datetime.UTC))
    make_due(net, int(scheduled.id))
    net.work(until=int(later.timestamp() * 1000) + 1000)
    assert an.scheduled_statuses() == []
    (published,) = an.account_statuses(an.me())
    assert published.content == "<p>Sau này</p>"
    assert published.media_attachments[0].id == photo.id
    assert [found.id for found in lan.timeline_home()] == [published.id]


def test_who_may_see_what(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    lan.account_follow(an.me())
    ids = {kind: an.status_post("@minh", visibility=kind).id for kind in ("private", "direct")}
    for kind, id_ in ids.items():
        assert minh.status(id_).visibility == kind
        with pytest.raises(mastodon.MastodonNotFoundError):
            net.app().status(id_)
    assert lan.status(ids["private"])
    with pytest.raises(mastodon.MastodonNotFoundError):
        lan.status(ids["direct"])
    with pytest.raises(mastodon.MastodonAPIError):
        lan.status_reblog(ids["private"])
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.status_post("")
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.status_post("a" * (an.instance().configuration.statuses.max_characters + 1))
