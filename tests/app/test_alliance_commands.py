"""`noi alliance`, run as an operator would."""

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
