"""Text that is already HTML."""

import html


class Html(str):
    """Markup that templates and `gettext` insert without escaping it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def escape(value: object) -> Html:
    """HTML of any value; values that carry `__html__` (such as Html) stay as they are."""
    return Html(value if hasattr(value, "__html__") else html.escape(str(value)))
