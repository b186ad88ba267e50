"""The command `noi`."""

import gc
import sys

from noi import config
from noi.models.errors import NoiError


def main() -> None:
    """Run the command that the arguments name; what is wrong is told in one line."""
    if sys.argv[1:2] in (["serve"], ["worker"]):
        # What a start imports stays: looking through it for garbage only delays the start.
        # The supervisor enables this again.
        gc.disable()
    try:
        if sys.argv[1:] == ["serve"]:
            # Without flags there is nothing to parse, and importing the parser takes 0.1 s.
            from noi.app.serving import serve

            serve(config.load())
        else:
            from noi.app.commands import app

            app()
    except (config.ConfigError, NoiError) as error:
        print(f"noi: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
