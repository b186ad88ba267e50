"""Filters: https://docs.joinmastodon.org/entities/Filter/ and V1_Filter"""

from collections.abc import Sequence

import msgspec

from noi.api.entities.dates import optional_timestamp
from noi.models.filters import (
    Filter,
    FilterAction,
    FilterKeyword,
    FilterResult,
    FilterStatus,
    FilterView,
)


class FilterKeywordEntity(msgspec.Struct):
    id: str
    keyword: str
    whole_word: bool


class FilterStatusEntity(msgspec.Struct):
    id: str
    status_id: str


class FilterEntity(msgspec.Struct):
    """Inside a status's `filtered` it comes without keywords and statuses."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeywordEntity] | msgspec.UnsetType = msgspec.UNSET
    statuses: list[FilterStatusEntity] | msgspec.UnsetType = msgspec.UNSET


class FilterResultEntity(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/FilterResult/"""

    filter: FilterEntity
    keyword_matches: list[str]
    status_matches: list[str]


class FilterV1Entity(msgspec.Struct):
    """A keyword, as the first version of filters had it."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


def filter_entity(view: FilterView) -> FilterEntity:
    """A filter with all that it holds."""
    entity = _bare(view.filter)
    entity.keywords = [keyword_entity(row) for row in view.keywords]
    entity.statuses = [filter_status_entity(row) for row in view.statuses]
    return entity


def keyword_entity(row: FilterKeyword) -> FilterKeywordEntity:
    """One keyword."""
    return FilterKeywordEntity(str(row.id), row.keyword, row.whole_word)


def filter_status_entity(row: FilterStatus) -> FilterStatusEntity:
    """One status on a filter."""
    return FilterStatusEntity(str(row.id), str(row.status_id))


def filter_results(results: Sequence[FilterResult]) -> list[FilterResultEntity]:
    """Why a status is filtered (`Status.filtered`)."""
    return [
        FilterResultEntity(
            _bare(result.filter),
            result.keyword_matches,
            [str(id_) for id_ in result.status_matches],
        )
        for result in results
    ]


def v1_entity(filter_: Filter, keyword: FilterKeyword) -> FilterV1Entity:
    """A keyword of a filter as a filter of its own."""
    return FilterV1Entity(
        id=str(keyword.id),
        phrase=keyword.keyword,
        context=filter_.context_names,
        whole_word=keyword.whole_word,
        expires_at=optional_timestamp(filter_.expires_at),
        irreversible=filter_.action is FilterAction.HIDE,
    )


def _bare(row: Filter) -> FilterEntity:
    return FilterEntity(
        id=str(row.id),
        title=row.title,
        context=row.context_names,
        expires_at=optional_timestamp(row.expires_at),
        filter_action=row.action,
    )
