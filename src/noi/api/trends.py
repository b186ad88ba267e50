"""What is talked about: https://docs.joinmastodon.org/methods/trends/

Numbers are those of this network alone, also for what providers of the alliance name.
"""

import msgspec

from noi.api.base import Call, endpoint
from noi.api.entities.statuses import card_entity
from noi.api.entities.tags import TagEntity, TagHistoryEntity, tag_entity
from noi.api.rendering import statuses_json
from noi.models.errors import Invalid
from noi.services import settings, trends


@endpoint("GET", "/api/v1/trends/tags", scope="read", access="public")
async def tags(call: Call) -> list[TagEntity]:
    """Hashtags."""
    return await _tags(call)


@endpoint("GET", "/api/v1/trends", scope="read", access="public")
async def tags_v1(call: Call) -> list[TagEntity]:
    """The same for older apps."""
    return await _tags(call)


async def _tags(call: Call) -> list[TagEntity]:
    limit, offset = call.params.page(10, 20).limit, call.params.offset()
    found = await trends.hashtags(call.network, call.viewer_id, limit, offset)
    signed_in = call.viewer is not None
    return [tag_entity(call.network, view, signed_in=signed_in) for view in found]


@endpoint("GET", "/api/v1/trends/statuses", scope="read", access="public")
async def statuses(call: Call) -> msgspec.Raw:
    """Statuses."""
    if call.viewer is None and not (await settings.get(call.network)).local_timeline_public:
        raise Invalid("This method requires an authenticated user")
    limit, offset = call.params.page(20, 40).limit, call.params.offset()
    refs = await trends.statuses(call.network, call.viewer_id, limit, offset)
    return msgspec.Raw(await statuses_json(call.network, call.viewer, refs, "public"))


@endpoint("GET", "/api/v1/trends/links", scope="read", access="public")
async def links(call: Call) -> list[dict[str, object]]:
    """Links: a PreviewCard and its history."""
    limit, offset = call.params.page(10, 20).limit, call.params.offset()
    return [
        {
            **msgspec.structs.asdict(card_entity(call.network, view.card)),
            "history": [
                TagHistoryEntity(str(day.start // 1000), str(day.uses), str(day.accounts))
                for day in view.history
            ],
        }
        for view in await trends.links(call.network, limit, offset)
    ]


HANDLERS = [tags, tags_v1, statuses, links]
