"""Private notes about other accounts."""

from noi.db import notes
from noi.db.database import Transaction
from noi.models.errors import too_long
from noi.services.network import Network
from noi.services.relationships import lock_other
from noi.text.clean import clean_text

MAX_LENGTH = 2000


async def set_note(network: Network, account_id: int, target_id: int, comment: str) -> None:
    """Write a note that only its author sees; an empty one removes it.

    Raises NotFound, Forbidden for one's own account, and Invalid beyond 2,000 characters.
    """
    text = clean_text(comment).strip()
    if len(text) > MAX_LENGTH:
        raise too_long("comment", MAX_LENGTH)

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await notes.put(tx, account_id, target_id, text)

    await network.db.transaction(work)
