"""Where pages of other networks send people to follow or answer somebody from here.

https://www.hughrundle.net/how-to-implement-remote-following-for-your-activitypub-project/
"""

from contextlib import suppress

from noi.models.accounts import Account
from noi.models.errors import BadDocument, Conflict, Forbidden, NotFound
from noi.pages.base import page
from noi.pages.people import account_path
from noi.pages.visits import Answer, Visit, safe_path, with_query
from noi.services import accounts, resolution
from noi.transport.errors import TransportError


@page("GET", "/authorize_interaction")
async def interact(visit: Visit) -> Answer:
    """Go on to the page here of what `uri` names; to the search where that cannot be told."""
    uri = visit.query.get("uri", "").strip()[:2048]
    own = f"{visit.network.settings.origin}/"
    if uri.startswith(own):
        return visit.redirect(safe_path("/" + uri.removeprefix(own)))
    with suppress(BadDocument, Conflict, Forbidden, NotFound, TransportError):
        found = await resolution.resolve(visit.network, uri, visit.person)
        if isinstance(found, Account):
            return visit.redirect(account_path(found))
        if found is not None:
            author = await accounts.get(visit.network, found.account_id)
            return visit.redirect(f"{account_path(author)}/{found.id}")
    return visit.redirect(with_query("/search", q=uri))


HANDLERS = [interact]
