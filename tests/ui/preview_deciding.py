"""Pages about decisions, of a network's moderators and of a hub, with made-up content."""

from types import SimpleNamespace as Row
from typing import Any

from noi.ui.cards import Form, Pager

Pages = dict[str, tuple[str, str, dict[str, Any]]]

_NOTHING = Form()
_WRONG = Form(values={"reason": "x"}, errors={"rule": "Hãy nêu quy tắc"})
_LONG = "https://lua-dao.example/trung-thuong-dien-thoai-moi-nhat-hom-nay"
_TIMES = [Row(value="24", label="Một ngày"), Row(value="168", label="Một tuần")]


def _line(kind: str, name: str) -> Row:
    return Row(kind=kind, id=7, name=name, label=name, path="/tags/x", hint="12 người · 4 mạng")


def _decision(**more: Any) -> Row:
    values: dict[str, Any] = {
        "id": 9,
        "kind": "link",
        "name": _LONG,
        "label": _LONG,
        "path": _LONG,
        "rule": "Không lừa đảo",
        "reason": "Trang giả mạo ngân hàng.",
        "at": 1_795_248_600_000,
        "shown_at": None,
        "shown_reason": "",
        **more,
    }
    return Row(**values)


_DECIDED = [_decision(), _decision(shown_at=1_795_248_600_000, shown_reason="Nhầm", label="")]
_POST = Row(id=4, author="@mai@x.example", path="/@mai/4", rule="Không quảng cáo", reason="Bán lúa",
            at=1_795_248_600_000)  # fmt: skip
_POLICY = Row(
    domain="rac.example",
    what=["Đã chặn"],
    rule="Không gửi thư rác",
    reason="Ba trăm quảng cáo.",
    by="Mai Ánh",
    source="",
    at=1_795_248_600_000,
)


def pages(frame: dict[str, Any]) -> Pages:
    """Of a network."""
    shown = {"tags": [_line("tag", "#mùagặt")], "links": [_line("link", "Đường sắt nội vùng")]}
    nothing: dict[str, Any] = {"tags": [], "links": [], "popular": [], "decided": [], "posts": []}
    one = {**frame, "line": _line("status", "Lúa chín rồi"), "form": _WRONG}
    return {
        "moderation_trends": ("moderation/trends.html", "/moderation/trends", {
            **frame, **shown, "popular": [_line("status", "Lúa chín rồi")], "decided": _DECIDED,
            "posts": [_POST], "form": _NOTHING, "page": Pager()}),
        "moderation_trends_none": ("moderation/trends.html", "/moderation/trends", {
            **frame, **nothing, "form": _NOTHING, "page": Pager()}),
        "moderation_trend": ("moderation/trend.html", "/moderation/trends/status/7", {
            **one, "rules": [("1", "Không quảng cáo")]}),
        "moderation_trend_unruled": ("moderation/trend.html", "/moderation/trends/tag/7", {
            **one, "line": _line("tag", "#mùagặt"), "rules": []}),
    }  # fmt: skip


def hub_pages(guest: dict[str, Any], steward: dict[str, Any]) -> Pages:
    """Of a hub."""
    public = {**guest, "contact": "hoi@tram.example", "page": Pager()}
    network = Row(host="thu-rac.example", name="Mạng quảng cáo", state="suspended",
                  rule="Không gửi thư rác", reason="Quảng cáo.", at=1_795_248_600_000)  # fmt: skip
    effect = Row(accounts=3, posts=1234, members=("truong.example", "bao.example"))
    decide = {**steward, "domain": "rac.example", "effect": effect}
    return {
        "hub_decisions": ("hub/decisions.html", "/decisions", {**public, "networks": [network]}),
        "hub_decisions_trends": ("hub/decisions.html", "/decisions/trends", {
            **public, "trends": _DECIDED}),
        "hub_decisions_domains": ("hub/decisions.html", "/decisions/domains", {
            **public, "domains": [_POLICY]}),
        "hub_decisions_none": ("hub/decisions.html", "/decisions/domains", {
            **public, "domains": []}),
        "hub_manage_trends": ("hub/manage/trends.html", "/manage/trends", {
            **steward, "tags": [_line("hashtag", "#mùagặt")], "links": [_line("link", _LONG)],
            "popular": [], "decided": _DECIDED, "times": _TIMES, "time": "24", "form": _NOTHING,
            "page": Pager()}),
        "hub_manage_trend": ("hub/manage/trend.html", "/manage/trends/hide", {
            **steward, "kind": "hashtag", "named": "mùagặt", "form": _WRONG}),
        "hub_policies": ("hub/manage/policies.html", "/manage/policies", {
            **steward, "policies": [_POLICY], "page": Pager()}),
        "hub_policy": ("hub/manage/policy.html", "/manage/policies/decide", {
            **decide, "decided": True, "form": _WRONG, "history": [_POLICY]}),
        "hub_policy_new": ("hub/manage/policy.html", "/manage/policies/decide", {
            **decide, "decided": False, "form": _NOTHING, "history": []}),
    }  # fmt: skip
