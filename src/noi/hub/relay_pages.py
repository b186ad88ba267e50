"""The relay: how a member takes part in it, and which topics it has."""

import msgspec

from noi.activitypub import addresses
from noi.models.errors import Conflict, Invalid
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.hub_relay import RelayTopic, TopicKind
from noi.pages.base import page
from noi.pages.languages import LANGUAGES, language_name
from noi.pages.visits import Answer, Visit
from noi.services.hub import relay
from noi.ui.cards import Choice, Form


class Topic(msgspec.Struct, frozen=True):
    """What one may take part in: `inbox` as Mastodon wants it, `actor` as others do."""

    id: int
    name: str
    inbox: str
    actor: str
    members: int


@page("GET", "/relay", access="public")
async def index(visit: Visit) -> Answer:
    """The addresses to take part by."""
    origin = visit.network.settings.origin
    counts = await relay.counts(visit.network)
    everything = Topic(
        id=INSTANCE_ACTOR_ID,
        name=visit.gettext("Everything"),
        inbox=addresses.shared_inbox(origin),
        actor=addresses.instance_actor(origin),
        members=counts.get(INSTANCE_ACTOR_ID, 0),
    )
    return await visit.render("hub/relay.html", topics=[everything, *await _topics(visit)])


@page("GET", "/manage/relay", access="admin")
async def manage(visit: Visit) -> Answer:
    """The topics, to add and to end."""
    return await _manage(visit, Form(values={"kind": TopicKind.HASHTAG.value}))


async def _manage(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "hub/manage/relay.html",
        code=422 if form.errors else 200,
        form=form,
        topics=await _topics(visit),
        languages=[Choice(value=code, label=name) for code, name in LANGUAGES],
    )


@page("POST", "/manage/relay/hashtags", access="admin")
async def add_hashtag(visit: Visit) -> Answer:
    """Begin a topic for a hashtag."""
    return await _add(visit, TopicKind.HASHTAG, visit.text("hashtag"))


@page("POST", "/manage/relay/languages", access="admin")
async def add_language(visit: Visit) -> Answer:
    """Begin a topic for a language."""
    return await _add(visit, TopicKind.LANGUAGE, visit.text("language"))


async def _add(visit: Visit, kind: TopicKind, value: str) -> Answer:
    try:
        await relay.add_topic(visit.network, visit.person, kind, value)
    except (Conflict, Invalid) as error:
        problem = visit.gettext(error.message, **error.params)
        return await _manage(visit, Form(values=visit.typed().values, errors={kind.value: problem}))
    visit.tell(visit.gettext("It is done."))
    return visit.redirect("/manage/relay")


@page("POST", "/manage/relay/{id:str}/end", access="admin")
async def end(visit: Visit) -> Answer:
    """End a topic for everybody."""
    await relay.remove_topic(visit.network, visit.person, visit.path_id())
    visit.tell(visit.gettext("It is done."))
    return visit.redirect("/manage/relay")


async def _topics(visit: Visit) -> list[Topic]:
    counts = await relay.counts(visit.network)
    return [
        Topic(
            id=topic.account_id,
            name=_name(topic),
            inbox=addresses.inbox(topic.uri),
            actor=topic.uri,
            members=counts.get(topic.account_id, 0),
        )
        for topic in await relay.topics(visit.network)
    ]


def _name(topic: RelayTopic) -> str:
    return f"#{topic.value}" if topic.kind is TopicKind.HASHTAG else language_name(topic.value)


HANDLERS = [index, manage, add_hashtag, add_language, end]
