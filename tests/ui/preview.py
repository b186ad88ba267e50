"""Every page with lively sample data, to render in tests and to look at.

`python -m tests.ui.preview FOLDER [locale]` writes them all as files that a browser can open.
"""

import re
import sys
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any

from tests.ui import preview_alliance, preview_deciding, preview_federation, preview_hub

from noi.ui.cards import (
    AccountCard,
    FieldCard,
    Form,
    LinkCard,
    Me,
    MediaCard,
    Notice,
    NotificationCard,
    Pager,
    PollCard,
    PollOptionCard,
    Post,
    ProfileCard,
    QuoteCard,
    ReactionCard,
    RelationCard,
    Site,
    StatusCard,
)
from noi.ui.html import Html
from noi.ui.static_files import FOLDER as STATIC
from noi.ui.static_files import static_url
from noi.ui.templates import render

NOW = 1_795_248_600_000
MINUTE = 60_000
HOUR = 60 * MINUTE


def account(id_: int, name: str, handle: str, initials: str, **more: Any) -> AccountCard:
    relation = more.pop("relation", RelationCard())
    path = "/" + handle.removesuffix("@lang.example")
    return AccountCard(
        id=id_,
        name=Html(name),
        handle=handle,
        path=path,
        initials=initials,
        relation=relation,
        **more,
    )


MAI = account(1, "Mai Ánh", "@maianh@dalat.example", "MA", relation=RelationCard(following=True))
BAO = account(2, "Báo Đồng Nai trẻ", "@toasoan@bao.example", "BT", bot=True)
ON = account(3, "Lê Văn Ơn", "@on@lang.example", "LƠ", note=Html("<p>Dạy nhạc ở trường xã.</p>"))
HTX = account(4, "Hợp tác xã Tân Lộc", "@htx@lang.example", "HL", locked=True)
MINH = account(5, "Trần Minh", "@minh@lang.example", "TM")
BOUN = account(6, "ບຸນມີ", "@bounmy@vientiane.example", "ບ")


def status(id_: int, by: AccountCard, text: str, ago: int, **more: Any) -> StatusCard:
    return StatusCard(
        id=id_,
        account=by,
        path=f"{by.path}/{id_}",
        url=f"https://{by.handle.split('@')[-1]}/{id_}",
        content=Html(text),
        created_at=NOW - ago,
        lang=str(more.pop("lang", "vi")),
        **more,
    )


PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='800' height='450'%3E"
    "%3ClinearGradient id='a' gradientTransform='rotate(60)'%3E%3Cstop stop-color='%23b9d8c2'/%3E"
    "%3Cstop offset='.6' stop-color='%23e8d9a8'/%3E%3Cstop offset='1' stop-color='%23c98f5e'/%3E"
    "%3C/linearGradient%3E%3Crect width='800' height='450' fill='url(%23a)'/%3E%3C/svg%3E"
)


def picture(id_: int, text: str = "") -> MediaCard:
    return MediaCard(
        id=id_, kind="image", url=PICTURE, preview=PICTURE, description=text, width=800, height=450
    )


SUGGESTED = [
    Row(account=ON, reason="Mai Ánh, người bạn theo dõi, cũng theo dõi", by="", group=False),
    Row(account=BOUN, reason="Mới trong liên minh", by="Liên minh Sông Hồng", group=False),
    Row(account=HTX, reason="", by="", group=True),
]
ALLIANCES = [Row(value="https://lienminh.example/networks", label="Liên minh Sông Hồng", hint="")]
NEIGHBOURS = [
    Row(name="Liên minh Sông Hồng", url="https://lienminh.example/networks", networks=[
        Row(host="truong.example", name="Đại học Phố Núi", initials="ĐN", url="https://t.example/",
            description="Sinh viên và thầy cô.", registrations="open",
            tags=["Học tập", "Tiếng Việt"])]),
    Row(name="y.example", url="https://y.example/networks", networks=[]),
]  # fmt: skip
TOLD = [Row(base_url="https://lienminh.example", name="Liên minh Sông Hồng", host="")]

STATUSES = [
    status(
        11,
        MAI,
        '<p>Sáng nay dã quỳ nở vàng dọc đường lên <a href="/tags/LangBiang">#LangBiang</a>. '
        "Ai đi chụp ảnh cuối tuần này không?</p>",
        12 * MINUTE,
        media=[picture(1, "Hoa dã quỳ vàng hai bên con đường đất đỏ, núi xa trong sương.")],
        replies=8,
        reblogs=3,
        favourites=41,
        favourited=True,
    ),
    status(
        12,
        BAO,
        "<p>Tuyến đường sắt nội vùng chạy thử từ tuần sau, mỗi ngày mười chuyến.</p>",
        40 * MINUTE,
        reblogger=HTX,
        link=LinkCard(
            url="https://bao.example/duong-sat",
            title="Đường sắt nội vùng: lịch chạy thử và giá vé dự kiến",
            provider="bao.example",
            author="Ban Kinh tế",
        ),
        replies=15,
        reblogs=22,
        favourites=12_345,
        reblogged=True,
    ),
    status(13, HTX, "<p>Giá phân tăng…</p>", HOUR, warning="Bàn về giá phân bón, hơi dài"),
    status(
        14,
        ON,
        "<p>Hoà nhạc tối thứ Bảy ở sân trường, vào cửa tự do. Ban tổ chức cần thêm sáu bạn "
        "tình nguyện xếp ghế từ 16:00.</p><p>Đăng ký trả lời ngay dưới bài này nhé.</p>",
        2 * HOUR,
        mine=True,
        edited_at=NOW - HOUR,
        bookmarked=True,
        replies=27,
        visibility="unlisted",
    ),
    status(
        15,
        MINH,
        "<p>Chọn ngày họp lớp nào, các bạn ơi?</p>",
        26 * HOUR,
        poll=PollCard(
            options=[PollOptionCard(title="Mùng 4 Tết"), PollOptionCard(title="Cuối tháng Giêng")],
            voters=31,
            ends_at=NOW + 5 * HOUR,
        ),
        visibility="private",
        can_reblog=False,
    ),
    status(
        16,
        BOUN,
        "<p>ສະບາຍດີທຸກຄົນ, ມື້ນີ້ຕະຫຼາດເຊົ້າຄຶກຄື້ນຫຼາຍ</p>",
        50 * HOUR,
        lang="lo",
        media=[picture(2), picture(3, "Chợ"), picture(4)],
        sensitive=True,
        poll=PollCard(
            options=[
                PollOptionCard(title="ເຂົ້າຈີ່", votes=7, percent=70, chosen=True),
                PollOptionCard(title="ເຝີ", votes=3, percent=30),
            ],
            voters=10,
            ended=True,
            show_results=True,
        ),
    ),
    status(17, MAI, "<p>Trận chung kết…</p>", 400 * HOUR, filtered_by="Bóng đá", reply_to="@on"),
]

ME = Me(account=ON, unread_notifications=3, follow_requests=2, moderator=True, owner=True)
SITE = Site(
    name="Làng Nối",
    host="lang.example",
    description="Mạng của làng, nói chuyện làng, nối với muôn nơi.",
    registrations="approval",
)
FRAME: dict[str, Any] = {"site": SITE, "me": ME, "csrf": "token", "notices": [], "scheme": ""}
GUEST: dict[str, Any] = {**FRAME, "me": None}
ASIDE = {
    "suggestions": [MINH, BOUN],
    "trends": [
        Row(value="HàNội", label="HàNội", hint="128 người"),
        Row(value="mùagặt", label="mùagặt", hint="54 người"),
    ],
}
EMPTY = Form()
PAGE = Pager(newer="?min_id=9", older="?max_id=1")
RULES = [
    Row(value="1", label="Tôn trọng nhau", hint="Tranh luận việc, không công kích người.", id=1),
    Row(value="2", label="Không quảng cáo tràn lan", hint="", id=2),
]
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English"), ("lo", "ລາວ")]
STATS = Row(people=128, statuses=15_432, active=41)
PROFILE = ProfileCard(
    account=account(
        1,
        "Mai Ánh",
        "@maianh@dalat.example",
        "MA",
        note=Html("<p>Chụp hoa, hái chè, viết chuyện phố núi.</p>"),
        relation=RelationCard(followed_by=True, note="Gặp ở Đà Lạt"),
    ),
    full_handle="@maianh@dalat.example",
    url="https://dalat.example/users/maianh",
    fields=[
        FieldCard(name="Trang", value=Html('<a href="#">maianh.example</a>'), verified=True),
        FieldCard(name="Quê", value=Html("Đà Lạt")),
    ],
    statuses=1_234,
    followers=12_300,
    following=321,
    joined_at=NOW - 9000 * HOUR,
)
DECISION = Row(
    id=3,
    created_at=NOW - 30 * HOUR,
    action="Ẩn một bài viết",
    rule="Tôn trọng nhau",
    reason="Bài công kích một người, không bàn về việc.",
    until=None,
    overturned=False,
    appeal="",
    answer="",
    by="Trần Minh",
    can_reverse=True,
)
TYPED = Form(
    values={"username": "nguyễn ánh", "email": "anh@thu.example", "display_name": "Nguyễn Ánh"},
    errors={"username": "Chỉ dùng chữ không dấu, chữ số và _"},
)


def notification(id_: int, kind: str, **more: Any) -> NotificationCard:
    given: dict[str, Any] = {"accounts": [MAI], "count": 1, "created_at": NOW - id_ * HOUR, **more}
    return NotificationCard(id=id_, kind=kind, **given)


NOTIFICATIONS = [
    notification(1, "favourite", accounts=[MAI, MINH, BOUN], count=12, status=STATUSES[3],
                 excerpt="Hoà nhạc tối thứ Bảy ở sân trường, vào cửa tự do.", unread=True),
    notification(2, "mention", status=STATUSES[0]),
    notification(3, "follow", accounts=[MINH]),
    notification(4, "moderation_warning", accounts=[], path="/decisions/3"),
    notification(5, "poll", accounts=[], status=STATUSES[4], excerpt="Chọn ngày họp lớp nào?"),
]  # fmt: skip
REPORT = Row(
    id=1, account=BAO, created_at=NOW - HOUR, category="Thư rác", comment="Đăng quảng cáo liên tục",
    reporter="@minh", rules=["Không quảng cáo tràn lan"], resolved=False,
)  # fmt: skip
ACTIONS = [("warn", "Nhắc nhở", ""), ("hide", "Ẩn bài", "Chỉ tác giả còn thấy.")]
RULE_CHOICES = [("1", "Tôn trọng nhau"), ("2", "Không quảng cáo tràn lan")]
QUOTING = [
    status(
        31,
        MAI,
        "<p>Đúng thế</p>",
        8,
        quotes=1,
        quote=QuoteCard(state="accepted", url="/@on/14", status=STATUSES[1], mine=True),
    ),
    status(
        32,
        ON,
        "<p>Chuyện hôm qua</p>",
        9,
        quote=QuoteCard(state="muted_account", url="/@on/14", status=STATUSES[0]),
        reactions=[
            ReactionCard(name="🎉", label="🎉", count=2, mine=True),
            ReactionCard(name="lua@a.example", label=":lua:", count=1, image="/x.png"),
        ],
    ),
    *(
        status(33 + n, MINH, "<p>Nhắc lại</p>", 10, quote=QuoteCard(state=state, url="/x"))
        for n, state in enumerate(
            ("pending", "rejected", "revoked", "deleted", "unauthorized", "blocked_account")
        )
    ),
]
LIST_OF = {"timelines": False, "back": "", "live": "", "newest": 0, "page": PAGE, "edit": ""}
HISTORY = {"history": [DECISION], "rules": RULE_CHOICES, "actions": ACTIONS, "form": EMPTY}

# name of the preview: template, path, context
PAGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "home": ("timeline.html", "/", {**FRAME, **ASIDE, **LIST_OF, "title": "Trang nhà",
             "timelines": True, "live": "user", "newest": 11, "statuses": STATUSES}),
    "home_empty": ("timeline.html", "/", {**FRAME, **ASIDE, **LIST_OF, "title": "Trang nhà",
                   "timelines": True, "statuses": []}),
    "local_guest": ("timeline.html", "/local", {**GUEST, **ASIDE, **LIST_OF, "title": "Mạng này",
                    "timelines": True, "statuses": STATUSES}),
    "bookmarks": ("timeline.html", "/bookmarks", {**FRAME, **ASIDE, **LIST_OF, "title": "Đã lưu",
                  "statuses": []}),
    "landing": ("landing.html", "/", {**GUEST, **ASIDE, "stats": STATS, "statuses": STATUSES,
                "page": PAGE}),
    "tag": ("tag.html", "/tags/HàNội", {**FRAME, **ASIDE, "tag": "HàNội", "people": 128,
            "followed": False, "exact": False, "statuses": STATUSES, "page": PAGE, "spellings": [
                Row(value="HàNội", label="HàNội", hint="120"),
                Row(value="hanoi", label="hanoi", hint="8")]}),
    "profile": ("profile.html", "/@maianh@dalat.example", {**FRAME, **ASIDE, "profile": PROFILE,
                "pinned": [], "statuses": STATUSES[:2], "page": PAGE, "noindex": True}),
    "followers": ("accounts.html", "/@on/followers", {**FRAME, **ASIDE, "title": "Người theo dõi",
                  "back": "/@on", "links": [], "accounts": [MAI, ON, HTX, MINH], "page": PAGE,
                  "nothing": ""}),
    "thread": ("thread.html", "/@on/14", {**FRAME, **ASIDE, "focus": STATUSES[3], "ancestors":
               STATUSES[:1], "replies": [STATUSES[4], status(18, MAI, "<p>Mình đi!</p>", 9,
               depth=1)], "noindex": False, "idempotency_key": "k", "reply_text": "",
               "reply_warning": "Tác giả không nhận trả lời từ bạn"}),
    "notifications": ("notifications.html", "/notifications", {**FRAME, **ASIDE,
                      "items": NOTIFICATIONS, "page": PAGE}),
    "search": ("search.html", "/search", {**FRAME, **ASIDE, "query": "ha noi", "accounts": [MINH],
               "tags": ASIDE["trends"], "statuses": STATUSES[:2], "groups": [],
               "pending": "", "page": PAGE}),
    "explore": ("search.html", "/search", {**FRAME, **ASIDE, "query": "", "page": PAGE,
                "topics": ASIDE["trends"], "links": ASIDE["trends"][:1], "popular": STATUSES[:1],
                "suggestions": SUGGESTED, "alliances": NEIGHBOURS}),
    "found": ("search.html", "/search", {**FRAME, **ASIDE, "query": "dã quỳ", "page": PAGE,
              "pending": "/search?q=a", "accounts": [], "tags": [], "statuses": [],
              "groups": [Row(name="Liên minh Sông Hồng", accounts=[MAI, BOUN], statuses=[])]}),
    "asking": ("search.html", "/search", {**FRAME, **ASIDE, "query": "dã quỳ", "page": PAGE,
               "pending": "/search?q=a", "accounts": [], "tags": [], "statuses": [],
               "groups": []}),
    "welcome": ("welcome.html", "/welcome", {**FRAME, **ASIDE, "people": SUGGESTED[:2],
                "groups": SUGGESTED[2:], "topics": ASIDE["trends"], "form": Form(),
                "told": TOLD}),
    "compose": ("compose.html", "/compose", {**FRAME, **ASIDE, "title": "Bài mới", "back": "/",
                "form": Form(values={"text": "Chào cả nhà"}), "reply_to": None, "attached": [],
                "quoted": STATUSES[1], "warning": "",
                "action": "/statuses", "editing": False, "languages": LANGUAGES}),
    "reply": ("compose.html", "/compose", {**FRAME, **ASIDE, "title": "Trả lời", "back": "/",
              "form": Form(values={"text": "@maianh@dalat.example "}, errors={"text": "Dài quá"}),
              "reply_to": STATUSES[0], "attached": [picture(1, "Hoa")], "action": "/statuses",
              "quoted": None, "warning": "Tác giả xem từng câu trả lời",
              "editing": True, "languages": LANGUAGES}),
    "quotes": ("quotes.html", "/@on/14/quotes", {**FRAME, **ASIDE, "back": "/@on/14",
               "page": PAGE, "posts": QUOTING}),
    "confirm": ("confirm.html", "/statuses/14/delete", {**FRAME, **ASIDE, "title": "Xoá bài",
                "question": "Xoá hẳn bài này?", "yes": "Xoá", "grave": True, "back": "/",
                "action": "/statuses/14/delete", "status": STATUSES[3], "account": None}),
    "history": ("history.html", "/@on/14/history", {**FRAME, **ASIDE, "back": "/@on/14",
                "versions": [Row(created_at=NOW, warning="", content=Html("<p>Mới</p>")),
                             Row(created_at=NOW - HOUR, warning="x", content=Html("<p>Cũ</p>"))]}),
    "conversations": ("conversations.html", "/conversations", {**FRAME, **ASIDE, "page": PAGE,
                      "conversations": [Row(id=1, accounts=[MAI, MINH], status=STATUSES[0],
                                            unread=True, excerpt="Mai gặp ở chợ nhé")]}),
    "follow_requests": ("follow_requests.html", "/follow-requests", {**FRAME, **ASIDE,
                        "accounts": [MAI, MINH], "page": PAGE}),
    "drafts": ("drafts.html", "/drafts", {**FRAME, **ASIDE,
               "drafts": [Row(id=1, text="Chuyện mùa gặt", at=NOW - HOUR)],
               "scheduled": [Row(id=2, text="Chúc mừng năm mới", at=NOW + 90 * HOUR)]}),
    "report": ("report.html", "/report", {**FRAME, **ASIDE, "account": BAO, "status": STATUSES[1],
               "form": EMPTY, "rules": RULES, "back": "/", "local": False}),
    "enforcement": ("enforcement.html", "/decisions/3", {**FRAME, **ASIDE, "decision": DECISION,
                    "status": STATUSES[3], "form": EMPTY, "own": True}),
    "decisions": ("decisions.html", "/decisions", {**FRAME, **ASIDE, "decisions": [DECISION]}),
    "moderation_reverse": ("moderation/reverse.html", "/moderation/decisions/3/reverse", {**FRAME,
                           **ASIDE, "account": MINH, "decision": DECISION, "form": EMPTY}),
    "invitations": ("invitations.html", "/invitations", {**FRAME, **ASIDE, "form": EMPTY,
                    "fresh": "https://lang.example/sign-up?invitation=Tre-Xanh", "invitations":
                    [Row(id=1, uses=2, max_uses=5, expires_at=NOW + 99 * HOUR)]}),
    "about": ("about.html", "/about", {**GUEST, **ASIDE, "stats": STATS, "about": Html("<p>Hi</p>"),
              "rules": RULES, "privacy": Html(), "contact": MINH, "version": "0.1.0",
              "contact_email": "hoi@lang.example"}),
    "error": ("error.html", "/nope", {**GUEST, "status": 404, "title": "Không tìm thấy trang này",
              "text": "Có thể bài đã bị xoá.", "typed": "", "back": "", "request_id": "1a2b"}),
    "error_typed": ("error.html", "/statuses", {**FRAME, "status": 503, "title": "Đang bận",
                    "text": "Thử lại sau nhé.", "typed": "Chào", "back": "/", "request_id": ""}),
    "sign_in": ("sign_in.html", "/sign-in", {**GUEST, "form": EMPTY, "next": "/", "client": "Tusky",
                "notices": [Notice(text="Mật khẩu đã đổi.")]}),
    "sign_up": ("sign_up.html", "/sign-up", {**GUEST, "form": TYPED, "rules": RULES,
                "invited_by": "Mai Ánh", "min_age": 16, "message": "Chào bạn mới."}),
    "confirm_email": ("confirm_email.html", "/confirm", {**GUEST, "code_value": "c",
                      "problem": ""}),
    "account_lists": ("account_lists.html", "/accounts/1/lists", {**FRAME, **ASIDE, "account": MAI,
                      "lists": [Row(value="1", label="Gia đình", hint="1")]}),
    "message": ("message.html", "/confirm", {**GUEST, "title": "Xem hộp thư nhé",
                "paragraphs": ["Chúng tôi vừa gửi thư tới anh@thu.example."],
                "link": Row(value="/", label="Về trang đầu"),
                "action": Row(value="/confirm/again", label="Gửi lại")}),
    "forgot_password": ("forgot_password.html", "/password/forgot", {**GUEST, "form": EMPTY}),
    "reset_password": ("reset_password.html", "/password/reset", {**GUEST, "form": EMPTY,
                       "reset_token": "t"}),
    "setup": ("setup.html", "/setup", {**GUEST, "form": EMPTY, "languages": LANGUAGES}),
    "authorize": ("authorize.html", "/oauth/authorize", {**FRAME, "fields": {"client_id": "1"},
                  "app": Row(name="Tusky", website="https://tusky.example"), "again": "/",
                  "redirect_host": "tusky.example", "scopes": [
                      Row(value="read", label="Đọc mọi thứ bạn đọc được"),
                      Row(value="write", label="Đăng bài và thay đổi thay bạn")]}),
    "authorize_code": ("authorize_code.html", "/oauth/authorize/native", {**FRAME,
                       "code_value": "aB3"}),
    "me": ("me.html", "/me", {**FRAME, **ASIDE}),
    "lists": ("lists.html", "/lists", {**FRAME, **ASIDE, "form": EMPTY,
              "lists": [Row(value="1", label="Gia đình")]}),
    "list_edit": ("list_edit.html", "/lists/1/edit", {**FRAME, **ASIDE, "form": EMPTY, "list_id": 1,
                  "title": "Gia đình", "query": "", "found": [MINH], "members": [MAI]}),
    "settings": ("settings/index.html", "/settings", {**FRAME, **ASIDE}),
    "settings_profile": ("settings/profile.html", "/settings/profile", {**FRAME, **ASIDE,
                         "form": EMPTY, "avatar_url": PICTURE, "header_url": ""}),
    "settings_privacy": ("settings/privacy.html", "/settings/privacy", {**FRAME, **ASIDE,
                         "told": [Row(name="Sông Hồng", host="x.example",
                                      base_url="https://x.example")],
                         "alliances": ALLIANCES,
                         "form": Form(values={"default_visibility": "public", "locked": "1"})}),
    "settings_preferences": ("settings/preferences.html", "/settings/preferences", {**FRAME,
                             **ASIDE, "form": EMPTY, "languages": LANGUAGES,
                             "locales": LANGUAGES, "zones": [("Asia/Ho_Chi_Minh", "Hà Nội")]}),
    "settings_account": ("settings/account.html", "/settings/account", {**FRAME, **ASIDE,
                         "form": EMPTY, "full_handle": "@on@lang.example", "confirmed": False,
                         "email": "on@thu.example", "created_at": NOW - 900 * HOUR}),
    "settings_password": ("settings/password.html", "/settings/password", {**FRAME, **ASIDE,
                          "form": EMPTY}),
    "settings_filters": ("settings/filters.html", "/settings/filters", {**FRAME, **ASIDE,
                         "filters": [Row(id=1, title="Bóng đá", words="bóng đá, chung kết",
                                         contexts="Trang nhà", expires_at=NOW)]}),
    "settings_filter": ("settings/filter.html", "/settings/filters/new", {**FRAME, **ASIDE,
                        "form": Form(values={"action": "warn", "home": "1"})}),
    "settings_blocks": ("settings/blocks.html", "/settings/blocks", {**FRAME, **ASIDE,
                        "kind": "blocks", "accounts": [BAO], "page": PAGE}),
    "settings_domains": ("settings/blocks.html", "/settings/domains", {**FRAME, **ASIDE,
                         "kind": "domains", "domains": ["spam.example"], "form": EMPTY}),
    "settings_apps": ("settings/apps.html", "/settings/apps", {**FRAME, **ASIDE, "sessions": [
                      Row(id=1, label="Firefox, Android", current=True, last_used_at=NOW),
                      Row(id=2, label="Chrome, Windows", current=False, last_used_at=NOW - HOUR)],
                      "apps": [Row(id=1, name="Tusky", scopes="read write", created_at=NOW)]}),
    "settings_export": ("settings/export.html", "/settings/export", {**FRAME, **ASIDE,
                        "pending": False, "archives": [Row(id=1, created_at=NOW, size="3 MB")],
                        "lists": [["following", "Đang theo dõi"], ["mutes", "Đã ẩn"]]}),
    "settings_import": ("settings/import.html", "/settings/import", {**FRAME, **ASIDE,
                        "form": EMPTY, "kinds": [("following", "Đang theo dõi")], "imports": [
                            Row(id=1, title="Đang theo dõi", created_at=NOW, state="running",
                                through=20, total=300, failed=2),
                            Row(id=2, title="Đã chặn", created_at=NOW, state="done",
                                through=9, total=9, failed=0)]}),
    "settings_import_progress": (
        "settings/import_progress.html", "/settings/import/1", {**FRAME, **ASIDE, "item": Row(
            id=1, title="Đang theo dõi", created_at=NOW, state="running", through=20, total=300,
            done=18, failed=2), "more": 1, "problems": [
                Row(number=7, text="ai@dau.example", reason="Không tìm thấy")]}),
    "settings_migration": ("settings/migration.html", "/settings/migration", {**FRAME, **ASIDE,
                           "form": EMPTY, "own": "lan@lang.example", "moved_to": "",
                           "may_move_at": None, "aliases": [
                               Row(uri="https://cu.example/users/lan", name="lan@cu.example")]}),
    "owner_relays": ("owner/relays.html", "/owner/federation/relays", {**FRAME, **ASIDE,
                     "form": EMPTY, "relays": [
                         Row(id=1, address="https://tram.example/inbox", state="accepted",
                             brief=False, error="", created_at=NOW),
                         Row(id=2, address="https://tram.example/relay", state="pending",
                             brief=True, error="timeout", created_at=NOW)]}),
    "settings_delete": ("settings/delete.html", "/settings/delete", {**FRAME, **ASIDE,
                        "form": EMPTY}),
    "owner": ("owner/index.html", "/owner", {**FRAME, **ASIDE, "stats": STATS, "jobs_waiting": 3,
              "jobs_failed": 1, "new_charters": [(1, 2)]}),
    "owner_network": ("owner/network.html", "/owner/network", {**FRAME, **ASIDE, "form": EMPTY}),
    "owner_rules": ("owner/rules.html", "/owner/rules", {**FRAME, **ASIDE, "form": EMPTY, "rules":
                    [Row(id=1, text="Tôn trọng nhau", hint="Bàn việc"), Row(id=2, text="B",
                     hint="")]}),
    "owner_emojis": ("owner/emojis.html", "/owner/emojis", {**FRAME, **ASIDE, "form": EMPTY,
                     "emojis": [Row(id=1, shortcode="non_la", category="Quê", disabled=False,
                                    url="/media/e.png"),
                                Row(id=2, shortcode="ao_dai", category="", disabled=True,
                                    url="/media/f.png")]}),
    "owner_team": ("owner/team.html", "/owner/team", {**FRAME, **ASIDE, "form": EMPTY,
                   "may_change": True, "role_names": [["member", "Thành viên"], ["owner", "Chủ"]],
                   "team": [Row(name="Mai Ánh", username="mai", role="owner",
                                role_name="Chủ")]}),
    "owner_jobs": ("owner/jobs.html", "/owner/jobs", {**FRAME, **ASIDE, "page": PAGE, "jobs": [
                   Row(id=1, name="Deliver", attempts=10, failed_at=NOW, error="timeout")]}),
    "moderation": ("moderation/reports.html", "/moderation", {**FRAME, **ASIDE, "page": PAGE,
                   "reports": [REPORT]}),
    "moderation_report": ("moderation/report.html", "/moderation/reports/1", {**FRAME, **ASIDE,
                          **HISTORY, "report": REPORT, "statuses": STATUSES[1:2]}),
    "moderation_account": ("moderation/account.html", "/moderation/accounts/2", {**FRAME, **ASIDE,
                           **HISTORY, "account": BAO, "facts": [Row(label="Tình trạng",
                                                                    value="hoạt động")]}),
    "moderation_appeals": ("moderation/appeals.html", "/moderation/appeals", {**FRAME, **ASIDE,
                           "appeals": [Row(id=1, account=MINH, created_at=NOW, action="Ẩn bài",
                                           rule="Tôn trọng nhau", reason="x", text="Tôi chỉ đùa.",
                                           own=False)]}),
    "moderation_waiting": ("moderation/waiting.html", "/moderation/waiting", {**FRAME, **ASIDE,
                           "people": [Row(account=MINH, email="m@thu.example",
                                          reason="Tôi ở làng bên.")]}),
}  # fmt: skip
PAGES.update(preview_federation.pages({**FRAME, **ASIDE}, PAGE))
PAGES.update(preview_alliance.pages({**FRAME, **ASIDE}))
PAGES.update(preview_deciding.pages({**FRAME, **ASIDE}))
PAGES.update(preview_hub.pages(FRAME))


def page(name: str, locale: str = "vi") -> str:
    template, path, context = PAGES[name]
    frame: dict[str, Any] = {**context, "path": path}
    for part in _POSTS.get(template, ()):
        frame[part] = [post(card, frame, locale) for card in frame.get(part, [])]
    return render(template, locale, frame, now=NOW).decode()


_POSTS = {
    "timeline.html": ["statuses"],
    "landing.html": ["statuses"],
    "tag.html": ["statuses"],
    "search.html": ["statuses", "popular"],
    "profile.html": ["statuses"],
    "quotes.html": ["posts"],
    "thread.html": ["ancestors", "replies"],
}


def post(card: StatusCard, frame: dict[str, Any], locale: str) -> Post:
    given = {**frame, "statuses": [card], "cut": ""}
    html = Html(render("parts/insides.html", locale, given, now=NOW).decode())
    return Post(id=card.id, shown_id=card.shown_id or card.id, html=html, depth=card.depth)


def write_all(folder: Path, locale: str) -> None:
    (folder / "static").mkdir(parents=True, exist_ok=True)
    for file in STATIC.iterdir():
        if file.suffix in (".css", ".js", ".svg"):
            (folder / static_url(file.name)[1:]).write_bytes(file.read_bytes())
    for name in PAGES:
        (folder / f"{name}.html").write_text(re.sub("&#x2f;", "/", page(name, locale)))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "vi")
