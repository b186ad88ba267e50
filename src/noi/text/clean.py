"""Plain text as it is stored: normalised, without characters that deceive or break."""

import re

from noi.text.characters import nfc

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_BLANK = r"[\s\u00ad\u115f\u1160\u2800\u3164\uffa0]"
_BLANKS = re.compile(rf"{_BLANK}+")
_PICTURE = r"\u00a9\u00ae\u203c-\u3299\ufe0f\u20e3\U0001f000-\U0001faff"
_JOINING = r"\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af"
_DECEIVING = re.compile(
    r"(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
    rf"|(?<=[{_PICTURE}])\u200d(?=[{_PICTURE}])"
    rf"|(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}]))"
    r"|[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
_PILED_MARKS = re.compile(r"([\u0300-\u036f]{4})[\u0300-\u036f]+")


def clean_text(text: str) -> str:
    """NFC with `\\n` line ends and without control characters or lone surrogates. Idempotent."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return nfc(_CONTROLS.sub("", unified))


def clean_name(text: str) -> str:
    """One line for a name: no controls of direction, no invisible characters, single spaces.

    Joiners stay where they shape what is seen, within emoji and in scripts that need them; no
    letter keeps more than four marks. Idempotent.
    """
    spaced = _BLANKS.sub(" ", clean_text(_DECEIVING.sub(r"\1", text)))
    visible = _DECEIVING.sub(r"\1", spaced)
    return nfc(_PILED_MARKS.sub(r"\1", _BLANKS.sub(" ", visible))).strip()
