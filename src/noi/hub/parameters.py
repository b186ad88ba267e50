"""Parameters of queries, and the pages of what is found."""

from urllib.parse import urlencode

from noi.activitypub import times
from noi.auth.fasp import Reply
from noi.hub.base import Call
from noi.models.errors import Invalid

DEFAULT_LIMIT = 20


def needed(call: Call, *names: str) -> str:
    """The first of these parameters that is given. Raises Invalid."""
    value = next((call.query(name) for name in names if call.query(name).strip()), "")
    if not value:
        raise Invalid("{name} is missing", field=names[0], name=names[0])
    return value


def positive(call: Call, name: str, default: int) -> int:
    """A whole number from 1. Raises Invalid."""
    value = call.query(name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= 9 and int(value)):
        raise Invalid("{name} is not a whole number from 1", field=name, name=name)
    return int(value)


def moment(call: Call, name: str) -> int | None:
    """A time of ISO 8601 in ms, None where it is not given. Raises Invalid."""
    value = call.query(name)
    if not value:
        return None
    found = times.moment(value)
    if found is None:
        raise Invalid("{name} is not a time", field=name, name=name)
    return found


def page(call: Call, uris: list[str], following: str) -> Reply:
    """An array of addresses; `following` is the `after` of the next page, named in Link."""
    if not following:
        return Reply(uris)
    asked = [(key, value) for key, value in call.request.query_params.items() if key != "after"]
    query = urlencode([*asked, ("after", following)])
    url = f"{call.network.settings.origin}{call.request.url.path}?{query}"
    return Reply(uris, headers={"Link": f'<{url}>; rel="next"'})
