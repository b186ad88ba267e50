"""The rules of a network: what every enforcement refers to."""

from collections.abc import Sequence

from noi.db import rules as table
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound, too_long
from noi.models.moderation import Rule
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_TEXT = 500
MAX_HINT = 2_000
MAX_RULES = 50


async def fetch_all(network: Network) -> list[Rule]:
    """The rules in force, in their order."""
    return await table.fetch_all(network.db)


async def create(network: Network, actor: Viewer | None, text: str, hint: str = "") -> Rule:
    """Add a rule at the end; `actor` is None at the command line.

    Raises Forbidden below admin, Invalid for an empty or too long text.
    """
    _check_actor(actor)
    text, hint = _checked(text, hint)
    rule_id = network.ids.next()

    async def work(tx: Transaction) -> Rule:
        if len(await table.fetch_all(tx)) >= MAX_RULES:
            raise Invalid("At most {limit} rules", limit=MAX_RULES)
        await table.insert(tx, rule_id, text, hint)
        return await _existing(tx, rule_id)

    return await network.db.transaction(work)


async def update(
    network: Network, actor: Viewer | None, rule_id: int, text: str, hint: str = ""
) -> Rule:
    """Rewrite a rule; enforcements keep the words they were made with."""
    _check_actor(actor)
    text, hint = _checked(text, hint)

    async def work(tx: Transaction) -> Rule:
        if not await table.update(tx, rule_id, text, hint):
            raise NotFound
        return await _existing(tx, rule_id)

    return await network.db.transaction(work)


async def reorder(network: Network, actor: Viewer | None, ids: Sequence[int]) -> list[Rule]:
    """Put the rules in the order of `ids`; those not named keep their positions."""
    _check_actor(actor)

    async def work(tx: Transaction) -> list[Rule]:
        await table.reorder(tx, ids[:MAX_RULES])
        return await table.fetch_all(tx)

    return await network.db.transaction(work)


async def delete(network: Network, actor: Viewer | None, rule_id: int) -> None:
    """Remove a rule; a repeat changes nothing."""
    _check_actor(actor)
    await network.db.transaction(lambda tx: table.delete(tx, rule_id))


def _check_actor(actor: Viewer | None) -> None:
    if actor is not None and actor.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may change the rules")


def _checked(text: str, hint: str) -> tuple[str, str]:
    text, hint = clean_text(text).strip(), clean_text(hint).strip()
    if not text:
        raise Invalid("Write the rule", field="text", code="ERR_BLANK")
    for field, value, limit in (("text", text, MAX_TEXT), ("hint", hint, MAX_HINT)):
        if len(value) > limit:
            raise too_long(field, limit)
    return text, hint


async def _existing(tx: Transaction, rule_id: int) -> Rule:
    rule = await table.get(tx, rule_id)
    if rule is None:
        raise NotFound
    return rule
