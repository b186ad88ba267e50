"""For those who run the network: how speaking with other networks goes, and what got stuck."""

import msgspec

from noi.models.federation import FailedMail
from noi.models.ids import now_ms
from noi.pages.base import page
from noi.pages.policies import policy_card
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services import hosts, inbox
from noi.services.hosts import HostView
from noi.ui.cards import Pager

_HOSTS = 50
_MAIL = 20
_SHOWN_BODY = 4_000
_HOME = "/owner/federation"
_CHOSEN = {"": "", "/failing": "failing", "/dead": "dead"}


class HostCard(msgspec.Struct, frozen=True):
    """A host as it is listed; `state` is working, failing, dead or blocked."""

    name: str
    state: str
    queued: int
    failures: int
    failing_since: int | None
    retry_at: int | None
    delivered_at: int | None
    heard_at: int | None
    error: str
    software: str


class MailCard(msgspec.Struct, frozen=True):
    """A received activity that could not be handled."""

    id: int
    host: str
    actor: str
    attempts: int
    received_at: int
    error: str
    body: str


@page("GET", [_HOME, f"{_HOME}/failing", f"{_HOME}/dead"], access="admin")
async def index(visit: Visit) -> Answer:
    """Other networks by name, and how speaking with them goes."""
    chosen = _CHOSEN.get(visit.path.removeprefix(_HOME), "")
    found = await hosts.fetch_page(
        visit.network, after=visit.query.get("after", "")[:300], chosen=chosen, limit=_HOSTS
    )
    full = len(found) == _HOSTS
    older = with_query(visit.path, after=found[-1].host.host) if full else ""
    return await visit.render(
        "owner/hosts.html",
        chosen=chosen,
        hosts=[_host_card(view) for view in found],
        page=Pager(older=older),
    )


@page("GET", f"{_HOME}/find", access="admin")
async def find(visit: Visit) -> Answer:
    """One of them by its name."""
    name = visit.query.get("name", "").strip().lower()
    if not name or not await hosts.known(visit.network, name):
        visit.tell(visit.gettext("No network of that name is known here."), "problem")
        return visit.redirect(_HOME)
    return visit.redirect(f"{_HOME}/hosts/{name}")


@page("GET", f"{_HOME}/hosts/{{host:str}}", access="admin")
async def show(visit: Visit) -> Answer:
    """One of them."""
    view = await hosts.get(visit.network, _host(visit))
    policy = view.standing.policy
    return await visit.render(
        "owner/host.html",
        host=_host_card(view),
        policy=await policy_card(visit, policy) if policy else None,
        shut_out=view.standing.blocked and policy is None,
    )


@page("POST", f"{_HOME}/hosts/{{host:str}}/retry", access="admin")
async def retry(visit: Visit) -> Answer:
    """Try a network again at once."""
    host = _host(visit)
    await hosts.retry(visit.network, visit.person, host)
    visit.tell(visit.gettext("It is tried again now."))
    return visit.redirect(f"{_HOME}/hosts/{host}")


@page("POST", f"{_HOME}/hosts/{{host:str}}/drop", access="admin")
async def drop(visit: Visit) -> Answer:
    """Forget what waits for a network."""
    host = _host(visit)
    count = await hosts.drop_queue(visit.network, visit.person, host)
    visit.tell(
        visit.ngettext("{n} message is dropped.", "{n} messages are dropped.", count).format(
            n=count
        )
    )
    return visit.redirect(f"{_HOME}/hosts/{host}")


@page("GET", f"{_HOME}/mail", access="admin")
async def mail(visit: Visit) -> Answer:
    """What came in and could not be handled."""
    before = number(visit.query.get("before", ""))
    found = await inbox.fetch_failed(visit.network, visit.person, before=before, limit=_MAIL)
    full = len(found) == _MAIL
    older = with_query(f"{_HOME}/mail", before=found[-1].id) if full else ""
    return await visit.render(
        "owner/mail.html", mail=[_mail_card(one) for one in found], page=Pager(older=older)
    )


@page("POST", f"{_HOME}/mail/{{id:str}}/{{verb:str}}", access="admin")
async def change_mail(visit: Visit) -> Answer:
    """Try to handle it again, or forget it."""
    verb = inbox.retry if visit.request.path_params["verb"] == "retry" else inbox.drop
    await verb(visit.network, visit.person, visit.path_id())
    return visit.redirect(f"{_HOME}/mail")


def _host(visit: Visit) -> str:
    return str(visit.request.path_params["host"])


def _host_card(view: HostView) -> HostCard:
    host = view.host
    waits = host.failures > 0 and host.dead_at is None and host.retry_at > now_ms()
    return HostCard(
        name=host.host,
        state=_state(view),
        queued=view.queued,
        failures=host.failures,
        failing_since=host.failing_since,
        retry_at=host.retry_at if waits else None,
        delivered_at=host.delivered_at,
        heard_at=host.heard_at,
        error=host.error if host.failures else "",
        software=f"{host.software} {host.software_version}".strip(),
    )


def _state(view: HostView) -> str:
    if view.standing.blocked:
        return "blocked"
    if view.host.dead_at is not None:
        return "dead"
    return "failing" if view.host.failures else "working"


def _mail_card(one: FailedMail) -> MailCard:
    return MailCard(
        id=one.id,
        host=one.host,
        actor=one.actor_uri,
        attempts=one.attempts,
        received_at=one.received_at,
        error=one.error,
        body=one.body[:_SHOWN_BODY].decode("utf-8", errors="replace"),
    )


HANDLERS = [index, find, show, retry, drop, mail, change_mail]
