"""Whom somebody might want to follow, and why: by this network's own knowledge and by providers'.

From whom those one follows follow, from the same hashtags, and from people of this network who have
just posted. Having many followers makes nobody a suggestion.
"""

from collections.abc import Mapping
from itertools import zip_longest
from math import sqrt
from urllib.parse import urlencode

import msgspec

from noi.activitypub import addresses
from noi.activitypub.uris import web_uri
from noi.db import accounts, jobs, users
from noi.db import alliance as providers
from noi.db import suggestions as table
from noi.db.database import Transaction
from noi.db.suggestions import Kept
from noi.models.accounts import Account, AccountState, User
from noi.models.alliance import Provider
from noi.models.errors import NotFound
from noi.models.ids import first_id_at, now_ms
from noi.models.jobs import SuggestPeople
from noi.services import alliance_search, preferences, provider_calls
from noi.services.network import Network
from noi.text.clean import clean_name, clean_text
from noi.transport.errors import TransportError

FRESH_MS = 86_400_000
HERE = "here"
_CAPABILITY = "follow_recommendation"
_MOST_KEPT = 40
_RECENT_MS = 60 * 86_400_000
_AGAIN_MS = 3_600_000
_ANSWER_BYTES = 128 * 1024
_MAX_TEXT = 60
_PARAMS: Mapping[str, tuple[str, ...]] = {
    "followed_by": ("name", "n"),
    "tag": ("tag",),
    "topic": ("words",),
    "language": (),
    "newcomer": (),
    "group": (),
}
"""The reasons that pages have words for, with their parameters; docs/protocol/follow_reasons.md."""


class Suggestion(msgspec.Struct, frozen=True):
    """Somebody, and why: `kind` is one of those in docs/protocol/follow_reasons.md, `here` or
    empty; `provider` is the name of who says so, empty for this network.
    """

    account_id: int
    provider: str
    kind: str
    params: dict[str, str | int]


class _Recommended(msgspec.Struct, frozen=True):
    uri: str
    kind: str = ""
    params: dict[str, object] = {}


class _Reasons(msgspec.Struct, frozen=True):
    recommendations: list[_Recommended] = []


async def fetch(network: Network, viewer_id: int, limit: int) -> list[Suggestion]:
    """Up to `limit` people whom somebody does not follow yet. What is older than a day is found
    anew by a job; meanwhile, and where there is too little, people of this network fill the places.
    """
    made_at = await table.last_made(network.db, viewer_id)
    if made_at < now_ms() - FRESH_MS:
        job = SuggestPeople(viewer_id)
        await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))
    found = [
        Suggestion(
            one.target_id,
            one.provider,
            one.kind,
            msgspec.json.decode(one.params, type=dict[str, str | int]),
        )
        for one in await table.kept(network.db, viewer_id, limit)
    ]
    known = {one.account_id for one in found}
    if len(found) < limit:
        others = await table.here(network.db, viewer_id, limit)
        found += [Suggestion(id_, "", HERE, {}) for id_ in others if id_ not in known]
    return found[:limit]


async def dismiss(network: Network, viewer_id: int, target_id: int) -> None:
    """Suggest somebody no more. Raises NotFound."""

    async def work(tx: Transaction) -> None:
        if await accounts.get(tx, target_id) is None:
            raise NotFound
        await table.dismiss(tx, viewer_id, target_id)

    await network.db.transaction(work)


async def suggest(network: Network, job: SuggestPeople) -> None:
    """Find suggestions for somebody and keep them."""
    account = await accounts.get(network.db, job.account_id)
    user = await users.get(network.db, job.account_id)
    if account is None or user is None or account.state > AccountState.LIMITED:
        return
    sources = [await _friends(network, account.id), await _with_same_tags(network, account.id)]
    made_at = now_ms()
    if preferences.asks_alliance_of(user):
        for provider in await providers.offering(network.db, _CAPABILITY):
            try:
                sources.append(await _from_provider(network, provider, account, user))
            except TransportError:  # noted where the call was made
                made_at = now_ms() - FRESH_MS + _AGAIN_MS
    mixed: dict[int, Kept] = {}
    for row in zip_longest(*sources):
        for one in row:
            if one is not None:
                mixed.setdefault(one.target_id, one)
    fit = await table.still_new(network.db, account.id, list(mixed))
    kept = [one for one in mixed.values() if one.target_id in fit][:_MOST_KEPT]
    await network.db.transaction(lambda tx: table.replace(tx, account.id, kept, made_at))


async def _friends(network: Network, viewer_id: int) -> list[Kept]:
    """Whom those follow whom one follows; whom very many follow counts less for each."""
    found = await table.friends(network.db, viewer_id)
    found.sort(key=lambda one: (-one.paths / sqrt(5 + one.followers), one.id))
    best = found[:_MOST_KEPT]
    names = await accounts.get_many(network.db, [one.through for one in best])
    return [
        _kept(one.id, "followed_by", {"name": names[one.through].name, "n": one.paths - 1})
        for one in best
        if one.through in names
    ]


async def _with_same_tags(network: Network, viewer_id: int) -> list[Kept]:
    """Who uses the hashtags that one follows or uses; rare ones tell more."""
    since = first_id_at(now_ms() - _RECENT_MS)
    weights: dict[int, tuple[float, str]] = {}
    for tag_id, name in await table.tags(network.db, viewer_id):
        found = await table.authors(network.db, viewer_id, tag_id, since)
        for id_ in found:
            before, first = weights.get(id_, (0.0, name))
            weights[id_] = before + 1 / (3 + sqrt(len(found))), first
    best = sorted(weights, key=lambda id_: (-weights[id_][0], id_))[:_MOST_KEPT]
    return [_kept(id_, "tag", {"tag": weights[id_][1]}) for id_ in best]


async def _from_provider(
    network: Network, provider: Provider, account: Account, user: User
) -> list[Kept]:
    """Whom a provider recommends. It is told who asks only where they let themselves be found
    anyway; for others this network asks in its own name. Raises TransportError.
    """
    own = addresses.instance_actor(network.settings.origin)
    asker = account.uri if account.discoverable else own
    language = user.default_language or user.locale
    query = urlencode({"accountUri": asker, **({"language": language} if language else {})})
    found = await _ask(network, provider, query)
    uris = [one.uri for one in found if web_uri(one.uri)]
    ids = await alliance_search.fetch_accounts(network, uris)
    name = provider.name or provider.host
    return [
        _kept(ids[one.uri], one.kind, _known_params(one), name) for one in found if one.uri in ids
    ]


async def _ask(network: Network, provider: Provider, query: str) -> list[_Recommended]:
    """A hub of Nối's kind gives its reasons too."""
    what = "reasons" if provider.hub else "accounts"
    answer = await provider_calls.call(
        network,
        provider,
        _CAPABILITY,
        "GET",
        f"/{_CAPABILITY}/v0/{what}?{query}",
        limit_bytes=_ANSWER_BYTES,
    )
    try:
        if provider.hub:
            found = msgspec.json.decode(answer.body, type=_Reasons).recommendations
        else:
            uris = msgspec.json.decode(answer.body, type=list[str])
            found = [_Recommended(uri) for uri in uris]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    return found[:_MOST_KEPT]


def _known_params(one: _Recommended) -> dict[str, str | int]:
    """What is said of a reason, as far as it is known and of a decent length."""
    told: dict[str, str | int] = {}
    for name in _PARAMS.get(one.kind, ()):
        value = one.params.get(name)
        if isinstance(value, str):
            told[name] = clean_name(clean_text(value))[:_MAX_TEXT]
        elif isinstance(value, int) and 0 <= value <= 1_000_000:
            told[name] = int(value)
    return told


def _kept(id_: int, kind: str, params: Mapping[str, str | int], provider: str = "") -> Kept:
    told = msgspec.json.encode(params).decode()
    return Kept(id_, provider, kind if kind in _PARAMS else "", told)
