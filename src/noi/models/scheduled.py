"""Statuses to be published later, and drafts."""

import msgspec

from noi.models.composition import Composition


class ScheduledStatus(msgspec.Struct, array_like=True):
    """A row of `scheduled_statuses`; `params` is a Composition in JSON.

    `error` says why it could not be published when its time came.
    """

    id: int
    account_id: int
    params: str
    app_id: int | None
    scheduled_at: int
    created_at: int
    error: str

    @property
    def composition(self) -> Composition:
        return msgspec.json.decode(self.params, type=Composition)


class Draft(msgspec.Struct, array_like=True):
    """A row of `drafts`; `params` is a Composition in JSON."""

    id: int
    account_id: int
    params: str
    updated_at: int

    @property
    def composition(self) -> Composition:
        return msgspec.json.decode(self.params, type=Composition)
