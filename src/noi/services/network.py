"""The running network, as every service is handed it."""

import msgspec

from noi.config import Settings
from noi.db.database import Database
from noi.media.storage import Storage
from noi.models.ids import IdGenerator
from noi.streaming.bus import Bus
from noi.transport.client import Client
from noi.transport.smtp import Mailer


class Network(msgspec.Struct, frozen=True):
    """What services work with; `app` makes one for each process.

    `hub` says that this is the hub of an alliance, which keeps nothing of senders but their keys.
    """

    settings: Settings
    db: Database
    ids: IdGenerator
    storage: Storage
    client: Client
    mailer: Mailer
    bus: Bus
    hub: bool = False
