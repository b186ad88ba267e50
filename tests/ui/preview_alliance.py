"""Sample data for the owner's pages about alliances."""

from types import SimpleNamespace as Row
from typing import Any

from noi.models.alliance import Capability, Provider, ProviderState
from noi.ui.cards import Form
from noi.ui.html import Html
from noi.web.alliance import Day, ProviderCard, Service
from noi.web.charters import PartCard

THEIRS = "cQPULOcAQz5bBDGJ3b10W2EQSRz+76d7/v3BkIMdqYY="
OURS = "Qp6XwvddkAyQEmtAgpagXTRQL/vxrvxaN6OKKtG+hW0="
NOW = 1_795_000_000_000


def _provider(state: ProviderState, **more: Any) -> Provider:
    values: dict[str, Any] = {
        "id": 1,
        "base_url": "https://song-hong.example",
        "state": state,
        "hub": True,
        "name": "Liên minh Sông Hồng",
        "contact_email": "hoi@song-hong.example",
        "asked_at": NOW,
    }
    return Provider(**{**values, **more})


def _card(state: str, **more: Any) -> ProviderCard:
    values: dict[str, Any] = {
        "id": 1,
        "name": "Liên minh Sông Hồng",
        "address": "https://song-hong.example",
        "state": state,
        "hub": True,
        "failing": False,
        "new_charter": 0,
    }
    return ProviderCard(**{**values, **more})


def _service(name: str, title: str, **more: Any) -> Service:
    values: dict[str, Any] = {
        "hint": "Tìm kiếm thấy cả người ở các mạng khác.",
        "wanted": True,
        "settled": True,
        "error": "",
        "retry_at": None,
    }
    return Service(id=name, name=title, **{**values, **more})


SERVICES = [
    _service("account_search", "Tìm người"),
    _service("trends", "Mọi người đang nói gì", wanted=False, settled=False),
    _service("callback", "Thử kết nối", error="song-hong.example: 503", retry_at=NOW),
]
FAILING = Capability(1, "data_sharing", "0.1", True, True, True, 3, NOW, "x.example: 503", NOW, NOW)
SHARING = Capability(1, "data_sharing", "0.1", True, False, True, 0, 0, "", None, NOW)


def pages(frame: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Pages by name: template, address, and what is printed."""
    home, here = "/owner/alliance", "/owner/alliance/1"
    confirmed, left = ProviderState.CONFIRMED, ProviderState.LEFT

    def shown(template: str, path: str, **more: object) -> tuple[str, str, dict[str, Any]]:
        return template, path, {**frame, **more}

    def asked(state: ProviderState, form: Form, **look: object) -> tuple[str, str, dict[str, Any]]:
        compared = {"theirs": THEIRS, "ours": OURS, "vouched": True, "error": "", **look}
        return shown(
            "owner/provider_asked.html",
            here,
            provider=_provider(state),
            card=_card(state.value),
            look=Row(**compared),
            form=form,
            chosen=None if not form.errors else ["trends"],
            charter="<h2>Mục đích</h2>",
            charter_version=2,
            services=SERVICES,
            sharing=SHARING,
            people=Row(all=1200, discoverable=400, indexable=310),
        )

    def used(provider: Provider, card: ProviderCard, **more: object) -> Any:
        values: dict[str, object] = {
            "services": SERVICES,
            "sharing": SHARING,
            "pending": 7,
            "errors": [FAILING],
            "days": [Day("2026-11-22", 3, 120, 4), Day("2026-11-21", 0, 90, 0)],
            "tested_at": NOW,
            "receipt": provider.receipt,
        }
        named = {"provider": provider, "card": card}
        return shown("owner/provider.html", here, **{**values, **named, **more})

    def charter(**more: object) -> Any:
        paragraphs = [("same", "Tìm thấy nhau."), ("old", "Ai cũng vào được."), ("new", "Hỏi đã.")]
        values: dict[str, object] = {
            "provider_id": 1,
            "hub": "Liên minh Sông Hồng",
            "newest": 3,
            "language": "vi",
            "language_name": "Tiếng Việt",
            "parts": [PartCard(kind, Html(f"<p>{text}</p>")) for kind, text in paragraphs],
        }
        return shown("owner/charter.html", f"{here}/charter", **{**values, **more})

    wrong = Form(errors={"compared": "Hãy so vân tay khoá trước"})
    told = {"rule_text": "Điều 3", "reason": "Thư rác", "membership": "suspended"}
    return {
        "alliance": shown(
            "owner/alliance.html",
            home,
            form=Form(),
            providers=[_card("admitted", new_charter=3), _card("confirmed", failing=True)],
        ),
        "alliance_none": shown("owner/alliance.html", home, form=Form(), providers=[]),
        "alliance_asked": asked(ProviderState.ASKED, Form(values={"content": "1"})),
        "alliance_unread": asked(ProviderState.ASKED, wrong, vouched=False, error="x: 401"),
        "alliance_sought": asked(ProviderState.SOUGHT, Form(), theirs="", ours=""),
        "alliance_used": used(
            _provider(confirmed, charter_version=2, confirmed_at=NOW, share_content=True),
            _card("admitted", failing=True, new_charter=3),
        ),
        "alliance_charter": charter(agreed=2, waits=True, changed=True),
        "alliance_charter_same": charter(agreed=2, waits=True, changed=False),
        "alliance_charter_first": charter(agreed=0, waits=True, changed=True),
        "alliance_charter_agreed": charter(agreed=3, waits=False, changed=False),
        "alliance_suspended": used(_provider(confirmed, **told), _card("suspended"), days=[]),
        "alliance_left": used(
            _provider(left, receipt='{"type":"Receipt"}', left_at=NOW), _card("left")
        ),
    }
