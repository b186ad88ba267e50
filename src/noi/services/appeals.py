"""Appeals: everyone may ask for another look at what was decided about them."""

from noi.db import accounts as account_table
from noi.db import enforcements as table
from noi.db import users
from noi.db.database import Duplicate, Transaction
from noi.models.accounts import Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound, too_long
from noi.models.moderation import Appeal, Enforcement, EnforcementView
from noi.services import notices
from noi.services.enforcements import (
    check_may_judge,
    check_moderator,
    checked_reason,
    reverse_within,
)
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_TEXT = 2_000
MAX_OPEN = 200


async def appeal(network: Network, account_id: int, enforcement_id: int, text: str) -> Appeal:
    """Appeal once against an enforcement on oneself; disabled people may too.

    Raises NotFound, Invalid for an empty or too long text, Conflict when it was appealed or
    taken back.
    """
    text = clean_text(text).strip()
    if not text:
        raise Invalid("Say why this should be looked at again", field="text", code="ERR_BLANK")
    if len(text) > MAX_TEXT:
        raise too_long("text", MAX_TEXT)
    appeal_id = network.ids.next()

    async def work(tx: Transaction) -> Appeal:
        enforcement = await table.get(tx, enforcement_id)
        if enforcement is None or enforcement.account_id != account_id:
            raise NotFound
        if enforcement.reversed_at is not None:
            raise Conflict("This decision was already taken back")
        await table.insert_appeal(tx, appeal_id, enforcement_id, account_id, text)
        return await _existing(tx, appeal_id)

    try:
        return await network.db.transaction(work)
    except Duplicate:
        raise Conflict("You have already appealed against this decision") from None


async def decide(
    network: Network, moderator: Viewer, appeal_id: int, *, accepted: bool, answer: str
) -> Appeal:
    """Answer an appeal; accepting it takes the enforcement back in the same transaction.

    Raises NotFound, Invalid without an answer, Conflict when it was answered, and Forbidden for
    whoever made the decision, as long as someone else could answer.
    """
    check_moderator(moderator)
    answer = checked_reason(answer, "answer")

    async def work(tx: Transaction) -> Appeal:
        asked = await _existing(tx, appeal_id)
        enforcement = await table.get(tx, asked.enforcement_id)
        if enforcement is None:
            raise NotFound
        await check_may_judge(tx, moderator, enforcement)
        await _check_fresh_eyes(tx, moderator, enforcement)
        if not await table.decide(tx, appeal_id, moderator.account_id, accepted, answer):
            raise Conflict("This appeal was already answered")
        if accepted and enforcement.reversed_at is None:
            await reverse_within(tx, moderator, enforcement.id, answer)
        decided = await _existing(tx, appeal_id)
        await notices.send_answer(tx, network, decided)
        return decided

    return await network.db.transaction(work)


async def fetch_open(network: Network, moderator: Viewer) -> list[EnforcementView]:
    """Appeals that wait for an answer, oldest first, with what they are about."""
    check_moderator(moderator)
    asked = await table.open_appeals(network.db, MAX_OPEN)
    accounts = await account_table.get_many(network.db, [item.account_id for item in asked])
    views: list[EnforcementView] = []
    for item in asked:
        enforcement = await table.get(network.db, item.enforcement_id)
        if enforcement is not None:
            views.append(EnforcementView(enforcement, accounts[item.account_id], item))
    return views


async def _check_fresh_eyes(tx: Transaction, moderator: Viewer, enforcement: Enforcement) -> None:
    """Whoever decided looks at the appeal only where nobody else of that rank could."""
    if moderator.account_id != enforcement.moderator_id:
        return
    others = set(await users.staff(tx)) - {moderator.account_id, enforcement.account_id}
    roles = await users.roles(tx, sorted(others))
    if any(role.rank >= moderator.role.rank for role in roles.values()):
        raise Forbidden("Someone who did not make the decision answers the appeal")


async def _existing(tx: Transaction, appeal_id: int) -> Appeal:
    found = await table.get_appeal(tx, appeal_id)
    if found is None:
        raise NotFound
    return found
