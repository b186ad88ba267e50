"""What consenting people let an alliance's hub show: their accounts and public posts."""

import msgspec


class HubAccount(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_accounts`, in the order of its columns; `bio` is plain text."""

    id: int
    uri: str
    host: str
    member_id: int | None = None
    username: str
    domain: str
    kind: str = "person"
    discoverable: bool = False
    indexable: bool = False
    language: str = ""
    check_at: int
    checked_at: int
    created_at: int
    last_post_at: int | None = None
    following_uri: str = ""
    following_read_at: int | None = None
    url: str = ""
    name: str = ""
    bio: str = ""

    @property
    def handle(self) -> str:
        return f"@{self.username}@{self.domain}"


class HubPost(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_posts`, in the order of its columns.

    Its id is made of `published_at` (`network.ids.published`), since searches read the newest
    first and narrow by time in the order of ids. `excerpt` is plain text.
    """

    id: int
    uri: str
    account_id: int
    host: str
    member_id: int | None = None
    language: str = ""
    published_at: int
    check_at: int
    checked_at: int
    shares: int = 0
    likes: int = 0
    trending_at: int | None = None
    url: str = ""
    excerpt: str = ""


class FoundPost(msgspec.Struct, frozen=True):
    """A post that may be shown, with who wrote it."""

    post: HubPost
    account: HubAccount
