"""Statuses, the activities that brought them, and the emojis in them."""

from noi.activitypub.outgoing import Written
from noi.federation.base import Answer, Asked, document
from noi.services import documents, published


@document("/users/{name:str}/statuses/{id:str}", page="/@{name}/{id}")
async def status(asked: Asked) -> Written | Answer:
    """A Note or Question; a Tombstone where it was deleted."""
    found = await published.status_document(
        asked.network, asked.name, asked.path_id(), asked.viewer_id
    )
    return Answer(found, 410) if found["type"] == "Tombstone" else found


@document("/users/{name:str}/statuses/{id:str}/activity", page="/@{name}/{id}")
async def activity(asked: Asked) -> Written | Answer:
    """The Create of a status, or the Announce that a reblog is."""
    found = await published.status_activity(
        asked.network, asked.name, asked.path_id(), asked.viewer_id
    )
    return Answer(found, 410) if found["type"] == "Tombstone" else found


@document("/emojis/{id:str}", access="optional")
async def emoji(asked: Asked) -> Written:
    """A custom emoji of this network."""
    return await documents.written_emoji(asked.network, asked.path_id())


HANDLERS = [status, activity, emoji]
