-- A hub: its members, what they announced, and what consenting people let it show.
-- Times are milliseconds UTC, booleans 0 or 1, JSON is text. `host` is always `host[:port]`.

-- `state` is asked, admitted, refused, suspended, leaving or left. `server_id` is the name that the
-- hub gave the member, `fasp_id` the one the member gave the hub; each has a key pair per peer.
CREATE TABLE hub_members (
    id @id,
    host TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    base_url TEXT NOT NULL,
    server_id TEXT NOT NULL UNIQUE,
    fasp_id TEXT NOT NULL DEFAULT '',
    public_key TEXT NOT NULL DEFAULT '',
    private_key TEXT NOT NULL,
    completion_uri TEXT NOT NULL DEFAULT '',
    charter_version BIGINT NOT NULL DEFAULT 0,
    rule_text TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    subjects TEXT NOT NULL DEFAULT '[]',
    languages TEXT NOT NULL DEFAULT '[]',
    rules TEXT NOT NULL DEFAULT '[]',
    registrations TEXT NOT NULL DEFAULT '',
    software TEXT NOT NULL DEFAULT '',
    people BIGINT NOT NULL DEFAULT 0,
    contact TEXT NOT NULL DEFAULT '',
    listed SMALLINT NOT NULL DEFAULT 1,
    described_at BIGINT,
    heard_at BIGINT,
    failing_since BIGINT,
    asked_at BIGINT NOT NULL,
    admitted_at BIGINT,
    left_at BIGINT
);
CREATE INDEX hub_members_state ON hub_members (state, id);

-- Every decision about a member, with who took it; never changed afterwards.
CREATE TABLE hub_member_decisions (
    id @id,
    member_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    rule_text TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    steward_id BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX hub_member_decisions_member ON hub_member_decisions (member_id, id);

-- How much each member announced on a day (UTC), by category.
CREATE TABLE hub_received (
    member_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    category TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (member_id, day, category)
) @rowless;

-- Calls by which members try the connection; the newest few of each are kept.
CREATE TABLE hub_callbacks (
    id @id,
    member_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX hub_callbacks_member ON hub_callbacks (member_id, id);

-- What a member has switched on.
CREATE TABLE hub_capabilities (
    member_id BIGINT NOT NULL,
    capability TEXT NOT NULL,
    activated_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, capability)
) @rowless;

-- What the hub asked members to announce. `remote_id` is the member's name for it.
CREATE TABLE hub_subscriptions (
    id @id,
    member_id BIGINT NOT NULL,
    remote_id TEXT NOT NULL,
    category TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (member_id, remote_id)
);
CREATE TABLE hub_backfills (
    id @id,
    member_id BIGINT NOT NULL,
    remote_id TEXT NOT NULL,
    category TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    received BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (member_id, remote_id)
);

-- The charter, each version for good. `texts` has a text for each language; `signature` is by the
-- hub's Ed25519 key over the canonical JSON of everything else.
CREATE TABLE hub_charters (
    version BIGINT PRIMARY KEY,
    texts TEXT NOT NULL,
    signature TEXT NOT NULL,
    steward_id BIGINT,
    created_at BIGINT NOT NULL
) @rowless;

-- Addresses waiting to be fetched, to be checked again, or to be dropped. `host` owns the address,
-- `member_id` announced it (NULL: the hub's own re-check). `version` is another each time that it is
-- announced: what was fetched for an older one is not stored.
CREATE TABLE hub_queue (
    uri TEXT PRIMARY KEY,
    category TEXT NOT NULL,
    event TEXT NOT NULL,
    host TEXT NOT NULL,
    member_id BIGINT,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) @rowless;
CREATE INDEX hub_queue_due ON hub_queue (host, run_at);
CREATE INDEX hub_queue_run ON hub_queue (run_at);
CREATE INDEX hub_queue_member ON hub_queue (member_id) WHERE member_id IS NOT NULL;

-- Hosts that are read from: `free_at` is when one may be visited next, the end of a visit's lease
-- or of the pause after a failure. `worker` is who visits it now.
CREATE TABLE hub_hosts (
    host TEXT PRIMARY KEY,
    worker TEXT NOT NULL DEFAULT '',
    free_at BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT,
    error TEXT NOT NULL DEFAULT ''
) @rowless;

-- Hashes of addresses that were withdrawn, so that what was being fetched meanwhile is not stored.
CREATE TABLE hub_withdrawals (
    key BYTEA PRIMARY KEY,
    withdrawn_at BIGINT NOT NULL
) @rowless;
CREATE INDEX hub_withdrawals_age ON hub_withdrawals (withdrawn_at);

-- People who are `discoverable` or `indexable`, and only while they are.
CREATE TABLE hub_accounts (
    id @id,
    uri TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    member_id BIGINT,
    username TEXT NOT NULL,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'person',
    discoverable SMALLINT NOT NULL DEFAULT 0,
    indexable SMALLINT NOT NULL DEFAULT 0,
    language TEXT NOT NULL DEFAULT '',
    check_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_post_at BIGINT,
    following_uri TEXT NOT NULL DEFAULT '',
    following_read_at BIGINT,
    url TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    bio TEXT NOT NULL DEFAULT ''
);
CREATE INDEX hub_accounts_member ON hub_accounts (member_id, id) WHERE member_id IS NOT NULL;
CREATE INDEX hub_accounts_host ON hub_accounts (host, id);
CREATE INDEX hub_accounts_check ON hub_accounts (check_at);
CREATE INDEX hub_accounts_handle ON hub_accounts (username, domain);

-- Public posts of people who are `indexable`. `excerpt` is what the hub's own pages show of them.
CREATE TABLE hub_posts (
    id @id,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    member_id BIGINT,
    language TEXT NOT NULL DEFAULT '',
    published_at BIGINT NOT NULL,
    check_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    shares BIGINT NOT NULL DEFAULT 0,
    likes BIGINT NOT NULL DEFAULT 0,
    trending_at BIGINT,
    url TEXT NOT NULL DEFAULT '',
    excerpt TEXT NOT NULL DEFAULT ''
);
CREATE INDEX hub_posts_account ON hub_posts (account_id, id);
CREATE INDEX hub_posts_check ON hub_posts (check_at);
CREATE INDEX hub_posts_member ON hub_posts (member_id, id) WHERE member_id IS NOT NULL;
CREATE INDEX hub_posts_trending ON hub_posts (trending_at) WHERE trending_at IS NOT NULL;

-- Hashtags of posts: `family` is the folded key that spellings of one word share.
CREATE TABLE hub_post_tags (
    post_id BIGINT NOT NULL,
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, family)
) @rowless;
CREATE INDEX hub_post_tags_family ON hub_post_tags (family, published_at);
CREATE INDEX hub_post_tags_time ON hub_post_tags (published_at);

CREATE TABLE hub_post_links (
    post_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, url)
) @rowless;
CREATE INDEX hub_post_links_url ON hub_post_links (url, published_at);
CREATE INDEX hub_post_links_time ON hub_post_links (published_at);

CREATE TABLE hub_account_tags (
    account_id BIGINT NOT NULL,
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account_id, family)
) @rowless;
CREATE INDEX hub_account_tags_family ON hub_account_tags (family, account_id);

-- Who follows whom, by the public collections of consenting people, both ends among them.
CREATE TABLE hub_follows (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
) @rowless;
CREATE INDEX hub_follows_target ON hub_follows (target_id, account_id);

-- Somebody who proves that an account is theirs, to see and remove what is held about it.
CREATE TABLE hub_claims (
    id @id,
    token_hash BYTEA NOT NULL UNIQUE,
    code TEXT NOT NULL,
    actor_uri TEXT NOT NULL,
    proved_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- Who asked never to be taken in again, as a hash of the actor's address.
CREATE TABLE hub_refusals (
    key BYTEA PRIMARY KEY,
    created_at BIGINT NOT NULL
) @rowless;

-- Signed proofs that a member's data is gone; `body` is canonical JSON.
CREATE TABLE hub_receipts (
    id @id,
    host TEXT NOT NULL,
    body TEXT NOT NULL,
    signature TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX hub_receipts_host ON hub_receipts (host, id);

-- Counted by day for the public statistics: `name` is members, accounts, posts, language:vi …
CREATE TABLE hub_statistics (
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (day, name)
) @rowless;
