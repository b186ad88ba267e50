"""The command `noi`."""

import sys

from cyclopts import App

from noi import __version__
from noi.config import ConfigError
from noi.models.errors import NoiError

app = App(
    name="noi",
    version=__version__,
    help="Nối: a server for independent social networks, and the alliance that joins them.",
)
_COMMANDS = {
    "serve": ("serve:serve", "Run the network: web processes and workers."),
    "worker": ("serve:worker", "Run only the workers."),
    "migrate": ("migrate:migrate", "Bring the database up to date."),
    "check": ("check:check", "Say what is wrong with the machine, and how to mend it."),
    "account": ("accounts:app", "Create, list and look after accounts."),
    "token": ("tokens:app", "Give out access tokens."),
    "backup": ("backups:backup", "Write database and media into one file."),
    "import": ("imports:app", "Bring in what people wrote elsewhere."),
    "restore": ("backups:restore", "Bring a backup back into an empty network."),
}
for _name, (_where, _help) in _COMMANDS.items():
    app.command(f"noi.app.commands.{_where}", name=_name, help=_help)


def main() -> None:
    """Run the command that the arguments name; what is wrong is told in one line."""
    try:
        app()
    except (ConfigError, NoiError) as error:
        print(f"noi: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
