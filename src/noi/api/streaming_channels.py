"""The channels of streaming: their names, what a token needs for each, and which topic each is.

See https://docs.joinmastodon.org/methods/streaming/
"""

import msgspec

from noi.api.params import parse_id
from noi.auth import scopes as known_scopes
from noi.models.accounts import Grant, Viewer
from noi.models.errors import BadRequest, NotFound, Unauthorized
from noi.services import oauth, streams
from noi.services.network import Network
from noi.streaming.topics import Topic
from noi.text.hashtags import family_key

_OF_ACCOUNT = frozenset({"user", "user:notification", "direct"})
_PUBLIC = frozenset(
    {
        "public",
        "public:media",
        "public:local",
        "public:local:media",
        "public:remote",
        "public:remote:media",
    }
)
_HASHTAG = frozenset({"hashtag", "hashtag:local"})
_LONGEST_TAG = 200


class Channel(msgspec.Struct, frozen=True):
    """A channel as a client asks for it; `parameter` is the hashtag's name or the list's id."""

    name: str
    parameter: str = ""

    @property
    def wire(self) -> str:
        """The `stream` of a WebSocket frame."""
        parts = [self.name, self.parameter] if self.parameter else [self.name]
        return msgspec.json.encode(parts).decode()


def channel(name: str, *, tag: str = "", list_id: str = "") -> Channel:
    """A channel by its name and parameters; raises BadRequest as Mastodon does."""
    if name in _HASHTAG:
        if not tag or len(tag) > _LONGEST_TAG:
            raise BadRequest("Missing tag name parameter")
        return Channel(name, tag)
    if name == "list":
        if not list_id:
            raise BadRequest("Missing list name parameter")
        return Channel(name, list_id)
    if name not in _OF_ACCOUNT | _PUBLIC:
        raise BadRequest("Unknown stream type")
    return Channel(name)


async def identify(network: Network, token: str) -> tuple[Grant, Viewer]:
    """Who opens a stream; raises Unauthorized without a person's token, Forbidden at the door."""
    if not token:
        raise Unauthorized("Missing access token")
    grant = await oauth.authenticate(network, token)
    if grant is None or grant.viewer is None:
        raise Unauthorized("Invalid access token")
    return grant, grant.viewer


async def topic_of(
    network: Network, viewer: Viewer, scopes: frozenset[str], asked: Channel
) -> Topic:
    """The topic of a channel for a viewer; raises Unauthorized where it is not theirs to have."""
    _require_scope(scopes, asked.name)
    if asked.name in _OF_ACCOUNT:
        if asked.name == "user":
            await streams.wake_home(network, viewer.account_id)
        return Topic(asked.name, viewer.account_id)
    if asked.name in _HASHTAG:
        return Topic(asked.name, family_key(asked.parameter.removeprefix("#")))
    if asked.name == "list":
        list_id = parse_id(asked.parameter)
        try:
            await streams.require_list(network, viewer.account_id, list_id)
        except NotFound:
            raise Unauthorized("Not authorized to stream this list") from None
        return Topic("list", list_id)
    return Topic(asked.name)


def _require_scope(scopes: frozenset[str], name: str) -> None:
    if name in _PUBLIC | _HASHTAG:
        return
    needed = "read:notifications" if name == "user:notification" else "read:statuses"
    if not known_scopes.allows(scopes, needed):
        raise Unauthorized("Access token does not have the required scopes")
