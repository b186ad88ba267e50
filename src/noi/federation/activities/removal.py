"""What a group's moderators removed of others' posts (FEP-1b12; Lemmy's Delete).

Where the post's own server says that it is gone, it goes here too. Else it stays its author's, and
only the group shows it no more: of that the group decides itself.
"""

from noi.db import pins, statuses
from noi.db.database import Transaction
from noi.federation.activities.common import is_local
from noi.federation.activities.objects import is_gone
from noi.models.accounts import Account, AccountKind
from noi.models.federation import Declined
from noi.models.statuses import Status, Visibility
from noi.services import reblogs
from noi.services import statuses as status_verbs
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def removed(network: Network, received: Received) -> Work | None:
    """What a Delete of another's post, announced by a group, does; None where it is no such.

    Raises Declined for posts that are not of the group.
    """
    group = received.via
    if group is None or group.kind is not AccountKind.GROUP:
        return None
    status = await statuses.get_by_uri(network.db, received.activity.object_id)
    if status is None or status.account_id == received.actor.id or status.deleted_at is not None:
        return None
    if not is_local(network, status.uri) and await is_gone(network, status.uri):
        return lambda tx: _bury(tx, status)
    if not await _shows(network, group, status):
        raise Declined("The post is not one of this group's")

    async def work(tx: Transaction) -> None:
        await reblogs.receive_end(tx, group.id, status.id)
        await pins.delete(tx, group.id, status.id)
        await statuses.leave_group(tx, status.id, group.id)

    return work


async def restored(network: Network, received: Received) -> Work | None:
    """What an Undo of that does: the group shows the post again; None where it is no such."""
    group, undone = received.via, received.activity.undone
    if group is None or group.kind is not AccountKind.GROUP:
        return None
    if undone is None or undone.type != "Delete":
        return None
    status = await statuses.get_by_uri(network.db, undone.object_id)
    if status is None or status.deleted_at is not None or status.in_reply_to_id is not None:
        raise Declined("There is no such post here")
    if status.visibility > Visibility.UNLISTED:
        raise Declined("This post is not for others")
    uri = f"{group.uri}#restored/{network.ids.next()}"
    return lambda tx: reblogs.receive(
        network, tx, group.id, status, uri, visibility=status.visibility
    )


async def _bury(tx: Transaction, status: Status) -> None:
    await status_verbs.bury(tx, status)


async def _shows(network: Network, group: Account, status: Status) -> bool:
    if status.group_id == group.id:
        return True
    return await statuses.get_reblog(network.db, status.id, group.id) is not None
