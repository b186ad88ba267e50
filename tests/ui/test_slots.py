import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.ui.dates import DAY, DEFAULT_ZONE, HOUR
from noi.ui.html import Html
from noi.ui.slots import Filling, ago_slot, fill, shared, slot
from noi.ui.templates import render, render_shared

NOW = 1_795_248_600_000


def filling(**texts: str) -> Filling:
    return Filling(NOW, "vi", DEFAULT_ZONE, **texts)


@given(st.text(), st.text())
def test_only_slots_are_filled(before: str, after: str) -> None:
    kept = shared(f"{before}{slot('path')}{after}")
    assert kept % filling(path="x") == f"{before}x{after}".encode()


def test_a_slot_holds_what_the_page_says() -> None:
    kept = shared(f"100%{ago_slot(NOW - 3 * HOUR)}, {ago_slot(NOW - 60 * DAY)}{slot('csrf')}")
    assert kept % filling(csrf='"&') == "100%3 giờ, 22&#x2f;9&quot;&amp;".encode()
    with pytest.raises(KeyError):
        assert kept % filling()


@pytest.mark.parametrize("locale", ["vi", "en", "lo"])
@pytest.mark.parametrize("past", [0, 5 * HOUR, 500 * DAY])
def test_shared_markup_is_filled_as_templates_print(locale: str, past: int) -> None:
    path = "/@lan'\"<&>/ô?a=b%20c"
    item = {"timelines": [("/", "x")], "ms": NOW - past}
    template = "parts/notices.html"
    plain = {**item, "notices": [{"kind": "note", "text": path}], "csrf": "a"}
    slotted = {**item, "notices": [{"kind": "note", "text": slot("path")}], "csrf": "a"}
    printed = render(template, locale, plain, now=NOW)
    kept = shared(render_shared(template, locale, slotted, zone=DEFAULT_ZONE, now=NOW))
    assert kept % Filling(NOW, locale, DEFAULT_ZONE, path=path) == printed


def test_markup_is_put_into_a_page_as_it_is() -> None:
    page = f"<p>{slot('put1')}</p>{slot('put2')}".encode()
    markup = {b"put1": str(slot("put2")).encode(), b"put2": b"<b>\\1</b>"}
    assert fill(page, markup) == b"<p>" + markup[b"put1"] + b"</p><b>\\1</b>"
    assert isinstance(slot("put1"), Html)
