"""What this network decided about other servers, by their domains."""

from collections.abc import Sequence

from noi.db.database import Reader
from noi.models.federation import DomainPolicy

_COLUMNS = ", ".join(DomainPolicy.__struct_fields__)
_FOR_NAMES = f"""SELECT {_COLUMNS} FROM domain_policies
WHERE domain @in(:names) ORDER BY length(domain) DESC LIMIT 1"""
_ALLOWED = "SELECT 1 FROM allowed_domains WHERE domain @in(:names) LIMIT 1"


async def nearest(reader: Reader, names: Sequence[str]) -> DomainPolicy | None:
    """The policy of the longest of these domains that has one."""
    return await reader.fetch_one(_FOR_NAMES, {"names": list(names)}, DomainPolicy)


async def any_allowed(reader: Reader, names: Sequence[str]) -> bool:
    """Whether one of these domains is on the list of allowed ones."""
    return await reader.fetch_value(_ALLOWED, {"names": list(names)}) is not None
