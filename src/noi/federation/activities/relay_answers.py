"""What relays answer to this network, which asks them under its own name."""

from noi.activitypub.activities import Activity
from noi.services import relays
from noi.services.inbox import Received, Work
from noi.services.network import Network


def is_about_relay(network: Network, activity: Activity) -> bool:
    """Whether an Accept or Reject answers a Follow of the network itself."""
    inner = activity.nested
    follower_uri = inner.actor if inner is not None and inner.type == "Follow" else ""
    return relays.is_answer(network, activity.object_id, follower_uri)


def answered(received: Received, *, accepted: bool) -> Work:
    """What an Accept or Reject changes."""
    actor, uri, reason = received.actor, received.activity.object_id, received.activity.reason
    return lambda tx: relays.receive_answer(tx, actor, uri, accepted=accepted, reason=reason)
