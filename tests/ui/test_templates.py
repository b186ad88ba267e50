import gzip
import re
from html.parser import HTMLParser

import pytest
from minijinja import TemplateError
from tests.ui import preview

from noi.ui.cards import Notice
from noi.ui.html import Html
from noi.ui.templates import FOLDER, render
from noi.ui.translation import LOCALES

VOID = {"meta", "link", "input", "img", "br", "hr", "use", "circle"}
LABELLED = {"text", "password", "email", "url", "search", "file", "datetime-local", None}


class Outline(HTMLParser):
    """Checks nesting, and gathers what the assertions below ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[dict[str, str | None]] = []
        self.labels: set[str | None] = set()
        self.wrapped: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, {**values, "in_label": "1" if "label" in self.open else None}))
        if tag == "label":
            self.labels.add(values.get("for"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", list(preview.PAGES))
def test_every_page_is_well_formed_and_keeps_to_the_content_policy(name: str) -> None:
    html = preview.page(name)
    page = outline(html)
    ids = [values["id"] for _, values in page.tags if "id" in values]
    assert len(ids) == len(set(ids))
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert "None" not in re.sub(r"<[^>]*>", "", html)
    for tag, values in page.tags:
        assert "style" not in values
        assert not any(key.startswith(("on", "hx-on")) for key in values)
        assert tag != "script" or (values.get("src") or "").startswith("/static/")
        assert tag != "img" or "alt" in values
    assert "<style" not in html


@pytest.mark.parametrize("name", list(preview.PAGES))
def test_every_field_has_a_name_for_screen_readers(name: str) -> None:
    page = outline(preview.page(name))
    for tag, values in page.tags:
        field = tag in ("textarea", "select") or (
            tag == "input" and values.get("type") in (*LABELLED, "checkbox", "radio")
        )
        named = values["in_label"] or values.get("aria-label") or values.get("id") in page.labels
        assert not field or named, values


@pytest.mark.parametrize("name", list(preview.PAGES))
def test_every_form_that_changes_something_carries_the_token(name: str) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', preview.page(name), re.DOTALL):
        assert 'name="csrf" value="token"' in form


@pytest.mark.parametrize("locale", list(LOCALES))
def test_every_page_renders_in_every_language(locale: str) -> None:
    for name in preview.PAGES:
        assert f'<html lang="{locale}"' in preview.page(name, locale)


def test_the_previews_leave_no_template_out() -> None:
    shared = {"base.html", "layout.html", "plain.html", "settings_layout.html", "hub/layout.html"}
    pages = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")}
    shown = {template for template, _, _ in preview.PAGES.values()}
    assert {page for page in pages - shared if not page.startswith("parts/")} == shown


def test_a_page_of_twenty_statuses_stays_within_its_budget() -> None:
    template, path, context = preview.PAGES["home"]
    frame = {**context, "path": path}
    posts = [preview.post(card, frame, "vi") for card in (preview.STATUSES * 3)[:20]]
    html = render(template, "vi", {**frame, "statuses": posts}, now=preview.NOW)
    assert len(gzip.compress(html)) <= 30 * 1024


def test_what_people_write_is_escaped_and_html_is_not() -> None:
    notice = Notice(text="<script>")
    made = render("parts/notices.html", "vi", {"notices": [notice, Notice(text=Html("<b>x</b>"))]})
    assert b"&lt;script&gt;" in made
    assert b"<b>x</b>" in made


def test_a_missing_name_is_an_error_and_not_an_empty_page() -> None:
    with pytest.raises(TemplateError):
        render("timeline.html", "vi", {})
    with pytest.raises(TemplateError):
        render("nothing.html", "vi", {})
