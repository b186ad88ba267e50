"""E-mails about what moderators decided, in the person's language; sent by the job SendMail."""

from noi.db import jobs, users
from noi.db.database import Transaction
from noi.models.jobs import SendMail
from noi.models.moderation import Appeal, Enforcement, EnforcementAction
from noi.services.network import Network
from noi.ui.translation import gettext


async def send_enforcement(tx: Transaction, network: Network, enforcement: Enforcement) -> None:
    """Tell someone what was done, by which rule and why, and where to appeal."""
    user = await users.get(tx, enforcement.account_id)
    if user is None or not user.email or not network.mailer.configured:
        return
    subject = _what(user.locale, enforcement.action)
    body = gettext(
        user.locale,
        "Hello,\n\n{what} on {host}.\n\nThe rule: {rule}\nThe reason: {reason}\n\nYou can read "
        "this again, and appeal, here:\n\n{link}\n",
        what=subject,
        host=network.settings.host,
        rule=enforcement.rule_text,
        reason=enforcement.reason,
        link=_link(network, enforcement.id),
    )
    await jobs.enqueue(tx, SendMail(to=user.email, subject=subject, body=body))


async def send_answer(tx: Transaction, network: Network, appeal: Appeal) -> None:
    """Tell someone how their appeal was decided, and why."""
    user = await users.get(tx, appeal.account_id)
    if user is None or not user.email or not network.mailer.configured:
        return
    subject = (
        gettext(user.locale, "Your appeal was accepted")
        if appeal.accepted
        else gettext(user.locale, "Your appeal was refused")
    )
    body = gettext(
        user.locale,
        "Hello,\n\n{what} on {host}. The answer:\n\n{answer}\n\n{link}\n",
        what=subject,
        host=network.settings.host,
        answer=appeal.answer,
        link=_link(network, appeal.enforcement_id),
    )
    await jobs.enqueue(tx, SendMail(to=user.email, subject=subject, body=body))


async def send_reversal(tx: Transaction, network: Network, enforcement: Enforcement) -> None:
    """Tell someone that a decision about them was taken back, and why."""
    user = await users.get(tx, enforcement.account_id)
    if user is None or not user.email or not network.mailer.configured:
        return
    subject = gettext(user.locale, "A decision about you was taken back")
    body = gettext(
        user.locale,
        "Hello,\n\nthe moderators of {host} have taken back a decision about you. Their reason:"
        "\n\n{reason}\n\n{link}\n",
        host=network.settings.host,
        reason=enforcement.reversal_reason,
        link=_link(network, enforcement.id),
    )
    await jobs.enqueue(tx, SendMail(to=user.email, subject=subject, body=body))


def _what(locale: str, action: EnforcementAction) -> str:
    match action:
        case EnforcementAction.LIMIT:
            return gettext(locale, "Your account was limited")
        case EnforcementAction.DISABLE:
            return gettext(locale, "Your account was disabled")
        case EnforcementAction.HIDE_STATUS:
            return gettext(locale, "One of your posts was hidden")
        case EnforcementAction.DELETE_STATUS:
            return gettext(locale, "One of your posts was deleted")
        case EnforcementAction.HIDE_TREND:
            return gettext(locale, "One of your posts was kept out of the trends")


def _link(network: Network, enforcement_id: int) -> str:
    return f"{network.settings.origin}/decisions/{enforcement_id}"
