"""Who may do what with a status, by its author's word: quoting, answering, and so on.

Local statuses say only who may quote them (`public`, `followers` or `nobody`; nothing said means
public); remote ones may say something of each (FEP-044f, GoToSocial's interaction policies).
"""

from collections.abc import Collection
from functools import lru_cache

import msgspec

from noi.activitypub import policies
from noi.activitypub.uris import same_authority
from noi.activitypub.vocabulary import PUBLIC
from noi.db import quotes as quote_rows
from noi.db.database import Reader
from noi.models.errors import BadDocument, Invalid
from noi.models.federation import QuoteState
from noi.models.interactions import (
    NOBODY,
    QUOTE_POLICIES,
    Circle,
    Interactions,
    Permission,
    QuotedStanding,
    QuotePolicy,
    QuoteView,
    Rule,
)
from noi.models.statuses import Status, Visibility
from noi.services.network import Network

_LOCAL = {
    QuotePolicy.PUBLIC: Rule(Circle.PUBLIC),
    QuotePolicy.FOLLOWERS: Rule(Circle.FOLLOWERS),
    QuotePolicy.NOBODY: NOBODY,
}
_decoder = msgspec.json.Decoder(Interactions)


def encoded(policy: policies.InteractionPolicy | None, author_uri: str) -> str:
    """What the author of a remote status says, as it is kept in its row; empty for nothing."""
    if policy is None:
        return ""
    kept = Interactions(
        reply=_circles(policy.can_reply, author_uri),
        like=_circles(policy.can_like, author_uri),
        announce=_circles(policy.can_announce, author_uri),
        quote=_circles(policy.can_quote, author_uri),
    )
    return msgspec.json.encode(kept).decode()


def check_policy(name: str) -> str:
    """A policy's name as apps send it; raises Invalid for another, and lets "" through."""
    if name and name not in QUOTE_POLICIES:
        raise Invalid(
            "There is no quote policy of that name",
            field="quote_approval_policy",
            code="ERR_INCLUSION",
        )
    return name


@lru_cache(maxsize=1024)
def quote_rule(policy: str, visibility: Visibility, *, local: bool) -> Rule:
    """Who may quote a status, by its row: nobody else what is not for everybody to see."""
    if visibility > Visibility.UNLISTED:
        return NOBODY
    if local:
        return _LOCAL[QUOTE_POLICIES.get(policy, QuotePolicy.PUBLIC)]
    return _said(policy).quote or NOBODY


def said_of(status: Status) -> Interactions:
    """What the author of a remote status says; nothing for local ones."""
    return _said(status.interaction_policy)


def permission(rule: Rule, *, own: bool, follows: bool, followed: bool = False) -> Permission:
    """What a rule means to somebody who follows the author, or whom the author follows."""
    if own:
        return Permission.AUTOMATIC
    mine = Circle.PUBLIC
    if follows:
        mine |= Circle.FOLLOWERS
    if followed:
        mine |= Circle.FOLLOWING
    if rule.automatic & mine:
        return Permission.AUTOMATIC
    if rule.manual & mine:
        return Permission.MANUAL
    unclear = Circle.OTHERS if followed else Circle.OTHERS | Circle.FOLLOWING
    return Permission.UNKNOWN if (rule.automatic | rule.manual) & unclear else Permission.DENIED


async def may_quote(
    reader: Reader, network: Network, account_id: int, status: Status
) -> Permission:
    """Whether an account that sees a status may quote it."""
    if status.visibility is Visibility.DIRECT or status.reblog_of_id is not None:
        return Permission.DENIED
    local = is_local(network, status)
    rule = quote_rule(status.interaction_policy, status.visibility, local=local)
    return await _permission(reader, account_id, status, rule)


async def may_reply(
    reader: Reader, network: Network, account_id: int, status: Status
) -> Permission:
    """Whether the author of a remote status accepts an answer by an account."""
    rule = said_of(status).reply
    if rule is None or is_local(network, status):
        return Permission.AUTOMATIC
    return await _permission(reader, account_id, status, rule)


SHOWN = frozenset({"accepted", "blocked_domain", "muted_account"})
"""States of a quote in which the reader may see what is quoted; the muted are to be veiled."""


def state_of(quote: QuoteView, standing: QuotedStanding | None) -> str:
    """The state of a quote for a reader, to whom the quoted status stands as `standing` says.

    See https://docs.joinmastodon.org/entities/Quote/#state
    """
    if quote.state is not QuoteState.ACCEPTED:
        return quote.state.value
    if standing is None or standing.gone:
        return "deleted"
    if standing.blocked:
        return "blocked_account"
    if not standing.visible:
        return "unauthorized"
    if standing.domain_blocked:
        return "blocked_domain"
    return "muted_account" if standing.muted else "accepted"


async def followed(network: Network, account_id: int, ids: Collection[int]) -> set[int]:
    """Which of some accounts this one follows."""
    return await quote_rows.followed(network.db, account_id, sorted(ids))


def is_local(network: Network, status: Status) -> bool:
    """Whether a status was written here."""
    return network.settings.owns(status.uri)


async def _permission(reader: Reader, account_id: int, status: Status, rule: Rule) -> Permission:
    author = status.account_id
    follows = author in await quote_rows.followed(reader, account_id, [author])
    followed = account_id in await quote_rows.followed(reader, author, [account_id])
    return permission(rule, own=author == account_id, follows=follows, followed=followed)


@lru_cache(maxsize=1024)
def _said(policy: str) -> Interactions:
    if not policy.startswith("{"):
        return Interactions()
    try:
        return _decoder.decode(policy)
    except msgspec.DecodeError as error:
        raise BadDocument("The document cannot be read") from error


def _circles(rule: policies.InteractionRule | None, author_uri: str) -> Rule | None:
    if rule is None:
        return None
    return Rule(_circle(rule.automatic, author_uri), _circle(rule.manual, author_uri))


def _circle(actors: tuple[str, ...], author_uri: str) -> int:
    circle = Circle(0)
    for actor in actors:
        if actor == PUBLIC:
            circle |= Circle.PUBLIC
        elif actor == author_uri:
            continue
        elif actor.endswith("/followers") and same_authority(actor, author_uri):
            circle |= Circle.FOLLOWERS
        elif actor.endswith("/following") and same_authority(actor, author_uri):
            circle |= Circle.FOLLOWING
        else:
            circle |= Circle.OTHERS
    return int(circle)
