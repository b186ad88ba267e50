"""Accounts and statuses by their addresses, as documents for whoever may read them.

A reader is the account that signed the request, 0 for strangers; who may read a status is decided
by `db.visibility`. What stays on this network is never shown here, whoever asks.
"""

from noi.activitypub import addresses, outgoing
from noi.activitypub import written_actors as written
from noi.activitypub.outgoing import Written
from noi.db import accounts as account_rows
from noi.db import blocks
from noi.db import statuses as status_rows
from noi.models.accounts import Account, AccountState
from noi.models.errors import Gone, NotFound
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.statuses import Status, StatusView, Visibility
from noi.services import documents, keys, views
from noi.services.network import Network


async def actor_document(network: Network, name: str, viewer_id: int) -> Written:
    """A local account; disabled ones say so and nothing else of themselves.

    Raises NotFound, also for accounts that block the reader, and Gone for deleted ones.
    """
    account = await existing(network, name)
    await check_not_blocked(network, account.id, viewer_id)
    return await documents.written_actor(network, account)


async def key_stub(network: Network, name: str) -> Written:
    """The keys of a local account, for those who verify its signatures. Raises NotFound, Gone."""
    account = await existing(network, name)
    own = await keys.public_keys(network, account.id)
    return written.key_stub(account, own.public_key, own.ed25519_public_key)


async def instance_actor(network: Network) -> Written:
    """The actor that signs for the network itself."""
    account = await keys.ensure_instance_actor(network)
    own = await keys.public_keys(network, account.id)
    origin, host = network.settings.origin, network.settings.host
    return written.instance_actor(account.uri, origin, host, own.public_key, own.ed25519_public_key)


async def status_document(network: Network, name: str, status_id: int, viewer_id: int) -> Written:
    """A local status that is no reblog, or its tombstone. Raises NotFound."""
    view = await _view(network, name, status_id, viewer_id)
    if isinstance(view, Status):
        return written.tombstone(view.uri, view.deleted_at)
    if view.reblog is not None:
        raise NotFound
    return await documents.written_note(network, view)


async def status_activity(network: Network, name: str, status_id: int, viewer_id: int) -> Written:
    """The Create or Announce of a local status, or its tombstone. Raises NotFound."""
    view = await _view(network, name, status_id, viewer_id)
    if isinstance(view, Status):
        return written.tombstone(view.uri, view.deleted_at)
    if view.reblog is not None:
        return documents.written_announce(view)
    note = await documents.written_note(network, view)
    return outgoing.create(note, addresses.status_activity(view.status.uri))


async def existing(network: Network, name: str) -> Account:
    """A local account, disabled ones too, by its name. Raises NotFound, Gone for deleted ones."""
    account = await account_rows.get_by_handle(network.db, name)
    if account is None or account.id == INSTANCE_ACTOR_ID:
        raise NotFound
    if account.state is AccountState.DELETED:
        raise Gone("This account was deleted")
    return account


async def readable(network: Network, name: str, viewer_id: int) -> Account:
    """A local account whose collections the reader may see. Raises NotFound, Gone."""
    account = await existing(network, name)
    if account.state > AccountState.LIMITED:
        raise NotFound
    await check_not_blocked(network, account.id, viewer_id)
    return account


async def check_not_blocked(network: Network, account_id: int, viewer_id: int) -> None:
    """Raise NotFound where the account blocks the reader, or all of the reader's server."""
    if viewer_id and await blocks.shuts_out(network.db, account_id, viewer_id):
        raise NotFound


async def visible_status(network: Network, name: str, status_id: int, viewer_id: int) -> Status:
    """A local status that the reader may see, by its author and id. Raises NotFound, Gone."""
    account = await existing(network, name)
    await check_not_blocked(network, account.id, viewer_id)
    status = await status_rows.get_visible(network.db, status_id, viewer_id)
    if status is None or status.account_id != account.id or status.local_only:
        raise NotFound
    return status


async def _view(network: Network, name: str, status_id: int, viewer_id: int) -> StatusView | Status:
    """What the reader may see of a status, or its row where it was deleted for all to know."""
    account = await existing(network, name)
    status = await status_rows.get(network.db, status_id)
    if status is None or status.account_id != account.id or status.local_only:
        raise NotFound
    if status.deleted_at is not None:
        if status.visibility > Visibility.UNLISTED or status.hidden_at is not None:
            raise NotFound
        return status
    await check_not_blocked(network, account.id, viewer_id)
    if await status_rows.get_visible(network.db, status_id, viewer_id) is None:
        raise NotFound
    reblogged = status.reblog_of_id
    if reblogged and await status_rows.get_visible(network.db, reblogged, viewer_id) is None:
        raise NotFound
    view = await views.load_one(network, status_id)
    if view is None:
        raise NotFound
    return view
