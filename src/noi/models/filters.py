"""Filters: what a person does not want to meet, where, and what is done with it."""

from enum import StrEnum

import msgspec


class FilterAction(StrEnum):
    WARN = "warn"
    HIDE = "hide"
    BLUR = "blur"


class FilterContext(StrEnum):
    HOME = "home"
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


class Filter(msgspec.Struct, array_like=True, frozen=True):
    """A row of `filters`; `contexts` are names joined by commas."""

    id: int
    account_id: int
    title: str
    contexts: str
    action: FilterAction
    expires_at: int | None

    @property
    def context_names(self) -> list[str]:
        return self.contexts.split(",")


class FilterKeyword(msgspec.Struct, array_like=True, frozen=True):
    id: int
    filter_id: int
    keyword: str
    whole_word: bool


class FilterStatus(msgspec.Struct, array_like=True, frozen=True):
    id: int
    filter_id: int
    status_id: int


class FilterView(msgspec.Struct, frozen=True):
    """A filter with its keywords and statuses."""

    filter: Filter
    keywords: list[FilterKeyword] = []
    statuses: list[FilterStatus] = []


class FilterResult(msgspec.Struct, frozen=True):
    """Why a status is filtered: which keywords of the filter it contains, or that it is listed."""

    filter: Filter
    keyword_matches: list[str] = []
    status_matches: list[int] = []

    @property
    def action(self) -> FilterAction:
        """What its owner wants done; `hide` leaves the status out altogether."""
        return self.filter.action
