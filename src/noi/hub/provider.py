"""What every FASP provider answers: who it is, what it offers, and whether the connection works.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications, general/v0.1
"""

from noi.auth.fasp import Reply
from noi.config import host_name
from noi.hub.base import Call, fasp_route
from noi.services import settings
from noi.services.hub import callbacks, capabilities
from noi.ui.translation import LOCALES


@fasp_route("GET", "/provider_info")
async def provider_info(call: Call) -> Reply:
    """The hub as a network's owner sees it."""
    network = call.network
    own, origin = await settings.get(network), network.settings.origin
    host = network.settings.host
    return Reply(
        {
            "name": own.name,
            "privacyPolicy": [
                {"url": f"{origin}/privacy?lang={code}", "language": code} for code in LOCALES
            ],
            "capabilities": [
                {"id": name, "version": version} for name, version in capabilities.OFFERED.items()
            ],
            "signInUrl": f"{origin}/sign-in",
            "contactEmail": own.contact_email,
            "fediverseAccount": f"@{host_name(host)}@{host}",
        }
    )


@fasp_route("POST", "/capabilities/{name:str}/{version:str}/activation")
async def activate(call: Call) -> None:
    """Switch a capability on; it counts once the network is admitted."""
    name, version = _named(call)
    await capabilities.activate(call.network, call.caller, name, version)


@fasp_route("DELETE", "/capabilities/{name:str}/{version:str}/activation")
async def deactivate(call: Call) -> None:
    """Switch a capability off; with data sharing, what was shared is erased."""
    name, version = _named(call)
    await capabilities.deactivate(call.network, call.caller, name, version)


@fasp_route("POST", "/debug/v0/callback/logs")
async def callback(call: Call) -> Reply:
    """Note the call, and call back."""
    await callbacks.log(call.network, call.caller, call.body, call.address)
    return Reply(status=201)


def _named(call: Call) -> tuple[str, str]:
    params = call.request.path_params
    return str(params["name"]), str(params["version"])


HANDLERS = [provider_info, activate, deactivate, callback]
