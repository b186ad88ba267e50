"""The stewards' first page: what waits for them."""

from noi.db import jobs
from noi.db.hub import queue
from noi.hub.manage_queue import MOST_COUNTED
from noi.models.hub import MemberState
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services.hub import charters, members


@page("GET", "/manage", access="moderator")
async def index(visit: Visit) -> Answer:
    """How the hub does."""
    counts = await members.counts(visit.network)
    return await visit.render(
        "hub/manage/index.html",
        charter=await charters.current(visit.network) is not None,
        asked=counts.get(MemberState.ASKED, 0),
        admitted=counts.get(MemberState.ADMITTED, 0),
        waiting=await queue.count(visit.network.db, MOST_COUNTED),
        jobs_failed=(await jobs.counts(visit.network.db))["dead"],
    )


HANDLERS = [index]
