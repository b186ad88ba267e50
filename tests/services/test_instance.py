import people
import testrig
from noi.db.database import Transaction
from noi.services import instance


async def test_figures_count_members_and_weeks(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network = rig.network
        lan = await people.join(network, "lan")
        binh = await people.join(network, "binh")

        async def work(tx: Transaction) -> None:
            await tx.execute("UPDATE accounts SET statuses_count = 3")
            now = {"id": lan.account_id}
            await tx.execute(
                "UPDATE users SET last_active_at = created_at WHERE account_id = :id", now
            )

        await network.db.transaction(work)
        used = await instance.usage(network)
        assert (used.users, used.statuses, used.active_month) == (2, 6, 1)
        weeks = await instance.activity(network)
        assert [week.registrations for week in weeks[:2]] == [2, 0]
        found = await instance.directory(network, order="new", local=True, limit=1, offset=0)
        assert found == [binh.account_id]
        found = await instance.directory(network, order="active", local=True, limit=5, offset=1)
        assert len(found) == 1
