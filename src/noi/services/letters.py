"""E-mails about one's own account or network, in the person's language; sent by SendMail."""

from collections.abc import Callable

from noi.config import Settings
from noi.db import jobs, users
from noi.db.database import Transaction
from noi.models.accounts import Role
from noi.models.jobs import MailedCode, SendMail
from noi.services.network import Network
from noi.ui.translation import gettext


async def send_confirmation(
    tx: Transaction, settings: Settings, to: str, locale: str, code: MailedCode
) -> None:
    """Ask the person to open a link that shows that the address is theirs."""
    body = gettext(
        locale,
        "Hello,\n\nplease confirm that this is your e-mail address by opening this link:\n\n"
        "{link}\n\nIf you did not ask for this, you need not do anything.\n",
        link=f"{settings.origin}/confirm?code={{code}}",
    )
    subject = gettext(locale, "Confirm your e-mail address on {host}", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body, code=code))


async def send_password_reset(
    tx: Transaction, settings: Settings, to: str, locale: str, code: MailedCode
) -> None:
    """Send the link under which a new password can be set."""
    body = gettext(
        locale,
        "Hello,\n\nsomeone asked for a new password for your account. If it was you, open this "
        "link within two hours:\n\n{link}\n\nIf not, you need not do anything: your password "
        "stays as it is.\n",
        link=f"{settings.origin}/password/reset?code={{code}}",
    )
    subject = gettext(locale, "A new password on {host}", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body, code=code))


async def send_email_changed(
    tx: Transaction, settings: Settings, to: str, locale: str, new: str
) -> None:
    """Tell the old address that the account has moved to another."""
    body = gettext(
        locale,
        "Hello,\n\nthe e-mail address of your account was changed to {address}. If it was not "
        "you, please write to the people who run the network.\n",
        address=new,
    )
    subject = gettext(locale, "Your e-mail address on {host} was changed", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body))


async def send_password_changed(tx: Transaction, settings: Settings, to: str, locale: str) -> None:
    """Tell someone that the password was changed."""
    body = gettext(
        locale,
        "Hello,\n\nthe password of your account was changed and all other devices were signed "
        "out. If it was not you, set a new one here:\n\n{link}\n",
        link=f"{settings.origin}/password/forgot",
    )
    subject = gettext(locale, "Your password on {host} was changed", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body))


async def send_welcome(tx: Transaction, settings: Settings, to: str, locale: str) -> None:
    """Tell someone who waited that they may come in."""
    body = gettext(
        locale,
        "Hello,\n\nyour account has been opened. You can sign in now:\n\n{link}\n",
        link=f"{settings.origin}/sign-in",
    )
    subject = gettext(locale, "Welcome to {host}", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body))


async def send_declined(
    tx: Transaction, settings: Settings, to: str, locale: str, reason: str
) -> None:
    """Tell someone who waited that the moderators said no, and why."""
    body = gettext(
        locale,
        "Hello,\n\nthe moderators of {host} have not opened an account for you. Their reason:\n\n"
        "{reason}\n",
        host=settings.host,
        reason=reason,
    )
    subject = gettext(locale, "Your request to join {host}", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body))


async def send_export_ready(tx: Transaction, settings: Settings, to: str, locale: str) -> None:
    """Tell someone that the archive of their data can be fetched."""
    body = gettext(
        locale,
        "Hello,\n\nthe archive of your data is ready. You can download it for seven days:\n\n"
        "{link}\n",
        link=f"{settings.origin}/settings/export",
    )
    subject = gettext(locale, "Your archive on {host} is ready", host=settings.host)
    await jobs.enqueue(tx, SendMail(to=to, subject=subject, body=body))


async def send_to_admins(
    tx: Transaction, network: Network, write: Callable[[str], tuple[str, str]]
) -> None:
    """Tell the owner and the admins something; `write` makes subject and body in a language."""
    if not network.mailer.configured:
        return
    for account_id in await users.staff(tx):
        user = await users.get(tx, account_id)
        if user is not None and user.email and user.role.rank >= Role.ADMIN.rank:
            subject, body = write(user.locale)
            await jobs.enqueue(tx, SendMail(to=user.email, subject=subject, body=body))
