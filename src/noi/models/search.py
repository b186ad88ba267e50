"""What a search finds."""

from enum import StrEnum

import msgspec

from noi.models.accounts import Account
from noi.models.statuses import StatusRef, Tag


class SearchKind(StrEnum):
    ACCOUNTS = "accounts"
    STATUSES = "statuses"
    HASHTAGS = "hashtags"


ALL_KINDS = frozenset(SearchKind)


class SearchResults(msgspec.Struct):
    """What was found; `accounts_by` and `statuses_by` name by its id which provider of the alliance
    has found something of another network. `pending`: in a moment there may be more.
    """

    accounts: list[Account] = []
    statuses: list[StatusRef] = []
    tags: list[Tag] = []
    accounts_by: dict[int, str] = {}
    statuses_by: dict[int, str] = {}
    pending: bool = False
