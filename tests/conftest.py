"""What all tests share: both engines, and no silent skipping where everything must run."""

import os
import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

import postgres_cluster

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each database engine in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium; tests that need it are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("Chromium is not installed, so the pages were not tested in a browser")
    return path


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres_cluster.session_folder(in_memory=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = Path(os.environ[postgres_cluster.FOLDER])
    if not hasattr(config, "workerinput") and not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed here: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    for reason, count in sorted(Counter(_reason(report) for report in skipped).items()):
        terminalreporter.write_line(f"NOT TESTED ({count} tests): {reason}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    details = report.longrepr
    return str(details[2] if isinstance(details, tuple) else details)  # (file, line, reason)
