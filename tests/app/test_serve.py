import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from serving import serving

MIB = 1024 * 1024


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_serves_in_little_memory_and_ends_cleanly(engine: str) -> None:
    async with serving(engine) as served:
        await served.answers()
        children = served.children()
        assert len(children) == 2
        assert served.pss_bytes() < 120 * MIB
        served.process.send_signal(signal.SIGTERM)
        assert await served.ended() == 0
        assert not any(alive(pid) for pid in children)
        assert not list((Path(served.environment["NOI_DATA"]) / "processes").iterdir())
        assert "Traceback" not in served.log.read_text()


async def test_killed_children_are_replaced() -> None:
    async with serving("sqlite") as served:
        await served.answers()
        children = served.children()
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        await until(lambda: len(set(served.children()) - set(children)) == 2)
        await served.answers()


async def test_killed_supervisor_takes_its_children_down() -> None:
    async with serving("sqlite", web_processes="2") as served:
        await served.answers()
        children = served.children()
        assert len(children) == 3
        served.process.kill()
        await served.ended()
        await until(lambda: not any(alive(pid) for pid in children))
        served.start()
        await served.answers()


async def test_request_under_way_is_answered_before_the_end() -> None:
    async with serving("sqlite") as served, aiohttp.ClientSession() as client:
        await served.answers()
        await client.get(f"{served.url}/health/live")
        served.process.send_signal(signal.SIGTERM)
        assert await served.ended(within=12) == 0


def run_noi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "noi", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


async def test_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    async with serving("sqlite") as served:
        await served.answers()
        bind = served.environment["NOI_BIND"]
        done = run_noi("serve", "--bind", bind, "--data", str(tmp_path))
        assert done.returncode == 1
        assert done.stderr == f"noi: cannot listen on {bind}: Address already in use\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
async def test_closing_the_terminal_ends_it_cleanly(number: signal.Signals) -> None:
    async with serving("sqlite") as served:
        await served.answers()
        for pid in served.children():
            os.kill(pid, number)
        served.process.send_signal(number)
        assert await served.ended() == 0
        assert "killing" not in served.log.read_text()


def test_a_start_imports_only_what_it_needs() -> None:
    code = (
        "import sys, noi.__main__, noi.app.serving, noi.app.web, noi.app.worker;"
        "print(*sorted(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "asyncpg", "babel", "cyclopts", "prometheus_client", "pyvips"}
    assert heavy.isdisjoint(done.stdout.split())


def test_a_start_without_flags_tells_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    done = run_noi("serve", NOI_DATA=str(tmp_path), NOI_BIND="nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("noi: bind: 'nowhere' is not ADDRESS:PORT")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["serve", "--bind", "nowhere"], "noi: bind: 'nowhere' is not ADDRESS:PORT"),
        (["serve", "--bind", "127.0.0.1:0", "--data", "/proc/noi"], "cannot be opened"),
        (["serve", "--bind", "127.0.0.1:0", "--database", "mysql:x"], "noi: database: use sqlite"),
        (
            ["migrate", "--database", "postgresql://x@127.0.0.1:1/x"],
            "noi: the database cannot be opened",
        ),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    arguments: list[str], complaint: str, tmp_path: Path
) -> None:
    done = run_noi(*arguments, NOI_DATA=str(tmp_path))
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_migrating_twice_does_nothing(tmp_path: Path) -> None:
    assert "applied 0001_network" in run_noi("migrate", NOI_DATA=str(tmp_path)).stdout
    assert "nothing to do" in run_noi("migrate", NOI_DATA=str(tmp_path)).stdout


def test_check_names_what_is_wrong_and_its_remedy(tmp_path: Path) -> None:
    done = run_noi(
        "check",
        NOI_DATA=str(tmp_path),
        NOI_DATABASE="postgresql://x@127.0.0.1:1/x",
        NOI_SMTP="smtp://127.0.0.1:1",
    )
    assert done.returncode == 1
    assert "FAIL  database" in done.stdout
    assert "FAIL  mail" in done.stdout
    assert "ok    storage" in done.stdout
    run_noi("migrate", NOI_DATA=str(tmp_path))
    healthy = run_noi("check", NOI_DATA=str(tmp_path))
    assert healthy.returncode == 0
    assert "ok    database" in healthy.stdout
