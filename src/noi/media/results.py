"""What the picture child is asked and what it answers; imported by both sides, so kept small."""

from enum import StrEnum

import msgspec

MAX_PIXELS = 33_177_600
"""8K: 7680 × 4320, as Mastodon has it."""


class Reason(StrEnum):
    """Why a picture cannot be used."""

    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too many pixels"
    TOO_LONG = "too long"


class BadPicture(Exception):
    """A picture that cannot be used, for the `Reason` that is its argument."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Purpose(StrEnum):
    """What a picture is for, which decides its sizes."""

    ATTACHMENT = "attachment"
    THUMBNAIL = "thumbnail"
    AVATAR = "avatar"
    HEADER = "header"
    EMOJI = "emoji"
    CARD = "card"


class Request(msgspec.Struct):
    source: str
    kind: str
    folder: str
    purpose: Purpose


class PictureFile(msgspec.Struct):
    """A file in the child's folder: `original`, `small` or `static` with its extension."""

    name: str
    size: int
    width: int
    height: int

    @property
    def role(self) -> str:
        return self.name.partition(".")[0]

    @property
    def extension(self) -> str:
        return "." + self.name.partition(".")[2]


class Picture(msgspec.Struct, tag=True):
    """A processed picture. Its first file is the one to show; `static` does not move."""

    files: list[PictureFile]
    blurhash: str
    animated: bool

    def file(self, role: str) -> PictureFile | None:
        """The file of that role, if there is one."""
        return next((file for file in self.files if file.role == role), None)


class Failure(msgspec.Struct, tag=True):
    """The child's refusal."""

    reason: Reason
