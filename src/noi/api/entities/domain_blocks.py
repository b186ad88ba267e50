"""DomainBlock: https://docs.joinmastodon.org/entities/DomainBlock/"""

import hashlib

import msgspec

from noi.models.federation import DomainPolicy, Severity

_SEVERITIES = {Severity.LIMIT: "silence", Severity.BLOCK: "suspend"}
_SHOWN = 4
"""One in so many characters stays at each end of a name that is not to be spelt out."""


class DomainBlockEntity(msgspec.Struct):
    domain: str
    digest: str
    severity: str
    comment: str


def domain_block_entities(policies: list[DomainPolicy]) -> list[DomainBlockEntity]:
    """Decisions that people feel, heaviest first; `digest` is the SHA-256 of the whole name."""
    felt = [policy for policy in policies if policy.severity in _SEVERITIES]
    felt.sort(key=lambda policy: (policy.severity is not Severity.BLOCK, policy.domain))
    return [
        DomainBlockEntity(
            domain=_hidden(policy.domain) if policy.obfuscate else policy.domain,
            digest=hashlib.sha256(policy.domain.encode()).hexdigest(),
            severity=_SEVERITIES[policy.severity],
            comment=policy.reason,
        )
        for policy in felt
    ]


def _hidden(domain: str) -> str:
    seen = len(domain) // _SHOWN
    return "".join(
        char if char == "." or place < seen or place >= len(domain) - seen else "*"
        for place, char in enumerate(domain)
    )
