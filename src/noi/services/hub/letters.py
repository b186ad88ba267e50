"""E-mails to the people who run member networks; sent by the job SendMail."""

import re

from noi.db import jobs
from noi.db.database import Transaction
from noi.models.hub import Decision, Member, MemberState
from noi.models.jobs import SendMail
from noi.services import settings
from noi.services.network import Network
from noi.ui.translation import LOCALES, gettext

_EMAIL = re.compile(r"[!-?A-~]{1,64}@[a-z0-9.-]{1,253}")


async def send_decision(
    tx: Transaction, network: Network, member: Member, decision: Decision, contact: str
) -> None:
    """Tell a network what was decided about it, by which rule and why, and whom to write to."""
    locale = await _locale(network, member)
    subject = _what(locale, network, member, decision.state)
    body = gettext(
        locale,
        "Hello,\n\n{what}.\n\nThe rule: {rule}\nThe reason: {reason}\n\nDo you see it "
        "differently? Write to {contact}. The decision stands here:\n\n{link}\n",
        what=subject,
        rule=decision.rule_text or "–",
        reason=decision.reason or "–",
        contact=contact or network.settings.host,
        link=f"{network.settings.origin}/networks/{member.host}",
    )
    await _send(tx, network, member, subject, body)


async def send_charter(tx: Transaction, network: Network, member: Member, version: int) -> None:
    """Tell a member that there is a new version of the charter."""
    locale = await _locale(network, member)
    subject = gettext(locale, "A new version of the charter of {hub}", hub=network.settings.host)
    body = gettext(
        locale,
        "Hello,\n\nthe alliance of which {host} is a member has a new version of its charter:"
        "\n\n{link}\n\nA network that does not agree may leave at any time.\n",
        host=member.host,
        link=f"{network.settings.origin}/charter/{version}",
    )
    await _send(tx, network, member, subject, body)


async def _send(tx: Transaction, network: Network, member: Member, subject: str, body: str) -> None:
    if network.mailer.configured and _EMAIL.fullmatch(member.contact):
        await jobs.enqueue(tx, SendMail(to=member.contact, subject=subject, body=body))


async def _locale(network: Network, member: Member) -> str:
    own = (await settings.get(network)).language
    return next((code for code in (*member.languages, own) if code in LOCALES), "en")


def _what(locale: str, network: Network, member: Member, state: MemberState) -> str:
    names = {"host": member.host, "hub": network.settings.host}
    if state is MemberState.ADMITTED:
        return gettext(locale, "{host} is a member of the alliance {hub}", **names)
    if state is MemberState.SUSPENDED:
        return gettext(locale, "{host} was suspended from the alliance {hub}", **names)
    return gettext(locale, "{host} was not admitted to the alliance {hub}", **names)
