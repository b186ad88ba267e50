"""Whom one lost when the network blocked another: who, why, and as a file to take along."""

from noi.models.errors import NotFound
from noi.models.policies import SeveredFollow
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services import settings, severances
from noi.services.severances import SHOWN, Direction
from noi.ui.cards import Pager
from noi.web.feeds import pager_of

_HOME = "/severances"


@page("GET", _HOME)
async def index(visit: Visit) -> Answer:
    """All decisions that parted one from others."""
    part = visit.page(40)
    found = await severances.page(visit.network, visit.viewer_id, part)
    return await visit.render(
        "severances.html",
        severances=found,
        page=pager_of(visit, part, [one.id for one in found]),
    )


@page("GET", [f"{_HOME}/{{id:str}}", f"{_HOME}/{{id:str}}/{{direction:str}}"])
async def show(visit: Visit) -> Answer:
    """One of them, with those one followed or who followed."""
    found = await severances.get(visit.network, visit.viewer_id, visit.path_id())
    default = "following" if found.following else "followers"
    direction = _direction(str(visit.request.path_params.get("direction", default)))
    after = number(visit.query.get("after", "")) or 0
    lost = await severances.lost(visit.network, visit.viewer_id, found.id, direction, after=after)
    return await visit.render(
        "severance.html",
        severance=found,
        direction=direction,
        lost=[one.other for one in lost],
        contact=(await settings.get(visit.network)).contact_email,
        page=Pager(older=_older(found.id, direction, lost)),
    )


@page("GET", f"{_HOME}/{{id:str}}/{{direction:str}}/export")
async def export(visit: Visit) -> Answer:
    """Send the list as a file."""
    direction = _direction(str(visit.request.path_params["direction"]))
    body = await severances.export(visit.network, visit.viewer_id, visit.path_id(), direction)
    answer = Answer(body, media_type="text/csv")
    name = f"{direction}_accounts.csv"
    answer.headers["content-disposition"] = f'attachment; filename="{name}"'
    return answer


def _direction(name: str) -> Direction:
    if name not in ("followers", "following"):
        raise NotFound
    return name


def _older(severance_id: int, direction: str, lost: list[SeveredFollow]) -> str:
    if len(lost) < SHOWN:
        return ""
    return with_query(f"{_HOME}/{severance_id}/{direction}", after=lost[-1].other_id)


HANDLERS = [index, show, export]
