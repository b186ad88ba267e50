"""The addresses of this network's own objects; they are ids, so what is once given never changes.

An actor's address and a status's are stored with them; all others are made from those here.
"""


def actor(origin: str, username: str) -> str:
    """A local account."""
    return f"{origin}/users/{username}"


def instance_actor(origin: str) -> str:
    """The actor that signs for the network itself."""
    return f"{origin}/actor"


def main_key(actor_uri: str) -> str:
    """An actor's RSA key."""
    return f"{actor_uri}#main-key"


def ed25519_key(actor_uri: str) -> str:
    """An actor's Ed25519 key."""
    return f"{actor_uri}#ed25519-key"


def inbox(actor_uri: str) -> str:
    return f"{actor_uri}/inbox"


def shared_inbox(origin: str) -> str:
    return f"{origin}/inbox"


def outbox(actor_uri: str) -> str:
    return f"{actor_uri}/outbox"


def followers(actor_uri: str) -> str:
    return f"{actor_uri}/followers"


def following(actor_uri: str) -> str:
    return f"{actor_uri}/following"


def featured(actor_uri: str) -> str:
    """The pinned statuses."""
    return f"{actor_uri}/collections/featured"


def featured_tags(actor_uri: str) -> str:
    return f"{actor_uri}/collections/tags"


def followers_synchronization(actor_uri: str) -> str:
    """Those of a host's accounts that follow an actor (FEP-8fcf)."""
    return f"{actor_uri}/followers_synchronization"


def status(actor_uri: str, status_id: int) -> str:
    return f"{actor_uri}/statuses/{status_id}"


def status_activity(status_uri: str) -> str:
    """The Create of a status; a reblog's own address already is its Announce's."""
    return f"{status_uri}/activity"


def replies(status_uri: str) -> str:
    return f"{status_uri}/replies"


def likes(status_uri: str) -> str:
    return f"{status_uri}/likes"


def shares(status_uri: str) -> str:
    return f"{status_uri}/shares"


def context(origin: str, conversation_id: int) -> str:
    """All statuses of a conversation that began here."""
    return f"{origin}/contexts/{conversation_id}"


def follow(actor_uri: str, follow_id: int) -> str:
    return f"{actor_uri}/follows/{follow_id}"


def like(actor_uri: str, favourite_id: int) -> str:
    return f"{actor_uri}/likes/{favourite_id}"


def reaction(actor_uri: str, reaction_id: int) -> str:
    return f"{actor_uri}/reactions/{reaction_id}"


def block(actor_uri: str, block_id: int) -> str:
    return f"{actor_uri}/blocks/{block_id}"


def vote(actor_uri: str, poll_id: int, position: int) -> str:
    return f"{actor_uri}/votes/{poll_id}/{position}"


def quote_request(status_uri: str) -> str:
    return f"{status_uri}/quote_request"


def feature_authorization(actor_uri: str, featuring_id: int) -> str:
    """The stamp by which an actor lets a collection show it (FEP-7aa9)."""
    return f"{actor_uri}/feature_authorizations/{featuring_id}"


def quote_authorization(actor_uri: str, quoting_status_id: int) -> str:
    """The stamp by which an actor lets a status quote one of theirs (FEP-044f)."""
    return f"{actor_uri}/quote_authorizations/{quoting_status_id}"


def emoji(origin: str, emoji_id: int) -> str:
    return f"{origin}/emojis/{emoji_id}"
