"""RelationshipSeveranceEvent: https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/"""

import msgspec

from noi.api.entities.dates import timestamp
from noi.models.policies import Severance


class SeveranceEntity(msgspec.Struct):
    id: str
    type: str
    purged: bool
    target_name: str
    followers_count: int
    following_count: int
    created_at: str


def severance_entity(severance: Severance) -> SeveranceEntity:
    """What one person lost by a decision about a domain."""
    return SeveranceEntity(
        id=str(severance.id),
        type="domain_block",
        purged=False,
        target_name=severance.domain,
        followers_count=severance.followers,
        following_count=severance.following,
        created_at=timestamp(severance.created_at),
    )
