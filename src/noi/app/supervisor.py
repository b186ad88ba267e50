"""The supervisor: forks the processes of a network, and replaces those that end.

It holds no loop, no thread and no connection, so that forking is safe at any moment.
"""

import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import msgspec

STOP_SECONDS = 20.0
_STABLE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}

_log = logging.getLogger("noi.supervisor")

Body = tuple[str, Callable[[], None]]


class Child(msgspec.Struct):
    """A process to keep running; `start_at` is when it is due again, on the monotonic clock."""

    role: str
    body: Callable[[], None]
    pid: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0


def supervise(bodies: Sequence[Body]) -> None:
    """Keep a process for each (role, body) until SIGTERM, SIGINT or SIGHUP; then stop them all."""
    children = [Child(role, body) for role, body in bodies]
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    gc.freeze()
    gc.enable()
    while True:
        for child in children:
            if not child.pid and child.start_at <= time.monotonic():
                _start(child)
        received = signal.sigtimedwait(_SIGNALS, _seconds_to_next_start(children))
        if received is not None and received.si_signo != signal.SIGCHLD:
            break
        _reap(children)
    _stop(children)


def run_child(role: str, body: Callable[[], None]) -> int:
    """Fork and run `body` in the child, which does not outlive this process; answers its pid."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _die_with(parent)
        # A terminal sends these to every process; only the supervisor answers them.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # SIGTERM waits until the child can end in order: see `composition.on_terminate`.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS - {signal.SIGTERM})
        body()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        _log.exception("the %s process failed", role)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _start(child: Child) -> None:
    child.pid = run_child(child.role, child.body)
    child.started_at = time.monotonic()
    _log.info("started", extra={"fields": {"role": child.role, "pid": child.pid}})


def _reap(children: Sequence[Child]) -> None:
    for child in children:
        if not child.pid:
            continue
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if not pid:
            continue
        lived = time.monotonic() - child.started_at
        child.failures = 0 if lived > _STABLE_SECONDS else child.failures + 1
        pause = min(0.05 * 2**child.failures, _LONGEST_PAUSE_SECONDS)
        child.start_at = time.monotonic() + pause
        fields = {"role": child.role, "pid": pid, "code": os.waitstatus_to_exitcode(status)}
        _log.warning("ended; starting again", extra={"fields": fields})
        child.pid = 0


def _seconds_to_next_start(children: Sequence[Child]) -> float:
    now = time.monotonic()
    waiting = [child.start_at - now for child in children if not child.pid]
    return max(min(waiting, default=60.0), 0.0)


def _stop(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    _signal(children, signal.SIGTERM)
    while any(child.pid for child in children):
        left = deadline - time.monotonic()
        received = signal.sigtimedwait(_SIGNALS, max(left, 0.0)) if left > 0 else None
        if received is None or received.si_signo != signal.SIGCHLD:
            _log.warning("killing what has not ended")
            _signal(children, signal.SIGKILL)
            deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.pid and os.waitpid(child.pid, os.WNOHANG)[0]:
                child.pid = 0


def _signal(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        if child.pid:
            os.kill(child.pid, number)


def _die_with(parent: int) -> None:
    """End this process with its parent, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
