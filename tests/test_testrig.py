import time

import testrig


async def test_network_comes_up_in_under_a_second(engine: str) -> None:
    async with testrig.network(engine):
        pass  # importing the doors and starting PostgreSQL happens once in a session
    began = time.process_time()  # of this process alone, for the machine may be busy
    async with testrig.network(engine) as rig, rig.client() as client:
        async with client.get("/health/ready") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        assert answer.headers["x-request-id"]
    assert time.process_time() - began < 1


async def test_rigs_share_nothing(engine: str) -> None:
    async with testrig.services(engine) as one, testrig.services(engine) as other:
        await one.network.db.execute("INSERT INTO settings (name, value) VALUES ('a', 'b')")
        assert await one.network.db.fetch_value("SELECT count(*) FROM settings") == 1
        assert await other.network.db.fetch_value("SELECT count(*) FROM settings") == 0


async def test_missing_page_is_not_found() -> None:
    async with testrig.network("sqlite") as rig, rig.client() as client:
        await rig.set_up()
        answer = await client.get("/no/such/page")
        assert answer.status == 404


async def test_account_of_a_rig_may_use_the_api(engine: str) -> None:
    async with testrig.network(engine) as rig:
        token = await rig.create_account("lan")
        async with rig.client(token) as client:
            answer = await client.post("/api/v1/statuses", json={"status": "Xin chào"})
            assert answer.status == 200, await answer.text()
            assert await rig.work() > 0
            [status] = await (await client.get("/api/v1/timelines/home")).json()
            assert "Xin chào" in status["content"]
