"""Sample data for the pages of a hub."""

from types import SimpleNamespace as Row
from typing import Any

from tests.ui import preview_deciding

from noi.ui.cards import Form, Pager, Site
from noi.ui.html import Html

NOW = 1_795_248_600_000
_DAY = 86_400_000
_NOTHING = Form()
_SITE = Site(
    name="Liên minh Sông Hồng",
    host="tram.example",
    description="Báo, trường, làng: mỗi nơi một mạng, tìm thấy nhau ở đây.",
    registrations="closed",
    hub=True,
)


def choice(value: str, label: str, hint: str = "") -> Row:
    return Row(value=value, label=label, hint=hint)


def network(host: str, name: str, **more: Any) -> Row:
    given: dict[str, Any] = {
        "host": host,
        "name": name,
        "initials": "LN",
        "description": "",
        "subjects": [],
        "languages": ["Tiếng Việt"],
        "size": "small",
        "registrations": "approval",
        "state": "admitted",
        "url": f"https://{host}/",
        "join_url": f"https://{host}/sign-up",
        "software": "noi 0.1.0",
        "rules": ["Tôn trọng nhau", "Không quảng cáo tràn lan"],
        "admitted_at": NOW - 39 * _DAY,
        "charter_version": 1,
        "rule_text": "",
        "reason": "",
    }
    return Row(**{**given, **more})


NETWORKS = [
    network(
        "bao.example",
        "Báo Đồng Nai trẻ",
        description="Toà soạn và bạn đọc: tin địa phương, bàn chuyện quanh bài báo.",
        subjects=["Tin tức", "Địa phương"],
        size="large",
        initials="BT",
    ),
    network(
        "truong.example",
        "Đại học Phố Núi",
        description="Sinh viên và thầy cô. " + "Nghiên cứu, câu lạc bộ, tìm bạn ở ghép. " * 6,
        subjects=["Học tập"],
        languages=["Tiếng Việt", "English", "ລາວ"],
        registrations="open",
        size="huge",
    ),
    network("lang-rat-dai-ten-o-vung-sau-vung-xa.example", "Làng", registrations="invitation"),
]


def standing(one: Row, **more: Any) -> Row:
    """A network as stewards see it."""
    given: dict[str, Any] = {
        "network": one,
        "keys": _KEYS,
        "contact": "hoi@lang.example",
        "listed": True,
        "asked_at": NOW - 40 * _DAY,
        "heard_at": NOW - 3_600_000,
        "failing_since": None,
    }
    return Row(**{**given, **more})


_SUSPENDED = network(
    "thu-rac.example",
    "Mạng quảng cáo",
    state="suspended",
    rule_text="Không gửi thư rác",
    reason="Mỗi ngày hàng trăm quảng cáo, hỏi không ai trả lời.",
)
PEOPLE = [
    Row(
        name="Mai Ánh",
        handle="@maianh@truong.example",
        url="https://truong.example/@maianh",
        initials="MÁ",
        kind="person",
        bio="Chụp hoa, hái chè, viết chuyện phố núi. #LangBiang",
        language="vi",
    ),
    Row(
        name="Toà soạn",
        handle="@toasoan@bao.example",
        url="https://bao.example/@toasoan",
        initials="T",
        kind="bot",
        bio="",
        language="",
    ),
]
POSTS = [
    Row(
        name="Mai Ánh",
        handle="@maianh@truong.example",
        url="https://truong.example/@maianh/1",
        initials="MÁ",
        at=NOW - 7_200_000,
        excerpt="Sáng nay dã quỳ nở vàng dọc đường lên LangBiang. Ai đi chụp ảnh không?",
        language="vi",
    ),
    Row(
        name="ບຸນມີ",
        handle="@bounmy@vientiane.example",
        url="https://vientiane.example/@bounmy/2",
        initials="ບ",
        at=NOW - 9 * _DAY,
        excerpt="ສະບາຍດີທຸກຄົນ, ມື້ນີ້ຕະຫຼາດເຊົ້າຄຶກຄື້ນຫຼາຍ",
        language="lo",
    ),
]


def _topic(name: str) -> Row:
    hint = "54 người · 6 mạng"
    return Row(name=name, path=name, hint=hint, line="M0 26L20 20L40 22L60 9L96 2")


_SECTIONS = [
    Row(title="Mục đích", anchor="1", html=Html("<p>Giúp người của mình tìm thấy nhau.</p>")),
    Row(title="Quy tắc", anchor="2", html=Html("<ol><li>Tôn trọng con người.</li></ol>")),
]
_CHARTER = Row(
    version=2,
    created_at=NOW - 9 * _DAY,
    language="vi",
    sections=_SECTIONS,
    others=[("en", "English")],
    signature="c2lnbmF0dXJl" * 7,
)
_IDENTITY = Row(
    origin="https://tram.example",
    fingerprint="JGvzLt6CqPV4QyBdm1TF1Cn0mJ0X1XkHqKk3l2aZb1o=",
    public_key="gQZg9i0Qm1w7hQk2pJ3m0b6tqXy2o1Zr5c8vJk1lW0U=",
)
_KEYS = Row(
    our_fingerprint="T3VyRmluZ2VycHJpbnRGb3JUaGlzTmV0d29ya0tleSE=",
    their_fingerprint="VGhlaXJGaW5nZXJwcmludE9mVGhlTWVtYmVyS2V5ISE=",
)
_VERSIONS = [Row(version=2, created_at=NOW - 9 * _DAY), Row(version=1, created_at=NOW - 90 * _DAY)]
_DECISIONS = [
    Row(state="suspended", rule_text="Không gửi thư rác", reason="Hàng trăm quảng cáo.",
        created_at=NOW - _DAY, by="Mai Ánh"),
    Row(state="admitted", rule_text="", reason="", created_at=NOW - 39 * _DAY, by=""),
]  # fmt: skip
_CHART = Row(
    id="accounts",
    title="Người cho tìm",
    now="1.234",
    note="+120",
    summary="Người cho tìm, từ 1.114 ngày 1 tháng 1 lên 1.234 ngày 30 tháng 1",
    highest="1.234",
    area="M0 150L0 120L300 80L594 20L594 150Z",
    line="M0 120L300 80L594 20",
    dot=("594", "20"),
    first_day="1 tháng 1, 2026",
    last_day="30 tháng 1, 2026",
    rows=[("30 tháng 1, 2026", "1.234"), ("29 tháng 1, 2026", "<10")],
)
_ANY = [choice("", "Tất cả"), choice("vi", "Tiếng Việt")]
_FILTERS = {"languages": _ANY, "hosts": _ANY, "times": [choice("", "Bất cứ lúc nào")]}
_TOPICS = [
    Row(id=n, name=name, members=n, inbox=f"https://tram.example/users/relay-{n}/inbox",
        actor=f"https://tram.example/users/relay-{n}")
    for n, name in enumerate(("Tất cả", "#mùagặt", "ລາວ"))
]  # fmt: skip
_HOURS = [choice("6", "6 giờ"), choice("24", "Một ngày"), choice("168", "Một tuần")]


def pages(frame: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name of the preview: template, path, context."""
    guest = {**frame, "site": _SITE, "me": None}
    steward = {**frame, "site": _SITE}
    deciding = preview_deciding.hub_pages(guest, steward)
    return {**_public(guest), **_own(guest), **_managing(steward), **deciding}


def _public(guest: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    found = {**guest, **_FILTERS, "chosen": Row(language="", host="", time="")}
    one = {**guest, "contact": "hoi@tram.example"}
    signed = {**guest, "identity": _IDENTITY, "versions": _VERSIONS}
    return {
        "hub": ("hub/home.html", "/", {**guest, "purposes": _SECTIONS[0],
                "language": "vi", "newest": NETWORKS,
                "numbers": [choice("12", "mạng"), choice("1.234", "người cho tìm")]}),
        "hub_empty": ("hub/home.html", "/", {**guest, "purposes": None, "language": "",
                      "newest": [],
                      "numbers": []}),
        "hub_charter": ("hub/charter.html", "/charter", {**signed, "charter": _CHARTER,
                        "old": False}),
        "hub_charter_old": ("hub/charter.html", "/charter/1", {**signed, "charter": _CHARTER,
                            "old": True}),
        "hub_charter_none": ("hub/charter.html", "/charter", {**signed, "charter": None,
                             "old": False}),
        "hub_networks": ("hub/networks.html", "/networks", {**guest, "found": NETWORKS,
                         "ended": [_SUSPENDED], "subjects": _ANY, "languages": _ANY,
                         "sizes": _ANY, "filtered": True,
                         "chosen": Row(subject="", language="", size=""), "total": 3,
                         "page": Pager(older="?after=3")}),
        "hub_networks_none": ("hub/networks.html", "/networks", {**guest, "found": [],
                              "ended": [], "subjects": _ANY, "languages": _ANY,
                              "sizes": _ANY, "total": 0,
                              "filtered": True, "page": Pager(),
                              "chosen": Row(subject="", language="vi", size="")}),
        "hub_network": ("hub/network.html", "/networks/truong.example", {**one, "n": NETWORKS[1],
                        "receipt": False, "decisions": _DECISIONS[1:]}),
        "hub_network_out": ("hub/network.html", "/networks/thu-rac.example", {**one,
                            "n": _SUSPENDED, "receipt": True, "decisions": _DECISIONS}),
        "hub_search": ("hub/search.html", "/search", {**found, "kind": "people", "query": "mai",
                       "found": PEOPLE, "page": Pager(older="?after=x")}),
        "hub_posts": ("hub/search.html", "/search/posts", {**found, "kind": "posts",
                      "query": "dã quỳ", "found": POSTS, "page": Pager()}),
        "hub_search_empty": ("hub/search.html", "/search", {**found, "kind": "people",
                             "query": "", "found": [], "page": Pager()}),
        "hub_trends": ("hub/trends.html", "/trends", {**guest, "times": _HOURS,
                       "languages": [*_ANY, choice("lo", "ລາວ")], "time": "24", "language": "",
                       "tags": [_topic("#mùagặt"), _topic("#nghiênghngảvìmưagióbãobùng")],
                       "links": [_topic("bao.example/duong-sat")], "popular": POSTS}),
        "hub_trends_none": ("hub/trends.html", "/trends", {**guest, "times": _HOURS,
                            "languages": _ANY, "tags": [], "links": [], "popular": [],
                            "time": "24", "language": ""}),
        "hub_statistics": ("hub/statistics.html", "/statistics", {**guest, "charts": [_CHART],
                           "spans": [choice("30", "Một tháng"), choice("90", "Ba tháng")],
                           "span": "90", "shares": [Row(label="Tiếng Việt", percent=81)]}),
        "hub_relay": ("hub/relay.html", "/relay", {**guest, "topics": _TOPICS}),
        "hub_about": ("hub/about.html", "/about", {**guest, "about": Html("<p>Chào.</p>"),
                      "team": [choice("mai", "Mai Ánh", "Chủ")], "version": "0.1.0",
                      "contact_email": "hoi@tram.example"}),
        "hub_privacy": ("hub/privacy.html", "/privacy", {**guest, "own": Html(),
                        "contact_email": "hoi@tram.example"}),
    }  # fmt: skip


def _own(guest: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    join = {**guest, "identity": _IDENTITY}
    claimed = {**guest, "account": "https://truong.example/users/maianh"}
    asking = {**guest, "keys": _KEYS, "contact": "a@b.example",
              "completion_url": "https://truong.example/admin/fasp"}  # fmt: skip
    wrong = Form(values={"host": "x"}, errors={"host": "Mạng này không trả lời"})
    return {
        "hub_join": ("hub/join.html", "/join", {**join, "form": wrong, "open": True}),
        "hub_asked": ("hub/asked.html", "/join/truong.example", {**asking, "confirmed": False,
                      "n": network("truong.example", "T", state="asked")}),
        "hub_refused": ("hub/asked.html", "/join/truong.example", {**asking, "confirmed": True,
                        "n": network("truong.example", "T", state="refused", reason="Chưa có ai.",
                                     rule_text="Có người điều hành")}),
        "hub_me": ("hub/me.html", "/me", {**guest, "form": _NOTHING}),
        "hub_claim": ("hub/claim.html", "/me", {**claimed, "form": _NOTHING,
                      "code_text": "noi4f7k2mqp9xtwzzab", "expires_at": NOW + 3_600_000}),
        "hub_held": ("hub/held.html", "/me", {**claimed, "refused": False, "posts": [
                     Row(url="https://truong.example/1", at=NOW, excerpt="Lúa chín",
                         rule="Không quảng cáo", reason="Bán lúa")],
                     "person": PEOPLE[0], "more": 7, "facts": [choice("", "Bài", "1.234")]}),
        "hub_held_none": ("hub/held.html", "/me", {**claimed, "refused": False, "posts": [],
                          "person": None, "more": 0, "facts": []}),
        "hub_held_never": ("hub/held.html", "/me", {**claimed, "refused": True, "posts": [],
                           "person": None, "more": 0, "facts": []}),
        "hub_invited": ("hub/invited.html", "/invited", {**guest, "by": "Mai Ánh",
                        "role_name": "Người trông coi", "invitation": "abc",
                        "form": Form(errors={"username": "Tên này đã có người dùng"})}),
        "hub_setup": ("setup.html", "/setup", {**guest, "form": _NOTHING,
                      "languages": [("vi", "Tiếng Việt")]}),
    }  # fmt: skip


def _managing(steward: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    typed = Form(values={"verb": "suspend", "rule": "Không gửi thư rác"},
                 errors={"reason": "Hãy viết lý do"})  # fmt: skip
    asking = network("truong.example", "Đại học Phố Núi", state="asked")
    writing = {**steward, "languages": [("vi", "Tiếng Việt"), ("en", "English")],
               "main_language": "vi", "form": Form(values={"text_vi": "## Mục đích"}),
               "since": NOW - 9 * _DAY}  # fmt: skip
    return {
        "hub_manage": ("hub/manage/index.html", "/manage", {**steward, "charter": False,
                       "asked": 2, "admitted": 12, "waiting": 1234, "jobs_failed": 0}),
        "hub_members": ("hub/manage/members.html", "/manage/members", {**steward, "chosen": "",
                        "states": [choice("", "Tất cả"), choice("asked", "Xin gia nhập", "2")],
                        "members": [standing(one) for one in (*NETWORKS, _SUSPENDED)],
                        "page": Pager()}),
        "hub_member": ("hub/manage/member.html", "/manage/members/truong.example", {**steward,
                       "m": standing(NETWORKS[1]), "form": typed, "decisions": _DECISIONS,
                       "services": ["Tìm người", "Chủ đề"]}),
        "hub_member_asking": ("hub/manage/member.html", "/manage/members/truong.example",
                              {**steward, "m": standing(asking, heard_at=None), "form": _NOTHING,
                               "decisions": [], "services": []}),
        "hub_member_out": ("hub/manage/member.html", "/manage/members/thu-rac.example",
                           {**steward, "m": standing(_SUSPENDED, listed=False), "form": _NOTHING,
                            "decisions": _DECISIONS, "services": []}),
        "hub_write_charter": ("hub/manage/charter.html", "/manage/charter", {**writing,
                              "preview": [], "version": 0}),
        "hub_preview_charter": ("hub/manage/charter.html", "/manage/charter", {**writing,
                                "version": 1, "preview": [Row(language="vi", name="Tiếng Việt",
                                                              sections=_SECTIONS)]}),
        "hub_settings": ("hub/manage/settings.html", "/manage/settings", {**steward,
                         "form": _NOTHING, "languages": [("vi", "Tiếng Việt")]}),
        "hub_team": ("hub/manage/team.html", "/manage/team", {**steward, "form": _NOTHING,
                     "may_change": True, "role_names": [["member", "Không"], ["owner", "Chủ"]],
                     "fresh": "https://tram.example/invited?invitation=abc", "waiting": [
                         Row(id=3, role_name="Người trông coi", expires_at=NOW)],
                     "team": [Row(name="Mai Ánh", username="mai", role="owner",
                                  role_name="Chủ")]}),
        "hub_manage_relay": ("hub/manage/relay.html", "/manage/relay", {**steward,
                             "form": Form(errors={"hashtag": "Đã có"}), "topics": _TOPICS[1:],
                             "languages": [choice("vi", "Tiếng Việt")]}),
        "hub_queue": ("hub/manage/queue.html", "/manage/queue", {**steward, "waiting": 1234,
                      "late": 7_200_000, "jobs_waiting": 3, "page": Pager(),
                      "hosts": [Row(host="dalat.example", failures=12, failing_since=NOW - _DAY,
                                    error="no complete answer in time")],
                      "jobs": [Row(id=1, name="Deliver", attempts=10, failed_at=NOW,
                                   error="timeout")]}),
    }  # fmt: skip
