"""The command line client toot, in processes of its own.

It reads entities into classes of its own and fails where something is missing. The engines
differ below what it sees, so it runs on one of them.
"""

import re
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import strict_client
from consent import consent
from media.samples import encoded
from strict_client import Net

DEADLINE = 60


class Terminal:
    """A person at a command line, with settings in a folder of their own."""

    def __init__(self, net: Net, folder: Path) -> None:
        self.net = net
        self.environment = {
            "XDG_CONFIG_HOME": str(folder),
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "BROWSER": "true",
        }

    def sign_in(self, name: str, token: str) -> None:
        """Write the settings as toot itself does after its sign-in."""
        host = self.net.rig.network.settings.host
        app = {"instance": host, "base_url": self.net.url, "client_id": "", "client_secret": ""}
        user = {"instance": host, "username": name, "access_token": token}
        settings = {
            "apps": {host: app},
            "users": {f"{name}@{host}": user},
            "active_user": f"{name}@{host}",
        }
        folder = Path(self.environment["XDG_CONFIG_HOME"]) / "toot"
        folder.mkdir()
        (folder / "config.json").write_bytes(msgspec.json.encode(settings))

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command while jobs are done, as on a running network; answers what it says."""
        process = subprocess.Popen(
            [sys.executable, "-m", "toot", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            text=True,
        )
        until = time.monotonic() + DEADLINE
        said = ""
        while True:
            self.net.work()
            try:
                said = process.communicate(timeout=0.1)[0]
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    process.kill()
                    raise
        assert process.returncode == code, said
        self.net.work()
        return said

    def json(self, *words: str) -> Any:
        """What a command answers with `--json`."""
        return msgspec.json.decode(self.run(*words, "--json").splitlines()[-1])


@pytest.fixture
def net() -> Generator[Net]:
    with strict_client.running("sqlite") as net:
        yield net


@pytest.fixture
def an(net: Net, tmp_path: Path) -> Terminal:
    terminal = Terminal(net, tmp_path)
    terminal.sign_in("an", net.run(net.rig.create_account, "an"))
    return terminal


def test_sign_in(net: Net, tmp_path: Path) -> None:
    net.run(net.rig.set_up)
    net.run(net.rig.create_account, "lan", "member", "lan@example.org")
    terminal = Terminal(net, tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "toot", "login", "--instance", net.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=terminal.environment,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    said = ""
    while "/oauth/authorize" not in said:
        said = process.stdout.readline()
        assert said, "it ended without an address"
    shown = consent(net.url, said.strip())
    code = re.search(r"[\w-]{40,}", re.sub(r"<(head|script).*?</\1>", "", shown.text, flags=re.S))
    assert code, shown.text
    said, _ = process.communicate(f"n\n{code[0]}\n", timeout=DEADLINE)
    assert "Successfully logged in" in said, said
    assert "lan@localhost" in terminal.run("auth")
    assert "lan" in terminal.run("whoami")


def test_posting(an: Terminal, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(encoded("jpeg"))
    posted = an.json(
        "post", "Xin chào #HàNội", "-v", "unlisted", "-p", "Cảnh báo", "-l", "vi",
        "-m", str(photo), "-d", "Bốn màu", "--sensitive",
    )  # fmt: skip
    assert (posted["visibility"], posted["language"]) == ("unlisted", "vi")
    assert (posted["spoiler_text"], posted["sensitive"]) == ("Cảnh báo", True)
    assert posted["media_attachments"][0]["description"] == "Bốn màu"
    reply = an.json("post", "Thêm", "--reply-to", posted["id"])
    assert reply["in_reply_to_id"] == posted["id"]
    thread = an.json("thread", posted["id"])
    assert [found["id"] for found in thread["descendants"]] == [reply["id"]]
    assert "Xin chào" in an.run("thread", reply["id"])
    assert "scheduled" in an.run("post", "Sau này", "--scheduled-in", "1h").lower()
    assert posted["media_attachments"][0]["url"] in an.run("status", posted["id"])
    uploaded = an.json("upload", str(photo), "-d", "Ảnh")
    assert uploaded["type"] == "image"
    an.run("delete", reply["id"])
    assert an.json("thread", posted["id"])["descendants"] == []
    assert "Error" in an.run("status", reply["id"], code=1)


def test_polls(net: Net, an: Terminal) -> None:
    lan = net.person("lan")
    asked = lan.status_post("Ăn gì?", poll=lan.make_poll(["Phở", "Bún"], 3600))
    assert "Phở" in an.run("polls", "show", str(asked.poll.id))
    an.run("polls", "vote", str(asked.poll.id), "1")
    assert lan.poll(asked.poll).options[1].votes_count == 1
    mine = an.json("post", "Uống gì?", "--poll-option", "Trà", "--poll-option", "Cà phê")
    assert [option["title"] for option in mine["poll"]["options"]] == ["Trà", "Cà phê"]


def test_reading(net: Net, an: Terminal) -> None:
    lan = net.person("lan")
    an.run("follow", "lan")
    status = lan.status_post("Tin của Lan #sách")
    lan.status_post("@an ơi")
    an.run("tags", "follow", "sách")
    assert "sách" in an.run("tags", "followed")
    for words in (
        ("home",), ("public", "--local"), ("tag", "sách"), ("account", "lan"),
    ):  # fmt: skip
        assert "Tin của Lan" in an.run("timelines", *words, "--no-pager", "--no-clear"), words
    assert "@an ơi" in an.run("notifications")
    assert [found["acct"] for found in an.json("search", "lan")["accounts"]] == ["lan"]
    for verb, shelf in (("favourite", ("timelines", "favourites")), ("bookmark", ("bookmarks",))):
        an.run(verb, status.id)
        assert "Tin của Lan" in an.run(*shelf, *(["-1"] if verb == "bookmark" else ["--no-pager"]))
        an.run(f"un{verb}", status.id)
    an.run("reblog", status.id)
    assert "an" in an.run("reblogged-by", status.id)
    an.run("unreblog", status.id)
    assert "lan" in an.run("following", "an")
    an.run("notifications", "--clear")
    assert an.json("notifications") == []


def test_people(net: Net, an: Terminal) -> None:
    lan = net.person("lan")
    assert "lan" in an.run("whois", "lan")
    an.run("follow", "lan")
    an.run("lists", "create", "Lớp")
    an.run("lists", "add", "Lớp", "lan")
    assert "lan" in an.run("lists", "accounts", "Lớp")
    assert [found["title"] for found in an.json("lists", "list")] == ["Lớp"]
    an.run("lists", "remove", "Lớp", "lan")
    an.run("lists", "delete", "Lớp")
    an.run("mute", "lan")
    assert "lan" in an.run("muted")
    an.run("unmute", "lan")
    an.run("block", "lan")
    assert "lan" in an.run("blocked")
    an.run("unblock", "lan")
    an.run("unfollow", "lan")
    an.run("update-account", "--display-name", "Nguyễn An", "--note", "Xin chào", "--locked")
    lan.account_follow(lan.account_lookup("an"))
    assert "lan" in an.run("follow-requests", "list")
    an.run("follow-requests", "accept", "lan")
    said = an.run("whoami")
    assert "Nguyễn An" in said
    assert "lan" in an.run("followers", "an")
    assert "localhost" in an.run("instance")
