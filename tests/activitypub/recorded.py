"""The recorded documents of other servers, where they are at hand."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "activities"


def recorded(path: str) -> bytes:
    """A recorded document; skips the test where the recordings are missing."""
    file = FOLDER / path
    if not file.is_file():
        pytest.skip(f"no recorded documents in {FOLDER}")
    return file.read_bytes()
