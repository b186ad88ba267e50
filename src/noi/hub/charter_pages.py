"""The charter: what holds, every earlier version, and writing the next."""

import msgspec

from noi.hub.texts import Section, proposal, sections
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.hub import Charter
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number
from noi.services.hub import charters, identity
from noi.ui.cards import Form
from noi.ui.translation import DEFAULT_LOCALE, LOCALES


class CharterCard(msgspec.Struct, frozen=True):
    """A version in one language; `others` are the languages that it is also there in."""

    version: int
    created_at: int
    language: str
    sections: list[Section]
    others: list[tuple[str, str]]
    signature: str


class Preview(msgspec.Struct, frozen=True):
    """A text that is not published yet."""

    language: str
    name: str
    sections: list[Section]


@page("GET", "/charter", access="public")
async def current(visit: Visit) -> Answer:
    """The version that holds now."""
    return await _page(visit, await charters.current(visit.network), old=False)


@page("GET", "/charter/{version:str}", access="public")
async def one(visit: Visit) -> Answer:
    """One version, for good at this address."""
    version = number(str(visit.request.path_params["version"]))
    if not version:
        raise NotFound
    charter = await charters.get(visit.network, version)
    newest = await charters.current(visit.network)
    return await _page(visit, charter, old=newest is not None and newest.version != version)


async def _page(visit: Visit, charter: Charter | None, *, old: bool) -> Answer:
    return await visit.render(
        "hub/charter.html",
        charter=charter_card(visit, charter) if charter else None,
        old=old,
        identity=await identity.get(visit.network),
        versions=await charters.fetch_all(visit.network),
    )


def charter_card(visit: Visit, charter: Charter) -> CharterCard:
    """A version in the reader's language, else the alliance's own, else any."""
    texts = charter.texts
    language = next(code for code in (visit.locale, visit.own.language, *texts) if code in texts)
    return CharterCard(
        version=charter.version,
        created_at=charter.created_at,
        language=language,
        sections=sections(visit.network, texts[language]),
        others=[
            (code, name) for code, name in LOCALES.items() if code in texts and code != language
        ],
        signature=charter.signature,
    )


@page("GET", "/manage/charter", access="admin")
async def write(visit: Visit) -> Answer:
    """The text that holds, or a proposal, to be changed."""
    charter = await charters.current(visit.network)
    texts = charter.texts if charter else {code: proposal(code) for code in LOCALES}
    return await _form(visit, Form(values={f"text_{code}": text for code, text in texts.items()}))


@page("POST", "/manage/charter", access="admin")
async def submit(visit: Visit) -> Answer:
    """Show how it will read, or sign and publish it."""
    texts = {code: visit.text(f"text_{code}") for code in LOCALES}
    try:
        if not texts[_main_language(visit)]:
            raise Invalid("The charter is empty", field=f"text_{_main_language(visit)}")
        if visit.text("do") != "publish":
            return await _form(visit, visit.typed(), texts)
        charter = await charters.publish(visit.network, texts, visit.person)
    except (Conflict, Invalid) as error:
        return await _form(visit, visit.typed(error))
    visit.tell(visit.gettext("Version {n} of the charter is published.", n=charter.version))
    return visit.redirect("/charter")


async def _form(visit: Visit, form: Form, texts: dict[str, str] | None = None) -> Answer:
    charter = await charters.current(visit.network)
    return await visit.render(
        "hub/manage/charter.html",
        code=422 if form.errors else 200,
        form=form,
        preview=[
            Preview(code, LOCALES[code], sections(visit.network, text))
            for code, text in (texts or {}).items()
            if text
        ],
        version=charter.version if charter else 0,
        since=charter.created_at if charter else 0,
        languages=list(LOCALES.items()),
        main_language=_main_language(visit),
    )


def _main_language(visit: Visit) -> str:
    return visit.own.language if visit.own.language in LOCALES else DEFAULT_LOCALE


HANDLERS = [current, one, write, submit]
