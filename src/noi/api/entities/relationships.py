"""Relationship: https://docs.joinmastodon.org/entities/Relationship/"""

import msgspec

from noi.api.entities.dates import optional_timestamp
from noi.models.accounts import Relationship
from noi.services import relationships
from noi.services.network import Network

_languages = msgspec.json.Decoder(list[str])


class RelationshipEntity(msgspec.Struct):
    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


def relationship_entity(row: Relationship) -> RelationshipEntity:
    """How the viewer stands to one account."""
    return RelationshipEntity(
        id=str(row.target_id),
        following=row.following,
        showing_reblogs=row.showing_reblogs,
        notifying=row.notifying,
        languages=_languages.decode(row.languages) if row.languages else None,
        followed_by=row.followed_by,
        blocking=row.blocking,
        blocked_by=row.blocked_by,
        muting=row.muting,
        muting_notifications=row.muting_notifications,
        muting_expires_at=optional_timestamp(row.muting_expires_at),
        requested=row.requested,
        requested_by=row.requested_by,
        domain_blocking=row.domain_blocking,
        endorsed=row.endorsed,
        note=row.note,
    )


async def relationship_with(network: Network, viewer_id: int, target_id: int) -> RelationshipEntity:
    """What every verb about two accounts answers; raises NotFound."""
    return relationship_entity(await relationships.load_one(network, viewer_id, target_id))
