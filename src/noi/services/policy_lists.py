"""Lists of domain policies that others keep: fetched each day, shown, and applied if so chosen.

A list adds, and never changes or removes what people of this network decided. What it names and
what would part people waits until someone confirms it.
"""

from collections.abc import Collection

from noi.activitypub.uris import web_uri
from noi.db import jobs
from noi.db import policy_lists as table
from noi.db.database import Transaction
from noi.models.accounts import Viewer
from noi.models.errors import Conflict, Invalid, NoiError, NotFound, too_long
from noi.models.federation import DomainPolicy
from noi.models.jobs import FetchPolicyList, FetchPolicyLists
from noi.models.policies import ListMode, PolicyList
from noi.services import policy_files, settings
from noi.services.enforcements import checked_rule_text, rule_text
from noi.services.network import Network
from noi.services.policy_decisions import check_actor
from noi.services.policy_files import Difference
from noi.text.clean import clean_text
from noi.transport.errors import TransportError
from noi.ui.translation import gettext

MAX_TITLE = 100
_ACCEPT = "text/csv, text/plain;q=0.9, */*;q=0.1"


async def fetch_all(network: Network) -> list[PolicyList]:
    """The lists that the network is subscribed to."""
    return await table.fetch_all(network.db)


async def get(network: Network, list_id: int) -> PolicyList:
    """One of them; raises NotFound."""
    found = await table.get(network.db, list_id)
    if found is None:
        raise NotFound
    return found


async def subscribe(
    network: Network, actor: Viewer | None, *, url: str, title: str, rule: int | str
) -> PolicyList:
    """Subscribe to the list at an address; it changes nothing before someone says so.

    Raises Forbidden below admins, Invalid for what is no address and without a rule, Conflict for
    one that is there.
    """
    check_actor(actor)
    address, title = web_uri(url.strip()), clean_text(title).strip()
    if not address:
        raise Invalid("Not an address", field="url")
    if len(title) > MAX_TITLE:
        raise too_long("title", MAX_TITLE)
    new_id, by = network.ids.next(), actor.account_id if actor else None

    async def work(tx: Transaction) -> PolicyList | None:
        words = await rule_text(tx, rule) if isinstance(rule, int) else checked_rule_text(rule)
        if not await table.insert(tx, new_id, address, title, words, by):
            raise Conflict("This list is there already")
        await jobs.enqueue(tx, FetchPolicyList(new_id))
        return await table.get(tx, new_id)

    made = await network.db.transaction(work)
    assert made is not None
    return made


async def unsubscribe(network: Network, actor: Viewer | None, list_id: int) -> None:
    """Follow a list no more; what it has added stays. Raises Forbidden, NotFound."""
    check_actor(actor)

    async def work(tx: Transaction) -> None:
        if not await table.delete(tx, list_id):
            raise NotFound

    await network.db.transaction(work)


async def set_mode(network: Network, actor: Viewer | None, list_id: int, mode: ListMode) -> None:
    """Choose whether a list is only shown, or adds what it names. Raises Forbidden, NotFound."""
    check_actor(actor)

    async def work(tx: Transaction) -> None:
        if not await table.set_mode(tx, list_id, mode):
            raise NotFound
        await jobs.enqueue(tx, FetchPolicyList(list_id), unique=True)

    await network.db.transaction(work)


async def difference(network: Network, found: PolicyList) -> Difference:
    """What a list, as it was last fetched, would change."""
    try:
        entries, problems = policy_files.parse(network, found.content)
    except NoiError as error:
        problem = policy_files.Problem(0, "", error)
        return Difference(additions=[], kept=[], same=0, problems=[problem])
    return await policy_files.compare(network, entries, problems)


async def confirm(
    network: Network, actor: Viewer | None, list_id: int, domains: Collection[str]
) -> list[DomainPolicy]:
    """Decide what a list says of these domains, though it may part people.

    Domains that the list does not name are passed over. Raises Forbidden, NotFound.
    """
    check_actor(actor)
    found = await get(network, list_id)
    changes = await difference(network, found)
    entries = [one.entry for one in changes.additions if one.entry.domain in domains]
    return await policy_files.apply(
        network,
        actor,
        entries,
        rule=found.rule_text,
        reason=await _reason(network, found),
        source=found.url,
    )


async def fetch_due(network: Network, job: FetchPolicyLists) -> None:
    """Fetch all lists anew, each by a job of its own."""
    lists = await table.fetch_all(network.db)

    async def work(tx: Transaction) -> None:
        for one in lists:
            await jobs.enqueue(tx, FetchPolicyList(one.id), unique=True)

    await network.db.transaction(work)


async def fetch(network: Network, job: FetchPolicyList) -> None:
    """Fetch a list, and add what it names and what parts nobody where its mode says so."""
    found = await table.get(network.db, job.list_id)
    if found is None:
        return
    try:
        content = await _download(network, found.url)
    except (TransportError, Invalid) as error:
        reason = str(error)
        await network.db.transaction(lambda tx: table.failed(tx, job.list_id, reason))
        return
    await network.db.transaction(lambda tx: table.fetched(tx, job.list_id, content))
    found = await table.get(network.db, job.list_id)
    if found is None or found.mode is not ListMode.APPLY:
        return
    changes = await difference(network, found)
    harmless = [one.entry for one in changes.additions if not one.effect.severs]
    await policy_files.apply(
        network,
        None,
        harmless,
        rule=found.rule_text,
        reason=await _reason(network, found),
        source=found.url,
    )


async def _download(network: Network, url: str) -> str:
    answer = await network.client.get(url, accept=_ACCEPT, limit_bytes=policy_files.MAX_BYTES)
    if answer.status != 200:
        raise Invalid("The other side answers {status}", status=answer.status)
    text = answer.body.decode("utf-8-sig", errors="replace").replace("\0", "")
    policy_files.parse(network, text)
    return text


async def _reason(network: Network, found: PolicyList) -> str:
    own = await settings.get(network)
    name = found.title or found.url[:200]
    return gettext(own.language, "The list “{name}” names this network", name=name)
