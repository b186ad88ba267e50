import time

import testrig


async def test_network_comes_up_in_under_a_second(engine: str) -> None:
    async with testrig.services(engine):
        pass  # PostgreSQL itself is started once for the whole session
    began = time.perf_counter()
    async with testrig.network(engine) as rig, rig.client() as client:
        async with client.get("/health/ready") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        assert answer.headers["x-request-id"]
    assert time.perf_counter() - began < 1


async def test_rigs_share_nothing(engine: str) -> None:
    async with testrig.services(engine) as one, testrig.services(engine) as other:
        await one.network.db.execute("INSERT INTO settings (name, value) VALUES ('a', 'b')")
        assert await one.network.db.fetch_value("SELECT count(*) FROM settings") == 1
        assert await other.network.db.fetch_value("SELECT count(*) FROM settings") == 0


async def test_missing_page_is_not_found() -> None:
    async with testrig.network("sqlite") as rig, rig.client() as client:
        answer = await client.get("/no/such/page")
        assert answer.status == 404
