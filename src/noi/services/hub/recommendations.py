"""Whom somebody might want to follow, each with a reason.

From whom those one follows follow, from hashtags and words of profiles, near in language. Having
many followers makes nobody a recommendation: it counts against them, the very popular have a
quarter of the places at most, newcomers a fifth, groups a sixth, and no network more than a third.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, sqrt

import msgspec

from noi.db.hub import accounts, recommendations, search, visible
from noi.db.hub.recommendations import POPULAR
from noi.db.hub.search import Query, Term
from noi.models.hub_finding import Recommendation
from noi.models.hub_records import HubAccount
from noi.models.ids import first_id_at, now_ms
from noi.services.hub.indexing import pairs
from noi.services.network import Network
from noi.text.fold import folded_key, tokens
from noi.text.language import primary

MAX_LIMIT = 40
_DAY_MS = 86_400_000
_RECENT_MS = 60 * _DAY_MS
_NEW_MS = 30 * _DAY_MS
_MOST_ASKED = 150
_TOPICS = 6
_PHRASES = 6
_SHARING = 40
_CANDIDATES = 120
_SOME = 60
_NEWCOMER_FOLLOWERS = 20
_LANGUAGES = ("vi", "en", "lo", "")


class _Reason(msgspec.Struct, frozen=True):
    """Why somebody is a candidate, and how much it weighs."""

    weight: float
    kind: str
    message: str
    params: dict[str, str | int]
    through: int = 0


class _Asker(msgspec.Struct, frozen=True):
    """For whom, whom they must not be shown, in which languages, and the lot of the day."""

    account: HubAccount | None
    hidden: frozenset[int]
    languages: tuple[str, ...]
    strict: bool
    seed: int

    def lot(self, key: int | str) -> float:
        """A number from 0 to 1 that is the same all day."""
        return (zlib.crc32(f"{self.seed} {key}".encode()) * 2654435761 & 0xFFFFFFFF) / 2**32


_Candidates = dict[int, list[_Reason]]


def _(message: str) -> str:
    """Marks what is translated where it is shown."""
    return message


async def for_account(
    network: Network, account_uri: str, language: str = "", limit: int = 20
) -> list[Recommendation]:
    """Up to `limit` people, best first; with a `language`, only those who write in it.

    Regions do not count: `vi-VN` is `vi`.
    The same asker gets much the same for a day. Whom the hub does not hold gets people who write
    in the language, of many networks.
    """
    asker, followed = await _asker(network, account_uri, language)
    candidates: _Candidates = {}
    counts: dict[int, int] = {}
    if asker.account is not None:
        counts = await _add_friends(network, asker, followed, candidates)
        await _add_topics(network, asker, candidates)
        await _add_words(network, asker, candidates)
    newcomers, groups = await _newcomers(network, asker), await _groups(network, asker)
    few = min(max(limit, 1), MAX_LIMIT)
    ranked = await _ranked(network, asker, candidates, counts)
    if len(ranked) < few:
        ranked += await _strangers(network, asker, {one.account.id for one in ranked})
    return await _named(network, _mixed(ranked, newcomers, groups, few))


class _Ranked(msgspec.Struct, frozen=True):
    account: HubAccount
    reason: _Reason
    popular: bool = False


async def _asker(network: Network, uri: str, language: str) -> tuple[_Asker, list[int]]:
    account = await accounts.by_uri(network.db, uri)
    followed = await recommendations.followed(network.db, account.id) if account else []
    own = primary(language or (account.language if account else ""))
    languages = tuple(dict.fromkeys(filter(None, (own,)))) or _LANGUAGES
    hidden = {*followed, account.id} if account else set(followed)
    seed = zlib.crc32(f"{uri} {now_ms() // _DAY_MS}".encode())
    return _Asker(account, frozenset(hidden), languages, bool(language), seed), followed


async def _add_friends(
    network: Network, asker: _Asker, followed: Sequence[int], into: _Candidates
) -> dict[int, int]:
    """Whom those follow whom the asker follows; of very many follows, some of them are asked.

    Answers how many follow each, which is counted against them.
    """
    asked = sorted(followed, key=asker.lot)[:_MOST_ASKED]
    if not asked:
        return {}
    found = await recommendations.friends(network.db, asked)
    kept = [friend for friend in found if friend.id not in asker.hidden][:_CANDIDATES]
    counts = await recommendations.followers(network.db, [friend.id for friend in kept])
    for friend in kept:
        weight = 3 * friend.paths / sqrt(5 + counts.get(friend.id, 0))
        params: dict[str, str | int] = {"n": friend.paths - 1}
        _add(into, friend.id, _Reason(weight, "followed_by", "", params, friend.through))
    return counts


async def _add_topics(network: Network, asker: _Asker, into: _Candidates) -> None:
    if asker.account is None:
        return
    for topic in (await recommendations.topics(network.db, asker.account.id))[:_TOPICS]:
        found = await recommendations.with_topic(network.db, topic.family)
        message = _("Writes about #{tag}, as you do")
        reason = _Reason(6 / (3 + sqrt(len(found))), "tag", message, {"tag": topic.name})
        for id_ in found:
            _add(into, id_, reason)


async def _add_words(network: Network, asker: _Asker, into: _Candidates) -> None:
    """Who describes themselves in the same words: two that follow one another mean something."""
    if asker.account is None:
        return
    words = tokens(asker.account.bio)
    known = dict(zip(pairs([folded_key(word) for word in words]), range(len(words)), strict=False))
    for pair in sorted(known, key=asker.lot)[:_PHRASES]:
        query = Query((Term("pairs", (pair,)),))
        found = await search.find(network.db, "hub_account_search", query, limit=_SHARING)
        if len(found) == _SHARING:
            continue  # what so many say tells nothing
        place = known[pair]
        params: dict[str, str | int] = {"words": " ".join(words[place : place + 2])}
        message = _("Speaks of “{words}” in the profile, as you do")
        for id_ in found:
            _add(into, id_, _Reason(2 / (2 + sqrt(len(found))), "topic", message, params))


def _add(into: _Candidates, id_: int, reason: _Reason) -> None:
    into.setdefault(id_, []).append(reason)


async def _ranked(
    network: Network, asker: _Asker, candidates: _Candidates, counts: dict[int, int]
) -> list[_Ranked]:
    """Those candidates who may be shown, best first."""
    totals = {
        id_: sum(reason.weight for reason in reasons)
        for id_, reasons in candidates.items()
        if id_ not in asker.hidden
    }
    ids = sorted(totals, key=lambda id_: -totals[id_])[:_CANDIDATES]
    shown = await visible.accounts(network.db, ids)
    missing = [id_ for id_ in shown if id_ not in counts]
    counts |= await recommendations.followers(network.db, missing) if missing else {}
    recent = now_ms() - _RECENT_MS
    near = {language: _nearness(asker, language) for language in _languages(shown.values())}
    worth = {
        id_: totals[id_]
        * near[account.language]
        * (1.0 if (account.last_post_at or 0) > recent else 0.4)
        * (0.8 + 0.2 * asker.lot(id_))
        for id_, account in shown.items()
    }
    best = sorted((id_ for id_ in worth if worth[id_]), key=lambda id_: -worth[id_])
    return [
        _Ranked(shown[id_], _strongest(candidates[id_]), counts.get(id_, 0) >= POPULAR)
        for id_ in best
    ]


def _languages(accounts_: Iterable[HubAccount]) -> set[str]:
    return {account.language for account in accounts_}


def _strongest(reasons: Sequence[_Reason]) -> _Reason:
    return max(reasons, key=lambda reason: reason.weight)


def _nearness(asker: _Asker, language: str) -> float:
    """1 for a language of the asker's, less for others, nothing where others are not wanted."""
    if language and primary(language) in asker.languages:
        return 1.0
    if asker.strict:
        return 0.0
    return 0.3 if language else 0.6


async def _newcomers(network: Network, asker: _Asker) -> list[_Ranked]:
    """People who have just come, and have not been found by many."""
    first = first_id_at(now_ms() - _NEW_MS)
    reason = _Reason(0, "newcomer", _("New in the alliance"), {})
    found = [
        id_
        for language in asker.languages
        for id_ in await recommendations.new(network.db, language, first)
    ]
    return await _some(network, asker, found, reason, most=_NEWCOMER_FOLLOWERS)


async def _groups(network: Network, asker: _Asker) -> list[_Ranked]:
    """Groups of the asker's languages, and those that say nothing that tells theirs."""
    reason = _Reason(0, "group", _("A group of the alliance"), {})
    found = [
        id_
        for language in dict.fromkeys((*asker.languages, ""))
        for id_ in await recommendations.groups(network.db, language)
    ]
    return await _some(network, asker, found, reason, most=POPULAR)


async def _strangers(network: Network, asker: _Asker, known: set[int]) -> list[_Ranked]:
    """People who write in the asker's language, in no order."""
    since = now_ms() - _RECENT_MS
    reason = _Reason(0, "language", _("Writes in a language that you read"), {})
    if not asker.languages[0] or len(asker.languages) > 1:
        reason = _Reason(0, "language", _("Has written something lately"), {})
    found = [
        id_
        for language in asker.languages
        for id_ in await recommendations.active(network.db, language, since)
        if id_ not in known
    ]
    return await _some(network, asker, found, reason, most=POPULAR)


async def _some(
    network: Network, asker: _Asker, ids: Iterable[int], reason: _Reason, *, most: int
) -> list[_Ranked]:
    """Some of these whom the asker may be shown, in no order; many followers count as popular."""
    wanted = [id_ for id_ in dict.fromkeys(ids) if id_ not in asker.hidden]
    left = sorted(wanted, key=asker.lot)[:_SOME]
    shown = await visible.accounts(network.db, left)
    counts = await recommendations.followers(network.db, list(shown))
    return [_Ranked(shown[id_], reason, counts.get(id_, 0) >= most) for id_ in left if id_ in shown]


def _mixed(
    ranked: Sequence[_Ranked],
    newcomers: Sequence[_Ranked],
    groups: Sequence[_Ranked],
    limit: int,
) -> list[_Ranked]:
    """The best, of many networks; among them newcomers at every fifth place, groups at every sixth,
    as far as there are any.
    """
    of_network: Counter[str] = Counter()
    most = max(ceil(limit / 3), 1)
    left_popular = limit // 4
    taken: dict[int, _Ranked] = {}
    fresh = [one for one in newcomers if not one.popular]
    best, new, gathered = iter(ranked), iter(fresh), iter(groups)

    def take(queue: Iterator[_Ranked]) -> bool:
        nonlocal left_popular
        for one in queue:
            id_, host = one.account.id, one.account.host
            if id_ in taken or of_network[host] >= most or (one.popular and not left_popular):
                continue
            left_popular -= one.popular
            of_network[host] += 1
            taken[id_] = one
            return True
        return False

    while len(taken) < limit:
        first = new if len(taken) % 5 == 4 else gathered if len(taken) % 6 == 5 else best
        # `any` stops at the first that has one.
        if not any(take(queue) for queue in (first, best, new, gathered)):
            break
    return list(taken.values())


async def _named(network: Network, chosen: Sequence[_Ranked]) -> list[Recommendation]:
    """The choice with its reasons in words; who is named in them must want to be found too."""
    through = {one.reason.through for one in chosen if one.reason.through}
    names = await visible.accounts(network.db, list(through))
    return [_told(one.account, one.reason, names) for one in chosen]


def _told(account: HubAccount, reason: _Reason, names: Mapping[int, HubAccount]) -> Recommendation:
    if reason.kind != "followed_by":
        return Recommendation(account, reason.kind, reason.message, reason.params)
    others = int(reason.params["n"])
    known = names.get(reason.through)
    if known is None:
        message = _("Followed by {n} whom you follow")
        return Recommendation(account, reason.kind, message, {"n": others + 1})
    name = known.name or known.username
    if not others:
        message = _("Followed by {name}, whom you follow")
        return Recommendation(account, reason.kind, message, {"name": name})
    message = _("Followed by {name} and {n} more whom you follow")
    return Recommendation(account, reason.kind, message, {"name": name, "n": others})
