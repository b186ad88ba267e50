"""Which part of a list is asked for."""

import msgspec

MAX_ID = (1 << 63) - 1


class Page(msgspec.Struct, frozen=True):
    """A cursor page: strictly below `max_id`, strictly above the others, newest first.

    `since_id` gives the newest page above it, `min_id` the page just above it.
    """

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
