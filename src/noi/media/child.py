"""The child process that decodes one picture: `python -m noi.media.child REQUEST`.

It limits itself before it touches the file: a decoder that is fooled gets little memory, little
time, small files and nothing else. It answers with `result.json` in its folder.
"""

import os
import resource
import sys
from pathlib import Path

import msgspec

from noi.media.results import BadPicture, Failure, Picture, Request

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 60
FILE_BYTES = 64 * 1024 * 1024
OPEN_FILES = 64
RESULT = "result.json"


def main() -> None:
    """Process the one picture that the first argument describes, as JSON."""
    request = msgspec.json.decode(sys.argv[1], type=Request)
    _limit()
    from noi.media import pictures

    answer: Picture | Failure
    try:
        answer = pictures.process(
            Path(request.source), request.kind, Path(request.folder), request.purpose
        )
    except BadPicture as error:
        print(error.__cause__ or error, file=sys.stderr)
        answer = Failure(error.reason)
    (Path(request.folder) / RESULT).write_bytes(msgspec.json.encode(answer))


def _limit() -> None:
    os.nice(10)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
