"""The jobs: each is a struct whose class name is the job's name in the queue."""

from typing import ClassVar

import msgspec


class Job(msgspec.Struct, frozen=True):
    """Base of all jobs. `ordering_key` names what must run one after another, in order."""

    max_attempts: ClassVar[int] = 10

    @property
    def ordering_key(self) -> str | None:
        return None


class DistributeStatus(Job, frozen=True):
    """Put a new status into home and list timelines, then tell the live bus."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"status:{self.status_id}"


class AnnounceEdit(Job, frozen=True):
    """Tell streams and those who took part that a status was edited."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"status:{self.status_id}"


class CleanDeletedStatus(Job, frozen=True):
    """Remove what hung on a deleted status: timeline entries, search rows, media files."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"status:{self.status_id}"


class Notify(Job, frozen=True):
    """Notify one account, unless blocks, mutes or its policy say no; unique by what it names."""

    account_id: int
    kind: str
    from_account_id: int
    status_id: int | None = None
    subject_id: int | None = None


class IndexStatus(Job, frozen=True):
    """Bring the search rows of a status up to date with its row."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"search:{self.status_id}"


class IndexAccount(Job, frozen=True):
    """Bring the search rows of an account (and, if asked, its statuses) up to date."""

    account_id: int
    statuses_after: int | None = None

    @property
    def ordering_key(self) -> str:
        return f"search:{self.account_id}"


class FetchCard(Job, frozen=True):
    """Fetch the preview card of a link in a status; `waited` once its random delay is over."""

    status_id: int
    url: str
    waited: bool = False

    max_attempts: ClassVar[int] = 4

    @property
    def ordering_key(self) -> str:
        return f"card:{self.url}"


class RenewCard(Job, frozen=True):
    """Show a preview card that was fetched anew in all statuses that have it."""

    card_id: int

    @property
    def ordering_key(self) -> str:
        return f"card:{self.card_id}"


class ProcessMedia(Job, frozen=True):
    """Turn an upload into its served files."""

    media_id: int

    max_attempts: ClassVar[int] = 3


class ClosePoll(Job, frozen=True):
    """Close a poll at its end and notify its author and voters."""

    poll_id: int


class PublishScheduled(Job, frozen=True):
    """Publish a scheduled status when its time has come."""

    scheduled_status_id: int


class MergeTimeline(Job, frozen=True):
    """Bring a newly followed (or listed) account's recent statuses into a timeline."""

    owner_id: int
    account_id: int


class AcceptFollowRequests(Job, frozen=True):
    """Let everyone follow who waits for an account that asks for consent no more."""

    account_id: int


class RebuildHome(Job, frozen=True):
    """Rebuild the home timeline of someone who returns after long."""

    account_id: int

    @property
    def ordering_key(self) -> str:
        return f"home:{self.account_id}"


class MailedCode(msgspec.Struct, frozen=True):
    """What a one-time code in an e-mail is for; see db.codes."""

    purpose: str
    account_id: int
    expires_at: int


class SendMail(Job, frozen=True):
    """Send one e-mail; at least once.

    With `code`, a `{code}` in the body becomes a one-time code, which is made when the mail is
    sent: the queue, which is read by people and copied into backups, holds no secrets.
    """

    to: str
    subject: str
    body: str
    code: MailedCode | None = None


class ExpireMute(Job, frozen=True):
    """End a mute whose time is up."""

    account_id: int
    target_id: int


class EraseAccount(Job, frozen=True):
    """Remove, in batches, what a deleted account leaves behind its tombstone."""

    account_id: int

    @property
    def ordering_key(self) -> str:
        return f"account:{self.account_id}"


class BuildExport(Job, frozen=True):
    """Write the archive of an account's own data."""

    export_id: int

    max_attempts: ClassVar[int] = 3


class ContinueImport(Job, frozen=True):
    """Do the next lines of a list that somebody brings, those `after` a number."""

    import_id: int
    account_id: int
    after: int = 0

    @property
    def ordering_key(self) -> str:
        return f"import:{self.account_id}"


class CleanMedia(Job, frozen=True):
    """Delete unused uploads and old remote media (periodic)."""


class PurgeSearch(Job, frozen=True):
    """Take the words of what was removed out of the indexes for searching (periodic)."""


class CleanUp(Job, frozen=True):
    """Delete expired sessions, codes, idempotency keys and live events (periodic)."""


class LeaveInbox(Job, frozen=True):
    """End the follows of accounts that were reached at an inbox which is gone."""

    host: str
    inbox_uri: str

    @property
    def ordering_key(self) -> str:
        return f"inbox:{self.inbox_uri}"


class SendActor(Job, frozen=True):
    """Tell other servers that an account has changed, or that it is gone."""

    account_id: int

    @property
    def ordering_key(self) -> str:
        return f"actor:{self.account_id}"


class RefreshAccount(Job, frozen=True):
    """Fetch an account of another server anew."""

    account_id: int

    max_attempts: ClassVar[int] = 4

    @property
    def ordering_key(self) -> str:
        return f"remote:{self.account_id}"


class CompleteAccount(Job, frozen=True):
    """Fetch what is not in an actor itself: how many follow it, and its featured posts."""

    account_id: int

    max_attempts: ClassVar[int] = 4

    @property
    def ordering_key(self) -> str:
        return f"remote:{self.account_id}"


class FetchParent(Job, frozen=True):
    """Fetch what a status answers, and so on upwards: `depth` are the steps already made."""

    status_id: int
    depth: int = 0

    max_attempts: ClassVar[int] = 4


class FetchReplies(Job, frozen=True):
    """Fetch what others answered to a status of another server."""

    status_id: int

    max_attempts: ClassVar[int] = 2


class FetchMentioned(Job, frozen=True):
    """Fetch accounts that a status names and that were not known when it came."""

    status_id: int
    uris: tuple[str, ...]

    max_attempts: ClassVar[int] = 2


class MoveFollowers(Job, frozen=True):
    """Let the local followers of an account that has moved follow it there, some at a time."""

    account_id: int
    target_id: int
    after: int = 0

    @property
    def ordering_key(self) -> str:
        return f"move:{self.account_id}"


class ApplyPolicies(Job, frozen=True):
    """Bring accounts, follows, files and the mail of servers to what was decided about domains."""

    domains: tuple[str, ...]

    @property
    def ordering_key(self) -> str:
        # One after another, for domains lie under each other.
        return "policies"


class FetchPolicyLists(Job, frozen=True):
    """Fetch the lists of domain policies that the network is subscribed to (periodic)."""


class FetchPolicyList(Job, frozen=True):
    """Fetch one of them, and add what it names where its mode says so."""

    list_id: int

    max_attempts: ClassVar[int] = 4

    @property
    def ordering_key(self) -> str:
        return f"policy list:{self.list_id}"


class RequestQuote(Job, frozen=True):
    """Ask the author of another server's status whether a local status may quote it."""

    status_id: int


class AnnounceQuote(Job, frozen=True):
    """Send a local status to other servers anew, since its quote was allowed, refused or ended."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"status:{self.status_id}"


class RevokeQuotes(Job, frozen=True):
    """Take an account's statuses out of those that somebody it has blocked quotes them in."""

    account_id: int
    quoting_id: int


class VerifyQuote(Job, frozen=True):
    """Fetch what a remote status quotes, and check whether its author has agreed."""

    status_id: int

    max_attempts: ClassVar[int] = 5

    @property
    def ordering_key(self) -> str:
        return f"quote:{self.status_id}"


class SendPoll(Job, frozen=True):
    """Tell other servers how a local poll stands."""

    status_id: int

    @property
    def ordering_key(self) -> str:
        return f"status:{self.status_id}"


class DescribeHosts(Job, frozen=True):
    """Ask other servers what they run (periodic)."""


class SyncFollowers(Job, frozen=True):
    """Compare with its server who of this network follows an account."""

    account_id: int
    url: str

    max_attempts: ClassVar[int] = 3

    @property
    def ordering_key(self) -> str:
        return f"followers:{self.account_id}"


class ShareWith(Job, frozen=True):
    """Announce to a provider of the alliance what waits for it."""

    provider_id: int

    @property
    def ordering_key(self) -> str:
        return f"share:{self.provider_id}"


class WithdrawShared(Job, frozen=True):
    """Take back all that a provider was told of a category, some at a time."""

    provider_id: int
    category: str
    after: int = 0

    @property
    def ordering_key(self) -> str:
        return f"sharing:{self.provider_id}:{self.category}"


class ShareEarlier(Job, frozen=True):
    """Let a provider know of all in a category that it may have, below an id, some at a time."""

    provider_id: int
    category: str
    before: int

    @property
    def ordering_key(self) -> str:
        return f"sharing:{self.provider_id}:{self.category}"


class SettleProvider(Job, frozen=True):
    """Tell a provider which capabilities are wanted, and ask what it offers and says of us."""

    provider_id: int

    @property
    def ordering_key(self) -> str:
        return f"provider:{self.provider_id}"


class TendProviders(Job, frozen=True):
    """Go on with what waits for providers, and find what many talk about here (periodic)."""


class FetchFound(Job, frozen=True):
    """Fetch what providers of the alliance have found and what was not there in time."""

    accounts: tuple[str, ...]
    statuses: tuple[str, ...]

    max_attempts: ClassVar[int] = 2


class CheckFound(Job, frozen=True):
    """See whether posts that were shown as found are still there, and still as they were."""

    status_ids: tuple[int, ...]

    max_attempts: ClassVar[int] = 2


class SuggestPeople(Job, frozen=True):
    """Find out whom somebody might want to follow, here and with providers of the alliance."""

    account_id: int

    max_attempts: ClassVar[int] = 3

    @property
    def ordering_key(self) -> str:
        return f"suggestions:{self.account_id}"


class GatherTrends(Job, frozen=True):
    """Count what is talked about here, and ask providers what is elsewhere (periodic)."""
