"""Collections: https://www.w3.org/TR/activitypub/#collections"""

from noi.activitypub import addresses
from noi.activitypub.outgoing import Written
from noi.activitypub.written_collections import ordered
from noi.federation.base import Asked, document, parse_cursor
from noi.models.errors import Unauthorized
from noi.models.paging import Page
from noi.services import featurings, listings

_ACTIVITIES = 20
_ACCOUNTS = 40


def _page(asked: Asked, limit: int) -> Page | None:
    """The part of a collection that is asked for; None for the collection itself."""
    if not asked.query("page"):
        return None
    max_id, min_id = parse_cursor(asked.query("max_id")), parse_cursor(asked.query("min_id"))
    return Page(limit=limit, max_id=max_id, min_id=min_id)


@document("/users/{name:str}/outbox")
async def outbox(asked: Asked) -> Written:
    """What an account wrote and reblogged, newest first."""
    page = _page(asked, _ACTIVITIES)
    return await listings.outbox(asked.network, asked.name, asked.viewer_id, page)


@document("/actor/outbox", access="anyone")
async def instance_outbox(asked: Asked) -> Written:
    """The network itself writes nothing."""
    return ordered(addresses.outbox(addresses.instance_actor(asked.origin)), 0, [])


@document("/users/{name:str}/followers", page="/@{name}/followers")
async def followers(asked: Asked) -> Written:
    """Who follows an account."""
    page = _page(asked, _ACCOUNTS)
    return await listings.followers(asked.network, asked.name, asked.viewer_id, page)


@document("/users/{name:str}/following", page="/@{name}/following")
async def following(asked: Asked) -> Written:
    """Whom an account follows."""
    page = _page(asked, _ACCOUNTS)
    return await listings.following(asked.network, asked.name, asked.viewer_id, page)


@document("/users/{name:str}/followers_synchronization", access="signed")
async def synchronization(asked: Asked) -> Written:
    """Those who follow an account from the server that asks (FEP-8fcf)."""
    if asked.signer is None:
        raise Unauthorized("Requests for this have to be signed")
    return await listings.synchronization(asked.network, asked.name, asked.signer)


@document("/users/{name:str}/collections/featured")
async def featured(asked: Asked) -> Written:
    """What an account has pinned."""
    return await listings.featured(asked.network, asked.name, asked.viewer_id)


@document("/users/{name:str}/collections/tags")
async def tags(asked: Asked) -> Written:
    """The hashtags that an account features."""
    return await listings.tags(asked.network, asked.name, asked.viewer_id)


@document("/users/{name:str}/statuses/{id:str}/replies", page="/@{name}/{id}")
async def replies(asked: Asked) -> Written:
    """What answers a status."""
    return await listings.replies(
        asked.network,
        asked.name,
        asked.path_id(),
        asked.viewer_id,
        _page(asked, listings.REPLIES),
        own=not asked.query("only_other_accounts"),
    )


@document("/users/{name:str}/statuses/{id:str}/likes", page="/@{name}/{id}")
async def likes(asked: Asked) -> Written:
    """How many favour a status."""
    return await listings.likes(asked.network, asked.name, asked.path_id(), asked.viewer_id)


@document("/users/{name:str}/statuses/{id:str}/shares", page="/@{name}/{id}")
async def shares(asked: Asked) -> Written:
    """How many reblogged a status."""
    return await listings.shares(asked.network, asked.name, asked.path_id(), asked.viewer_id)


@document("/contexts/{id:str}")
async def conversation(asked: Asked) -> Written:
    """A conversation that began here (FEP-7888, FEP-f228)."""
    page = _page(asked, listings.CONVERSATION)
    return await listings.conversation(asked.network, asked.path_id(), page)


@document("/users/{name:str}/feature_authorizations/{id:str}")
async def feature_authorization(asked: Asked) -> Written:
    """The proof that an account lets a collection show it (FEP-7aa9)."""
    return await featurings.stamp(asked.network, asked.name, asked.path_id(), asked.viewer_id)


@document("/users/{name:str}/quote_authorizations/{id:str}")
async def quote_authorization(asked: Asked) -> Written:
    """The stamp that lets a status quote another (FEP-044f)."""
    return await listings.authorization(asked.network, asked.name, asked.path_id(), asked.viewer_id)


HANDLERS = [
    outbox,
    instance_outbox,
    followers,
    following,
    synchronization,
    featured,
    tags,
    replies,
    likes,
    shares,
    conversation,
    feature_authorization,
    quote_authorization,
]
