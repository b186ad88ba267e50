"""Quote and QuoteApproval: https://docs.joinmastodon.org/entities/Quote/

What a status quotes is spliced in after the visibility rule for its reader, from the quoted
status's own bytes; what is quoted within that is only named (ShallowQuote).
"""

from functools import lru_cache

import msgspec

from noi.models.interactions import Circle, QuotedStanding, QuoteView, Rule
from noi.services.interactions import SHOWN, permission, state_of

NO_QUOTE = b',"quote":null'
_NAMES = {
    Circle.PUBLIC: "public",
    Circle.FOLLOWERS: "followers",
    Circle.FOLLOWING: "following",
    Circle.OTHERS: "unsupported_policy",
}

_ALONE = b',"poll":null,"reblog":null,"quote":null'

STRANGER, READER, FOLLOWER, AUTHOR = range(4)
"""How a reader stands to an author; the places of `approvals`."""

Approvals = tuple[bytes, bytes, bytes, bytes]


@lru_cache(maxsize=256)
def approvals(rule: Rule) -> Approvals:
    """The `quote_approval` of a status for each kind of reader."""
    shared = {"automatic": _circles(rule.automatic), "manual": _circles(rule.manual)}
    answers = [
        "denied",
        permission(rule, own=False, follows=False),
        permission(rule, own=False, follows=True),
        permission(rule, own=True, follows=False),
    ]
    first, second, third, fourth = (
        b',"quote_approval":' + msgspec.json.encode({**shared, "current_user": str(answer)})
        for answer in answers
    )
    return first, second, third, fourth


@lru_cache(maxsize=256)
def middles(rule: Rule) -> Approvals:
    """The same for statuses without a poll, a quote and whatever else is looked up."""
    first, second, third, fourth = approvals(rule)
    return first + _ALONE, second + _ALONE, third + _ALONE, fourth + _ALONE


def full_quote(state: str, quoted: bytes | None) -> bytes:
    """The `quote` of a status, with the JSON of what it quotes."""
    return b',"quote":{"state":"%b","quoted_status":%b}' % (state.encode(), quoted or b"null")


def shallow_quote(quote: QuoteView | None, standing: QuotedStanding | None) -> bytes:
    """The `quote` of a status that is quoted itself."""
    if quote is None:
        return NO_QUOTE
    state = state_of(quote, standing)
    named = b'"%d"' % quote.quoted_id if state in SHOWN else b"null"
    return b',"quote":{"state":"%b","quoted_status_id":%b}' % (state.encode(), named)


def _circles(circles: int) -> list[str]:
    return [name for circle, name in _NAMES.items() if circles & circle]
