"""The first day: whom and what to follow, and whether to be found."""

from noi.models.errors import NoiError
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number
from noi.services import alliance, follows, profiles, tags
from noi.ui.cards import Form
from noi.web.explore import suggested, topics

_PEOPLE = 16
_GROUPS = 8
_ASKED = 40
_TOPICS = 12
_MOST_CHOSEN = 40


@page("GET", "/welcome")
async def form(visit: Visit) -> Answer:
    """People, groups and hashtags to choose from, and the two switches."""
    found = await suggested(visit, _ASKED)
    account = visit.mine.account
    names = ("discoverable", "indexable")
    return await visit.render(
        "welcome.html",
        people=[one for one in found if not one.group][:_PEOPLE],
        groups=[one for one in found if one.group][:_GROUPS],
        topics=await topics(visit, _TOPICS),
        told=await alliance.told(visit.network),
        form=Form(values={name: "1" if getattr(account, name) else "" for name in names}),
    )


@page("POST", "/welcome")
async def choose(visit: Visit) -> Answer:
    """Follow what was chosen; what cannot be followed is passed over."""
    wish = profiles.Profile(
        discoverable=visit.flag("discoverable"), indexable=visit.flag("indexable")
    )
    await profiles.update(visit.network, visit.viewer_id, wish)
    done = 0
    for text in visit.texts("account")[:_MOST_CHOSEN]:
        done += await _followed(visit, number(text) or 0)
    for name in visit.texts("tag")[:_MOST_CHOSEN]:
        try:
            await tags.follow(visit.network, visit.viewer_id, name)
            done += 1
        except NoiError:
            continue
    if done:
        visit.tell(visit.gettext("Done. What they write gathers here."))
    return visit.redirect("/")


async def _followed(visit: Visit, account_id: int) -> bool:
    try:
        await follows.follow(visit.network, visit.viewer_id, account_id)
    except NoiError:
        return False
    return True


HANDLERS = [form, choose]
