"""The directory: networks that a newcomer may choose from."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from noi.db.hub import members
from noi.models.hub import BANDS, Member, MemberState
from noi.services.network import Network
from noi.text.fold import folded_key
from noi.text.sorting import sort_key

_MOST = 10_000
SIZES = tuple(name for name, _ in BANDS)


class Facet(msgspec.Struct, frozen=True):
    """Something to choose by, and how many networks have it."""

    value: str
    networks: int


class Facets(msgspec.Struct, frozen=True):
    """Everything to choose by; subjects and languages the most frequent first."""

    subjects: list[Facet]
    languages: list[Facet]
    sizes: list[Facet]


async def networks(
    network: Network, *, subject: str = "", language: str = "", size: str = ""
) -> list[Member]:
    """Members that want to be listed, by name; `size` is one of SIZES. Marks do not count in
    `subject`, and a language finds its kinds too.
    """
    chosen = folded_key(subject.strip())
    found = [
        member
        for member in await _listed(network)
        if (not chosen or chosen in map(folded_key, member.subjects))
        and (not language or any(_is_kind(each, language) for each in member.languages))
        and (not size or member.size == size)
    ]
    return sorted(found, key=lambda member: (sort_key(member.title), member.id))


async def fetch_page(network: Network, *, after: int, limit: int) -> tuple[list[Member], int]:
    """Members that want to be listed, in the order in which they first asked, after an id; and the
    id that the next page begins after, 0 where there is none.
    """
    states = [MemberState.ADMITTED]
    found = await members.fetch_page(network.db, states, after=after, limit=limit)
    following = found[-1].id if len(found) == limit else 0
    return [member for member in found if member.listed], following


async def newest(network: Network, limit: int) -> list[Member]:
    """Listed members that were admitted last."""
    listed = await _listed(network)
    return sorted(listed, key=lambda member: -(member.admitted_at or 0))[:limit]


async def facets(network: Network) -> Facets:
    """What the networks in the directory may be chosen by."""
    listed = await _listed(network)
    subjects = [subject for member in listed for subject in dict.fromkeys(member.subjects)]
    languages = [each for member in listed for each in dict.fromkeys(member.languages)]
    sizes = Counter(member.size for member in listed)
    banded = [Facet(size, sizes[size]) for size in SIZES if sizes[size]]
    return Facets(_by_frequency(subjects), _by_frequency(languages), banded)


def _by_frequency(values: Sequence[str]) -> list[Facet]:
    """Each value as it is written most, however it is spelled."""
    spellings: dict[str, Counter[str]] = {}
    for value in values:
        spellings.setdefault(folded_key(value), Counter())[value] += 1
    found = [Facet(some.most_common(1)[0][0], some.total()) for some in spellings.values()]
    return sorted(found, key=lambda facet: (-facet.networks, facet.value))


def _is_kind(language: str, wanted: str) -> bool:
    return f"{language.lower()}-".startswith(f"{wanted.lower()}-")


async def _listed(network: Network) -> list[Member]:
    states = [MemberState.ADMITTED]
    found = await members.fetch_page(network.db, states, after=0, limit=_MOST)
    return [member for member in found if member.listed]
