"""Timelines, filters, notifications, search, the network itself and streams, with Mastodon.py."""

import queue
import threading
from typing import Any

import pytest

from strict_client import Net, errors, mastodon

WAIT = 10


def ids(statuses: list[Any]) -> list[str]:
    return [status.id for status in statuses]


def test_paging_through_everything(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    lan.account_follow(an.me())
    written = [an.status_post(f"Bài {number} #sách").id for number in range(105)][::-1]
    net.work()
    for first in (
        lambda: lan.timeline_home(limit=40),
        lambda: lan.timeline_local(limit=20),
        lambda: net.app().timeline_hashtag("sách", limit=33),
        lambda: lan.account_statuses(an.me(), limit=7),
    ):
        page = first()
        pages = list(lan.pagination_page_iterator(page))
        assert [id_ for found in pages for id_ in ids(found)] == written
        last, before = [found for found in pages if found][:-3:-1]
        assert ids(lan.fetch_previous(last)) == ids(before)
        assert not lan.fetch_previous(page)
    for id_ in written:
        lan.status_favourite(id_)
    favourites = lan.fetch_remaining(lan.favourites(limit=40))
    assert ids(favourites) == written[::-1]
    assert ids(lan.timeline_home(min_id=written[50], limit=2)) == [written[48], written[49]]
    assert ids(lan.timeline_home(since_id=written[50], limit=2)) == written[:2]
    assert ids(lan.timeline_home(max_id=written[50], min_id=written[52])) == [written[51]]
    net.work()
    notices = an.fetch_remaining(an.notifications(limit=30, types=["favourite"]))
    assert [notice.status.id for notice in notices] == written[::-1]


def test_public_timelines(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    public = an.status_post("Chào cả nhà #Một #hai")
    an.status_post("Không lên bảng", visibility="unlisted")
    reply = an.status_reply(lan.status_post("Hỏi"), "Đáp")
    net.work()
    shown = ids(net.app().timeline_public(local=True))
    assert public.id in shown
    assert reply.id not in shown
    assert net.app().timeline_public(remote=True) == []
    assert ids(net.app().timeline_hashtag("hai")) == [public.id]
    assert lan.timeline_public(only_media=True) == []


def test_filters(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    warned = lan.status_post("Kết quả bóng đá")
    hidden = lan.status_post("Phim: hé lộ kết")
    fine = lan.status_post("Chào")
    warn = an.create_filter_v2(
        "Thể thao", ["home", "public"], "warn", keywords_attributes=[{"keyword": "bóng đá"}]
    )
    hide = an.create_filter_v2("Phim", ["public"], "hide", expires_in=3600)
    word = an.add_filter_keyword_v2(hide, "hé lộ", whole_word=False)
    assert word.keyword == "hé lộ"
    shown = an.timeline_local()
    assert ids(shown) == [fine.id, warned.id]
    (result,) = shown[1].filtered
    assert (result.filter.title, result.keyword_matches) == ("Thể thao", ["bóng đá"])
    assert shown[0].filtered == []
    assert hidden.id in ids(lan.timeline_local())
    marked = an.add_filter_status_v2(warn, fine)
    assert an.status(fine).filtered == [] or marked
    assert [found.status_id for found in an.filter_statuses_v2(warn)] == [fine.id]
    an.delete_filter_status_v2(marked)
    assert [found.id for found in an.filter_keywords_v2(hide)] == [word.id]
    assert an.update_filter_v2(hide, title="Phim ảnh").title == "Phim ảnh"
    assert {found.title for found in an.filters_v2()} == {"Thể thao", "Phim ảnh"}
    an.delete_filter_keyword_v2(word)
    an.delete_filter_v2(hide)
    assert hidden.id in ids(an.timeline_local())


@pytest.mark.filterwarnings("ignore:Endpoint:mastodon.errors.MastodonDeprecationWarning")
def test_filters_of_old(net: Net) -> None:
    an = net.person("an")
    with pytest.warns(errors.MastodonDeprecationWarning):
        old = an.filter_create("giá vàng", ["home"], irreversible=True, whole_word=False)
    assert (old.phrase, old.irreversible, old.whole_word) == ("giá vàng", True, False)
    assert an.filter_update(old, phrase="giá bạc").phrase == "giá bạc"
    assert an.filter(old).context == ["home"]
    assert [found.phrase for found in an.filters()] == ["giá bạc"]
    an.filter_delete(old)
    assert an.filters() == []


def test_notifications(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    status = an.status_post("Hay")
    lan.account_follow(an.me())
    lan.status_favourite(status)
    lan.status_reblog(status)
    lan.status_reply(status, "@an ừ")
    net.work()
    found = an.notifications()
    assert [notice.type for notice in found] == ["mention", "reblog", "favourite", "follow"]
    assert {notice.account.acct for notice in found} == {"lan"}
    assert [notice.type for notice in an.notifications(types=["reblog"])] == ["reblog"]
    assert len(an.notifications(exclude_types=["follow"])) == 3
    assert len(an.notifications(account_id=an.me())) == 0
    assert an.notifications(id=found[0]).id == found[0].id
    assert an.notifications_unread_count().count == 4
    an.markers_set(["notifications", "home"], [found[1].id, status.id])
    markers = an.markers_get(["notifications", "home"])
    assert markers["notifications"].last_read_id == found[1].id
    assert (markers["home"].last_read_id, markers["home"].version) == (status.id, 1)
    assert an.notifications_unread_count().count == 1
    an.notifications_dismiss(found[0])
    assert [notice.type for notice in an.notifications()] == ["reblog", "favourite", "follow"]
    an.notifications_clear()
    assert an.notifications() == []


def test_search(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    lan.account_update_credentials(
        display_name="Đường Sắt Việt Nam", discoverable=True, indexable=True
    )
    status = lan.status_post("Vé đường sắt dịp Tết #ĐườngSắt")
    net.work()
    for query in ("duong sat", "đường sắt", "ĐƯỜNG SẮT"):
        found = an.search_v2(query, resolve=False)
        assert ids(found.statuses) == [status.id], query
        assert [account.acct for account in found.accounts] == ["lan"], query
    assert [tag.name for tag in an.search_v2("#duongsat").hashtags] == ["đườngsắt"]
    assert [found.acct for found in an.account_search("la", limit=5)] == ["lan"]
    assert ids(an.search_v2(status.url).statuses) == [status.id]
    assert [found.acct for found in an.search_v2(lan.me().url).accounts] == ["lan"]
    one = an.search_v2("đường sắt", result_type="accounts")
    assert (len(one.accounts), one.statuses, one.hashtags) == (1, [], [])


def test_the_network(net: Net) -> None:
    net.run(net.rig.set_up)
    app = net.app()
    assert (app.instance_v1().title, app.instance_v2().title) == ("Mạng thử", "Mạng thử")
    assert app.instance_v1().uri == app.instance_v2().domain
    assert app.verify_minimum_version("4.0.0")
    assert app.instance_v2().registrations.enabled is True
    assert app.instance_rules() == []
    assert app.custom_emojis() == []
    assert app.instance_extended_description().content is not None
    assert [found.code for found in app.instance_languages()] == ["vi"]
    assert app.instance_domain_blocks() == []
    assert net.person("an").announcements() == []
    assert app.instance_health()
    assert app.instance_nodeinfo().software.name == "noi"
    assert len(app.instance_activity()) == 12
    assert app.instance_peers() == []


class Listener(mastodon.StreamListener):
    """Puts what comes into a queue."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()

    def on_any_event(self, name: str, data: Any = None, for_stream: Any = None) -> None:
        self.heard.put((name, data))

    def handle_heartbeat(self) -> None:
        self.heard.put(("heartbeat", None))

    def next(self) -> tuple[str, Any]:
        """The next event that is no heartbeat."""
        while True:
            name, data = self.heard.get(timeout=WAIT)
            if name != "heartbeat":
                return name, data


def test_streams(net: Net) -> None:
    an, lan = net.person("an"), net.person("lan")
    lan.account_follow(an.me())
    lan.timeline_home()
    assert lan.stream_healthy()
    listener = Listener()
    handle = lan.stream_user(listener, run_async=True)
    try:
        listener.heard.get(timeout=WAIT)  # the greeting says that the stream is open
        status = an.status_post("Tin mới @lan")
        net.work()
        heard = dict(listener.next() for _ in range(2))
        assert heard["update"].id == status.id
        assert heard["notification"].status.id == status.id
        an.status_update(status, "Tin sửa @lan")
        net.work()
        assert listener.next()[0] == "status.update"
        an.status_delete(status)
        net.work()
        name, deleted = listener.next()
        assert (name, str(deleted)) == ("delete", str(status.id))
    finally:
        # The library waits until it hears something more.
        closing = threading.Thread(target=handle.close)
        closing.start()
        an.status_post("@lan hết")
        net.work()
        closing.join(WAIT)


def test_errors(net: Net) -> None:
    an = net.person("an")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        net.app("khong-phai-token").me()
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        net.app().me()
    for missing in (1, 99999999999999999, "abc"):
        with pytest.raises(mastodon.MastodonNotFoundError):
            an.status(missing)
        with pytest.raises(mastodon.MastodonNotFoundError):
            an.account(missing)
    with pytest.raises(mastodon.MastodonAPIError, match="400"):
        an.timeline_home(limit=-1)
