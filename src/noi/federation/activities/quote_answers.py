"""Answers to requests to quote (FEP-044f)."""

from noi.activitypub.activities import Activity
from noi.models.errors import Forbidden
from noi.services.inbox import Received, Work
from noi.services.network import Network


def is_about_quote(activity: Activity) -> bool:
    """Whether an Accept or Reject answers a QuoteRequest."""
    if activity.nested is not None:
        return activity.nested.type == "QuoteRequest"
    return activity.object_id.endswith("/quote_request")


async def accepted(network: Network, received: Received) -> Work | None:
    raise Forbidden("Nobody here has asked to quote this")


async def rejected(network: Network, received: Received) -> Work | None:
    raise Forbidden("Nobody here has asked to quote this")
