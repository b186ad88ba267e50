"""Policies, and requests of what they put aside.

See https://docs.joinmastodon.org/methods/notifications/#get-policy
"""

import msgspec

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.dates import timestamp
from noi.api.paging import paged
from noi.api.rendering import status_parts
from noi.models.errors import NotFound
from noi.models.ids import id_time
from noi.models.notifications import NotificationPolicy, NotificationRequest, PolicyChoice
from noi.services import notification_policies, timelines

_POLICY_V1 = "/api/v1/notifications/policy"
_POLICY_V2 = "/api/v2/notifications/policy"
_REQUESTS = "/api/v1/notifications/requests"
_NAMES = NotificationPolicy.__struct_fields__
# The first version knew only these, as booleans.
_NAMES_V1 = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
)


class RequestEntity(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/NotificationRequest/"""

    id: str
    created_at: str
    updated_at: str
    notifications_count: str
    account: AccountEntity
    last_status: msgspec.Raw | None


@endpoint("GET", _POLICY_V2, scope="read:notifications")
async def show(call: Call) -> dict[str, object]:
    """What one wants of notifications from those one does not know."""
    policy = await notification_policies.get(call.network, call.viewer_id)
    return msgspec.structs.asdict(policy) | await _summary(call)


@endpoint(["PUT", "PATCH"], _POLICY_V2, scope="write:notifications")
async def update(call: Call) -> dict[str, object]:
    """Set `accept`, `filter` or `drop` for some."""
    changes = {name: call.params.text(name) for name in _NAMES if name in call.params}
    policy = await notification_policies.update(call.network, call.viewer_id, changes)
    return msgspec.structs.asdict(policy) | await _summary(call)


@endpoint("GET", _POLICY_V1, scope="read:notifications write:notifications")
async def show_v1(call: Call) -> dict[str, object]:
    """The same as booleans: whether they are put aside."""
    return await _v1(call, await notification_policies.get(call.network, call.viewer_id))


@endpoint(["PUT", "PATCH"], _POLICY_V1, scope="write:notifications")
async def update_v1(call: Call) -> dict[str, object]:
    """Set some of the booleans."""
    changes: dict[str, str] = {}
    for name in _NAMES_V1:
        wanted = call.params.boolean(name.replace("for_", "filter_"))
        if wanted is not None:
            changes[name] = PolicyChoice.FILTER if wanted else PolicyChoice.ACCEPT
    policy = await notification_policies.update(call.network, call.viewer_id, changes)
    return await _v1(call, policy)


@endpoint("GET", _REQUESTS, scope="read:notifications")
async def requests(call: Call) -> Reply:
    """From whom something was put aside."""
    page = call.params.page(40, 80)
    rows = await notification_policies.requests(call.network, call.viewer_id, page)
    body = await _entities(call, rows)
    return paged(call, page, [row.newest_id for row in rows], body)


@endpoint("GET", f"{_REQUESTS}/merged", scope="read:notifications")
async def merged(call: Call) -> dict[str, bool]:
    """Whether what was accepted is shown: always, for accepting shows it at once."""
    return {"merged": True}


@endpoint("GET", f"{_REQUESTS}/{{id:str}}", scope="read:notifications")
async def show_request(call: Call) -> RequestEntity:
    """What was put aside from one account."""
    row = await notification_policies.request(call.network, call.viewer_id, call.path_id())
    entities = await _entities(call, [row])
    if not entities:
        raise NotFound
    return entities[0]


@endpoint("POST", f"{_REQUESTS}/accept", scope="write:notifications")
async def accept_many(call: Call) -> dict[str, object]:
    """Show what was put aside from the accounts `id[]`."""
    await notification_policies.accept(call.network, call.viewer_id, call.params.ids("id"))
    return {}


@endpoint("POST", f"{_REQUESTS}/dismiss", scope="write:notifications")
async def dismiss_many(call: Call) -> dict[str, object]:
    """Remove what was put aside from the accounts `id[]`."""
    await notification_policies.dismiss(call.network, call.viewer_id, call.params.ids("id"))
    return {}


@endpoint("POST", f"{_REQUESTS}/{{id:str}}/accept", scope="write:notifications")
async def accept(call: Call) -> dict[str, object]:
    """Show what was put aside from one account."""
    row = await notification_policies.request(call.network, call.viewer_id, call.path_id())
    await notification_policies.accept(call.network, call.viewer_id, [row.from_account_id])
    return {}


@endpoint("POST", f"{_REQUESTS}/{{id:str}}/dismiss", scope="write:notifications")
async def dismiss(call: Call) -> dict[str, object]:
    """Remove what was put aside from one account."""
    row = await notification_policies.request(call.network, call.viewer_id, call.path_id())
    await notification_policies.dismiss(call.network, call.viewer_id, [row.from_account_id])
    return {}


async def _summary(call: Call) -> dict[str, object]:
    requests_count, count = await notification_policies.count(call.network, call.viewer_id)
    return {
        "summary": {
            "pending_requests_count": requests_count,
            "pending_notifications_count": count,
        }
    }


async def _v1(call: Call, policy: NotificationPolicy) -> dict[str, object]:
    shown: dict[str, object] = {
        name.replace("for_", "filter_"): getattr(policy, name) is not PolicyChoice.ACCEPT
        for name in _NAMES_V1
    }
    return shown | await _summary(call)


async def _entities(call: Call, rows: list[NotificationRequest]) -> list[RequestEntity]:
    accounts = await account_entities(call.network, [row.from_account_id for row in rows])
    by_id = {account.id: account for account in accounts}
    ids = [row.last_status_id for row in rows if row.last_status_id is not None]
    refs = await timelines.by_ids(call.network, call.viewer_id, ids)
    parts = await status_parts(call.network, call.viewer, refs, "notifications")
    statuses = {ref.id: part for ref, part in zip(refs, parts, strict=True)}
    entities: list[RequestEntity] = []
    for row in rows:
        account = by_id.get(str(row.from_account_id))
        status = statuses.get(row.last_status_id or 0)
        if account is not None:
            entity = RequestEntity(
                id=account.id,
                created_at=timestamp(id_time(row.oldest_id)),
                updated_at=timestamp(id_time(row.newest_id)),
                notifications_count=str(row.count),
                account=account,
                last_status=msgspec.Raw(status) if status is not None else None,
            )
            entities.append(entity)
    return entities


HANDLERS = [
    show,
    update,
    show_v1,
    update_v1,
    requests,
    merged,
    show_request,
    accept_many,
    dismiss_many,
    accept,
    dismiss,
]
