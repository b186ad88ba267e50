"""Polls: https://docs.joinmastodon.org/methods/polls/"""

from noi.api.base import Call, endpoint
from noi.api.entities.polls import PollEntity, poll_entity
from noi.models.errors import Invalid
from noi.models.statuses import PollView
from noi.services import polls


@endpoint("GET", "/api/v1/polls/{id:str}", scope="read:statuses", access="public")
async def show(call: Call) -> PollEntity:
    """A poll of a status that one may see."""
    view = await polls.show(call.network, call.viewer_id, call.path_id())
    return await _entity(call, view)


@endpoint("POST", "/api/v1/polls/{id:str}/votes", scope="write:statuses")
async def vote(call: Call) -> PollEntity:
    """Vote, once."""
    texts = call.params.texts("choices", most=20)
    if not all(text.isascii() and text.isdigit() and len(text) < 4 for text in texts):
        raise Invalid("The chosen vote option does not exist")
    choices = [int(text) for text in texts]
    view = await polls.vote(call.network, call.person.account_id, call.path_id(), choices)
    return await _entity(call, view)


async def _entity(call: Call, view: PollView) -> PollEntity:
    votes = await polls.own_votes(call.network, call.viewer_id, [view.poll.id])
    return poll_entity(
        call.network, view, [], viewer_id=call.viewer_id, own_votes=votes.get(view.poll.id)
    )


HANDLERS = [show, vote]
