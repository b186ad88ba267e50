"""`noi federation`, run as an operator would, and asking other networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.test_commands import Shell

import testrig
from noi.services import pings

pytestmark = pytest.mark.anyio

WHY = ("--rule", "Luật An ninh mạng", "--reason", "Thư rác")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    yield Shell(tmp_path_factory.mktemp("data"))


def test_a_network_is_blocked_shown_and_unblocked(shell: Shell) -> None:
    said = shell.run("federation", "block", "Bad.example", *WHY)
    assert "0 accounts of it are known" in said
    assert "Blocked bad.example" in said
    assert "bad.example  block  Luật An ninh mạng: Thư rác" in shell.run("federation", "policies")
    assert "bad.example,suspend,false,false,Thư rác,false" in shell.run("federation", "export")
    assert "Took back" in shell.run("federation", "unblock", "bad.example", "--reason", "Nhầm")
    assert "Nothing is decided" in shell.run("federation", "policies")
    said = shell.run("federation", "unblock", "bad.example", "--reason", "Nhầm", code=1)
    assert "nothing is decided" in said


def test_what_is_missing_is_asked_for(shell: Shell) -> None:
    said = shell.run("federation", "limit", "loud.example", typed="Luật\nỒn ào\n")
    assert "Limited loud.example" in said
    assert "--rule is missing" in shell.run("federation", "block", "bad.example", code=1)
    for own in ("localhost", "localhost:8000"):
        assert "own network" in shell.run("federation", "block", own, *WHY, code=1)


def test_a_list_is_tried_and_imported(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("#domain,#severity\nxau.example,suspend\nten sai,suspend\n")
    said = shell.run("federation", "import", str(file), "--dry-run")
    assert "block  xau.example" in said
    assert "line 3" in said
    assert "xau.example" not in shell.run("federation", "export")
    shell.run("federation", "import", str(file), "--rule", "Luật", "--reason", "Danh sách chung")
    assert "xau.example,suspend" in shell.run("federation", "export")
    assert "No such file" in shell.run("federation", "import", "/nowhere.csv", code=1)


def test_networks_are_listed_allowed_and_named_when_unknown(shell: Shell) -> None:
    assert "none" in shell.run("federation", "hosts")
    assert "is off" in shell.run("federation", "allow", "ban.example")
    assert "no longer" in shell.run("federation", "disallow", "ban.example", *WHY)
    for command in ("retry", "drop"):
        at = ("nobody.example", "--host", "localhost:8000")
        said = shell.run("federation", command, *at, code=1)
        assert "nothing was ever sent to nobody.example" in said
    assert "neither" in shell.run("federation", "resolve", "xin chào", code=1)


async def test_two_networks_reach_each_other(engine: str) -> None:
    async with testrig.network(engine) as near, testrig.network(engine) as far:
        await far.set_up()
        steps = await pings.ping(near.network, far.network.settings.host)
        assert [step.name for step in steps] == ["NodeInfo", "WebFinger", "signed GET"]
        assert all(step.worked for step in steps), steps
        assert "noi" in steps[0].told
        assert steps[2].told == f"{far.url}/actor"


async def test_what_does_not_answer_is_told(engine: str) -> None:
    async with testrig.services(engine) as rig:
        steps = await pings.ping(rig.network, "localhost:1")
        assert not any(step.worked for step in steps)
        assert "Unreachable" in steps[0].told
