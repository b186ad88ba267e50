"""Languages that posts are written in, each by its own name."""

LANGUAGES = [
    ("vi", "Tiếng Việt"), ("en", "English"), ("lo", "ລາວ"), ("th", "ไทย"), ("km", "ខ្មែរ"),
    ("zh", "中文"), ("ja", "日本語"), ("ko", "한국어"), ("fr", "Français"), ("de", "Deutsch"),
    ("es", "Español"), ("ru", "Русский"), ("cs", "Čeština"), ("id", "Bahasa Indonesia"),
]  # fmt: skip

_NAMES = dict(LANGUAGES)


def language_name(code: str) -> str:
    """The name of a language in itself; a code that is not known stays as it is."""
    return _NAMES.get(code.partition("-")[0].lower(), code)
