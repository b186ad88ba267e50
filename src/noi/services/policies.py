"""What other servers may do here: looked up for everything that comes from them or goes there."""

from collections import OrderedDict
from time import monotonic
from weakref import WeakKeyDictionary

import msgspec

from noi.config import host_name
from noi.db import policies as table
from noi.db.database import Database
from noi.models.federation import DomainPolicy, Severity
from noi.services.network import Network

_KEPT = 4096
_KEPT_SECONDS = 2.0


class Standing(msgspec.Struct, frozen=True):
    """How this network stands to another server; what no policy names is allowed."""

    policy: DomainPolicy | None
    blocked: bool

    @property
    def rejects_reports(self) -> bool:
        return self.policy is not None and self.policy.reject_reports


class _Kept(msgspec.Struct, frozen=True):
    standing: Standing
    since: float


# By database, for several networks may run in one process.
_kept: WeakKeyDictionary[Database, OrderedDict[str, _Kept]] = WeakKeyDictionary()


async def of(network: Network, host: str) -> Standing:
    """How this network stands to `host[:port]`, as of some seconds ago at most."""
    kept = _kept.get(network.db)
    if kept is None:
        kept = _kept[network.db] = OrderedDict()
    known = kept.get(host)
    if known is None or monotonic() > known.since + _KEPT_SECONDS:
        known = kept[host] = _Kept(await _look_up(network, host), monotonic())
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    return known.standing


def forget(network: Network) -> None:
    """Look everything up anew, because something was decided in this process."""
    _kept.pop(network.db, None)


async def _look_up(network: Network, host: str) -> Standing:
    names = _names(host)
    policy = await table.nearest(network.db, names)
    blocked = policy is not None and policy.severity == Severity.BLOCK
    if network.settings.federation_allow_list and not blocked:
        blocked = not await table.any_allowed(network.db, names)
    return Standing(policy, blocked)


def _names(host: str) -> list[str]:
    """A domain and all that it lies under, with and without its port."""
    name = host_name(host)
    labels = name.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels))]
    return [host, *parents] if host != name else parents
