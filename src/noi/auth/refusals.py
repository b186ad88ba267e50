"""What went wrong, as doors between servers say it: in English, for people who read logs."""

import errno
import logging

from litestar.exceptions import HTTPException

from noi.models.errors import NoiError, Unavailable


def described(error: Exception, what: str, log: logging.Logger) -> tuple[int, str]:
    """The HTTP status of an exception and its reason; faults of ours are logged.

    `what` has failed: "an inbox", "a call".
    """
    match error:
        case NoiError():
            if error.status >= 500:
                log.warning("%s answers %s: %s", what, error.status, error, exc_info=error)
            return error.status, str(error)
        case HTTPException(status_code=status) if status < 500:
            return status, error.detail
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            log.error("the disk is full", exc_info=error)
            return Unavailable.status, "The disk of this server is full"
        case _:
            log.error("%s failed", what, exc_info=error)
            return 500, "Something went wrong on our side"
