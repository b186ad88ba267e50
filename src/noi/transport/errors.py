"""What can go wrong on the way to another server; nothing else leaves this floor."""


class TransportError(Exception):
    """The base of all of them; the message is for logs."""


class Refused(TransportError):
    """Our own rules forbid it: scheme, address, too many redirects."""


class Unreachable(TransportError):
    """Name, connection, TLS, protocol or time: the peer gave no usable answer."""


class TooLarge(TransportError):
    """The answer is longer than the caller wants to read."""
