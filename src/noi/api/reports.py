"""Reports: https://docs.joinmastodon.org/methods/reports/"""

from noi.api.base import Call, endpoint
from noi.api.entities.reports import report_entity
from noi.models.errors import Invalid
from noi.services import reports


@endpoint("POST", "/api/v1/reports", scope="write:reports")
async def create(call: Call) -> object:
    """Report an account, and some of its statuses, to the moderators."""
    params = call.params
    target_id = params.id("account_id")
    if target_id is None:
        raise Invalid("Name the account", field="account_id", code="ERR_BLANK")
    report = await reports.create(
        call.network,
        call.person,
        target_id,
        status_ids=params.ids("status_ids"),
        rule_ids=params.ids("rule_ids"),
        category=params.text("category"),
        comment=params.text("comment"),
        forward=params.flag("forward"),
    )
    return await report_entity(call.network, report)


HANDLERS = [create]
