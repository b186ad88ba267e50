"""Report: https://docs.joinmastodon.org/entities/Report/"""

import msgspec

from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.dates import optional_timestamp, timestamp
from noi.models.errors import NotFound
from noi.models.moderation import Report
from noi.services.network import Network

_ids = msgspec.json.Decoder(list[int])


class ReportEntity(msgspec.Struct):
    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    collection_ids: list[str]
    rule_ids: list[str] | None
    target_account: AccountEntity


async def report_entity(network: Network, report: Report) -> ReportEntity:
    """A report as whoever made it sees it."""
    target = await account_entities(network, [report.target_id])
    if not target:
        raise NotFound
    return ReportEntity(
        id=str(report.id),
        action_taken=report.resolved_at is not None,
        action_taken_at=optional_timestamp(report.resolved_at),
        category=report.category,
        comment=report.comment,
        forwarded=report.forward,
        created_at=timestamp(report.created_at),
        status_ids=[str(id_) for id_ in _ids.decode(report.status_ids)],
        collection_ids=[],
        rule_ids=[str(id_) for id_ in _ids.decode(report.rule_ids)] or None,
        target_account=target[0],
    )
