"""A hub and a network are never run on each other's database."""

import asyncio
from pathlib import Path

from tests.app.test_commands import PASSWORD, Shell

from noi.app.composition import prepare
from noi.config import Settings


def test_a_hub_is_not_run_as_a_network(tmp_path: Path) -> None:
    asyncio.run(prepare(Settings(data=tmp_path), hub=True))
    shell = Shell(tmp_path)
    for command in (("serve", "--bind", "127.0.0.1:0"), ("worker",)):
        assert "run it by `noi hub`" in shell.run(*command, code=1)
    # What looks after its people works on both.
    shell.run("account", "create", "lan", "--email", "", "--password", PASSWORD)
    assert shell.run("account", "list").startswith("lan ")


def test_a_network_is_not_run_as_a_hub(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("account", "create", "lan", "--email", "", "--password", PASSWORD)
    assert "a hub needs one of its own" in shell.run("hub", "--bind", "127.0.0.1:0", code=1)
    assert shell.run("migrate").strip() != ""
