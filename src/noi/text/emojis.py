"""Custom emoji in text: `:shortcode:`."""

import re

_SHORTCODE = re.compile(r"(?<![A-Za-z0-9:]):([A-Za-z0-9_]{2,64}):(?![A-Za-z0-9:])")


def find_shortcodes(text: str) -> list[str]:
    """The shortcodes in `text`, each once, in order of appearance (Mastodon's boundaries)."""
    return list(dict.fromkeys(_SHORTCODE.findall(text)))
