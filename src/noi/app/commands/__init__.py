"""The commands of `noi`, one noun or verb a file; each is imported only when it is run."""

from cyclopts import App

from noi import __version__

app = App(
    name="noi",
    version=__version__,
    help="Nối: a server for independent social networks, and the alliance that joins them.",
)
_COMMANDS = {
    "serve": ("serve:serve", "Run the network: web processes and workers."),
    "worker": ("serve:worker", "Run only the workers."),
    "hub": ("serve:hub", "Run the hub of an alliance."),
    "migrate": ("migrate:migrate", "Bring the database up to date."),
    "check": ("check:check", "Say what is wrong with the machine, and how to mend it."),
    "account": ("accounts:app", "Create, list and look after accounts."),
    "alliance": ("alliance:app", "Join alliances, see what they are told, and leave them."),
    "federation": ("federation:app", "Look after other networks: reach, block, allow, import."),
    "token": ("tokens:app", "Give out access tokens."),
    "backup": ("backups:backup", "Write database and media into one file."),
    "import": ("imports:app", "Bring in what people wrote elsewhere."),
    "restore": ("backups:restore", "Bring a backup back into an empty network."),
}
for _name, (_where, _help) in _COMMANDS.items():
    app.command(f"noi.app.commands.{_where}", name=_name, help=_help)
