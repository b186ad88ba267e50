import pytest

from noi.ui.html import Html, escape
from noi.ui.translation import gettext, negotiate, ngettext


@pytest.mark.parametrize(
    ("header", "chosen", "locale"),
    [
        ("", "", "vi"),
        ("fr-FR,fr;q=0.9", "", "vi"),
        ("en-GB,en;q=0.8,vi;q=0.9", "", "en"),
        ("en;q=0.3, lo-LA;q=0.7", "", "lo"),
        ("en;q=0", "", "vi"),
        ("en;q=viel, lo;q=0.1", "", "lo"),
        (";;;,=,", "", "vi"),
        ("en", "lo", "lo"),
        ("en", "xx", "en"),
    ],
)
def test_the_chosen_language_wins_then_the_browser_then_vietnamese(
    header: str, chosen: str, locale: str
) -> None:
    assert negotiate(header, chosen) == locale


def test_messages_are_translated_and_filled_in() -> None:
    assert gettext("vi", "Follow {name}", name="Ánh") == "Theo dõi Ánh"
    assert gettext("en", "Follow {name}", name="Ánh") == "Follow Ánh"
    assert gettext("vi", "Like") == "Thích"
    assert gettext("lo", "Like") == "ມັກ"
    assert gettext("vi", "") == ""


def test_an_unknown_message_stays_english_and_braces_without_params_stay() -> None:
    assert gettext("vi", "No such {message}") == "No such {message}"


def test_plurals_follow_the_language() -> None:
    assert [ngettext("en", "{n} day", "{n} days", n) for n in (1, 2)] == ["1 day", "2 days"]
    assert [ngettext("vi", "{n} day", "{n} days", n) for n in (1, 2)] == ["1 ngày", "2 ngày"]


def test_html_parameters_make_html_and_escape_the_others() -> None:
    made = gettext("en", "{a} & {b}", a=Html("<b>x</b>"), b="<i>")
    assert made == "<b>x</b> &amp; &lt;i&gt;"
    assert isinstance(made, Html)
    assert escape(Html("<b>")) == "<b>"
