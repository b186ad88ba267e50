"""What can go wrong, in terms every door can answer.

Messages are English gettext msgids; a door translates them and then fills in `params`.
"""


class NoiError(Exception):
    """The base: `status` is the HTTP status a door answers with."""

    status = 500

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message.format(**self.params) if self.params else self.message


class BadRequest(NoiError):
    status = 400


class BadDocument(BadRequest):
    """What another server sent cannot be read; the message says why."""


class Unauthorized(NoiError):
    status = 401


class Forbidden(NoiError):
    status = 403


class NotFound(NoiError):
    """Missing, or hidden from this viewer: the two look alike from outside."""

    status = 404

    def __init__(self, message: str = "Record not found", **params: object) -> None:
        super().__init__(message, **params)


class Gone(NoiError):
    status = 410


class Conflict(NoiError):
    status = 409


class TooLarge(NoiError):
    status = 413


class Invalid(NoiError):
    """Input that breaks a rule. `field` names the form field, `code` Mastodon's `ERR_…`."""

    status = 422

    def __init__(
        self, message: str, *, field: str = "", code: str = "ERR_INVALID", **params: object
    ) -> None:
        super().__init__(message, **params)
        self.field = field
        self.code = code


def too_long(field: str, limit: int) -> Invalid:
    """The error of a text with more than `limit` characters."""
    return Invalid("At most {limit} characters", field=field, code="ERR_TOO_LONG", limit=limit)


def moved_away() -> Forbidden:
    """The error of those who have moved to another account, and still want to do something here."""
    return Forbidden("You have moved to another account, so you can only read here")


class InvalidFields(Invalid):
    """Several fields at fault at once; the first speaks for all."""

    def __init__(self, errors: "list[Invalid]") -> None:
        first = errors[0]
        super().__init__(first.message, field=first.field, code=first.code, **first.params)
        self.errors = errors


class RateLimited(NoiError):
    status = 429


class Unavailable(NoiError):
    """A part this needs (database, disk, peer) is away for now."""

    status = 503
