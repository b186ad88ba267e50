"""What the hub has yet to read and to do, and what does not get through."""

from noi.db import jobs
from noi.db.hub import queue
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.ui.cards import Pager

MOST_COUNTED = 100_000
_HOSTS = 50
_DEAD_JOBS = 50
_HOME = "/manage/queue"


@page("GET", _HOME, access="moderator")
async def index(visit: Visit) -> Answer:
    """The queue of addresses, hosts that fail, jobs that were given up."""
    db = visit.network.db
    before = number(visit.query.get("before", "")) or now_ms() + 1
    dead = await jobs.list_dead(db, before=before, limit=_DEAD_JOBS)
    full = len(dead) == _DEAD_JOBS
    next_due = await queue.next_due(db)
    return await visit.render(
        "hub/manage/queue.html",
        waiting=await queue.count(db, MOST_COUNTED),
        late=max(0, now_ms() - next_due) if next_due else 0,
        jobs_waiting=(await jobs.counts(db))["ready"],
        hosts=await queue.failing(db, _HOSTS),
        jobs=dead,
        page=Pager(older=with_query(_HOME, before=dead[-1].failed_at) if full else ""),
    )


@page("POST", f"{_HOME}/jobs/{{id:str}}/{{verb:str}}", access="moderator")
async def change_job(visit: Visit) -> Answer:
    """Let a job try again, or forget it."""
    job_id = visit.path_id()
    verb = jobs.revive if visit.request.path_params["verb"] == "retry" else jobs.discard
    if not await visit.network.db.transaction(lambda tx: verb(tx, job_id)):
        raise NotFound
    return visit.redirect(_HOME)


HANDLERS = [index, change_job]
