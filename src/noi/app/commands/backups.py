"""`noi backup` and `noi restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from noi.app.commands.flags import Flags
from noi.services import backups


def backup(
    file: Annotated[Path, Parameter(help="The archive to write; it must not exist.")],
    *,
    flags: Flags | None = None,
) -> None:
    """Write database and media into one file while the network runs, and check what was written."""
    summary = asyncio.run(backups.backup((flags or Flags()).settings(), file))
    print(f"Wrote {file} and read it back: {_described(summary)}")


def restore(
    file: Annotated[Path, Parameter(help="An archive that `noi backup` wrote.")],
    *,
    flags: Flags | None = None,
) -> None:
    """Bring a backup back into an empty data folder and database; anything else is refused."""
    summary = asyncio.run(backups.restore((flags or Flags()).settings(), file))
    if summary.resumed:
        print("A restore was interrupted here before; what it had left was removed first.")
    print(f"Restored {summary.manifest.host}: {_described(summary)}")


def _described(summary: backups.Summary) -> str:
    size = summary.size / 1024**2
    return f"{summary.rows} rows, {summary.media_files} media files, {size:.1f} MiB"
