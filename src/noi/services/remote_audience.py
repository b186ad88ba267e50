"""Whom a status of another server is for, and whom it names."""

import re

import msgspec

from noi.activitypub.objects import Object
from noi.activitypub.recipients import Recipients
from noi.activitypub.uris import same_authority
from noi.db import remote_accounts
from noi.db.database import Reader
from noi.models.accounts import Account, AccountKind, AccountState
from noi.models.statuses import Visibility
from noi.services.network import Network

MAX_MENTIONS = 100
MAX_ADDRESSED = 200
MAX_UNKNOWN = 10
"""Accounts named in a status that are fetched because of it."""


class Audience(msgspec.Struct, frozen=True):
    """`named` in their order; `addressed` besides, who may see it too; `unknown` are addresses
    of people who are named and not known here.
    """

    visibility: Visibility
    named: tuple[Account, ...] = ()
    addressed: tuple[Account, ...] = ()
    group: Account | None = None
    unknown: tuple[str, ...] = ()


async def audience(
    reader: Reader,
    network: Network,
    object_: Object,
    author: Account,
    *,
    delivered_to: Account | None = None,
    group: Account | None = None,
) -> Audience:
    """The audience of an object; `delivered_to` is whose own inbox it came to, `group` the group
    that brought it.
    """
    visibility = await visibility_of(reader, object_.recipients, author)
    mentioned = [mention.href for mention in object_.mentions[:MAX_MENTIONS]]
    others = _others(network, object_)
    found = await remote_accounts.by_uris(reader, [*mentioned, *others])
    live = {uri: account for uri, account in found.items() if account.state <= AccountState.LIMITED}
    named = {
        account.id: account
        for uri in mentioned
        if (account := live.get(uri)) is not None and account.id != author.id
    }
    addressed = {account.id: account for account in live.values() if account.local}
    if delivered_to is not None and visibility >= Visibility.PRIVATE:
        addressed[delivered_to.id] = delivered_to
    if visibility is Visibility.DIRECT and not mentioned:
        # A private message, as Pleroma and Lemmy have them, names nobody in its text.
        named, addressed = addressed, {}
    if group is None:
        groups = (account for account in live.values() if account.kind is AccountKind.GROUP)
        group = next(groups, None)
    return Audience(
        visibility,
        tuple(named.values()),
        tuple(account for id_, account in addressed.items() if id_ not in named),
        group,
        tuple(uri for uri in mentioned if uri not in found and not _own(network, uri))[
            :MAX_UNKNOWN
        ],
    )


async def visibility_of(reader: Reader, recipients: Recipients, author: Account) -> Visibility:
    """Public, unlisted, for the author's followers, or for those addressed alone."""
    if recipients.public:
        return Visibility.PUBLIC
    if recipients.unlisted:
        return Visibility.UNLISTED
    addressed = recipients.everyone
    collections = [uri for uri in addressed if uri.endswith("/followers")]
    if any(same_authority(uri, author.uri) for uri in collections):
        return Visibility.PRIVATE
    followers = await remote_accounts.followers_uri(reader, author.id) if addressed else ""
    return Visibility.PRIVATE if followers in addressed and followers else Visibility.DIRECT


def concerns_local(network: Network, object_: Object) -> bool:
    """Whether an object names, addresses, answers or quotes something of this network."""
    around = [object_.in_reply_to, object_.quote, *object_.recipients.everyone[:MAX_ADDRESSED]]
    mentioned = [mention.href for mention in object_.mentions[:MAX_MENTIONS]]
    return any(_own(network, uri) for uri in (*around, *mentioned))


def _others(network: Network, object_: Object) -> list[str]:
    """Local people among the recipients, and what may be a group."""
    recipients = object_.recipients
    local = [uri for uri in recipients.everyone[:MAX_ADDRESSED] if _own(network, uri)]
    groups = [*recipients.audience[:4], *(uri for uri in recipients.to[:4] if _is_actor(uri))]
    return [*filter(None, (object_.group,)), *local, *groups]


_COLLECTION = re.compile(r".*/(?:followers|following)|.*#Public")


def _is_actor(uri: str) -> bool:
    return _COLLECTION.fullmatch(uri) is None


def _own(network: Network, uri: str) -> bool:
    return network.settings.owns(uri)
