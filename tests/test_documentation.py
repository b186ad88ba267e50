"""Every setting, command and job is documented, and the documents tell the truth."""

import re
import runpy
from pathlib import Path

import pytest
from cyclopts import App

from noi.app.commands import app
from noi.app.hub_jobs import SERVICES as HUB_SERVICES
from noi.app.jobs import PERIODIC, SERVICES
from noi.config import Settings
from noi.models.jobs import Job

ROOT = Path(__file__).parent.parent


def documented(page: str) -> dict[str, str]:
    """The rows of a page's tables, by what stands in the first cell."""
    text = (ROOT / "docs" / page).read_text()
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE))


def command_names(commands: App = app, before: str = "noi") -> list[str]:
    names: list[str] = []
    for name in commands:
        if name.startswith("-"):
            continue
        inner = command_names(commands[name], f"{before} {name}")
        names += inner or [f"{before} {name}"]
    return names


def all_jobs() -> list[type[Job]]:
    return Job.__subclasses__()


def test_every_setting_is_documented_with_its_default() -> None:
    rows = documented("settings.md")
    assert sorted(rows) == sorted(Settings.__struct_fields__)
    defaults = Settings()
    for name, row in rows.items():
        value = getattr(defaults, name)
        told = ("on" if value else "off") if isinstance(value, bool) else str(value)
        assert row.startswith(f"`{told}` |") or not told, name


def test_every_command_is_documented() -> None:
    assert sorted(documented("commands.md")) == sorted(command_names())


def test_every_job_is_documented() -> None:
    assert sorted(documented("jobs.md")) == sorted(job.__name__ for job in all_jobs())


@pytest.mark.parametrize("job", all_jobs())
def test_every_job_has_its_service(job: type[Job]) -> None:
    assert job in SERVICES or job in HUB_SERVICES


def test_periodic_jobs_are_documented_with_their_periods() -> None:
    told = {
        60_000: "every minute",
        600_000: "every ten minutes",
        3_600_000: "every hour",
        86_400_000: "every day",
    }
    rows = documented("jobs.md")
    for job, period in PERIODIC:
        assert told[period] in rows[type(job).__name__]


@pytest.mark.parametrize("page", ["README.md", "README.vi.md"])
def test_readme_gives_the_commands_that_ci_runs(page: str) -> None:
    commands = re.findall(r"^```sh\n(.+)\n```$", (ROOT / page).read_text(), re.MULTILINE)
    assert commands == ["make run", "make demo", "make test"]
    assert "make test\n" in (ROOT / ".ci/run").read_text()


def test_links_between_the_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_locks_name_no_index_and_pin_everything() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        for line in lines:
            assert re.match(r"$|#|    --hash=sha256:[0-9a-f]{64}|[a-z0-9.-]+==\S+ \\$", line), line


def test_the_architecture_has_a_line_for_each_module() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    tool = runpy.run_path(str(ROOT / "tools/architecture.py"))
    assert tool["page_with_modules"](page) == page, "run: python tools/architecture.py"
