"""The only way to limit or disable an account, or to hide or delete a status, by others, or to
keep it out of the trends.

None of it happens without a rule and a reason; the person is told both, and may appeal.
"""

from collections.abc import Collection, Sequence

import msgspec

from noi.db import accounts as account_table
from noi.db import enforcements as table
from noi.db import featured_tags, jobs, live, remote_accounts, users
from noi.db import reports as report_table
from noi.db import rules as rule_table
from noi.db import statuses as status_table
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound, too_long
from noi.models.ids import now_ms
from noi.models.jobs import IndexAccount, IndexStatus, Notify
from noi.models.live import LiveEvent, LiveKind
from noi.models.moderation import Enforcement, EnforcementAction, EnforcementView
from noi.models.paging import Page
from noi.services import notices, policies, settings, statuses
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_REASON = 2_000
MAX_RULE_TEXT = 500

_STATES = {
    EnforcementAction.LIMIT: AccountState.LIMITED,
    EnforcementAction.DISABLE: AccountState.DISABLED,
}


async def enforce(
    network: Network,
    moderator: Viewer | None,
    action: EnforcementAction,
    *,
    account_id: int,
    rule: int | str,
    reason: str,
    status_id: int | None = None,
    report_id: int | None = None,
) -> Enforcement:
    """Act against an account, or one of its statuses, and tell the person why.

    `rule` is the id of a rule, or the rule in words (a law, an order of a court). `moderator` is
    None for the operator at the command line. Raises Forbidden against equals and superiors,
    NotFound, Invalid without rule or reason, Conflict when it is in force.
    """
    new = Enforcement(
        id=network.ids.next(),
        moderator_id=moderator.account_id if moderator else None,
        account_id=account_id,
        status_id=status_id,
        action=action,
        rule_id=rule if isinstance(rule, int) else None,
        rule_text="" if isinstance(rule, int) else checked_rule_text(rule),
        reason=checked_reason(reason),
        report_id=report_id,
        created_at=now_ms(),
    )
    told_by = await _told_by(network, moderator, account_id)

    async def work(tx: Transaction) -> Enforcement:
        account = await _lock_target(tx, moderator, account_id)
        await _complete(tx, new)
        await table.insert(tx, new)
        await _apply(tx, new)
        await _tell(tx, network, account, new, told_by)
        return new

    return await network.db.transaction(work)


async def reverse(
    network: Network, moderator: Viewer | None, enforcement_id: int, reason: str
) -> Enforcement:
    """Take an enforcement back. A deleted status stays deleted; that it was wrong is on record.

    Raises NotFound, Conflict when it was reversed before, Forbidden when someone of higher rank
    decided it.
    """
    reason = checked_reason(reason)

    async def work(tx: Transaction) -> Enforcement:
        reversed_ = await reverse_within(tx, moderator, enforcement_id, reason)
        await notices.send_reversal(tx, network, reversed_)
        return reversed_

    return await network.db.transaction(work)


async def reverse_within(
    tx: Transaction, moderator: Viewer | None, enforcement_id: int, reason: str
) -> Enforcement:
    """Take an enforcement back as a part of a larger transaction."""
    enforcement = await _existing(tx, enforcement_id)
    await check_may_judge(tx, moderator, enforcement)
    await table.lock_account(tx, enforcement.account_id)
    by = moderator.account_id if moderator else None
    if not await table.reverse(tx, enforcement_id, by, reason):
        raise Conflict("This decision was already taken back")
    await _lift(tx, enforcement)
    return await _existing(tx, enforcement_id)


async def check_may_judge(
    tx: Transaction, moderator: Viewer | None, enforcement: Enforcement
) -> None:
    """Raise Forbidden unless the moderator may overrule who decided, and is not concerned."""
    await check_may_overrule(tx, moderator, enforcement.moderator_id)
    if moderator is not None and moderator.account_id == enforcement.account_id:
        raise Forbidden("Nobody judges their own case")


async def check_may_overrule(
    tx: Transaction, moderator: Viewer | None, decided_by: int | None
) -> None:
    """Raise Forbidden for anyone below moderator, or of lower rank than who decided has now."""
    if moderator is None:
        return
    least = await _role_of(tx, decided_by) if decided_by else Role.MODERATOR
    if moderator.role.rank < max(least.rank, Role.MODERATOR.rank):
        raise Forbidden("Only someone of equal or higher rank may overrule this decision")


async def of_account(network: Network, account_id: int, page: Page) -> list[EnforcementView]:
    """What was decided about one's own account and statuses, newest first."""
    return await _views(network, await table.page(network.db, page, account_id))


async def mark_seen(network: Network, account_id: int, enforcement_id: int) -> None:
    """Remember that the person has read the notice."""
    await network.db.transaction(lambda tx: table.mark_seen(tx, enforcement_id, account_id))


async def get(network: Network, viewer: Viewer, enforcement_id: int) -> EnforcementView:
    """One enforcement, for the person concerned and for moderators; else NotFound."""
    enforcement = await table.get(network.db, enforcement_id)
    allowed = viewer.role.rank >= Role.MODERATOR.rank
    if enforcement is None or not (allowed or enforcement.account_id == viewer.account_id):
        raise NotFound
    return (await _views(network, [enforcement]))[0]


async def fetch_page(
    network: Network, moderator: Viewer, page: Page, *, account_id: int | None = None
) -> list[EnforcementView]:
    """All enforcements, or those against one account, newest first, for moderators."""
    check_moderator(moderator)
    return await _views(network, await table.page(network.db, page, account_id))


async def kept_out(network: Network, moderator: Viewer, limit: int) -> list[EnforcementView]:
    """What keeps statuses out of the trends now, newest first, for moderators."""
    check_moderator(moderator)
    return await _views(network, await table.kept_out(network.db, limit))


def check_moderator(viewer: Viewer | None) -> None:
    """Raise Forbidden for anyone below moderator; None is the operator at the command line."""
    if viewer is not None and viewer.role.rank < Role.MODERATOR.rank:
        raise Forbidden("Only moderators may do this")


def checked_reason(reason: str, field: str = "reason") -> str:
    """The reason without the space around it; raises Invalid when it is empty or too long."""
    reason = clean_text(reason).strip()
    if not reason:
        raise Invalid("Give a reason that the person can understand", field=field, code="ERR_BLANK")
    if len(reason) > MAX_REASON:
        raise too_long(field, MAX_REASON)
    return reason


def checked_rule_text(rule: str) -> str:
    """A rule in words without the space around it; raises Invalid when empty or too long."""
    rule = clean_text(rule).strip()
    if not rule:
        raise Invalid("Name the rule that was broken", field="rule", code="ERR_BLANK")
    if len(rule) > MAX_RULE_TEXT:
        raise too_long("rule", MAX_RULE_TEXT)
    return rule


async def _lock_target(tx: Transaction, moderator: Viewer | None, account_id: int) -> Account:
    await table.lock_account(tx, account_id)
    account = await account_table.get(tx, account_id)
    if account is None or account.state == AccountState.DELETED:
        raise NotFound
    check_moderator(moderator)
    role = await _role_of(tx, account_id)
    if role == Role.OWNER:
        raise Forbidden("Nobody may act against the owner of a network")
    if moderator is not None and role.rank >= moderator.role.rank:
        raise Forbidden("Nobody may act against people of equal or higher rank")
    return account


async def _role_of(tx: Transaction, account_id: int) -> Role:
    return (await users.roles(tx, [account_id])).get(account_id, Role.MEMBER)


async def rule_text(tx: Transaction, rule_id: int) -> str:
    """The words of a rule in force; raises Invalid."""
    rule = await rule_table.get(tx, rule_id)
    if rule is None:
        raise Invalid("There is no such rule", field="rule")
    return rule.text


async def _complete(tx: Transaction, new: Enforcement) -> None:
    """Fill in the words of the rule, and check that all it names is there and belongs together."""
    if new.rule_id is not None:
        new.rule_text = await rule_text(tx, new.rule_id)
    if new.action.of_status != (new.status_id is not None):
        raise Invalid("Name a status to hide or delete it, and none to act on an account")
    if new.status_id is not None:
        author = await table.author_of(tx, new.status_id)
        if author != new.account_id:
            raise NotFound
    if new.report_id is not None:
        report = await report_table.get(tx, new.report_id)
        if report is None or report.target_id != new.account_id:
            raise Invalid("There is no such report about this account", field="report_id")
    if (new.action, new.status_id) in await table.in_force(tx, new.account_id):
        raise Conflict("This is already in force")


async def _apply(tx: Transaction, new: Enforcement) -> None:
    if new.status_id is None:
        await _set_state(tx, new.account_id)
        return
    if new.action == EnforcementAction.HIDE_STATUS:
        await _set_hidden(tx, new.status_id, new.created_at)
        await live.publish(tx, LiveEvent(LiveKind.STATUS_DELETE, new.status_id, new.account_id))
    elif new.action == EnforcementAction.DELETE_STATUS:
        await _delete_status(tx, new.status_id)


async def _delete_status(tx: Transaction, status_id: int) -> None:
    status = await status_table.get(tx, status_id)
    if status is None or not await statuses.bury(tx, status):
        raise NotFound


async def _lift(tx: Transaction, enforcement: Enforcement) -> None:
    if enforcement.status_id is None:
        await _set_state(tx, enforcement.account_id)
        return
    if enforcement.action is EnforcementAction.HIDE_TREND:
        return  # who reads trends looks at what is in force
    still = await table.in_force(tx, enforcement.account_id)
    if (EnforcementAction.HIDE_STATUS, enforcement.status_id) not in still:
        await _set_hidden(tx, enforcement.status_id, None)


async def _set_hidden(tx: Transaction, status_id: int, hidden_at: int | None) -> None:
    before = await status_table.get(tx, status_id)
    if await table.set_hidden(tx, status_id, hidden_at) and before is not None:
        shown = msgspec.structs.replace(before, hidden_at=None)
        await featured_tags.count_status(tx, shown, 1 if hidden_at is None else -1)
        await jobs.enqueue(tx, IndexStatus(status_id))


async def _set_state(tx: Transaction, account_id: int) -> None:
    """Bring the state to what enforcements in force and the domain's policy add up to."""
    account = await account_table.get(tx, account_id)
    if account is None or account.state == AccountState.DELETED:
        return
    actions = {action for action, _ in await table.in_force(tx, account_id)}
    state = max(state_by(actions), await _state_by_policy(tx, account))
    await account_table.set_state(tx, account_id, state)
    if account.local and state != account.state:
        # The alliance must not go on showing what is shown here to few or to nobody.
        await jobs.enqueue(tx, IndexAccount(account_id, 0))
    if state == AccountState.DISABLED:
        for token_id in await table.token_ids(tx, account_id):
            await live.publish(tx, LiveEvent(LiveKind.TOKEN_REVOKED, token_id, account_id))


def state_by(actions: Collection[EnforcementAction]) -> AccountState:
    """What enforcements against an account make of it."""
    states = [state for action, state in _STATES.items() if action in actions]
    return max(states, default=AccountState.ACTIVE)


async def _state_by_policy(tx: Transaction, account: Account) -> AccountState:
    if account.local:
        return AccountState.ACTIVE
    if await remote_accounts.is_suspended(tx, account.id):
        return AccountState.DISABLED
    return await policies.state_of(tx, account.domain, account.uri)


async def _told_by(network: Network, moderator: Viewer | None, account_id: int) -> int:
    """Who stands in the notice: the network's contact, so that moderators need not be named."""
    contact = (await settings.get(network)).contact_account_id
    return contact or (moderator.account_id if moderator else account_id)


async def _tell(
    tx: Transaction, network: Network, account: Account, new: Enforcement, told_by: int
) -> None:
    if not account.local:
        return
    notice = Notify(
        account_id=account.id,
        kind="moderation_warning",
        from_account_id=told_by,
        subject_id=new.id,
    )
    await jobs.enqueue(tx, notice)
    await notices.send_enforcement(tx, network, new)


async def _existing(tx: Transaction, enforcement_id: int) -> Enforcement:
    enforcement = await table.get(tx, enforcement_id)
    if enforcement is None:
        raise NotFound
    return enforcement


async def _views(network: Network, found: Sequence[Enforcement]) -> list[EnforcementView]:
    accounts = await account_table.get_many(network.db, [item.account_id for item in found])
    appeals = await table.appeals_of(network.db, [item.id for item in found])
    return [
        EnforcementView(item, accounts[item.account_id], appeals.get(item.id)) for item in found
    ]
