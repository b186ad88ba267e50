"""Write the list of modules in ARCHITECTURE.md from the first lines of their docstrings.

`python tools/architecture.py` brings it up to date; a test fails while it is not.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "ARCHITECTURE.md"
_BEGIN = "<!-- modules: made by tools/architecture.py -->\n"
_FLOORS = [
    ("app", "The composition root"),
    ("api", "The door of apps"),
    ("web", "The door of browsers"),
    ("hub", "The door of an alliance's hub"),
    ("pages", "What the HTML doors share"),
    ("federation", "The door of other servers"),
    ("services", "The verbs"),
    ("auth", "Who asks, and how often"),
    ("media", "Pictures, sound, video and where files lie"),
    ("streaming", "The live bus"),
    ("jobs", "The queue's worker"),
    ("ui", "Templates, translation, static files"),
    ("transport", "The way out"),
    ("db", "SQL, on both engines"),
    ("activitypub", "What servers say to each other"),
    ("text", "What people write"),
    ("models", "What everything is made of"),
]


def page_with_modules(page: str) -> str:
    """The page with its list of modules as they are now."""
    return page[: page.index(_BEGIN) + len(_BEGIN)] + _modules()


def _modules() -> str:
    package = ROOT / "src" / "noi"
    parts = [
        f"\n- `{name}.py`: {_summary(package / f'{name}.py')}" for name in ("__main__", "config")
    ]
    for floor, title in _FLOORS:
        parts.append(f"\n\n### {floor}: {title}\n")
        modules = sorted((package / floor).rglob("*.py"))
        parts += [
            f"\n- `{path.relative_to(package)}`: {_summary(path)}"
            for path in modules
            if path.name != "__init__.py"
        ]
    return "".join(parts) + "\n"


def _summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    if not docstring:
        raise SystemExit(f"{path} has no docstring")
    return " ".join(docstring.split("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(page_with_modules(PAGE.read_text()))
