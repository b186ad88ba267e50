"""What a network says about itself to apps, other servers and visitors."""

from weakref import WeakKeyDictionary

import msgspec

from noi import __version__
from noi.activitypub import addresses
from noi.config import host_name
from noi.db import instance as table
from noi.db.database import Database
from noi.db.instance import WEEK_MS, Usage
from noi.models.accounts import Account
from noi.models.errors import BadRequest, NotFound
from noi.models.ids import now_ms
from noi.services import accounts, keys, settings
from noi.services.network import Network
from noi.text.format import MentionTarget, format_status
from noi.ui.translation import gettext

MASTODON_VERSION = "4.6.5"
VERSION = f"{MASTODON_VERSION} (compatible; Noi {__version__})"
"""Apps read the leading digits as Mastodon's version, and what it brings with it."""

_USAGE_LIFE_MS = 5 * 60_000
_WEEKS = 12

_usage: WeakKeyDictionary[Database, tuple[int, Usage]] = WeakKeyDictionary()
_activity: WeakKeyDictionary[Database, tuple[int, list["Week"]]] = WeakKeyDictionary()


class Week(msgspec.Struct, frozen=True):
    """One week's public statuses and sign-ups; `begins_at` in ms."""

    begins_at: int
    statuses: int
    registrations: int


async def usage(network: Network) -> Usage:
    """Figures that may be five minutes old."""
    now = now_ms()
    counted_at, counted = _usage.get(network.db, (0, Usage(0, 0, 0, 0)))
    if now - counted_at > _USAGE_LIFE_MS:
        counted = await table.usage(network.db, now)
        _usage[network.db] = (now, counted)
    return counted


async def activity(network: Network) -> list[Week]:
    """The last twelve weeks, newest first; may be five minutes old."""
    now = now_ms()
    counted_at, weeks = _activity.get(network.db, (0, []))
    if now - counted_at <= _USAGE_LIFE_MS:
        return weeks
    since = (now // WEEK_MS - _WEEKS + 1) * WEEK_MS
    statuses = await table.statuses_by_week(network.db, since)
    joined = await table.joined_by_week(network.db, since)
    weeks = [
        Week(since + week * WEEK_MS, statuses.get(week, 0), joined.get(week, 0))
        for week in reversed(range(_WEEKS))
    ]
    _activity[network.db] = (now, weeks)
    return weeks


async def directory(
    network: Network, *, order: str, local: bool, limit: int, offset: int, viewer_id: int = 0
) -> list[int]:
    """Ids of accounts that want to be found, for a viewer; `order` is `active` or `new`."""
    return await table.directory(
        network.db,
        newest=order == "new",
        local=local,
        limit=limit,
        offset=offset,
        viewer_id=viewer_id,
    )


def document(network: Network, markdown: str) -> str:
    """The HTML of one of the network's own texts."""

    def nobody(_username: str, _domain: str | None) -> MentionTarget | None:
        return None

    def tag_url(name: str) -> str:
        return f"{network.settings.origin}/tags/{name}"

    return format_status(markdown, "text/markdown", mention=nobody, tag_url=tag_url).html


def privacy_policy(network: Network, own: settings.NetworkSettings) -> str:
    """The owner's privacy policy as HTML, or one that says what the software does."""
    text = own.privacy_policy or gettext(
        own.language,
        "What this network keeps: your profile, your posts and messages, whom you follow, your "
        "e-mail address, a hash of your password, and when and with which browser or app you "
        "last signed in.\n\nWho sees it: public posts everyone, other posts those you chose. "
        "The people who run this machine could read everything that is stored on it, so do not "
        "send secrets.\n\nWhat it does not do: no advertising, no tracking, no selling of data, "
        "no profile of your opinions.\n\nYou can download your data and delete your account in "
        "the settings at any time.",
    )
    return document(network, text)


async def by_resource(network: Network, resource: str) -> Account:
    """The local account, or the network's own actor, that a WebFinger resource names (RFC 7033).

    A resource is `acct:name@host` or an address. Raises BadRequest for what is none, NotFound for
    accounts elsewhere or none.
    """
    username = _username(network, resource.strip())
    if username == host_name(network.settings.host):
        return await keys.ensure_instance_actor(network)
    if not username or "@" in username or not username.isprintable():
        raise NotFound
    return await accounts.get_by_handle(network, username)


def _username(network: Network, resource: str) -> str:
    origin = network.settings.origin
    if resource == addresses.instance_actor(origin):
        return host_name(network.settings.host)
    if resource.startswith(("http://", "https://")):
        for prefix in (f"{origin}/@", f"{origin}/users/"):
            if resource.startswith(prefix):
                return resource.removeprefix(prefix)
        return ""
    handle = resource.removeprefix("acct:").removeprefix("@")
    username, at, host = handle.rpartition("@")
    if not at or not username:
        raise BadRequest("A resource is acct:name@host or an address")
    return username if host.lower() == network.settings.host else ""
