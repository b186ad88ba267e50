"""What this network is, its rules, its privacy notice."""

from noi import __version__
from noi.pages.base import page
from noi.pages.people import account_card
from noi.pages.visits import Answer, Visit
from noi.services import accounts, instance, rules
from noi.ui.cards import Choice
from noi.ui.html import Html
from noi.web.timelines import stats


@page("GET", "/about", access="public")
async def about(visit: Visit) -> Answer:
    """The network in its owner's words."""
    own, network = visit.own, visit.network
    contact = None
    if own.contact_account_id is not None:
        loaded = await accounts.load(network, [own.contact_account_id])
        contact = loaded.get(own.contact_account_id)
    return await visit.render(
        "about.html",
        stats=await stats(visit),
        about=Html(instance.document(network, own.description) if own.description else ""),
        rules=[
            Choice(value=str(rule.id), label=rule.text, hint=rule.hint)
            for rule in await rules.fetch_all(network)
        ],
        privacy=Html(instance.privacy_policy(network, own)),
        contact=account_card(network, contact.account, contact.emojis) if contact else None,
        contact_email=own.contact_email,
        version=__version__,
    )


HANDLERS = [about]
