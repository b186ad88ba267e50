"""Actors: https://www.w3.org/TR/activitypub/#actor-objects"""

from noi.activitypub.outgoing import Written
from noi.federation.base import Asked, document
from noi.services import published


@document("/users/{name:str}", page="/@{name}", access="optional")
async def actor(asked: Asked) -> Written:
    """A person, bot or group of this network; to strangers no more than its keys, if so set."""
    if asked.hides_from_strangers:
        return await published.key_stub(asked.network, asked.name)
    return await published.actor_document(asked.network, asked.name, asked.viewer_id)


@document("/actor", page="/about", access="anyone")
async def instance_actor(asked: Asked) -> Written:
    """The network itself, whose key verifies the requests that it signs."""
    return await published.instance_actor(asked.network)


HANDLERS = [actor, instance_actor]
