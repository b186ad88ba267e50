"""The jobs of a hub, beside those that it shares with networks."""

from noi.models.jobs import Job


class SubscribeMember(Job, frozen=True):
    """Ask a member to announce what its people share, and what they shared before."""

    member_id: int

    @property
    def ordering_key(self) -> str:
        return f"member:{self.member_id}"


class ForgetMember(Job, frozen=True):
    """Erase what came from a member, in batches; who is leaving has left then."""

    member_id: int

    @property
    def ordering_key(self) -> str:
        return f"member:{self.member_id}"


class DescribeMember(Job, frozen=True):
    """Read what a member says of itself: name, languages, rules, how to join."""

    member_id: int


class DescribeMembers(Job, frozen=True):
    """Have all members described, and forget who asked long ago and never answered (periodic)."""


class AnswerCallback(Job, frozen=True):
    """Call a member back that tries the connection, with the body that it sent."""

    member_id: int
    body: str


class UnsubscribeMember(Job, frozen=True):
    """Tell a member that it need announce nothing more under these names."""

    member_id: int
    remote_ids: tuple[str, ...]

    @property
    def ordering_key(self) -> str:
        return f"member:{self.member_id}"


class ContinueBackfill(Job, frozen=True):
    """Ask a member to go on announcing what was shared before."""

    backfill_id: int

    @property
    def ordering_key(self) -> str:
        return f"backfill:{self.backfill_id}"


class TendBackfills(Job, frozen=True):
    """Go on with backfills of members that were away (periodic)."""


class CheckConsent(Job, frozen=True):
    """Queue what was not checked for a week, drop what cannot be checked any more (periodic)."""


class EraseHubPosts(Job, frozen=True):
    """Remove, in batches, the posts of somebody who has withdrawn."""

    account_id: int

    @property
    def ordering_key(self) -> str:
        return f"hub account:{self.account_id}"


class CleanHub(Job, frozen=True):
    """Forget withdrawals, claims and hosts that matter no more (periodic)."""


class CountTrends(Job, frozen=True):
    """Count anew what is talked about more than usual (periodic)."""


class CountStatistics(Job, frozen=True):
    """Count members, consenting accounts and posts of the day (periodic)."""
