"""Trying the connection (FASP's debug specification): a member calls, the hub calls back."""

from noi.db import jobs
from noi.db.database import Transaction
from noi.db.hub import callbacks as table
from noi.db.hub import members
from noi.models.errors import Invalid
from noi.models.hub import Callback, Member, MemberState
from noi.models.hub_jobs import AnswerCallback
from noi.models.ids import now_ms
from noi.services.hub.members import peer_of
from noi.services.network import Network
from noi.transport import fasp

MAX_BODY_BYTES = 4096
KEPT = 20
_PATH = "/debug/v0/callback/responses"


async def log(network: Network, member: Member, body: bytes, address: str) -> None:
    """Note a call with its body and IP address, and call the member back with the same body."""
    if len(body) > MAX_BODY_BYTES:
        raise Invalid("At most {limit} bytes", limit=MAX_BODY_BYTES)
    text = body.decode("utf-8", "replace").replace("\0", "")
    callback = Callback(network.ids.next(), address, text, now_ms())

    async def work(tx: Transaction) -> None:
        await table.insert(tx, member.id, callback, KEPT)
        await jobs.enqueue(tx, AnswerCallback(member.id, text))

    await network.db.transaction(work)


async def answer(network: Network, job: AnswerCallback) -> None:
    """Call a member back. Raises transport.errors, for the job to be tried again."""
    member = await members.get(network.db, job.member_id)
    if member is not None and member.state in (MemberState.ASKED, MemberState.ADMITTED):
        await fasp.call(network.client, peer_of(member), "POST", _PATH, job.body.encode())


async def of_member(network: Network, member: Member) -> list[Callback]:
    """The newest calls of a member, newest first."""
    return await table.of_member(network.db, member.id)
