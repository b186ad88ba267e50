"""Hashtags: what is one, and the keys that tell which are the same."""

from noi.text.characters import nfc
from noi.text.entities import find_entities
from noi.text.fold import exact_key, folded_key


def valid_tag(name: str) -> bool:
    """Whether `name`, without `#`, is a whole hashtag."""
    text = f"#{display(name)}"
    return [entity.end for entity in find_entities(text)] == [len(text)]


def tag_key(name: str) -> str:
    """The identity of a tag: its tones count, their place in the syllable and case do not."""
    return exact_key(display(name))


def family_key(name: str) -> str:
    """What the spellings of a tag with other or without marks have in common."""
    return folded_key(display(name))


def display(name: str) -> str:
    """A tag as its author wrote it, in NFC and without `#`."""
    return nfc(name).lstrip("#＃")
