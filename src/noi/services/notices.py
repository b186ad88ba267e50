"""E-mails about what moderators decided, in the person's language; sent by the job SendMail."""

from noi.db import jobs, users
from noi.db.database import Transaction
from noi.models.jobs import SendMail
from noi.models.moderation import Appeal, Enforcement, EnforcementAction
from noi.services.network import Network
from noi.ui.translation import gettext

_WHAT = {
    EnforcementAction.LIMIT: "Your account was limited",
    EnforcementAction.DISABLE: "Your account was disabled",
    EnforcementAction.HIDE_STATUS: "One of your posts was hidden",
    EnforcementAction.DELETE_STATUS: "One of your posts was deleted",
}


async def send_enforcement(tx: Transaction, network: Network, enforcement: Enforcement) -> None:
    """Tell someone what was done, by which rule and why, and where to appeal."""
    user = await users.get(tx, enforcement.account_id)
    if user is None or not user.email or not network.mailer.configured:
        return
    subject = gettext(user.locale, _WHAT[enforcement.action])
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
    message = "Your appeal was accepted" if appeal.accepted else "Your appeal was refused"
    subject = gettext(user.locale, message)
    body = gettext(
        user.locale,
        "Hello,\n\n{what} on {host}. The answer:\n\n{answer}\n\n{link}\n",
        what=subject,
        host=network.settings.host,
        answer=appeal.answer,
        link=_link(network, appeal.enforcement_id),
    )
    await jobs.enqueue(tx, SendMail(to=user.email, subject=subject, body=body))


def _link(network: Network, enforcement_id: int) -> str:
    return f"{network.settings.origin}/decisions/{enforcement_id}"
