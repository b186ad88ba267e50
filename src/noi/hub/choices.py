"""What the hub's forms offer to choose from."""

from collections.abc import Iterable

from noi.models.hub import BANDS
from noi.pages.languages import LANGUAGES
from noi.pages.visits import Visit
from noi.ui.cards import Choice


def languages(visit: Visit) -> list[Choice]:
    """Every language, and none of them for all."""
    any_language = Choice(value="", label=visit.gettext("All languages"))
    return [any_language, *(Choice(value=code, label=name) for code, name in LANGUAGES)]


def sizes(visit: Visit) -> list[Choice]:
    """How many people a network has, in bands."""
    labels = (
        visit.gettext("fewer than 50 people"),
        visit.gettext("50 to 200 people"),
        visit.gettext("200 to 1,000 people"),
        visit.gettext("1,000 to 5,000 people"),
        visit.gettext("more than 5,000 people"),
    )
    named = [Choice(value=band[0], label=label) for band, label in zip(BANDS, labels, strict=True)]
    return [Choice(value="", label=visit.gettext("Any size")), *named]


def hours(visit: Visit) -> list[Choice]:
    """For trends: the last hours."""
    return [
        Choice(value="6", label=visit.gettext("6 hours")),
        Choice(value="24", label=visit.gettext("A day")),
        Choice(value="72", label=visit.gettext("3 days")),
        Choice(value="168", label=visit.gettext("A week")),
    ]


def days(visit: Visit) -> list[Choice]:
    """For searches: how old a post may be."""
    return [
        Choice(value="", label=visit.gettext("Any time")),
        Choice(value="1", label=visit.gettext("The last day")),
        Choice(value="7", label=visit.gettext("The last week")),
        Choice(value="30", label=visit.gettext("The last month")),
        Choice(value="365", label=visit.gettext("The last year")),
    ]


def chosen(choices: Iterable[Choice], value: str, default: str = "") -> str:
    """`value` if it is one of the choices."""
    return value if any(choice.value == value for choice in choices) else default
