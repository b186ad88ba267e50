"""A network's own accent colour, made legible on light and on dark pages (WCAG 2.2: 4.5 to 1)."""

from functools import cache

Rgb = tuple[float, float, float]

_PAPER: Rgb = (0xFA / 255, 0xF9 / 255, 0xF6 / 255)
_NIGHT: Rgb = (0x1A / 255, 0x1F / 255, 0x1C / 255)
_WHITE: Rgb = (1.0, 1.0, 1.0)
_BLACK: Rgb = (0.0, 0.0, 0.0)
# Above the least that is asked for: the accent also stands on its own wash.
_CONTRAST = 5.5
_STEPS = 40
_WASH = 0.12
_NIGHT_WASH = 0.2


@cache
def stylesheet(colour: str) -> str:
    """Style rules that give pages an accent; `colour` is `#rrggbb`. Raises ValueError."""
    chosen = _parse(colour)
    light = _legible(chosen, _PAPER, _BLACK)
    dark = _legible(chosen, _NIGHT, _WHITE)
    day = _values(light, _WHITE, _mix(_PAPER, light, _WASH))
    night = _values(dark, _mix(dark, _BLACK, 0.85), _mix(_NIGHT, dark, _NIGHT_WASH))
    return (
        f":root {{ {day} }}\n"
        f"@media (prefers-color-scheme: dark) {{\n"
        f'  :root:not([data-scheme="light"]) {{ {night} }}\n}}\n'
        f':root[data-scheme="dark"] {{ {night} }}\n'
    )


def contrast(one: Rgb, other: Rgb) -> float:
    """How far apart in lightness two colours are, from 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _values(accent: Rgb, ink: Rgb, wash: Rgb) -> str:
    return (
        f"--accent: {_hex(accent)}; --accent-ink: {_hex(ink)}; "
        f"--accent-wash: {_hex(wash)}; --again: {_hex(accent)}"
    )


def _parse(colour: str) -> Rgb:
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"{colour!r} is not #rrggbb")
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _legible(colour: Rgb, ground: Rgb, towards: Rgb) -> Rgb:
    """The colour, moved towards black or white as far as it must be to be read on `ground`."""
    steps = (_mix(colour, towards, step / _STEPS) for step in range(_STEPS))
    return next((made for made in steps if contrast(made, ground) >= _CONTRAST), towards)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
