"""Sample data for the pages about other networks."""

from types import SimpleNamespace as Row
from typing import Any

from noi.models.federation import Featuring
from noi.ui.cards import Form

DECISION = Row(
    domain="mang-quang-cao-thu-rac.example",
    what=["Đã chặn", "không nhận báo cáo"],
    rule="Không gửi thư rác",
    reason="Mỗi ngày hàng trăm quảng cáo, hỏi không ai trả lời.",
    by="Mai Ánh",
    source="",
    at=1_795_000_000_000,
    private_note="",
)
LISTED = Row(**{**vars(DECISION), "source": "https://lists.example/chung.csv"})
EFFECT = Row(accounts=1234, followers=12, following=7, people=9, severs=True)
NOTHING = Row(accounts=0, followers=0, following=0, people=0, severs=False)
CHANGES = Row(
    additions=[
        Row(domain="ban-be.example", what=["Đã chặn"], comment="", effect=EFFECT),
        Row(domain="thu-rac.example", what=["Đã chặn"], comment="Thư rác", effect=NOTHING),
    ],
    more=3,
    kept=["dalat.example"],
    same=2,
    severing=1,
    people=9,
    problems=[Row(number=5, text="che***ten.example,suspend", error="Tên bị che")],
)
_RULES = [("1", "Tôn trọng nhau"), ("2", "Không gửi thư rác")]


def _host(name: str, state: str, **more: object) -> Row:
    values: dict[str, object] = {
        "name": name,
        "state": state,
        "queued": 0,
        "failures": 0,
        "failing_since": None,
        "retry_at": None,
        "delivered_at": 1_795_000_000_000,
        "heard_at": 1_795_000_000_000,
        "error": "",
        "software": "mastodon 4.6.5",
    }
    return Row(**{**values, **more})


HOSTS = [
    _host("dalat.example", "working"),
    _host(
        "im-lang.example",
        "failing",
        queued=120,
        failures=9,
        failing_since=1_794_000_000_000,
        retry_at=1_795_300_000_000,
        delivered_at=None,
        heard_at=None,
        error="im-lang.example: no complete answer in time",
        software="",
    ),
    _host("mang-quang-cao-thu-rac.example", "blocked"),
    _host("da-dong.example", "dead", failures=40, failing_since=1_790_000_000_000),
]


def _list(mode: str, **more: object) -> Row:
    values: dict[str, object] = {
        "id": 1,
        "title": "Danh sách chung",
        "url": "https://lists.example/chung.csv",
        "rule_text": "Không gửi thư rác",
        "mode": mode,
        "fetched_at": 1_795_000_000_000,
        "error": "",
    }
    return Row(**{**values, **more})


def pages(frame: dict[str, Any], pager: object) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Pages by name: template, address, and what is printed."""
    home = "/owner/federation"
    chosen = Form(values={"severity": "block", "rule": "2"})
    severance = Row(
        id=7,
        domain="mang-quang-cao-thu-rac.example",
        rule_text="Không gửi thư rác",
        reason="Mỗi ngày hàng trăm quảng cáo.",
        created_at=1_795_000_000_000,
        followers=2,
        following=1,
    )
    mail = Row(
        id=1,
        host="la.example",
        actor="https://la.example/users/on",
        attempts=8,
        received_at=1_795_000_000_000,
        error="KeyError: 'object'",
        body='{"type": "Create"}',
    )

    def shown(template: str, path: str, **more: object) -> tuple[str, str, dict[str, Any]]:
        return template, path, {**frame, **more}

    return {
        "federation": shown("owner/hosts.html", home, hosts=HOSTS, chosen="", page=pager),
        "federation_none": shown(
            "owner/hosts.html", f"{home}/dead", hosts=[], chosen="dead", page=pager
        ),
        "federation_host": shown(
            "owner/host.html", f"{home}/hosts/x", host=HOSTS[1], policy=DECISION, shut_out=False
        ),
        "federation_host_shut_out": shown(
            "owner/host.html", f"{home}/hosts/x", host=HOSTS[0], policy=None, shut_out=True
        ),
        "federation_mail": shown("owner/mail.html", f"{home}/mail", mail=[mail], page=pager),
        "federation_policies": shown(
            "owner/policies.html",
            f"{home}/policies",
            policies=[DECISION, LISTED],
            page=pager,
            with_allow_list=True,
        ),
        "federation_policy": shown(
            "owner/policy.html",
            f"{home}/policies/decide",
            domain="dalat.example",
            decided=True,
            form=chosen,
            rules=_RULES,
            effect=EFFECT,
            history=[DECISION, LISTED],
        ),
        "federation_import": shown(
            "owner/policy_import.html",
            f"{home}/policies/import",
            form=chosen,
            rules=_RULES,
            changes=CHANGES,
        ),
        "federation_disallow": shown(
            "owner/disallow.html",
            f"{home}/policies/allowed/remove?domain=dalat.example",
            domain="dalat.example",
            form=Form(),
            rules=_RULES,
            effect=EFFECT,
        ),
        "federation_allowed": shown(
            "owner/allowed.html",
            f"{home}/policies/allowed",
            form=Form(),
            allowed=[Row(domain="dalat.example", created_at=1_795_000_000_000)],
            with_allow_list=True,
        ),
        "federation_lists": shown(
            "owner/policy_lists.html",
            f"{home}/lists",
            form=Form(),
            rules=_RULES,
            lists=[_list("apply"), _list("dry_run", title="", error="404", fetched_at=None)],
        ),
        "federation_list": shown(
            "owner/policy_list.html", f"{home}/lists/1", item=_list("dry_run"), changes=CHANGES
        ),
        "severances": shown("severances.html", "/severances", severances=[severance], page=pager),
        "collections": shown(
            "settings/collections.html",
            "/settings/collections",
            shown_in=[
                Featuring(
                    id=8,
                    account_id=1,
                    collector_id=2,
                    collector="maianh@dalat.example",
                    collection_uri="https://dalat.example/collections/2",
                    name="Người làm báo ở Đà Lạt",
                    url="",
                    created_at=severance.created_at,
                )
            ],
            page=pager,
        ),
        "severance": shown(
            "severance.html",
            "/severances/7/following",
            severance=severance,
            direction="following",
            lost=["quangcao@mang-quang-cao-thu-rac.example"],
            contact="lan@lang.example",
            page=pager,
        ),
    }
