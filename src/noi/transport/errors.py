"""What can go wrong on the way to another server; nothing else leaves this floor."""


class TransportError(Exception):
    """The base of all of them; the message is for logs."""


class Refused(TransportError):
    """Our own rules or the peer's forbid it, and trying again will not help."""


class Unreachable(TransportError):
    """Name, connection, TLS, protocol or time: the peer gave no usable answer."""


class Busy(Unreachable):
    """The peer asks to come back later (429, 503); `retry_at` in ms where it said when."""

    def __init__(self, message: str, retry_at: int | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Gone(Refused):
    """The peer has no such thing (404), or has it no more (410, then `for_good`)."""

    def __init__(self, message: str, *, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


class Denied(Refused):
    """The peer will not show this to us (401, 403)."""


class Unfit(Refused):
    """The peer cannot do anything with what it was asked for (400, 414, 422)."""


class WrongType(Refused):
    """The answer is not of the kind that was asked for, so it is not read."""


class TooLarge(TransportError):
    """The answer is longer than the caller wants to read."""
