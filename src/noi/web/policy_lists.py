"""For those who run the network: lists of decisions that others keep, and what they would add."""

from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.jobs import FetchPolicyList
from noi.models.policies import ListMode
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number
from noi.services import policy_lists
from noi.ui.cards import Form
from noi.web.policies import changes_card, rule_choices

_HOME = "/owner/federation/lists"


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """The lists that the network is subscribed to."""
    return await _index(visit, Form())


async def _index(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "owner/policy_lists.html",
        code=422 if form.errors else 200,
        form=form,
        lists=await policy_lists.fetch_all(visit.network),
        rules=await rule_choices(visit),
    )


@page("POST", _HOME, access="admin")
async def subscribe(visit: Visit) -> Answer:
    """Subscribe to a list."""
    try:
        made = await policy_lists.subscribe(
            visit.network,
            visit.person,
            url=visit.text("url"),
            title=visit.text("title"),
            rule=number(visit.text("rule")) or "",
        )
    except (Invalid, Conflict) as error:
        return await _index(visit, visit.typed(error))
    await policy_lists.fetch(visit.network, FetchPolicyList(made.id))
    return visit.redirect(f"{_HOME}/{made.id}")


@page("GET", f"{_HOME}/{{id:str}}", access="admin")
async def show(visit: Visit) -> Answer:
    """One list, and what it would change."""
    found = await policy_lists.get(visit.network, visit.path_id())
    changes = await policy_lists.difference(visit.network, found)
    return await visit.render(
        "owner/policy_list.html", item=found, changes=changes_card(visit, changes)
    )


@page("POST", f"{_HOME}/{{id:str}}/{{verb:str}}", access="admin")
async def change(visit: Visit) -> Answer:
    """Fetch it now, change what it does, confirm what it names, or leave it."""
    list_id, network, person = visit.path_id(), visit.network, visit.person
    match visit.request.path_params["verb"]:
        case "fetch":
            await policy_lists.get(network, list_id)
            await policy_lists.fetch(network, FetchPolicyList(list_id))
        case "apply":
            await policy_lists.set_mode(network, person, list_id, ListMode.APPLY)
            visit.tell(visit.gettext("What the list names is added from now on."))
        case "show":
            await policy_lists.set_mode(network, person, list_id, ListMode.DRY_RUN)
            visit.tell(visit.gettext("The list changes nothing by itself any more."))
        case "confirm":
            done = await policy_lists.confirm(network, person, list_id, visit.texts("domain"))
            count = len(done)
            text = visit.ngettext("{n} decision is added.", "{n} decisions are added.", count)
            visit.tell(text.format(n=count))
        case "delete":
            await policy_lists.unsubscribe(network, person, list_id)
            return visit.redirect(_HOME)
        case _:
            raise NotFound
    return visit.redirect(f"{_HOME}/{list_id}")


HANDLERS = [index, subscribe, show, change]
