import logging

import pytest

import testrig
from noi.app.logs import LineFormatter


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("noi.http", logging.INFO, "", 0, message, None, None)
    made.created, made.msecs = 1_700_000_000.25, 250
    made.fields = fields
    return made


def test_event_is_one_line_of_pairs() -> None:
    line = LineFormatter().format(record("request\nforged", status=200, path='/a b"\n', empty=""))
    assert line == (
        "2023-11-14T22:13:20.250Z info noi.http request forged "
        'status=200 path="/a b\\"\\n" empty=""'
    )


async def test_request_is_logged_with_its_id_but_without_its_query(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "noi.http")
    async with testrig.network("sqlite", access_log=True) as rig, rig.client() as client:
        answer = await client.get("/health/live?access_token=secret")
    [line] = [LineFormatter().format(found) for found in caplog.records if found.msg == "request"]
    assert f"id={answer.headers['x-request-id']}" in line
    assert "path=/health/live" in line
    assert "status=200" in line
    assert "secret" not in line
