import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from noi.app.composition import open_network, processes_folder
from noi.config import Settings
from noi.jobs.presence import present
from noi.services import oauth

PASSWORD = "một mật khẩu dài"


class Shell:
    """Runs `noi` on one data folder, without a terminal unless `typed` says what is typed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {"PATH": os.environ["PATH"], "NOI_DATA": str(data)}

    def run(self, *arguments: str, code: int = 0, typed: str = "") -> str:
        terminal = _terminal(typed) if typed else subprocess.DEVNULL
        done = subprocess.run(
            [sys.executable, "-m", "noi", *arguments],
            env=self.environment,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "Traceback" not in said
        return said


def _terminal(typed: str) -> int:
    controller, terminal = pty.openpty()
    os.write(controller, typed.encode())
    return terminal


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(tmp_path_factory.mktemp("data"))
    shell.run("account", "create", "lan", "--email", "lan@example.org", "--password", PASSWORD)
    yield shell


def test_account_is_created_listed_and_shown(shell: Shell) -> None:
    said = shell.run(
        "account", "create", "minh", "--email", "", "--password", PASSWORD, "--role", "moderator"
    )
    assert "@minh (moderator)" in said
    listed = shell.run("account", "list").splitlines()
    assert [line.split()[:3] for line in listed[:2]] == [
        ["lan", "member", "active"],
        ["minh", "moderator", "active"],
    ]
    assert "lan@example.org" in shell.run("account", "show", "@lan")


def test_what_is_missing_is_named_or_asked_for(shell: Shell) -> None:
    assert "noi: --email is missing" in shell.run("account", "create", "hoa", code=1)
    said = shell.run("account", "create", "hoa", "--password", PASSWORD, typed="hoa@example.org\n")
    assert "E-mail (may be empty): " in said
    assert "hoa@example.org" in shell.run("account", "show", "hoa")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["account", "create", "lan", "--email", "", "--password", PASSWORD], "taken"),
        (["account", "create", "x y", "--email", "", "--password", PASSWORD], "noi: "),
        (["account", "create", "x", "--email", "", "--password", "ngắn"], "8 characters"),
        (["account", "show", "nobody"], "there is no account 'nobody' here"),
        (["account", "enable", "lan", "--reason", "x"], "@lan is not disabled"),
        (["account", "disable", "lan"], "--rule is missing"),
        (["account", "disable", "lan", "--rule", "1"], "--reason is missing"),
        (["account", "disable", "lan", "--rule", "99", "--reason", "x"], "noi: "),
        (["token", "create", "nobody"], "there is no account"),
        (["token", "create", "lan", "--scopes", "everything"], "noi: "),
        (["import", "statuses", "/no/such", "--account", "lan"], "cannot be read"),
        (["restore", "/no/such"], "noi: "),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    shell: Shell, arguments: list[str], complaint: str
) -> None:
    said = shell.run(*arguments, code=1)
    assert complaint in said
    assert len(said.splitlines()) == 1


async def test_token_is_the_last_word_and_works(shell: Shell) -> None:
    token = shell.run("token", "create", "lan", "--scopes", "read write").split()[-1]
    shell.run("token", "create", "lan", "--value", "known-before")
    assert "in use" in shell.run("token", "create", "lan", "--value", "known-before", code=1)
    settings = Settings(data=shell.data)
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name) as network:
            for value, scopes in ((token, {"read", "write"}), ("known-before", {"push"})):
                grant = await oauth.authenticate(network, value)
                assert grant is not None
                assert scopes <= grant.scopes


def test_disabled_account_is_told_and_enabled_again(shell: Shell) -> None:
    shell.run("account", "disable", "lan", "--rule", "Luật An ninh mạng", "--reason", "thử")
    assert "disabled" in shell.run("account", "show", "lan")
    shell.run("account", "enable", "lan", "--reason", "nhầm")
    assert "active" in shell.run("account", "show", "lan")


def test_a_role_is_given_and_taken_back(shell: Shell) -> None:
    shell.run("account", "set-role", "lan", "moderator")
    assert "moderator" in shell.run("account", "show", "lan")
    assert "member" in shell.run("account", "set-role", "lan", "member")
    assert '"owner"' in shell.run("account", "set-role", "lan", "king", code=2)


def test_new_password_is_set(shell: Shell) -> None:
    assert "signed out" in shell.run("account", "reset-password", "lan", "--password", PASSWORD)


def test_import_names_bad_lines_and_may_run_again(shell: Shell, tmp_path: Path) -> None:
    lines = [
        {"id": "1", "text": "Một", "created_at": "2019-04-30T08:15:00+07:00"},
        {"id": "2", "text": "Hai"},
        {"id": "3", "text": "Ba", "created_at": "2019-05-01T00:00:00Z", "in_reply_to": "1"},
    ]
    file = tmp_path / "posts.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines) + b"\nnot json\n")
    said = shell.run("import", "statuses", str(file), "--account", "lan", code=1)
    assert "line 2: " in said
    assert "line 4: " in said
    assert "2 imported, 0 were here before, 2 refused" in said
    again = shell.run("import", "statuses", str(file), "--account", "lan", code=1)
    assert "0 imported, 2 were here before, 2 refused" in again


def test_backup_is_restored_into_an_empty_folder_only(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "network.tar.gz"
    assert "read it back" in shell.run("backup", str(file))
    assert "noi: There is a" in shell.run("restore", str(file), code=1)
    other = Shell(tmp_path / "other")
    other.run("restore", str(file))
    assert other.run("account", "show", "lan") == shell.run("account", "show", "lan")


@pytest.mark.parametrize("command", [[], ["serve"], ["account"], ["account", "disable"], ["check"]])
def test_every_command_explains_itself(shell: Shell, command: list[str]) -> None:
    assert "Usage: noi" in shell.run(*command, "--help")
