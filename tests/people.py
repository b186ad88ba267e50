"""People for tests of services, without the cost of a password, and what they do."""

import msgspec

from noi.db import accounts, users
from noi.db.database import Transaction
from noi.models.accounts import Role, Viewer
from noi.models.composition import Composition
from noi.models.ids import now_ms
from noi.models.jobs import SendMail
from noi.services import mail, statuses
from noi.services.network import Network


async def join(network: Network, name: str, role: Role = Role.MEMBER, email: str = "") -> Viewer:
    """A confirmed and approved local account, as the viewer that it is in its browser."""
    account_id = network.ids.next()
    origin = network.settings.origin
    now = now_ms()

    async def work(tx: Transaction) -> None:
        account = accounts.NewAccount(
            id=account_id,
            username=name,
            uri=f"{origin}/users/{name}",
            url=f"{origin}/@{name}",
            discoverable=True,
        )
        await accounts.insert_local(tx, account)
        user = users.NewUser(
            account_id=account_id,
            email=email,
            password_hash="",
            role=role,
            locale="vi",
            confirmed_at=now,
            approved_at=now,
        )
        await users.insert(tx, user)

    await network.db.transaction(work)
    return Viewer(account_id=account_id, role=role, locale="vi", filters_revision=0)


async def write(network: Network, author: Viewer, text: str = "Xin chào") -> int:
    """A status as its author would post it, and its id; what follows from it waits as jobs."""
    view = await statuses.create(network, author.account_id, Composition(text=text))
    return view.status.id


async def last_letter(network: Network) -> str:
    """The newest e-mail that waits to be sent, as it would go out now."""
    sql = "SELECT payload FROM jobs WHERE name = 'SendMail' ORDER BY id DESC LIMIT 1"
    payload: str = await network.db.fetch_value(sql)
    return await mail.written(network, msgspec.json.decode(payload, type=SendMail))


async def jobs_named(network: Network, name: str) -> list[dict[str, object]]:
    """What waits in the queue under a job's name."""
    rows = await network.db.fetch_all(
        "SELECT payload FROM jobs WHERE name = :name ORDER BY id", {"name": name}
    )
    return [msgspec.json.decode(row[0], type=dict[str, object]) for row in rows]
