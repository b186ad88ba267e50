import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.ui.theme import contrast, stylesheet


def colours(css: str, name: str) -> list[tuple[float, float, float]]:
    found = re.findall(rf"--{name}: #([0-9a-f]{{6}})", css)
    return [tuple(part / 255 for part in bytes.fromhex(text)) for text in found]  # type: ignore[misc]


@given(st.binary(min_size=3, max_size=3))
def test_any_colour_stays_legible(colour: bytes) -> None:
    css = stylesheet(f"#{colour.hex()}")
    grounds = [(0.98, 0.976, 0.965), (0.075, 0.09, 0.082)]
    accents, inks = colours(css, "accent"), colours(css, "accent-ink")
    washes = colours(css, "accent-wash")
    for n in range(2):
        assert contrast(accents[n], grounds[n]) >= 4.5
        assert contrast(accents[n], inks[n]) >= 4.5
        assert contrast(accents[n], washes[n]) >= 3.9


def test_a_legible_colour_is_taken_as_it_is() -> None:
    assert "--accent: #1b4f9c;" in stylesheet("#1b4f9c")


@pytest.mark.parametrize("text", ["", "red", "#12345", "#12345g", "123456#"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="r"):
        stylesheet(text)
