"""FASP's follow recommendation, and, besides, the reasons: see docs/protocol/follow_reasons.md.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications,
discovery/follow_recommendation/v0.1
"""

from noi.auth.fasp import Reply
from noi.hub.base import Call, fasp_route
from noi.hub.parameters import needed
from noi.models.hub_finding import Recommendation
from noi.services.hub import recommendations

_CAPABILITY = "follow_recommendation"


@fasp_route("GET", "/follow_recommendation/v0/accounts", capability=_CAPABILITY)
async def accounts(call: Call) -> Reply:
    """Whom somebody might follow, as addresses of actors, the best first."""
    return Reply([one.account.uri for one in await _found(call)])


@fasp_route("GET", "/follow_recommendation/v0/reasons", capability=_CAPABILITY)
async def reasons(call: Call) -> Reply:
    """The same people, each with the reason."""
    found = [
        {
            "uri": one.account.uri,
            "kind": one.kind,
            "params": one.params,
            "text": one.reason.format(**one.params),
        }
        for one in await _found(call)
    ]
    return Reply({"recommendations": found})


async def _found(call: Call) -> list[Recommendation]:
    # The specification and Mastodon say accountUri, the reference provider reads actorUri.
    uri = needed(call, "accountUri", "actorUri")
    limit = recommendations.MAX_LIMIT
    return await recommendations.for_account(call.network, uri, call.query("language"), limit)


HANDLERS = [accounts, reasons]
