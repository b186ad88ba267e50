"""Sends the e-mails that `services.letters` and `services.notices` write."""

from noi.models.jobs import SendMail
from noi.services.network import Network


async def send(network: Network, job: SendMail) -> None:
    """Hand one message to the mail server; sent again, it has the same Message-ID.

    Raises transport.errors.Refused or Unreachable. Refusals are tried again too, since most come
    from settings that somebody mends; what fails to the end waits among the dead jobs.
    """
    await network.mailer.send(job.to, job.subject, job.body)
