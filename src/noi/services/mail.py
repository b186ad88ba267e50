"""Sends the e-mails that `services.letters` and `services.notices` write."""

from noi.auth import secrets
from noi.db import codes
from noi.models.ids import now_ms
from noi.models.jobs import MailedCode, SendMail
from noi.services.network import Network


async def send(network: Network, job: SendMail) -> None:
    """Hand one message to the mail server; sent again, it has the same Message-ID, unless it
    holds a code: then the last one counts.

    Raises transport.errors.Refused or Unreachable. Refusals are tried again too, since most come
    from settings that somebody mends; what fails to the end waits among the dead jobs.
    """
    if job.code is None or job.code.expires_at > now_ms():
        await network.mailer.send(job.to, job.subject, await written(network, job))


async def written(network: Network, job: SendMail) -> str:
    """The body as it goes out; a code in it is made now, in place of earlier ones."""
    return await _with_code(network, job, job.code) if job.code else job.body


async def _with_code(network: Network, job: SendMail, asked: MailedCode) -> str:
    code = secrets.new_token()
    await network.db.transaction(
        lambda tx: codes.insert(
            tx,
            secrets.token_hash(code),
            purpose=asked.purpose,
            account_id=asked.account_id,
            subject=job.to,
            expires_at=asked.expires_at,
        )
    )
    return job.body.replace("{code}", code)
