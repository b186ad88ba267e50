"""Profiles, and how people stand to each other, with Mastodon.py."""

from typing import Any

import pytest

from media.samples import encoded
from strict_client import Net, mastodon


def names(accounts: list[Any]) -> list[str]:
    return [account.acct for account in accounts]


def test_profile(net: Net) -> None:
    an = net.person("an")
    mine = an.account_update_credentials(
        display_name="Nguyễn An",
        note="Ở #HàNội, bạn của @an",
        avatar=encoded("png"),
        avatar_mime_type="image/png",
        header=encoded("jpeg"),
        header_mime_type="image/jpeg",
        locked=True,
        bot=True,
        discoverable=True,
        fields=[("Trang", "https://example.org"), ("Nghề", "Giáo viên")],
    )
    net.work()
    assert (mine.display_name, mine.locked, mine.bot) == ("Nguyễn An", True, True)
    me = an.me()
    assert [field.name for field in me.fields] == ["Trang", "Nghề"]
    assert 'href="https://example.org"' in me.fields[0].value
    assert me.source.note == "Ở #HàNội, bạn của @an"
    assert [field.value for field in me.source.fields] == ["https://example.org", "Giáo viên"]
    for address in (me.avatar, me.avatar_static, me.header, me.header_static):
        assert net.session.get(address, timeout=20).headers["content-type"][:6] == "image/"
    assert "/media/" in me.avatar
    assert "/media/" not in an.account_delete_avatar().avatar
    assert "/media/" not in an.account_delete_header().header
    seen = net.app().account(me)
    assert (seen.acct, seen.display_name, seen.role) == ("an", "Nguyễn An", None)
    assert an.account_lookup("an").id == me.id
    assert [found.id for found in an.accounts([me.id])] == [me.id]
    preferences = an.preferences()
    assert preferences["posting:default:visibility"] == "public"
    assert preferences["reading:expand:media"] == "default"
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.account_update_credentials(display_name="a" * 500)
    with pytest.raises(mastodon.MastodonAPIError, match="422"):
        an.account_update_credentials(avatar=b"<svg/>", avatar_mime_type="image/png")


def test_follows(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    stand = lan.account_follow(an.me(), reblogs=False, notify=True)
    assert (stand.following, stand.showing_reblogs, stand.notifying) == (True, False, True)
    (other,) = an.account_relationships(lan.me())
    assert (other.followed_by, other.following) == (True, False)
    assert names(an.account_followers(an.me())) == names(net.app().account_followers(an.me()))
    assert names(lan.account_following(lan.me())) == ["an"]
    net.work()
    assert [found.type for found in an.notifications()] == ["follow"]
    assert an.me().followers_count == 1
    status = an.status_post("Mới")
    net.work()
    assert [(found.type, found.status.id) for found in lan.notifications()] == [
        ("status", status.id)
    ]
    assert not lan.account_unfollow(an.me()).following
    lan.account_follow(an.me())
    assert not an.account_remove_from_followers(lan.me()).followed_by
    assert names(an.account_followers(an.me())) == []


def test_follow_requests(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    an.account_update_credentials(locked=True)
    assert lan.account_follow(an.me()).requested
    minh.account_follow(an.me())
    net.work()
    assert names(an.follow_requests()) == ["minh", "lan"]
    assert {found.type for found in an.notifications()} == {"follow_request"}
    assert an.me().source.follow_requests_count == 2
    assert an.follow_request_authorize(lan.me()).followed_by
    assert not an.follow_request_reject(minh.me()).followed_by
    assert an.follow_requests() == []
    assert lan.account_relationships(an.me())[0].following
    assert not minh.account_relationships(an.me())[0].requested


def test_blocks_and_mutes(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    for other in (lan, minh):
        an.account_follow(other.me())
        other.account_follow(an.me())
    blocked = an.account_block(lan.me())
    assert (blocked.blocking, blocked.following, blocked.followed_by) == (True, False, False)
    assert lan.account_relationships(an.me())[0].blocked_by
    assert names(an.blocks()) == ["lan"]
    status = an.status_post("Không cho lan")
    with pytest.raises(mastodon.MastodonNotFoundError):
        lan.status(status)
    with pytest.raises(mastodon.MastodonAPIError):
        lan.account_follow(an.me())
    assert not an.account_unblock(lan.me()).blocking
    muted = an.account_mute(minh.me(), notifications=True, duration=3600)
    assert (muted.muting, muted.muting_notifications) == (True, True)
    assert muted.muting_expires_at is not None
    (listed,) = an.mutes()
    assert (listed.acct, listed.mute_expires_at is not None) == ("minh", True)
    minh.status_post("Này @an")
    net.work()
    assert an.notifications(mentions_only=True) == []
    assert an.timeline_home(limit=40)[0].id == status.id
    assert not an.account_unmute(minh.me()).muting
    an.domain_block("spam.example")
    assert an.domain_blocks() == ["spam.example"]
    an.domain_unblock("spam.example")
    assert an.domain_blocks() == []


def test_notes_endorsements_and_familiar_followers(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    an.account_follow(lan.me())
    lan.account_follow(minh.me())
    assert an.account_note_set(lan.me(), "bạn học").note == "bạn học"
    assert an.account_endorse(lan.me()).endorsed
    assert names(an.endorsements()) == ["lan"]
    assert not an.account_unendorse(lan.me()).endorsed
    (familiar,) = an.account_familiar_followers(minh.me())
    assert names(familiar.accounts) == ["lan"]


def test_lists(net: Net) -> None:
    an, lan, minh = net.person("an"), net.person("lan"), net.person("minh")
    for other in (lan, minh):
        an.account_follow(other.me())
    made = an.list_create("Lớp", replies_policy="followed", exclusive=True)
    assert (made.title, made.replies_policy, made.exclusive) == ("Lớp", "followed", True)
    an.list_accounts_add(made, [lan.me()])
    assert names(an.list_accounts(made)) == ["lan"]
    assert [found.id for found in an.account_lists(lan.me())] == [made.id]
    ours, theirs = lan.status_post("trong lớp"), minh.status_post("ngoài lớp")
    net.work()
    assert [found.id for found in an.timeline_list(made)] == [ours.id]
    assert [found.id for found in an.timeline_home()] == [theirs.id]
    assert an.list_update(made, "Tổ", exclusive=False).title == "Tổ"
    assert an.list(made).exclusive is False
    an.list_accounts_delete(made, [lan.me()])
    assert an.list_accounts(made) == []
    with pytest.raises(mastodon.MastodonNotFoundError):
        lan.list(made)
    an.list_delete(made)
    assert an.lists() == []


def test_tags(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    assert an.tag_follow("HàNội").following
    assert [tag.name for tag in an.followed_tags()] == ["hànội"]
    status = lan.status_post("Ở #hànội")
    net.work()
    assert [found.id for found in an.timeline_home()] == [status.id]
    assert [found.id for found in net.app().timeline_hashtag("HàNội")] == [status.id]
    tag = an.tag("hànội")
    assert (tag.following, tag.history[0]["uses"] in ("1", 1)) == (True, True)
    assert not an.tag_unfollow("hànội").following
    featured = lan.featured_tag_create("hànội")
    assert (featured.name, str(featured.statuses_count)) == ("hànội", "1")
    assert [found.id for found in lan.featured_tags()] == [featured.id]
    assert [found.name for found in an.account_featured_tags(lan.me())] == ["hànội"]
    lan.featured_tag_delete(featured)
    assert lan.tag_feature("phở").featuring
    assert not lan.tag_unfeature("phở").featuring
    assert lan.featured_tags() == []
    assert [found.name for found in lan.featured_tag_suggestions()] == ["hànội"]


def test_reports_and_directory(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    chief = net.person("chu", "moderator")
    lan.account_update_credentials(discoverable=True)
    status = lan.status_post("Lừa đảo")
    report = an.report(lan.me(), [status], "Tin giả", category="spam")
    assert (report.comment, report.category, report.action_taken) == ("Tin giả", "spam", False)
    assert report.status_ids == [status.id]
    assert report.target_account.acct == "lan"
    net.work()
    assert [found.type for found in chief.notifications()] == ["admin.report"]
    assert "lan" in names(net.app().directory(local=True))
