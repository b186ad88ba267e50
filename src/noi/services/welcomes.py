"""The last step of a sign-up: once confirmed and approved, an account can be seen and found."""

from noi.db import jobs, users
from noi.db.database import Transaction
from noi.models.jobs import IndexAccount, Notify


async def finish_step(tx: Transaction, account_id: int) -> None:
    """Once the address is confirmed: tell the staff who came or waits, and index who is in."""
    user = await users.get(tx, account_id)
    if user is None or user.confirmed_at is None:
        return
    if user.approved_at is not None:
        await index(tx, account_id)
    for staff_id in await users.staff(tx):
        if staff_id != account_id:
            await jobs.enqueue(tx, Notify(staff_id, "admin.sign_up", account_id))


async def index(tx: Transaction, account_id: int) -> None:
    """Let an account be found."""
    await jobs.enqueue(tx, IndexAccount(account_id))
