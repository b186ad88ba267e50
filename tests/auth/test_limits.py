import os
import time
import warnings

import pytest

from noi.auth import limits
from noi.config import Settings
from noi.models.errors import RateLimited

NOW = 1_800_000_010


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.limits.time", lambda: NOW)


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(host=f"{request.node.name}.{time.time_ns()}.test")


def test_window_fills_and_says_how_it_stands(settings: Settings) -> None:
    limit = limits.Limit("x", 3, 300)
    standings = [limits.hit(settings, [(limit, 1)]) for _ in range(4)]
    assert [standing and standing.remaining for standing in standings] == [2, 1, 0, 0]
    assert [standing and standing.allowed for standing in standings] == [True, True, True, False]
    last = standings[-1]
    assert last is not None
    assert last.reset == 1_800_000_300_000


def test_next_window_begins_anew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = limits.Limit("x", 1, 300)
    limits.check(settings, limit, 1)
    with pytest.raises(RateLimited):
        limits.check(settings, limit, 1)
    monkeypatch.setattr("noi.auth.limits.time", lambda: NOW + 300)
    limits.check(settings, limit, 1)


def test_nearest_limit_speaks(settings: Settings) -> None:
    wide, narrow = limits.Limit("wide", 100, 300), limits.Limit("narrow", 2, 300)
    standing = limits.hit(settings, [(wide, 1), (narrow, 1)])
    assert standing is not None
    assert (standing.limit, standing.remaining) == (2, 1)


def test_subjects_and_networks_are_apart(settings: Settings) -> None:
    limit = limits.Limit("x", 1, 300)
    limits.check(settings, limit, 1)
    limits.check(settings, limit, 2)
    limits.check(Settings(host=f"other.{settings.host}"), limit, 1)


def test_switched_off(settings: Settings) -> None:
    off = Settings(host=settings.host, rate_limits=False)
    assert all(limits.hit(off, [(limits.Limit("x", 1, 300), 1)]) is None for _ in range(3))


def test_forked_processes_count_together(settings: Settings) -> None:
    limit = limits.Limit("x", 10, 300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests leave threads behind
        child = os.fork()
    if not child:
        for _ in range(5):
            limits.hit(settings, [(limit, 1)])
        os._exit(0)
    os.waitpid(child, 0)
    standing = limits.hit(settings, [(limit, 1)])
    assert standing is not None
    assert standing.remaining == 4


def test_many_strangers_take_no_more_memory_and_leave_the_limit(settings: Settings) -> None:
    limit, strict = limits.Limit("x", 5, 300), limits.Limit("y", 3, 86_400)
    for _ in range(3):
        limits.check(settings, strict, "attacked")
    for stranger in range(30_000):
        limits.hit(settings, [(limit, stranger)])
    with pytest.raises(RateLimited):
        limits.check(settings, strict, "attacked")


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unix", "unix"),
    ],
)
def test_whom_an_address_stands_for(address: str, subject: str) -> None:
    assert limits.address_subject(address) == subject
