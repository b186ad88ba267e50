"""What the hub holds about somebody, for themselves to see and to remove.

The claim's token is kept in a cookie: it stands in no address and on no page.
"""

from noi.hub.cards import own_post_card, person_card
from noi.models.errors import Forbidden, Invalid, NoiError, NotFound, RateLimited, Unavailable
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services.hub import claims, hidden_trends
from noi.services.hub.claims import Claim, Held
from noi.ui import dates
from noi.ui.cards import Choice, Form

_COOKIE = "claim"
_SHOWN = 20


@page("GET", "/me", access="public")
async def show(visit: Visit) -> Answer:
    """The form, the code, or what is held: how far one has come."""
    claim = await _claim(visit)
    return await _begin(visit, None) if claim is None else await _page(visit, claim, None)


@page("POST", "/me", access="public")
async def begin(visit: Visit) -> Answer:
    """Begin to show that an account is one's own."""
    try:
        claim = await claims.begin(visit.network, visit.text("handle"), visit.address)
    except (Invalid, RateLimited, Unavailable) as error:
        return await _begin(visit, error)
    visit.set_cookie(_COOKIE, claim.token, claims.EXPIRY_MS // 1000)
    return visit.redirect("/me")


@page("POST", "/me/check", access="public")
async def check(visit: Visit) -> Answer:
    """Look for the code in the profile."""
    claim = await _claim(visit)
    if claim is None:
        return _anew(visit)
    try:
        await claims.prove(visit.network, claim.token)
    except (Invalid, RateLimited, Unavailable) as error:
        return await _page(visit, claim, error)
    # It is good for another hour from now on.
    visit.set_cookie(_COOKIE, claim.token, claims.EXPIRY_MS // 1000)
    visit.tell(visit.gettext("This account is yours. You can take the code out again."))
    return visit.redirect("/me")


@page("POST", "/me/remove", access="public")
async def remove(visit: Visit) -> Answer:
    """Remove everything, for good where one says so."""
    claim = await _claim(visit)
    if claim is None:
        return _anew(visit)
    await claims.remove(visit.network, claim.token, visit.flag("never"))
    visit.tell(visit.gettext("It is done."))
    return visit.redirect("/me")


@page("POST", "/me/permit", access="public")
async def permit(visit: Visit) -> Answer:
    """Take back that the account is never taken in."""
    claim = await _claim(visit)
    if claim is None:
        return _anew(visit)
    if not claim.proved:
        raise Forbidden("First show that this account is yours")
    await visit.network.db.transaction(lambda tx: claims.permit(tx, claim.actor_uri))
    visit.tell(visit.gettext("It is done."))
    return visit.redirect("/me")


@page("POST", "/me/end", access="public")
async def end(visit: Visit) -> Answer:
    """Forget in this browser who one has shown to be."""
    visit.set_cookie(_COOKIE, "", 0)
    return visit.redirect("/me")


async def _claim(visit: Visit) -> Claim | None:
    token = visit.request.cookies.get(visit.cookie_name(_COOKIE), "")
    try:
        return await claims.get(visit.network, token) if token else None
    except NotFound:
        return None


def _anew(visit: Visit) -> Answer:
    visit.tell(visit.gettext("This has taken too long. Please begin anew"), "problem")
    return visit.redirect("/me")


async def _begin(visit: Visit, error: NoiError | None) -> Answer:
    code = error.status if error else 200
    return await visit.render("hub/me.html", code=code, form=visit.typed(error))


async def _page(visit: Visit, claim: Claim, error: NoiError | None) -> Answer:
    if claim.proved:
        return await _held(visit, await claims.held(visit.network, claim.token))
    return await visit.render(
        "hub/claim.html",
        code=error.status if error else 200,
        form=Form(errors=visit.errors(error)),
        account=claim.actor_uri,
        code_text=claim.code,
        expires_at=claim.expires_at,
    )


async def _held(visit: Visit, held: Held) -> Answer:
    shown = held.posts[:_SHOWN]
    hidden = await hidden_trends.of_posts(visit.network, [post.id for post in shown])
    return await visit.render(
        "hub/held.html",
        account=held.actor_uri,
        person=person_card(held.account) if held.account else None,
        refused=held.refused,
        facts=_facts(visit, held),
        posts=[own_post_card(post, hidden.get(post.id)) for post in shown],
        more=max(0, held.posts_count - _SHOWN),
    )


def _facts(visit: Visit, held: Held) -> list[Choice]:
    account = held.account
    if account is None:
        return []
    yes, no = visit.gettext("yes"), visit.gettext("no")

    def fact(label: str, value: object) -> Choice:
        text = dates.number(value, visit.locale) if isinstance(value, int) else str(value)
        return Choice(value="", label=label, hint=text)

    return [
        fact(visit.gettext("Wants to be found"), yes if account.discoverable else no),
        fact(visit.gettext("Lets posts be searched"), yes if account.indexable else no),
        fact(visit.gettext("Held since"), dates.day(account.created_at, visit.locale, visit.zone)),
        fact(
            visit.gettext("Last asked again"),
            dates.day(account.checked_at, visit.locale, visit.zone),
        ),
        fact(visit.gettext("Posts"), held.posts_count),
        fact(visit.gettext("Of the newest, talked about"), held.trending),
        fact(visit.gettext("Follows, of people who are here too"), held.follows),
        fact(visit.gettext("Followed by people who are here too"), held.followers),
        *(
            [fact(visit.gettext("Hashtags"), " ".join(f"#{tag}" for tag in held.tags))]
            if held.tags
            else []
        ),
    ]


HANDLERS = [show, begin, check, remove, permit, end]
