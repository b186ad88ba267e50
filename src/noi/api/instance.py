"""The network as apps see it: https://docs.joinmastodon.org/methods/instance/"""

from noi.api.base import Call, endpoint
from noi.api.entities.dates import day, timestamp
from noi.api.entities.domain_blocks import domain_block_entities
from noi.api.entities.instance import instance_v1, instance_v2, rule_entity
from noi.models.errors import NotFound
from noi.services import hosts, instance, policy_decisions, rules, settings

_LANGUAGES = {"vi": "Tiếng Việt", "en": "English", "lo": "ລາວ"}


@endpoint("GET", "/api/v2/instance", access="public")
async def show(call: Call) -> object:
    """The network, its limits and its rules."""
    return await instance_v2(call.network)


@endpoint("GET", "/api/v1/instance", access="public")
async def show_v1(call: Call) -> object:
    """The same in the shape of older apps."""
    return await instance_v1(call.network)


@endpoint("GET", "/api/v1/instance/rules", access="public")
async def list_rules(call: Call) -> object:
    """The rules in force."""
    return [rule_entity(rule) for rule in await rules.fetch_all(call.network)]


@endpoint("GET", "/api/v1/instance/peers", access="public")
async def peers(call: Call) -> object:
    """Other servers known here."""
    return await hosts.peers(call.network)


@endpoint("GET", "/api/v1/peers/search", access="public")
async def search_peers(call: Call) -> object:
    """The same, by the beginning of the name."""
    return await hosts.find_peers(call.network, call.params.text("q"))


@endpoint("GET", "/api/v1/instance/activity", access="public")
async def activity(call: Call) -> object:
    """Twelve weeks. Sign-ins are not kept, so there is nothing to count."""
    return [
        {
            "week": str(week.begins_at // 1000),
            "statuses": str(week.statuses),
            "logins": "0",
            "registrations": str(week.registrations),
        }
        for week in await instance.activity(call.network)
    ]


@endpoint("GET", "/api/v1/instance/domain_blocks", access="public")
async def domain_blocks(call: Call) -> object:
    """Servers that this network has limited or blocked, and why."""
    return domain_block_entities(await policy_decisions.fetch_all(call.network))


@endpoint("GET", "/api/v1/instance/extended_description", access="public")
async def extended_description(call: Call) -> object:
    """The owner's long description."""
    own = await settings.get(call.network)
    content = instance.document(call.network, own.description)
    return {"updated_at": timestamp(own.created_at), "content": content}


@endpoint("GET", "/api/v1/instance/privacy_policy", access="public")
async def privacy_policy(call: Call) -> object:
    """The privacy policy."""
    own = await settings.get(call.network)
    updated_at = own.privacy_policy_changed_at or own.created_at
    content = instance.privacy_policy(call.network, own)
    return {"updated_at": timestamp(updated_at), "content": content}


@endpoint("GET", "/api/v1/instance/terms_of_service", access="public")
async def terms_of_service(call: Call) -> object:
    """The terms of service in force; 404 where there are none."""
    return _terms(call, await settings.get(call.network))


@endpoint("GET", "/api/v1/instance/terms_of_service/{date:str}", access="public")
async def terms_of_date(call: Call) -> object:
    """The terms of service that came into force on a day; only the newest are kept."""
    own = await settings.get(call.network)
    if call.request.path_params["date"] != day(_terms_since(own)):
        raise NotFound
    return _terms(call, own)


def _terms(call: Call, own: settings.NetworkSettings) -> object:
    if not own.terms:
        raise NotFound
    return {
        "effective_date": day(_terms_since(own)),
        "effective": True,
        "content": instance.document(call.network, own.terms),
        "succeeded_by": None,
    }


def _terms_since(own: settings.NetworkSettings) -> int:
    return own.terms_changed_at or own.created_at


@endpoint("GET", "/api/v1/instance/translation_languages", access="public")
async def translation_languages(call: Call) -> object:
    """Nothing is translated here."""
    return {}


@endpoint("GET", "/api/v1/instance/languages", access="public")
async def languages(call: Call) -> object:
    """The languages spoken here."""
    own = await settings.get(call.network)
    return [{"code": code, "name": _LANGUAGES.get(code, code)} for code in own.languages]


HANDLERS = [
    show,
    show_v1,
    list_rules,
    peers,
    search_peers,
    activity,
    domain_blocks,
    extended_description,
    privacy_policy,
    terms_of_service,
    terms_of_date,
    translation_languages,
    languages,
]
