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
    accounts: list[Account] = []
    statuses: list[StatusRef] = []
    tags: list[Tag] = []
