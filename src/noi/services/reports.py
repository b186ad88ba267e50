"""People report accounts and statuses; moderators answer."""

from collections.abc import Sequence

import msgspec

from noi.activitypub import addresses, outgoing
from noi.db import accounts as account_table
from noi.db import jobs, statuses, users
from noi.db import reports as table
from noi.db import rules as rule_table
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Viewer
from noi.models.errors import Conflict, Invalid, NotFound, too_long
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.ids import now_ms
from noi.models.jobs import Notify
from noi.models.moderation import Report, ReportCategory, ReportView
from noi.models.paging import Page
from noi.services import delivery, keys
from noi.services.enforcements import check_moderator, checked_reason
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_COMMENT = 1_000
MAX_STATUSES = 100

_ids = msgspec.json.Decoder(list[int])


async def create(
    network: Network,
    viewer: Viewer,
    target_id: int,
    *,
    status_ids: Sequence[int] = (),
    rule_ids: Sequence[int] = (),
    category: str = "",
    comment: str = "",
    forward: bool = False,
) -> Report:
    """Report an account, and some of its statuses, to the moderators.

    The category becomes `violation` with rules and `other` without, unless given. Raises NotFound
    for a missing account or a status that is not its own, Invalid for the rest.
    """
    if target_id == viewer.account_id:
        raise Invalid("You cannot report yourself", field="account_id")
    if len(status_ids) > MAX_STATUSES:
        raise Invalid("At most {limit} posts", field="status_ids", limit=MAX_STATUSES)
    report = Report(
        id=network.ids.next(),
        account_id=viewer.account_id,
        target_id=target_id,
        status_ids=msgspec.json.encode(sorted(set(status_ids))).decode(),
        rule_ids=msgspec.json.encode(sorted(set(rule_ids))).decode(),
        category=_category(category, rule_ids),
        comment=_checked_comment(comment),
        forward=forward,
        created_at=now_ms(),
    )

    async def work(tx: Transaction) -> Report:
        target = await _check_target(tx, report)
        kept = msgspec.structs.replace(report, forward=forward and not target.local)
        await table.insert(tx, kept)
        await _tell_staff(tx, kept)
        if kept.forward:
            await _forward(tx, network, kept, target)
        return kept

    if forward:
        await keys.ensure_instance_actor(network)
    return await network.db.transaction(work)


async def _forward(tx: Transaction, network: Network, report: Report, target: Account) -> None:
    """Send a report to the target's server, in the name of this network: nobody is named."""
    reported = await statuses.get_many(tx, _ids.decode(report.status_ids))
    actor_uri = addresses.instance_actor(network.settings.origin)
    activity = outgoing.flag(
        f"{actor_uri}#reports/{report.id}",
        actor_uri,
        target.uri,
        [status.uri for status in reported.values()],
        report.comment,
    )
    await delivery.send(tx, INSTANCE_ACTOR_ID, activity, to=[target.id])


async def receive(
    network: Network,
    tx: Transaction,
    reporter: Account,
    target: Account,
    *,
    status_ids: Sequence[int],
    comment: str,
) -> None:
    """Moderators of another server, or somebody there, report an account of this network."""
    report = Report(
        id=network.ids.next(),
        account_id=reporter.id,
        target_id=target.id,
        status_ids=msgspec.json.encode(sorted(set(status_ids))).decode(),
        rule_ids="[]",
        category=ReportCategory.OTHER,
        comment=clean_text(comment).strip()[:MAX_COMMENT],
        forward=False,
        created_at=now_ms(),
    )
    await table.insert(tx, report)
    await _tell_staff(tx, report)


async def fetch_page(
    network: Network, moderator: Viewer, page: Page, *, only_open: bool = True
) -> list[ReportView]:
    """Reports for moderators, newest first."""
    check_moderator(moderator)
    return await _views(network, await table.page(network.db, page, only_open=only_open))


async def get(network: Network, moderator: Viewer, report_id: int) -> ReportView:
    """One report, for moderators."""
    check_moderator(moderator)
    report = await table.get(network.db, report_id)
    if report is None:
        raise NotFound
    return (await _views(network, [report]))[0]


async def count_open(network: Network) -> int:
    """How many reports wait for an answer."""
    return await table.count_open(network.db)


async def resolve(network: Network, moderator: Viewer, report_id: int, resolution: str) -> None:
    """Close a report and keep what was decided; raises Conflict when it is closed."""
    check_moderator(moderator)
    resolution = checked_reason(resolution, "resolution")

    async def work(tx: Transaction) -> None:
        if await table.get(tx, report_id) is None:
            raise NotFound
        if not await table.resolve(tx, report_id, moderator.account_id, resolution):
            raise Conflict("This report is already closed")

    await network.db.transaction(work)


async def reopen(network: Network, moderator: Viewer, report_id: int) -> None:
    """Take a closed report up again."""
    check_moderator(moderator)

    async def work(tx: Transaction) -> None:
        if await table.get(tx, report_id) is None:
            raise NotFound
        await table.reopen(tx, report_id)

    await network.db.transaction(work)


def _checked_comment(comment: str) -> str:
    comment = clean_text(comment).strip()
    if len(comment) > MAX_COMMENT:
        raise too_long("comment", MAX_COMMENT)
    return comment


async def _check_target(tx: Transaction, report: Report) -> Account:
    target = await account_table.get(tx, report.target_id)
    if target is None or target.state == AccountState.DELETED:
        raise NotFound
    status_ids = _ids.decode(report.status_ids)
    if await table.statuses_of(tx, report.target_id, status_ids) != status_ids:
        raise NotFound
    rules = {rule.id for rule in await rule_table.fetch_all(tx)}
    if not rules.issuperset(_ids.decode(report.rule_ids)):
        raise Invalid("There is no such rule", field="rule_ids")
    return target


def _category(category: str, rule_ids: Sequence[int]) -> ReportCategory:
    if not category:
        return ReportCategory.VIOLATION if rule_ids else ReportCategory.OTHER
    try:
        return ReportCategory(category)
    except ValueError:
        raise Invalid("There is no such category", field="category", code="ERR_INCLUSION") from None


async def _tell_staff(tx: Transaction, report: Report) -> None:
    for account_id in await users.staff(tx):
        if account_id == report.account_id:
            continue
        notice = Notify(
            account_id=account_id,
            kind="admin.report",
            from_account_id=report.account_id,
            subject_id=report.id,
        )
        await jobs.enqueue(tx, notice)


async def _views(network: Network, reports: Sequence[Report]) -> list[ReportView]:
    people = [id_ for report in reports for id_ in (report.account_id, report.target_id)]
    accounts = await account_table.get_many(network.db, people)
    views: list[ReportView] = []
    for report in reports:
        rules = await rule_table.get_many(network.db, _ids.decode(report.rule_ids))
        views.append(
            ReportView(
                report=report,
                reporter=accounts[report.account_id],
                target=accounts[report.target_id],
                status_ids=_ids.decode(report.status_ids),
                rules=rules,
            )
        )
    return views
