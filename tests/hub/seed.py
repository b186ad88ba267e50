"""A hub with some life in it: a charter, networks in every state, people, posts, figures."""

import json
from datetime import UTC, datetime, timedelta

import found
from noi.activitypub import fasp
from noi.db.hub import members, statistics
from noi.db.hub.statistics import Figure
from noi.hub.texts import proposal
from noi.models.hub import Decision, MemberState
from noi.models.hub_jobs import CountTrends
from noi.models.ids import now_ms
from noi.services import settings
from noi.services.hub import charters, trends
from noi.services.network import Network
from noi.ui.translation import LOCALES
from testrig import Rig

KEY = "gQZg9i0Qm1w7hQk2pJ3m0b6tqXy2o1Zr5c8vJk1lW0U="
RULES = ("Tôn trọng nhau: bàn việc, không công kích người.", "Không quảng cáo tràn lan.")

# host, name, description, subjects, languages, who may join, people
NETWORKS = (
    ("bao.example", "Báo Đồng Nai trẻ", "Toà soạn và bạn đọc: tin địa phương, bàn chuyện quanh "
     "bài báo.", ["Tin tức", "Địa phương"], ["vi"], "approval", 5000),
    ("truong.example", "Đại học Phố Núi", "Sinh viên và thầy cô: nghiên cứu, câu lạc bộ, tìm bạn "
     "ở ghép, hỏi bài, đổi sách.", ["Học tập"], ["vi", "en"], "open", 1000),
    ("lang.example", "Làng Nối", "Chuyện làng, mùa màng, chợ phiên.", ["Địa phương"], ["vi"],
     "invitation", 50),
    ("vientiane.example", "ວຽງຈັນ", "ເຄືອຂ່າຍຂອງຄົນວຽງຈັນ.", ["Địa phương"], ["lo"], "approval",
     200),
    ("anh.example", "Hội nhiếp ảnh", "Ảnh đen trắng, ảnh phố.", ["Nghệ thuật"], ["vi"], "open", 1),
    ("mot-mang-co-ten-rat-dai-o-vung-sau-vung-xa.example", "Hợp tác xã nông nghiệp Tân Lộc và các "
     "xã lân cận", "", ["Nông nghiệp"], ["vi"], "closed", 50),
)  # fmt: skip
PEOPLE = (
    ("maianh@truong.example", "Mai Ánh", "Chụp hoa, hái chè, viết chuyện phố núi. #LangBiang"),
    ("toasoan@bao.example", "Toà soạn", "Tin từ toà soạn, mỗi ngày."),
    ("on@lang.example", "Lê Văn Ơn", "Dạy nhạc ở trường xã. #hoànhạc"),
    ("bounmy@vientiane.example", "ບຸນມີ", "ຮັກການຖ່າຍຮູບ"),
)
TEXTS: tuple[tuple[str, str, list[str]], ...] = (
    ("Sáng nay dã quỳ nở vàng dọc đường lên #LangBiang. Ai đi chụp ảnh cuối tuần này không?",
     "vi", ["#LangBiang"]),
    ("Tuyến đường sắt nội vùng chạy thử từ tuần sau, mỗi ngày mười chuyến. #đườngsắt", "vi",
     ["#đườngsắt"]),
    ("Hoà nhạc tối thứ Bảy ở sân trường, vào cửa tự do. Ban tổ chức cần thêm sáu bạn tình nguyện "
     "xếp ghế từ 16:00.", "vi", []),
    ("ສະບາຍດີທຸກຄົນ, ມື້ນີ້ຕະຫຼາດເຊົ້າຄຶກຄື້ນຫຼາຍ", "lo", []),
)  # fmt: skip


async def settled(rig: Rig) -> None:
    """Fill a hub; its owner is `lan`, with the password of every account of tests."""
    network = rig.network
    await rig.create_account("lan", "owner")
    await rig.set_up()
    changes = {
        "name": "Liên minh Sông Hồng",
        "short_description": "Báo, trường, làng: mỗi nơi một mạng, tìm thấy nhau ở đây.",
        "contact_email": "hoi@tram.example",
    }
    await settings.update(network, None, changes)
    await charters.publish(network, {code: proposal(code) for code in LOCALES}, None)
    await charters.publish(network, {code: proposal(code) for code in ("vi", "en")}, None)
    await _networks(network)
    await _posts(network)
    await _figures(network)


async def _networks(network: Network) -> None:
    now = now_ms()
    for host, name, description, subjects, languages, registrations, people in NETWORKS:
        id_ = await found.member(
            network,
            host,
            "asked",
            name=name,
            description=description,
            subjects=json.dumps(subjects),
            languages=json.dumps(languages),
            rules=json.dumps(RULES),
            registrations=registrations,
            people=people,
            software="noi 0.1.0" if host.startswith("lang") else "mastodon 4.6.5",
            public_key=KEY,
            asked_at=now - 50 * found.DAY_MS,
            heard_at=now,
        )
        await decide(network, id_, MemberState.ADMITTED)
    bad = await found.member(
        network, "thu-rac.example", name="Mạng quảng cáo", public_key=KEY, asked_at=now
    )
    await decide(network, bad, MemberState.SUSPENDED, "Không gửi thư rác", "Hàng trăm quảng cáo.")
    await found.member(
        network,
        "moi.example",
        "asked",
        public_key=KEY,
        private_key=fasp.new_pair().private_key,
        completion_uri="https://moi.example/admin/fasp/providers",
        asked_at=now,
    )


async def decide(
    network: Network, member_id: int, state: MemberState, rule: str = "", reason: str = ""
) -> None:
    """A decision on record, without the work that it makes."""
    now = now_ms()
    decision = Decision(network.ids.next(), member_id, state, rule, reason, None, now)
    await network.db.transaction(
        lambda tx: members.decide(
            tx, decision, before=list(MemberState), charter_version=1, admitted_at=now
        )
    )


async def _posts(network: Network) -> None:
    people = [await found.person(network, *person) for person in PEOPLE]
    for n, (text, language, tags) in enumerate(TEXTS):
        await found.post(
            network, people[n % len(people)], text, tags=tags, language=language, hours_ago=n + 1
        )
    hosts = [host for host, *_ in NETWORKS]
    link = "https://bao.example/duong-sat-noi-vung-lich-chay-thu"
    for n in range(12):
        one = await found.person(network, f"ban{n}@{hosts[n % 4]}", f"Bạn {n}")
        await found.post(
            network, one, "Mùa gặt đến rồi #mùagặt", tags=["#mùagặt"], links=[link], hours_ago=n / 2
        )
    await trends.count(network, CountTrends())


async def _figures(network: Network) -> None:
    today = datetime.fromtimestamp(now_ms() / 1000, UTC).date()
    figures: list[Figure] = []
    for n in range(40):
        day = (today - timedelta(days=39 - n)).isoformat()
        figures += [
            Figure(day, "members", 2 + n // 8),
            Figure(day, "failing", n % 3 == 1),
            Figure(day, "waiting", (n * 37) % 90),
            Figure(day, "accounts", -1 if n < 5 else 300 + n * n),
            Figure(day, "posts", 120 + (n * 53) % 77),
            Figure(day, "language:vi", 100 + n),
            Figure(day, "language:lo", 14),
        ]
    await network.db.transaction(lambda tx: statistics.put(tx, figures))


def paths() -> list[str]:
    """Every page that anybody may open."""
    return [
        "/",
        "/charter",
        "/charter/1",
        "/networks",
        "/networks?subject=&language=vi&size=large",
        "/networks?language=lo&size=huge",
        "/networks/truong.example",
        "/networks/thu-rac.example",
        "/search",
        "/search?q=mai+anh",
        "/search?q=%23hoanhac&language=vi&host=lang.example",
        "/search/posts",
        "/search/posts?q=da+quy",
        "/search/posts?q=%23m%C3%B9ag%E1%BA%B7t&time=7",
        "/trends",
        "/trends?hours=168&language=vi",
        "/statistics",
        "/statistics?days=30",
        "/join",
        "/join/moi.example",
        "/join/bao.example",
        "/me",
        "/relay",
        "/decisions",
        "/decisions/trends",
        "/decisions/domains",
        "/about",
        "/privacy",
        "/sign-in",
        "/password/forgot",
    ]


def stewards_paths() -> list[str]:
    """Every page that only stewards may open."""
    return [
        "/manage",
        "/manage/members",
        "/manage/members?state=asked",
        "/manage/members/truong.example",
        "/manage/members/moi.example",
        "/manage/members/thu-rac.example",
        "/manage/charter",
        "/manage/settings",
        "/manage/team",
        "/manage/queue",
        "/manage/relay",
        "/manage/trends",
        "/manage/trends/hide?kind=hashtag&name=m%C3%B9ag%E1%BA%B7t",
        "/manage/policies",
        "/manage/policies/decide?domain=truong.example",
    ]
