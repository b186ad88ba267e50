"""Delivering one activity to one inbox, as the courier does it with many."""

from noi.transport.client import Client
from noi.transport.signed import Answer, SigningKey, Target, post_prepared, prepare_posts


async def post_activity(
    client: Client, inbox_uri: str, body: bytes, key: SigningKey, signatures: str = ""
) -> Answer:
    """Sign and post; raises as `post_prepared` does, and every HTTP status is an answer."""
    (prepared,) = await prepare_posts([Target(inbox_uri, signatures)], body, key)
    return await post_prepared(client, prepared, body, key)
