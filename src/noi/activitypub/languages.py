"""Which language a document's texts are in, and the texts in several languages."""

import re

from noi.activitypub.normalize import Document, compact, is_list, is_node, many, natural, text

_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8}){0,4}", re.IGNORECASE)
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})
_MAX_LANGUAGES = 32


def primary_subtag(tag: object) -> str | None:
    """`vi` of `vi`, `vi-VN` or `vi_VN`; None where that is no plausible language (BCP 47)."""
    match = _TAG.fullmatch(tag) if isinstance(tag, str) and len(tag) <= 40 else None
    if match is None:
        return None
    primary = match[1].lower()
    return None if primary in _NO_LANGUAGE else primary


def language_of(node: Document) -> str | None:
    """What a node says of itself: `language` (Lemmy, PeerTube) or `inLanguage` (Mobilizon).

    The `@language` of a context says nothing: servers write the same for every text.
    """
    for name in ("language", "inLanguage"):
        for value in many(node.get(name), 1):
            tag = compact(value).get("identifier") if is_node(value) else value
            if found := primary_subtag(text(tag)):
                return found
    return None


def texts_by_language(
    node: Document, name: str
) -> tuple[str, str | None, tuple[tuple[str, str], ...]]:
    """`(text, its language, ((language, text), …))` of `name` and `nameMap` (contentMap, …).

    The main text is what stands under `name`, whose language is that of the equal text in the
    map, or of the map's only one; without it, the map's first. Also reads `@value` objects.
    """
    value, by_tag = node.get(name), node.get(name + "Map")
    if value is None and by_tag is None:
        return "", None, ()
    by_language = _by_language(by_tag)
    if is_node(value) or is_list(value):
        by_language += _tagged_values(value)
    main = text(value)
    if not main and by_language:
        return by_language[0][1], by_language[0][0], tuple(by_language)
    main = main or natural(node, name)  # in a map, though not by a known language
    language = next((tag for tag, other in by_language if other == main), None)
    if language is None and len(by_language) == 1:
        language = by_language[0][0]
    return main, language or language_of(node), tuple(by_language)


def _by_language(value: object) -> list[tuple[str, str]]:
    if not is_node(value):
        return []
    pairs: list[tuple[str, str]] = []
    for tag, content in value.items():
        language, words = primary_subtag(tag), text(content)
        if language and words and len(pairs) < _MAX_LANGUAGES:
            pairs.append((language, words))
    return pairs


def _tagged_values(value: object) -> list[tuple[str, str]]:
    return [
        (language, words)
        for item in many(value, _MAX_LANGUAGES)
        if is_node(item)
        and (language := primary_subtag(item.get("@language")))
        and (words := text(item))
    ]
