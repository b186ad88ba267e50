"""Reading positions."""

import msgspec


class Marker(msgspec.Struct, array_like=True):
    """How far a person has read in `home` or in `notifications`."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: int
