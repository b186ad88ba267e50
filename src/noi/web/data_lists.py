"""Settings: taking lists along as files, and bringing them."""

import msgspec
from litestar.response import Stream

from noi.models.data_lists import DataImport, ImportMode, ImportState, ListKind, Reason
from noi.models.errors import Conflict, Invalid, NotFound
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import data_exports, data_imports
from noi.text.csv_lists import MAX_BYTES
from noi.ui.cards import Form

_SHOWN_PROBLEMS = 50
_CSV = "text/csv"


class ImportCard(msgspec.Struct, frozen=True):
    """An import as its owner sees it."""

    id: int
    title: str
    state: str
    total: int
    through: int
    done: int
    failed: int
    created_at: int


class ProblemCard(msgspec.Struct, frozen=True):
    """A line that could not be used."""

    number: int
    text: str
    reason: str


def titles(visit: Visit) -> dict[str, str]:
    """What the lists that can be taken along are called, by their names in `FILES`."""
    return {
        "following": visit.gettext("Whom you follow"),
        "followers": visit.gettext("Who follows you"),
        "lists": visit.gettext("Lists"),
        "blocks": visit.gettext("Whom you block"),
        "mutes": visit.gettext("Whom you mute"),
        "domains": visit.gettext("Networks you block"),
        "bookmarks": visit.gettext("Bookmarks"),
    }


@page("GET", "/settings/export/lists/{name:str}", access="held")
async def take(visit: Visit) -> Answer:
    """Send a list as a file."""
    name = str(visit.request.path_params["name"])
    file = data_exports.FILES.get(name)
    if file is None:
        raise NotFound
    parts = data_exports.write(visit.network, visit.viewer_id, name)
    return _file(Stream(parts, media_type=_CSV), file)


@page("GET", "/settings/import")
async def index(visit: Visit) -> Answer:
    """Bring a list, and see what became of others."""
    return await _index(visit, Form(values={"kind": ListKind.FOLLOWING, "mode": ImportMode.MERGE}))


# Somewhat more than a file may have, so that one which is too large can be told about.
@page("POST", "/settings/import", body_limit=4 * MAX_BYTES)
async def bring(visit: Visit) -> Answer:
    """Take a list in."""
    file = visit.file("file")
    try:
        if file is None:
            raise Invalid("Choose a file", field="file")
        begun = await data_imports.begin(
            visit.network,
            visit.viewer_id,
            visit.text("kind"),
            visit.text("mode"),
            await file.read(MAX_BYTES + 1),
        )
    except (Invalid, Conflict) as error:
        return await _index(visit, visit.typed(error))
    return visit.redirect(f"/settings/import/{begun.id}")


@page("GET", "/settings/import/{id:str}")
async def progress(visit: Visit) -> Answer:
    """How far an import is, and which lines could not be used."""
    found = await data_imports.get(visit.network, visit.viewer_id, visit.path_id())
    card = _card(visit, found)
    if visit.wants_part:
        return visit.part("parts/import_progress.html", item=card)
    problems = await data_imports.problems(
        visit.network, visit.viewer_id, found.id, limit=_SHOWN_PROBLEMS
    )
    return await visit.render(
        "settings/import_progress.html",
        item=card,
        problems=[_problem(visit, *line) for line in problems],
        more=found.failed - len(problems),
    )


@page("GET", "/settings/import/{id:str}/problems.csv")
async def report(visit: Visit) -> Answer:
    """Send the lines that could not be used as a file."""
    found = await data_imports.get(visit.network, visit.viewer_id, visit.path_id())
    parts = data_imports.report(visit.network, visit.viewer_id, found.id)
    return _file(Stream(parts, media_type=_CSV), f"{found.kind}_problems.csv")


@page("POST", "/settings/import/{id:str}/cancel")
async def cancel(visit: Visit) -> Answer:
    """Stop an import."""
    await data_imports.cancel(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect(f"/settings/import/{visit.path_id()}")


@page("POST", "/settings/import/{id:str}/again")
async def again(visit: Visit) -> Answer:
    """Try the lines that failed once more."""
    await data_imports.try_again(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect(f"/settings/import/{visit.path_id()}")


async def _index(visit: Visit, form: Form) -> Answer:
    named = titles(visit)
    found = await data_imports.by_account(visit.network, visit.viewer_id)
    return await visit.render(
        "settings/import.html",
        code=422 if form.errors else 200,
        form=form,
        kinds=[(kind.value, named[kind.value]) for kind in ListKind],
        imports=[_card(visit, one) for one in found],
    )


def _card(visit: Visit, found: DataImport) -> ImportCard:
    return ImportCard(
        id=found.id,
        title=titles(visit)[found.kind],
        state=ImportState(found.state).value,
        total=found.total,
        through=found.done + found.failed,
        done=found.done,
        failed=found.failed,
        created_at=found.created_at,
    )


def _problem(visit: Visit, number: int, cells: list[str], reason: Reason) -> ProblemCard:
    text = ", ".join(cell for cell in cells if cell)
    return ProblemCard(number, text, visit.gettext(reason.message, **reason.params))


def _file(answer: Stream, name: str) -> Answer:
    answer.headers["content-disposition"] = f'attachment; filename="{name}"'
    return answer  # type: ignore[return-value]


HANDLERS = [take, index, bring, progress, report, cancel, again]
