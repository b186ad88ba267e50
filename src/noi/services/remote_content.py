"""From what other servers write to the text of a status: safe HTML, bounded, with its title."""

import html
import re
from urllib.parse import quote

import msgspec

from noi.activitypub.events import Event
from noi.activitypub.objects import Object
from noi.activitypub.outgoing import timestamp
from noi.activitypub.vocabulary import TITLED_TYPES
from noi.text.clean import clean_name, clean_text
from noi.text.format import TagUrl, format_status
from noi.text.hashtags import display, valid_tag
from noi.text.language import guess, valid_language
from noi.text.sanitize import sanitize_html, strip_html

MAX_CONTENT = 100_000
"""Characters of a text as it comes; what is longer is cut, with a link to the whole."""
MAX_WARNING = 2_000
MAX_TITLE = 500
MAX_TAGS = 32
LONG = 4_000
"""An article longer than this is shown by its summary, where it has one."""
_GUESSED = 2_000
_LINKS = re.compile(
    r'<a (?![^>]*class="[^"]*(?:mention|hashtag|u-url))[^>]*?href="(https?://[^"]+)"'
)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


class Written(msgspec.Struct, frozen=True):
    """What a status says: its HTML, its warning, `language` ("" where unknown), its hashtags as
    written, and the web pages that it links to.
    """

    content: str
    warning: str
    language: str
    tags: tuple[str, ...]
    links: tuple[str, ...]


def write(object_: Object, origin: str) -> Written:
    """The text of a remote object, for readers of the network at `origin`."""
    body = _body(object_, lambda name: f"{origin}/tags/{quote(name)}")
    if object_.type in TITLED_TYPES or (object_.name and not body):
        body = _titled(object_, body)
    pages = [link.url for link in object_.links if html.escape(link.url) not in body][:4]
    body += "".join(f"<p>{_link(url, url)}</p>" for url in pages)
    content = body.strip()
    found = [html.unescape(link) for link in _LINKS.findall(content)]
    links = dict.fromkeys([*(link.url for link in object_.links), *found])
    return Written(
        content=content,
        warning=clean_text(strip_html(object_.content_warning[:MAX_WARNING])).strip(),
        language=_language(object_, content),
        tags=tuple(_tags(object_)),
        links=tuple(links),
    )


def as_html(text: str) -> str:
    """`text` made safe; plain text gets the paragraphs and line breaks that it was written in."""
    safe = sanitize_html(text).strip()
    if "<" in text or "\n" not in safe:
        return safe
    paragraphs = [part.replace("\n", "<br>") for part in _PARAGRAPHS.split(safe)]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def _body(object_: Object, tag_url: TagUrl) -> str:
    long = len(object_.content) > LONG and object_.type in TITLED_TYPES
    short = object_.preview or object_.summary
    if long and short:
        return f"{as_html(short[:MAX_CONTENT])}<p>{_link(object_.url, object_.url)}</p>"
    text, media_type = object_.content, object_.content_type
    if not text:
        # Misskey's markup is Markdown's cousin, but not one that a parser of Markdown should read.
        text, media_type = object_.source, object_.source_type or "text/plain"
    if not text:
        return as_html(object_.summary[:MAX_CONTENT])
    safe = _safe(text[:MAX_CONTENT], media_type, tag_url)
    if len(text) > MAX_CONTENT:
        safe += f"<p>… {_link(object_.url, object_.url)}</p>"
    return safe


def _safe(text: str, media_type: str, tag_url: TagUrl) -> str:
    if media_type in ("text/html", "application/xhtml+xml"):
        return as_html(text)
    kind = "text/markdown" if media_type == "text/markdown" else "text/plain"
    return format_status(text, kind, mention=_nobody, tag_url=tag_url).html


def _titled(object_: Object, body: str) -> str:
    title = clean_name(strip_html(object_.name[: 4 * MAX_TITLE]))[:MAX_TITLE]
    head = f"<p><strong>{_link(object_.url, title)}</strong></p>" if title else ""
    return head + (_when_and_where(object_.event) if object_.event else "") + body


def _when_and_where(event: Event) -> str:
    """An event's time and place, in signs that need no translation."""
    times = [moment for moment in (event.starts_at, event.ends_at) if moment is not None]
    shown = " – ".join(timestamp(time)[:16].replace("T", " ") for time in times)
    lines = [f"📅 {shown} UTC"] if shown else []
    place = ", ".join(filter(None, (clean_name(event.place), clean_name(event.address))))
    if place:
        lines.append(f"📍 {html.escape(place)}")
    if event.link:
        lines.append(f"🔗 {_link(event.link, event.link)}")
    return f"<p>{'<br>'.join(lines)}</p>" if lines else ""


def _link(url: str, text: str) -> str:
    return (
        f'<a href="{html.escape(url)}" rel="nofollow noopener" target="_blank">'
        f"{html.escape(text)}</a>"
    )


def _language(object_: Object, content: str) -> str:
    if object_.language:
        return object_.language if valid_language(object_.language) else ""
    return guess(strip_html(content[:_GUESSED])) or ""


def _tags(object_: Object) -> list[str]:
    names = (display(tag.name) for tag in object_.hashtags)
    return [name for name in dict.fromkeys(names) if valid_tag(name)][:MAX_TAGS]


def _nobody(_name: str, _domain: str | None) -> None:
    return None
