"""What other servers may do here: looked up for everything that comes from them or goes there."""

from collections import OrderedDict
from time import monotonic
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub.uris import authority_of
from noi.config import host_name
from noi.db import policies as table
from noi.db.database import Database, Reader
from noi.models.accounts import AccountState
from noi.models.federation import DomainPolicy, Severity
from noi.services.network import Network

_KEPT = 4096
_KEPT_SECONDS = 30.0
"""For how long at most, should the word that something was decided not come through."""

_STATES = {
    Severity.NONE: AccountState.ACTIVE,
    Severity.LIMIT: AccountState.LIMITED,
    Severity.BLOCK: AccountState.DISABLED,
}


class Standing(msgspec.Struct, frozen=True):
    """How this network stands to another server; what no policy names is allowed."""

    policy: DomainPolicy | None
    blocked: bool

    @property
    def rejects_reports(self) -> bool:
        return self.policy is not None and self.policy.reject_reports

    @property
    def rejects_media(self) -> bool:
        return self.blocked or (self.policy is not None and self.policy.reject_media)

    @property
    def state(self) -> AccountState:
        """What accounts of the server are here, unless something else is decided about them."""
        return AccountState.ACTIVE if self.policy is None else _STATES[self.policy.severity]


class _Kept(msgspec.Struct, frozen=True):
    standing: Standing
    since: float


# By database, for several networks may run in one process.
_kept: WeakKeyDictionary[Database, OrderedDict[str, _Kept]] = WeakKeyDictionary()


async def of(network: Network, host: str) -> Standing:
    """How this network stands to `host[:port]`; other processes hear at once of what is decided."""
    kept = _kept.get(network.db)
    if kept is None:
        kept = _kept[network.db] = OrderedDict()
    known = kept.get(host)
    if known is None or monotonic() > known.since + _KEPT_SECONDS:
        known = kept[host] = _Kept(await _look_up(network, host), monotonic())
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    return known.standing


async def of_actor(network: Network, domain: str, uri: str) -> Standing:
    """How this network stands to an account, by the domain of its handle and the host of its id:
    what is stricter of the two."""
    standing, host = await of(network, domain), authority_of(uri)
    if not host or host == domain:
        return standing
    other = await of(network, host)
    return max(standing, other, key=lambda one: (one.blocked, one.state, one.rejects_media))


async def state_of(reader: Reader, domain: str, uri: str) -> AccountState:
    """What policies make of an account of another server, read anew."""
    hosts = {domain, authority_of(uri)} - {""}
    found = [await table.nearest(reader, names(host)) for host in sorted(hosts)]
    return max((_STATES[one.severity] for one in found if one), default=AccountState.ACTIVE)


def forget(network: Network) -> None:
    """Look everything up anew, because something was decided."""
    # What is being looked up at this moment still goes into the table that is given up here.
    _kept.pop(network.db, None)


def names(host: str) -> list[str]:
    """A domain and all that it lies under, with and without its port."""
    name = host_name(host)
    labels = name.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels))]
    return [host, *parents] if host != name else parents


def lies_under(host: str, domain: str) -> bool:
    """Whether a policy for `domain` holds for `host[:port]`, unless a nearer one does."""
    return domain in names(host)


async def _look_up(network: Network, host: str) -> Standing:
    known_as = names(host)
    policy = await table.nearest(network.db, known_as)
    blocked = policy is not None and policy.severity == Severity.BLOCK
    if network.settings.federation_allow_list and not blocked:
        blocked = not await table.any_allowed(network.db, known_as)
    return Standing(policy, blocked)
