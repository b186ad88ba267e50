"""Lists of domain policies as files: Mastodon's CSV, or one domain on each line."""

import csv
import io
from collections.abc import Iterable, Sequence

import msgspec

from noi.models.accounts import Viewer
from noi.models.errors import Invalid, NoiError
from noi.models.federation import DomainPolicy, Severity
from noi.models.policies import Effect, Proposal
from noi.services import policy_decisions
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 20_000
_MAX_COMMENT = 1_000
_SEVERITIES = {
    "suspend": Severity.BLOCK,
    "block": Severity.BLOCK,
    "silence": Severity.LIMIT,
    "limit": Severity.LIMIT,
    "noop": Severity.NONE,
    "none": Severity.NONE,
}
_MASTODONS = {Severity.BLOCK: "suspend", Severity.LIMIT: "silence", Severity.NONE: "noop"}
_COLUMNS = ("domain", "severity", "reject_media", "reject_reports", "public_comment", "obfuscate")


class Entry(msgspec.Struct, frozen=True):
    """What a line of a list says."""

    line: int
    domain: str
    severity: Severity
    reject_media: bool = False
    reject_reports: bool = False
    comment: str = ""
    obfuscate: bool = False


class Problem(msgspec.Struct, frozen=True):
    """A line that cannot be used, and why (a message to translate)."""

    line: int
    text: str
    error: NoiError


class Addition(msgspec.Struct, frozen=True):
    """An entry that would be new, and what it would part."""

    entry: Entry
    effect: Effect


class Difference(msgspec.Struct, frozen=True):
    """What a list would change: additions; domains about which something else is decided, which
    stays; how many are decided so already; and the lines that cannot be used.
    """

    additions: list[Addition]
    kept: list[str]
    same: int
    problems: list[Problem]


def parse(
    network: Network, text: str, default: Severity = Severity.BLOCK
) -> tuple[list[Entry], list[Problem]]:
    """Read a list; `default` is for domains beside which nothing stands."""
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    columns: list[str] | None = None
    if len(text) > MAX_BYTES:
        raise Invalid("The list is too long", field="text")
    for number, cells in _rows(text):
        if columns is None and _is_header(cells):
            columns = [cell.strip().lstrip("#").strip().lower() for cell in cells]
            continue
        first = cells[0].strip() if cells else ""
        if not first or first.startswith("#"):
            continue
        try:
            entry = _entry(network, number, cells, columns or list(_COLUMNS), default)
        except NoiError as error:
            problems.append(Problem(number, ",".join(cells)[:80], error))
        else:
            entries.setdefault(entry.domain, entry)
    return list(entries.values()), problems


async def compare(
    network: Network, entries: Sequence[Entry], problems: Sequence[Problem] = ()
) -> Difference:
    """What entries would change of what is decided now."""
    decided = {policy.domain: policy for policy in await policy_decisions.fetch_all(network)}
    new = [entry for entry in entries if entry.domain not in decided]
    effects = await policy_decisions.preview_all(network, [entry.domain for entry in new])
    known = [entry for entry in entries if entry.domain in decided]
    kept = [entry.domain for entry in known if not _agrees(entry, decided[entry.domain])]
    return Difference(
        additions=[
            Addition(entry, effect if entry.severity is Severity.BLOCK else Effect())
            for entry, effect in zip(new, effects, strict=True)
        ],
        kept=kept,
        same=len(known) - len(kept),
        problems=list(problems),
    )


async def apply(
    network: Network,
    actor: Viewer | None,
    entries: Iterable[Entry],
    *,
    rule: int | str,
    reason: str,
    source: str = "",
) -> list[DomainPolicy]:
    """Decide what entries say; `reason` is for those without a comment.

    Raises as `policy_decisions.decide` does.
    """
    proposals = [
        Proposal(
            domain=entry.domain,
            severity=entry.severity,
            reject_media=entry.reject_media,
            reject_reports=entry.reject_reports,
            obfuscate=entry.obfuscate,
            rule=rule,
            reason=entry.comment or reason,
            source=source,
        )
        for entry in entries
    ]
    return await policy_decisions.decide_all(network, actor, proposals)


async def export(network: Network) -> bytes:
    """All policies as Mastodon's CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"#{column}" for column in _COLUMNS])
    for policy in await policy_decisions.fetch_all(network):
        flags = (policy.reject_media, policy.reject_reports)
        writer.writerow(
            [
                policy.domain,
                _MASTODONS[policy.severity],
                *(str(flag).lower() for flag in flags),
                policy.reason,
                str(policy.obfuscate).lower(),
            ]
        )
    return text.getvalue().encode()


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff").replace("\0", ""), newline=""))
    count = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Invalid("This is not a list of domains", field="text") from None
        count += 1
        if count > MAX_LINES:
            raise Invalid("The list is too long", field="text")
        yield reader.line_num, cells


def _is_header(cells: Sequence[str]) -> bool:
    return bool(cells) and cells[0].strip().lstrip("#").strip().lower() == "domain"


def _entry(
    network: Network, number: int, cells: Sequence[str], columns: Sequence[str], default: Severity
) -> Entry:
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
    domain = values.get("domain", "")
    if "*" in domain.removeprefix("*."):
        raise Invalid("The list hides the name of this network", field="domain")
    severity = _severity(values.get("severity", ""), default)
    entry = Entry(
        line=number,
        domain=policy_decisions.check_domain(network, domain.removeprefix("*.")),
        severity=severity,
        reject_media=_flag(values.get("reject_media", "")),
        reject_reports=_flag(values.get("reject_reports", "")),
        comment=clean_text(values.get("public_comment", "")).strip()[:_MAX_COMMENT],
        obfuscate=_flag(values.get("obfuscate", "")),
    )
    if severity is Severity.NONE and not (entry.reject_media or entry.reject_reports):
        raise Invalid("Choose what to do", field="severity")
    return entry


def _severity(text: str, default: Severity) -> Severity:
    if not text:
        return default
    severity = _SEVERITIES.get(text.lower())
    if severity is None:
        raise Invalid("There is no severity {name}", name=text[:40], field="severity")
    return severity


def _flag(text: str) -> bool:
    return text.lower() in ("true", "1", "yes", "t")


def _agrees(entry: Entry, policy: DomainPolicy) -> bool:
    return (entry.severity, entry.reject_media, entry.reject_reports) == (
        policy.severity,
        policy.reject_media,
        policy.reject_reports,
    )
