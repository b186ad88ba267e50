"""Pictures, processed outside this process."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

import msgspec

from noi.media.child import RESULT
from noi.media.results import Failure, Picture, Purpose, Reason, Request
from noi.media.sniff import FileType
from noi.models.errors import Invalid, Unavailable

TIMEOUT_SECONDS = 90.0
_MAX_RESULT_BYTES = 65_536
_AT_ONCE = 1
_NAMES = frozenset(
    role + extension
    for role in ("original", "small", "static")
    for extension in (".jpg", ".png", ".webp")
)

_log = logging.getLogger(__name__)
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def process_picture(
    source: Path,
    kind: FileType,
    folder: Path,
    purpose: Purpose,
    *,
    timeout: float = TIMEOUT_SECONDS,
) -> Picture:
    """Decode `source` in a limited child and write its files into the empty `folder`.

    Both paths are absolute. Raises Invalid, with a message for the sender, when the picture
    cannot be used or takes more memory or time than any honest one; Unavailable when the child
    could not be started.
    """
    request = Request(str(source), kind.name, str(folder), purpose)
    async with _slot():
        finished = await _run(msgspec.json.encode(request).decode(), folder, timeout)
    answer = _answer(folder) if finished else None
    if isinstance(answer, Picture):
        return answer
    if answer is None:
        _log.warning("picture child gave no answer: %s", _errors(folder))
    raise _refusal(answer)


def _refusal(failure: Failure | None) -> Invalid:
    if failure is None:
        return Invalid("This picture could not be processed", field="file")
    if failure.reason is Reason.TOO_MANY_PIXELS:
        return Invalid("This picture has too many pixels", field="file")
    if failure.reason is Reason.TOO_LONG:
        return Invalid("This animation is too long", field="file")
    return Invalid("This picture is damaged or incomplete", field="file")


def _slot() -> asyncio.Semaphore:
    """One child at a time in each process: each may take more memory than all else together."""
    return _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))


async def _run(request: str, folder: Path, timeout: float) -> bool:
    """Run the child to its end; False when it had to be killed or died."""
    with (folder / "errors.txt").open("wb") as errors:
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "noi.media.child",
                request,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                cwd=folder,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable("Pictures cannot be processed right now") from error
    try:
        async with asyncio.timeout(timeout):
            return await child.wait() == 0
    except TimeoutError:
        return False
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _environment() -> dict[str, str]:
    """No secrets of ours, and one small heap instead of one for each thread."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1", "VIPS_CONCURRENCY": "1", "PYTHONSAFEPATH": "1"}


def _answer(folder: Path) -> Picture | Failure | None:
    """The child's answer, believed only as far as it names files that it may write."""
    path = folder / RESULT
    try:
        if path.stat().st_size > _MAX_RESULT_BYTES:
            return None
        answer = msgspec.json.decode(path.read_bytes(), type=Picture | Failure)
    except (OSError, msgspec.DecodeError):
        return None
    if isinstance(answer, Failure):
        return answer
    files = [folder / file.name for file in answer.files if file.name in _NAMES]
    honest = all(file.is_file() and not file.is_symlink() for file in files)
    return answer if files and honest and len(files) == len(answer.files) else None


def _errors(folder: Path) -> str:
    with (folder / "errors.txt").open("rb") as file:
        return file.read(1000).decode(errors="replace").strip()
