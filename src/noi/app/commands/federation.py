"""`noi federation …`: other networks, and what they may do here."""

import datetime
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from noi.app.commands.flags import Flags, ask, fail, with_network
from noi.models.accounts import Account, Role, Viewer
from noi.models.errors import NotFound
from noi.models.federation import INSTANCE_ACTOR_ID, DomainPolicy, Severity
from noi.models.policies import Effect, Proposal
from noi.models.statuses import Status
from noi.services import hosts, pings, policy_decisions, policy_files, resolution
from noi.services.hosts import HostView
from noi.services.network import Network
from noi.transport.errors import TransportError

app = App(name="federation", help="Look after what is said to and by other networks.")

Host = Annotated[str, Parameter(help="Its host, with the port if it has one.")]
Domain = Annotated[str, Parameter(help="A domain; it stands for all names under it too.")]
Rule = Annotated[str | None, Parameter(help="The number of the network's rule, or a law in words.")]
Reason = Annotated[str | None, Parameter(help="Why; everyone may read it.")]
RejectMedia = Annotated[bool, Parameter(help="Show no pictures and media of it.")]
RejectReports = Annotated[bool, Parameter(help="Take no reports from it.")]


@app.command
def resolve(
    what: Annotated[str, Parameter(name="WHAT", help="An address, or a handle.")],
    *,
    flags: Flags | None = None,
) -> None:
    """Fetch an account or a post of another network, as a search for it would."""
    operator = Viewer(
        account_id=INSTANCE_ACTOR_ID, role=Role.OWNER, locale="en", filters_revision=0
    )

    async def work(network: Network) -> None:
        try:
            found = await resolution.resolve(network, what, operator)
        except TransportError as error:
            fail(f"{what}: {error}")
        if found is None:
            fail(f"{what!r} is neither a handle nor an address of another network")
        print(_described(found))

    with_network(flags, work)


@app.command
def ping(host: Host, /, *, flags: Flags | None = None) -> None:
    """Ask a network for its NodeInfo, its handle and its actor; say what works and how fast."""

    async def work(network: Network) -> None:
        steps = await pings.ping(network, host.lower())
        for step in steps:
            state = "works" if step.worked else "fails"
            print(f"{step.name:11} {state} {step.took_ms:5} ms  {step.told}")
        if not steps[-1].worked:
            raise SystemExit(1)

    with_network(flags, work)


@app.command(name="hosts")
def list_hosts(
    *,
    failing: Annotated[bool, Parameter(help="Only those that do not answer.")] = False,
    dead: Annotated[bool, Parameter(help="Only those that are given up.")] = False,
    flags: Flags | None = None,
) -> None:
    """List the networks that are known: state, what waits for them, their last error."""
    chosen = "dead" if dead else "failing" if failing else ""

    async def work(network: Network) -> None:
        after, found = "", False
        while page := await hosts.fetch_page(network, after=after, chosen=chosen, limit=100):
            for view in page:
                print(_line(view))
            after, found = page[-1].host.host, True
        if not found:
            print("There are none.", file=sys.stderr)

    with_network(flags, work)


@app.command
def retry(host: Host, /, *, flags: Flags | None = None) -> None:
    """Try a network again at once that has failed or was given up."""

    async def work(network: Network) -> None:
        with _known(host):
            await hosts.retry(network, None, host.lower())
        print(f"{host} is tried again now.")

    with_network(flags, work)


@app.command
def drop(host: Host, /, *, flags: Flags | None = None) -> None:
    """Forget everything that waits to be sent to a network."""

    async def work(network: Network) -> None:
        with _known(host):
            count = await hosts.drop_queue(network, None, host.lower())
        print(f"Dropped {count} deliveries to {host}.")

    with_network(flags, work)


@app.command
def block(
    domain: Domain,
    *,
    rule: Rule = None,
    reason: Reason = None,
    reject_reports: RejectReports = False,
    flags: Flags | None = None,
) -> None:
    """Block a network: nothing comes or goes, and follows end; first it says whom that parts."""

    async def work(network: Network) -> None:
        print(_parted(await policy_decisions.preview(network, domain)))
        proposal = _proposal(domain, Severity.BLOCK, rule, reason, reports=reject_reports)
        policy = await policy_decisions.decide(network, None, proposal)
        print(f"Blocked {policy.domain}; whoever loses someone is told the rule and the reason.")

    with_network(flags, work)


@app.command
def limit(
    domain: Domain,
    *,
    rule: Rule = None,
    reason: Reason = None,
    reject_media: RejectMedia = False,
    reject_reports: RejectReports = False,
    flags: Flags | None = None,
) -> None:
    """Limit a network: only those who follow someone there still see what they post."""

    async def work(network: Network) -> None:
        proposal = _proposal(
            domain, Severity.LIMIT, rule, reason, media=reject_media, reports=reject_reports
        )
        policy = await policy_decisions.decide(network, None, proposal)
        print(f"Limited {policy.domain}.")

    with_network(flags, work)


@app.command
def unblock(domain: Domain, *, reason: Reason = None, flags: Flags | None = None) -> None:
    """Take back what was decided about a network; follows that were ended stay so."""
    why = ask("Reason", reason, "--reason")

    async def work(network: Network) -> None:
        if await policy_decisions.get(network, domain) is None:
            fail(f"nothing is decided about {domain}")
        await policy_decisions.lift(network, None, domain, why)
        print(f"Took back what was decided about {domain}.")

    with_network(flags, work)


@app.command
def allow(domain: Domain, *, flags: Flags | None = None) -> None:
    """Put a network on the list of those that federation_allow_list lets through."""

    async def work(network: Network) -> None:
        name = await policy_decisions.allow(network, None, domain)
        print(f"{name} is allowed.")
        if not network.settings.federation_allow_list:
            print("The setting federation_allow_list is off, so all others are allowed too.")

    with_network(flags, work)


@app.command
def disallow(
    domain: Domain, *, rule: Rule = None, reason: Reason = None, flags: Flags | None = None
) -> None:
    """Take a network off that list: follows end, and whoever loses someone is told why."""

    async def work(network: Network) -> None:
        by, why = _rule(rule), ask("Reason", reason, "--reason")
        await policy_decisions.disallow(network, None, domain, rule=by, reason=why)
        print(f"{domain} is no longer on the list.")

    with_network(flags, work)


@app.command(name="import")
def import_list(
    file: Annotated[Path, Parameter(help="Mastodon's CSV, or one domain on each line.")],
    *,
    rule: Rule = None,
    reason: Reason = None,
    dry_run: Annotated[bool, Parameter(help="Only say what would change.")] = False,
    flags: Flags | None = None,
) -> None:
    """Decide what a list says; what is decided already stays."""
    try:
        text = file.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        fail(f"{file}: {error.strerror}")

    async def work(network: Network) -> None:
        entries, problems = policy_files.parse(network, text)
        changes = await policy_files.compare(network, entries, problems)
        for one in changes.additions:
            parted = f"  {_parted(one.effect)}" if one.effect.severs else ""
            print(f"{one.entry.severity:5}  {one.entry.domain}{parted}")
        for domain in changes.kept:
            print(f"kept   {domain} is decided otherwise here")
        for problem in changes.problems:
            print(f"line {problem.line}: {problem.error}: {problem.text}", file=sys.stderr)
        if dry_run:
            print(
                f"{len(changes.additions)} would be added, {changes.same} are decided so already."
            )
            return
        done = await policy_files.apply(
            network,
            None,
            [one.entry for one in changes.additions],
            rule=_rule(rule),
            reason=ask("Reason, where the list gives none", reason, "--reason"),
        )
        print(f"Added {len(done)}, {changes.same} were decided so already.")

    with_network(flags, work)


@app.command
def export(*, flags: Flags | None = None) -> None:
    """Write all decisions as Mastodon's CSV to standard output."""

    async def work(network: Network) -> None:
        sys.stdout.write((await policy_files.export(network)).decode())

    with_network(flags, work)


@app.command
def policies(*, flags: Flags | None = None) -> None:
    """List what is decided about other networks, by which rule and why."""

    async def work(network: Network) -> None:
        found = await policy_decisions.fetch_all(network)
        for policy in found:
            print(_policy(policy))
        if not found:
            print("Nothing is decided about any network.", file=sys.stderr)

    with_network(flags, work)


@contextmanager
def _known(host: str) -> Generator[None]:
    try:
        yield
    except NotFound:
        fail(f"nothing was ever sent to {host}, nor came from it")


def _proposal(
    domain: str,
    severity: Severity,
    rule: str | None,
    reason: str | None,
    *,
    media: bool = False,
    reports: bool = False,
) -> Proposal:
    return Proposal(
        domain=domain,
        severity=severity,
        rule=_rule(rule),
        reason=ask("Reason", reason, "--reason"),
        reject_media=media,
        reject_reports=reports,
    )


def _rule(given: str | None) -> int | str:
    by = ask("Rule (its number, or a law in words)", given, "--rule").strip()
    return int(by) if by.isascii() and by.isdigit() else by


def _parted(effect: Effect) -> str:
    return (
        f"{effect.accounts} accounts of it are known; {effect.following} follows by people here "
        f"and {effect.followers} of them would end, and {effect.people} people lose someone"
    )


def _policy(policy: DomainPolicy) -> str:
    also = [
        text
        for text, set_ in (("no media", policy.reject_media), ("no reports", policy.reject_reports))
        if set_
    ]
    what = ", ".join([policy.severity, *also])
    return f"{policy.domain}  {what}  {policy.rule_text}: {policy.reason}"


def _line(view: HostView) -> str:
    host = view.host
    state = "works"
    if view.standing.blocked:
        state = "shut out"
    elif host.dead_at is not None:
        state = f"given up {_day(host.dead_at)}"
    elif host.failures:
        state = f"failing since {_day(host.failing_since)}"
    software = f"{host.software} {host.software_version}".strip() or "unknown software"
    error = f"  {host.error}" if host.failures else ""
    return f"{host.host}  {state}  {view.queued} waiting  {software}{error}"


def _described(found: Account | Status) -> str:
    if isinstance(found, Account):
        return f"account  @{found.handle}  {found.name}  {found.state.name.lower()}  {found.uri}"
    return f"post  {found.uri}  id {found.id}"


def _day(milliseconds: int | None) -> str:
    when = datetime.datetime.fromtimestamp((milliseconds or 0) / 1000, datetime.UTC)
    return f"{when:%Y-%m-%d %H:%M} UTC"
