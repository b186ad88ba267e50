"""`noi alliance`, run as an operator would."""

import sqlite3
from pathlib import Path

from tests.app.test_commands import Shell


def test_alliances_are_listed_joined_confirmed_and_left(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "noi alliance join" in shell.run("alliance", "list")
    assert "does not answer" in shell.run("alliance", "join", "http://localhost:1", code=1)
    assert "not an address" in shell.run("alliance", "join", "ba chấm", code=1)
    assert "no hub or provider 5" in shell.run("alliance", "confirm", "5", code=1)
    assert "no hub or provider 5" in shell.run("alliance", "leave", "5", code=1)
    assert "Compare both" not in shell.run("alliance", "join", "--help")


def test_a_charter_that_waits_is_named(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("alliance", "list")
    with sqlite3.connect(next(tmp_path.glob("*.sqlite*"))) as db:
        db.execute(
            "INSERT INTO fasp_providers (id, base_url, state, hub, charter_version, asked_at)"
            " VALUES (5, 'https://tram.example', 'confirmed', 1, 1, 0)"
        )
        db.execute("INSERT INTO fasp_charters VALUES (5, 2, '{}', 0)")
    said = shell.run("alliance", "list")
    assert "version 2 of its charter waits" in said
    assert "/owner/alliance/5/charter" in said
