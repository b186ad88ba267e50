"""What was decided about trends, as the hub's pages show it."""

import msgspec

from noi.hub.cards import web_address
from noi.services.hub.hidden_trends import Decided


class TrendDecision(msgspec.Struct, frozen=True):
    """A decision about a hashtag, link or post; `label` is empty for a post that is gone."""

    id: int
    kind: str
    label: str
    path: str
    rule: str
    reason: str
    at: int
    shown_at: int | None
    shown_reason: str


def trend_decision(one: Decided) -> TrendDecision:
    """A decision, which names a post only while that may be shown."""
    hidden, post = one.hidden, one.post
    label, path = hidden.name, ""
    if hidden.kind == "hashtag":
        label = f"#{hidden.name}"
    elif hidden.kind == "link":
        path = web_address(hidden.name)
    elif post is not None:
        path = web_address(post.url) or web_address(post.uri)
        label = path
    return TrendDecision(
        id=hidden.id,
        kind=hidden.kind,
        label=label,
        path=path,
        rule=hidden.rule_text,
        reason=hidden.reason,
        at=hidden.created_at,
        shown_at=hidden.shown_at,
        shown_reason=hidden.shown_reason,
    )
