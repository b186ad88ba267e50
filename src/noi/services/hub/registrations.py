"""How the hub introduces itself to a network (FASP 0.1, registration)."""

import msgspec
import orjson

from noi.activitypub import fasp
from noi.activitypub.fasp import Pair
from noi.activitypub.keys import BadKey
from noi.activitypub.uris import authority_of, same_authority, web_uri
from noi.models.errors import Invalid
from noi.services import settings
from noi.services.network import Network
from noi.transport import nodeinfo
from noi.transport.errors import TransportError

_MAX_ANSWER_BYTES = 16 * 1024


class Registered(msgspec.Struct, frozen=True):
    """What a network answered: how it calls the hub, its key, where its owner goes on."""

    fasp_id: str
    public_key: str
    completion_uri: str


async def find(network: Network, host: str) -> str:
    """Where the network at `host[:port]` speaks FASP: on that host. Raises Invalid."""
    try:
        node = await nodeinfo.fetch_node(network.client, host)
    except TransportError as error:
        raise _unreachable(host, error) from None
    if not node.fasp_base_url:
        raise Invalid(
            "{host} does not speak FASP: its NodeInfo tells no address for it",
            host=host,
            field="host",
        )
    elsewhere = authority_of(node.fasp_base_url)
    if elsewhere != host:
        raise Invalid(
            "{host} leads to {other}: enter that address if it is the network's own",
            host=host,
            other=elsewhere,
            field="host",
        )
    return node.fasp_base_url.rstrip("/")


async def register(network: Network, base_url: str, server_id: str, pair: Pair) -> Registered:
    """Introduce the hub, whom the network's owner may then accept. Raises Invalid."""
    host, own = authority_of(base_url), await settings.get(network)
    introduction = {
        "name": own.name,
        "baseUrl": network.settings.origin,
        "serverId": server_id,
        "publicKey": pair.public_key,
    }
    try:
        answer = await network.client.request(
            "POST",
            f"{base_url}/registration",
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            body=msgspec.json.encode(introduction),
            limit_bytes=_MAX_ANSWER_BYTES,
        )
    except TransportError as error:
        raise _unreachable(host, error) from None
    if not 200 <= answer.status < 300:
        raise Invalid(
            "{host} does not take the hub's introduction: it answers {status}",
            host=host,
            status=answer.status,
            field="host",
        )
    return _read(host, base_url, answer.body)


def _read(host: str, base_url: str, body: bytes) -> Registered:
    try:
        given = msgspec.convert(orjson.loads(body), dict[str, object])
        key = given.get("publicKey")
        fasp_id = given.get("faspId")
        named = str(fasp_id) if isinstance(fasp_id, int) else fasp_id
        if not isinstance(key, str) or not isinstance(named, str) or not fasp.usable_id(named):
            raise BadKey("There is no key")
        fasp.parse_key(key)
    except (orjson.JSONDecodeError, msgspec.ValidationError, BadKey):
        raise Invalid(
            "{host} does not answer the hub's introduction as FASP says", host=host, field="host"
        ) from None
    completion = web_uri(given.get("registrationCompletionUri"))
    if completion and not same_authority(completion, base_url):
        completion = ""
    return Registered(named, key, completion)


def _unreachable(host: str, error: TransportError) -> Invalid:
    return Invalid("{host} cannot be reached: {error}", host=host, error=error, field="host")
