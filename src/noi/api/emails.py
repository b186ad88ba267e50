"""Confirming one's e-mail address from an app: https://docs.joinmastodon.org/methods/emails/"""

from noi.api.base import Call, endpoint
from noi.services import confirmations


@endpoint("POST", "/api/v1/emails/confirmations", unfinished=True)
async def resend(call: Call) -> object:
    """Send the link again, to a corrected address if one is given."""
    await confirmations.resend(call.network, call.person.account_id, call.params.text("email"))
    return {}


@endpoint("GET", "/api/v1/emails/check_confirmation", unfinished=True)
async def check(call: Call) -> object:
    """Whether the address is confirmed."""
    return await confirmations.is_confirmed(call.network, call.person.account_id)


HANDLERS = [resend, check]
