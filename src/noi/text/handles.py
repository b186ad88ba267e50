"""Local handles: `[a-z0-9_]{1,30}`. Remote ones may be anything their server allows."""

import re

MAX_LENGTH = 30

_RESERVED = """
about abuse account accounts actor admin administrator all api app apps auth authorize
ban_quan_tri banquantri everyone explore favicon federation follow group groups help here home
host hostmaster hub inbox index info instance internal local login logout mail mailer_daemon me
media members mod moderator moderators network news no_reply nobody nodeinfo noi noreply
notifications null oauth official outbox owner postmaster privacy proxy public quan_tri quantri
quantrivien register relay root rules search security server settings setup sign_in sign_out
sign_up signin signout signup staff static status statuses support sysadmin system tag tags
terms timeline undefined user users webmaster well_known www
"""

RESERVED = frozenset(_RESERVED.split())
"""Names that would pass for the network itself, or for a part of its addresses."""

_HANDLE = re.compile(rf"[A-Za-z0-9_]{{1,{MAX_LENGTH}}}")


def valid_handle(name: str) -> bool:
    """Whether `name`, in upper or lower case, can be a local handle."""
    return _HANDLE.fullmatch(name) is not None


def reserved_handle(name: str) -> bool:
    """Whether people may not register `name`."""
    return name.lower() in RESERVED
