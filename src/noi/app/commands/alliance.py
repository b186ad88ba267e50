"""`noi alliance …`: the alliances that a network is in, and other providers of services."""

from typing import Annotated

from cyclopts import App, Parameter

from noi.app.commands.flags import Flags, ask, fail, with_network
from noi.models.alliance import ProviderState
from noi.models.errors import NoiError, NotFound
from noi.services import alliance, charter_versions
from noi.services.alliance import Look, View
from noi.services.network import Network
from noi.services.providers import CAPABILITIES

app = App(name="alliance", help="Join alliances, see what they are told, and leave them.")

Id = Annotated[int, Parameter(help="The number that `noi alliance list` shows.")]


@app.command(name="list")
def list_providers(*, flags: Flags | None = None) -> None:
    """List hubs and other providers: number, state, address, what waits and what goes wrong."""

    async def work(network: Network) -> None:
        views = await alliance.fetch_all(network, None)
        if not views:
            print("This network is in no alliance yet: noi alliance join URL")
        waiting = await charter_versions.pending(network)
        for view in views:
            print(_line(view))
            if version := waiting.get(view.provider.id):
                page = f"{network.settings.origin}/owner/alliance/{view.provider.id}/charter"
                print(f"    version {version} of its charter waits for your answer: {page}")
            for error in view.errors:
                print(f"    {error.capability or 'calls'}: {error.error}")

    with_network(flags, work)


@app.command
def join(
    url: Annotated[str, Parameter(name="URL", help="The hub's address, or its host.")],
    *,
    flags: Flags | None = None,
) -> None:
    """Ask a hub to take this network in, and show what is to be compared before `confirm`."""

    async def work(network: Network) -> None:
        try:
            provider = await alliance.ask(network, None, url)
            look = await alliance.look(network, None, provider.id)
        except NoiError as error:
            fail(f"{url}: {error}")
        if provider.state is ProviderState.SOUGHT:
            print(f"Asked {provider.base_url}; it has not introduced itself here yet.")
            return
        print(_fingerprints(look))
        print(f"Compare both with the hub's people, then: noi alliance confirm {provider.id}")

    with_network(flags, work)


@app.command
def confirm(
    provider: Id,
    *,
    share: Annotated[bool, Parameter(help="Let it know what people here agreed to.")] = True,
    fingerprint: Annotated[
        str | None, Parameter(help="What its people say that theirs is; asked for otherwise.")
    ] = None,
    flags: Flags | None = None,
) -> None:
    """Use a hub or provider from now on: all services that it offers and this network knows."""

    async def work(network: Network) -> None:
        try:
            look = await alliance.look(network, None, provider)
            if not look.theirs:
                fail(f"{look.view.provider.base_url} has not introduced itself here yet")
            print(_fingerprints(look))
            compared = ask("The fingerprint as its people see it", fingerprint, "--fingerprint")
            await alliance.confirm(
                network,
                None,
                provider,
                fingerprint=compared.strip(),
                charter_version=look.charter.version if look.charter else 0,
                capabilities=CAPABILITIES,
                content=share,
                accounts=share,
            )
        except NotFound:
            fail(_unknown(provider))
        except NoiError as error:
            fail(str(error))
        print("Confirmed. Its services are being switched on.")

    with_network(flags, work)


@app.command
def leave(provider: Id, *, flags: Flags | None = None) -> None:
    """Leave a hub or provider: nothing is shared any more, and it is told to forget all it has."""

    async def work(network: Network) -> None:
        try:
            await alliance.leave(network, None, provider)
        except NotFound:
            fail(_unknown(provider))
        except NoiError as error:
            fail(str(error))
        print("Left. A hub's receipt will be on the page /owner/alliance.")

    with_network(flags, work)


def _unknown(provider: int) -> str:
    return f"There is no hub or provider {provider}: noi alliance list shows their numbers"


def _line(view: View) -> str:
    provider = view.provider
    state = provider.state.value
    if provider.state is ProviderState.CONFIRMED and provider.membership:
        state = f"{state}, {provider.membership}"
    shared = [
        name
        for name, on in (("posts", provider.share_content), ("people", provider.share_accounts))
        if on
    ]
    told = f" shares {' and '.join(shared)}" if shared else ""
    waiting = f", {view.pending} waiting" if view.pending else ""
    return f"{provider.id}  {provider.base_url}  {state}{told}{waiting}"


def _fingerprints(look: Look) -> str:
    lines = [
        f"{look.view.provider.name}  {look.view.provider.base_url}",
        f"  its fingerprint: {look.theirs}",
        f"  ours for it:     {look.ours}",
    ]
    if look.vouched:
        lines.append("  The hub confirms both by its own signature.")
    if look.charter:
        lines.append(f"  Charter, version {look.charter.version}: /owner/alliance shows it.")
    if look.error:
        lines.append(f"  BEWARE: {look.error}")
    return "\n".join(lines)
