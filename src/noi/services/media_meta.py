"""The `meta` of media, as Mastodon's clients read it: sizes in pixels, durations in seconds."""

import msgspec

from noi.media.buffers import Info

Meta = dict[str, object]


def picture_meta(width: int, height: int) -> Meta:
    """The meta of a picture; its `small` is added by `with_small`."""
    return {"original": _size(width, height)}


def recording_meta(info: Info) -> Meta:
    """The meta of sound or video."""
    meta: Meta = {}
    original: Meta = {}
    if info.width and info.height:
        meta |= _size(info.width, info.height)
        original |= {"width": info.width, "height": info.height}
    if info.duration is not None:
        seconds = round(info.duration, 3)
        meta |= {"length": _clock(seconds), "duration": seconds}
        original["duration"] = seconds
    return meta | {"original": original}


def with_small(meta: str, width: int, height: int) -> str:
    """`meta` (JSON) with the size of another preview."""
    decoded = msgspec.json.decode(meta, type=dict[str, object])
    return msgspec.json.encode(decoded | {"small": _size(width, height)}).decode()


def merged(meta: str, chosen: str) -> str:
    """`meta` with the `small` of a preview that was chosen already (both JSON)."""
    made, before = (msgspec.json.decode(text, type=dict[str, object]) for text in (meta, chosen))
    return msgspec.json.encode(made | {"small": before["small"]}).decode()


def has_small(meta: str) -> bool:
    """Whether a preview was chosen or made."""
    return "small" in msgspec.json.decode(meta, type=dict[str, object])


def _size(width: int, height: int) -> Meta:
    aspect = round(width / height, 6)
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": aspect}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:05.2f}"
